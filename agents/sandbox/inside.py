"""Process 1 of a sandbox of tier 1: starts the job, waits, ends everything else, hands the result out. Never imported: `bubblewrap` passes its text to
`python -c`, behind that of `inner`.

It holds no secret and no right that the job does not have, so nothing outside believes more of its report than a size-capped string of bytes.
Under a host root it stays another user than the job until the job is over, so that the job cannot touch it.
"""

# ruff: noqa: SIM105, S606
from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agents.sandbox.inner import become, hand_out, put_down, set_limits


def start(order: dict[str, Any], report: int) -> None:
    """In the child: become nobody, put the files down, set the limits, run."""
    try:
        become(order["uid"], order["uid"])
        put_down(order["files"])
        set_limits(order["rlimits"], order["nice"])
        os.execve(order["argv"][0], order["argv"], order["env"])
    except (OSError, ValueError) as error:
        os.write(report, b"fail %s\n" % str(error).encode()[:500])
        os._exit(125)


def main(order_fd: int, go_fd: int, report: int) -> None:
    os.write(report, b"ready\n")
    # The caller may have died while the walls went up; then nobody watches over this job and it must not start.
    if os.read(go_fd, 1) != b"g":
        os._exit(1)
    os.close(go_fd)
    with open(order_fd, "rb") as stream:
        order = marshal.load(stream)  # noqa: S302 — written by our own process
    os.closerange(3, report)
    os.closerange(report + 1, 4096)
    os.set_inheritable(report, False)
    child = os.fork()
    if child == 0:
        start(order, report)
    while True:
        pid, status = os.wait()  # also reaps the orphans that daemons leave
        if pid == child:
            break
    become(order["uid"], order["uid"])
    try:
        os.kill(-1, 9)
    except ProcessLookupError:
        pass
    hand_out(report, status, order)
    os._exit(0)


main(*(int(argument) for argument in sys.argv[1:4]))
