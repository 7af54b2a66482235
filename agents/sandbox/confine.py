"""The two processes of ours that a sandbox of tier 2 consists of. `landlock` passes this text to `python -c`, behind those of `inner`, `ruleset` and
`folders`; what other modules import of it are the names of those.

The keeper makes the job's folder and removes it at the end. Below it the first process enters a Landlock domain that keeps signals inside, starts the
job in a second, narrower one, and waits for it or for the end of its leash: a pipe whose other end our caller holds and nobody else. Then it
ends all by one kill(-1), which reaches the domain and nothing else, and from which no fork escapes: the kernel holds the list of processes meanwhile.
Both have an empty environment and hold no secret. Where we are root, the job is a user of its own.
"""

# ruff: noqa: PTH101, PTH102, PTH103, PTH116, PTH118, PTH120, PTH123, PTH208, PTH211, S606, SIM105
from __future__ import annotations

import marshal
import os
import select
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from agents.sandbox.folders import Unbounded, remove, usage
    from agents.sandbox.inner import become, hand_out, put_down, set_limits
    from agents.sandbox.ruleset import (
        SCOPES_SINCE,
        drop_bounds,
        drop_capabilities,
        load_filter,
        open_ways,
        prctl,
        restrict,
        ruleset,
        scope_of_signals,
    )

_NO_NEW_PRIVILEGES, _DEATH_SIGNAL, _SUBREAPER = 38, 1, 36
_LOOK_MS = 100


def lay_out(order: dict[str, Any]) -> None:
    """Makes the folders of the job, and links to what is mounted in them."""
    os.umask(0o022)
    os.chmod(order["folder"], 0o711)  # noqa: S103 — others may pass, not look
    for name in ("work", "tmp"):
        path = os.path.join(order["folder"], name)
        os.mkdir(path, 0o700)
        if order["own_user"]:
            os.chown(path, order["uid"], order["gid"])
    for inside, outside in order["mounts"]:
        os.makedirs(os.path.dirname(inside), exist_ok=True)
        os.symlink(outside, inside)


def start(order: dict[str, Any], report: int, rules: int, seccomp: bytes) -> None:
    """In the child: become the job's user, put the files down, raise the walls, run."""
    parent = os.getppid()
    try:
        os.setsid()
        try:
            with open("/proc/self/oom_score_adj", "w") as file:  # rather the job than anybody else
                file.write("1000")
        except OSError:
            pass
        drop_bounds()
        become(order["uid"], order["gid"])
        drop_capabilities()
        prctl(_DEATH_SIGNAL, 9)
        if os.getppid() != parent:
            os._exit(125)
        os.chdir(os.path.join(order["folder"], "work"))
        put_down(order["files"])
        set_limits(order["rlimits"], order["nice"])
        restrict(rules)
        load_filter(seccomp)
        os.execve(order["argv"][0], order["argv"], order["env"])
    except (OSError, ValueError) as error:
        os.write(report, b"fail %s\n" % str(error).encode()[:500])
        os._exit(125)


def tasks_of(uid: int) -> int:
    """Threads of all processes of the user `uid`."""
    count = 0
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat(f"/proc/{entry}").st_uid == uid:
                count += len(os.listdir(f"/proc/{entry}/task"))
        except OSError:
            continue
    return count


def wall_in(order: dict[str, Any], keeper: int) -> int:
    """Everything that can fail before the job is there. Gives the job's ruleset. Raises `OSError`."""
    open_ways(order["ways"])
    made = ruleset(order["abi"], order["rules"])
    os.set_inheritable(made, False)
    if order["abi"] >= SCOPES_SINCE:
        restrict(scope_of_signals())
    if not order["own_user"]:
        # RLIMIT_NPROC counts all that the user runs: a ceiling only, the watch counts the job's own
        most = tasks_of(order["uid"]) + 4 * order["processes"] + 64
        order["rlimits"]["RLIMIT_NPROC"] = (most, most)
        try:
            os.kill(keeper, 0)
        except PermissionError:
            return made
        raise OSError("signals leave the sandbox")  # and the kill(-1) at the end would do so too
    return made


def end_all(order: dict[str, Any]) -> None:
    """Kills and reaps everything below this process, which is of the job's user from then on."""
    become(order["uid"], order["gid"])
    if os.getuid() == order["uid"]:
        try:
            os.kill(-1, 9)
        except (ProcessLookupError, PermissionError):
            pass
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def live(order: dict[str, Any], keeper: int, alive: int, go: int, report: int, seccomp: bytes) -> None:
    """The first process, to its end."""
    try:
        prctl(_SUBREAPER, 1)
        made = wall_in(order, keeper)
    except OSError as error:
        os.write(2, str(error).encode())
        os._exit(1)
    os.write(report, b"ready\n")
    if os.read(go, 1) != b"g":
        os._exit(1)
    os.set_inheritable(report, False)
    child = os.fork()
    if child == 0:
        os.close(go)
        os.close(alive)
        start(order, report, made, seccomp)
    os.close(made)
    silence()
    poll = select.poll()
    ended = os.pidfd_open(child)
    poll.register(ended, select.POLLIN)
    for leash in (go, alive):
        poll.register(leash, 0)  # its end is always told
    status = None
    while status is None:
        if any(descriptor != ended for descriptor, _ in poll.poll(_LOOK_MS)):
            break
        while True:
            try:
                pid, code = os.waitpid(-1, os.WNOHANG)  # orphans as well: they count as processes until then
            except ChildProcessError:
                break
            if pid == child:
                status = code
            if pid == 0:
                break
    os.chdir(os.path.join(order["folder"], "work"))
    end_all(order)
    if status is None:
        os._exit(0)
    instead = ""
    try:
        names, taken = usage([os.path.join(order["folder"], name) for name in ("work", "tmp")], order["files_most"])
        if taken > order["bytes_most"] or names > order["files_most"]:
            instead = "overfull"
    except (OSError, Unbounded):
        instead = "overfull"
    hand_out(report, status, order, instead)
    os._exit(0)


def silence() -> None:
    """Lets go of the job's input and output."""
    nothing = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def sweep() -> None:
    """Ends what is left when the first process was killed: its orphans are ours."""
    while True:
        try:
            with open(f"/proc/self/task/{os.getpid()}/children") as file:
                for process in file.read().split():
                    os.kill(int(process), 9)
        except (OSError, ValueError):
            pass
        try:
            os.wait()
        except ChildProcessError:
            return


def main(order_fd: int, rules_fd: int, go: int, report: int) -> None:
    with open(order_fd, "rb") as stream:
        order = marshal.load(stream)  # noqa: S302 — written by our own process
    with open(rules_fd, "rb") as stream:
        seccomp = stream.read()
    os.chdir("/")
    for descriptor in range(3, 4096):
        if descriptor not in (go, report):
            try:
                os.close(descriptor)
            except OSError:
                pass
    prctl(_NO_NEW_PRIVILEGES, 1)
    prctl(_SUBREAPER, 1)
    try:
        lay_out(order)
        alive, ours = os.pipe()
        keeper = os.getpid()
        first = os.fork()
        if first == 0:
            os.close(ours)
            try:
                live(order, keeper, alive, go, report, seccomp)
            finally:
                os._exit(1)
        os.close(go)
        os.close(report)
        os.close(alive)
        silence()
        os.waitpid(first, 0)
        sweep()
    finally:
        remove(order["folder"])
    os._exit(0)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:5]))
