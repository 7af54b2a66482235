"""Process 1 of a sandbox: starts the job, waits, ends everything else, hands the result out. Never imported: `bubblewrap` passes its text to `python -c`.

It holds no secret and no right that the job does not have, so nothing outside believes more of its report than a size-capped string of bytes.
Under a host root it stays another user than the job until the job is over, so that the job cannot touch it. Every import costs each job
milliseconds, hence plain `os` calls.
"""

# ruff: noqa: PTH103, PTH120, PTH123, SIM105, S606
from __future__ import annotations

import marshal
import os
import resource
import stat
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _become(uid: int) -> None:
    if os.getuid() != uid:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def _start(order: dict[str, Any], report: int) -> None:
    """In the child: become nobody, put the files down, set the limits, run."""
    try:
        _become(order["uid"])
        os.umask(0o022)
        for name, content in order["files"].items():
            folder = os.path.dirname(name)
            if folder:
                os.makedirs(folder, exist_ok=True)
            with open(name, "xb") as file:
                file.write(content)
        for name, (soft, hard) in order["rlimits"].items():
            resource.setrlimit(getattr(resource, name), (soft, hard))
        os.nice(order["nice"])
        os.execve(order["argv"][0], order["argv"], order["env"])
    except (OSError, ValueError) as error:
        os.write(report, b"fail %s\n" % str(error).encode()[:500])
        os._exit(125)


def _open_result(path: str, limit: int) -> tuple[str, int]:
    """Opens `path` below the working folder without following any link. Gives a word and a descriptor (-1 unless the word is "file")."""
    at = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    *folders, name = path.split("/")
    try:
        for folder in folders:
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = below
        found = os.stat(name, dir_fd=at, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            return "irregular", -1
        # O_NONBLOCK: a FIFO put there in between would otherwise block for ever.
        opened = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    except FileNotFoundError:
        return "missing", -1
    except OSError:
        return "unreadable", -1
    found = os.fstat(opened)
    if not stat.S_ISREG(found.st_mode):
        return "irregular", -1
    if found.st_nlink != 1:
        return "linked", -1
    if found.st_size > limit:
        return "large", -1
    return "file", opened


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
        _start(order, report)
    while True:
        pid, status = os.wait()  # also reaps the orphans that daemons leave
        if pid == child:
            break
    _become(order["uid"])
    try:
        os.kill(-1, 9)
    except ProcessLookupError:
        pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    word, source = _open_result(order["collect"], order["result_bytes"]) if order["collect"] else ("none", -1)
    ended = ("exit", os.WEXITSTATUS(status)) if os.WIFEXITED(status) else ("signal", os.WTERMSIG(status))
    os.write(report, b"%s %d %.3f %s\n" % (ended[0].encode(), ended[1], used.ru_utime + used.ru_stime, word.encode()))
    while source >= 0:
        piece = os.read(source, 1 << 20)
        if not piece:
            break
        while piece:
            piece = piece[os.write(report, piece) :]
    os._exit(0)


main(*(int(argument) for argument in sys.argv[1:4]))
