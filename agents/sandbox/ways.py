"""Folders of the host that are closed to a job which is a user of its own, on the way to what it needs: an interpreter below /root, say.

Where we may make a mount namespace, each is covered by an empty folder with only what is needed in it. Elsewhere there is no sandbox, and the mend is named.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from agents.sandbox.policy import readable_for_others

Way = tuple[str, list[str], list[tuple[str, str]]]
"""A closed folder, the paths below it that are needed, and the links below it (path, target) that lead to them."""
_SYS_ADMIN = 21


class Closed(Exception):
    """A path that the job's user cannot reach; says which, why, and how to mend it."""


def ways(paths: Iterable[str], links: Iterable[tuple[str, str]] = ()) -> list[Way]:
    """What must be covered so that others can reach `paths`, in no order. Raises `Closed` where we may not do so, or where a path itself is closed."""
    found: dict[str, Way] = {}
    for path in dict.fromkeys(real for given in paths for real in (given, os.path.realpath(given))):
        folder = _closed_above(path)
        if folder is None:
            continue
        if not readable_for_others(os.stat(path).st_mode):  # noqa: PTH116
            raise Closed(f"{path} is not readable for others; under root a job is a user of its own: chmod -R o+rX {path}")
        found.setdefault(folder, (folder, [], []))[1].append(path)
    for path, target in links:
        folder = _closed_above(path)
        if folder is not None:
            found.setdefault(folder, (folder, [], []))[2].append((path, target))
    if found and not may_mount():
        folder, needed, _ = next(iter(found.values()))
        raise Closed(
            f"{folder} is closed to others, and {(needed or [folder])[0]} lies in it: chmod o+x {folder}, or keep the environment elsewhere"
        )
    return [(folder, [path for path in needed if not _below(path, needed)], links) for folder, needed, links in found.values()]


def _below(path: str, others: list[str]) -> bool:
    return any(path.startswith(other.rstrip("/") + "/") for other in others)


def _closed_above(path: str) -> str | None:
    """The topmost folder above `path` that others cannot enter."""
    for parent in reversed(Path(path).parents):
        if not parent.stat().st_mode & stat.S_IXOTH:
            return str(parent)
    return None


def may_mount() -> bool:
    """Whether we have the capability that a mount namespace needs without a user namespace."""
    match = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return match is not None and bool(int(match[1], 16) >> _SYS_ADMIN & 1)
