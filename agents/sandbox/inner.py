"""What the first process of a sandbox does in every tier: become the job's user, put its files down, hand its result out. `program` puts this text
before that of `inside` or `confine`; nothing of it is imported inside.

Plain `os` calls, since every import costs each job milliseconds.
"""

# ruff: noqa: PTH103, PTH120, PTH123
from __future__ import annotations

import os
import resource
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def become(uid: int, gid: int) -> None:
    """Raises `OSError` where that is not allowed."""
    if os.getuid() != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def put_down(files: dict[str, bytes]) -> None:
    """Writes `files` below the working folder."""
    os.umask(0o022)
    for name, content in files.items():
        folder = os.path.dirname(name)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "xb") as file:
            file.write(content)


def set_limits(rlimits: dict[str, tuple[int, int]], nice: int) -> None:
    for name, (soft, hard) in rlimits.items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    os.nice(nice)


def open_result(path: str, limit: int) -> tuple[str, int]:
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


def hand_out(report: int, status: int, order: dict[str, Any], instead: str = "") -> None:
    """Writes the report on the job whose wait status is `status`, and its result behind it, unless the word `instead` takes its place."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    word, source = open_result(order["collect"], order["result_bytes"]) if order["collect"] else ("none", -1)
    if instead:
        word, source = instead, -1
    ended = ("exit", os.WEXITSTATUS(status)) if os.WIFEXITED(status) else ("signal", os.WTERMSIG(status))
    os.write(report, b"%s %d %.3f %s\n" % (ended[0].encode(), ended[1], used.ru_utime + used.ru_stime, word.encode()))
    while source >= 0:
        piece = os.read(source, 1 << 20)
        if not piece:
            break
        while piece:
            piece = piece[os.write(report, piece) :]
