"""The watch over a sandbox that has neither a pid namespace nor a file system of its own: a tree of processes and two folders on the host's disk."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from agents.sandbox.folders import Unbounded, usage
from agents.sandbox.job import JobLimits
from agents.sandbox.policy import MIB
from agents.sandbox.watch import FILES, Breach, Watch, overfull

_DELETED = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ ([0-9a-f]+):([0-9a-f]+) (\d+) .* \(deleted\)$", re.MULTILINE)


class TreeWatch(Watch):
    """Given the number of the keeper, whose child is the first process, whose descendants are the job's."""

    def __init__(self, keeper: int, limits: JobLimits, folders: list[str]) -> None:
        super().__init__(limits)
        self._keeper, self._folders = keeper, folders

    async def glance(self) -> Breach | None:
        return await asyncio.to_thread(self.look)  # a job can make many files, and a walk over them takes its time

    def _processes(self) -> list[Path]:
        found: list[Path] = []
        waiting = [grandchild for child in _children(self._keeper) for grandchild in _children(child)]
        while waiting and len(found) < 10_000:
            process = waiting.pop()
            found.append(Path(f"/proc/{process}"))
            waiting += _children(process)
        return found

    def _tasks(self, processes: list[Path]) -> int:
        """Threads count too: where the job is our own user, no limit of the kernel counts the job's alone."""
        count = 0
        for process in processes:
            try:
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            count += int(fields[17]) if fields[0] not in "ZX" else 0
        return count

    def _disk(self, processes: list[Path]) -> Breach | None:
        try:
            names, taken = usage(self._folders, FILES)
        except Unbounded:
            return overfull(self._limits)
        if names > FILES or taken + self._unnamed(processes) > self._limits.work_mib * MIB:
            return overfull(self._limits)
        return None

    def _unnamed(self, processes: list[Path]) -> int:
        """Bytes of files that were deleted and are still open or mapped."""
        disk = os.stat(self._folders[0]).st_dev  # noqa: PTH116
        taken: dict[int, int] = {}
        for process in processes:
            for found in _open_files(process):
                if stat.S_ISREG(found.st_mode) and found.st_nlink == 0 and found.st_dev == disk:
                    taken[found.st_ino] = found.st_blocks * 512
            try:
                maps = (process / "maps").read_text(errors="replace")
            except OSError:
                continue
            for first, last, major, minor, inode in _DELETED.findall(maps):
                if os.makedev(int(major, 16), int(minor, 16)) == disk and int(inode) not in taken:
                    taken[int(inode)] = int(last, 16) - int(first, 16)
        return sum(taken.values())


def _children(process: int) -> list[int]:
    found = []
    try:
        threads = os.listdir(f"/proc/{process}/task")  # noqa: PTH208 — names only
    except OSError:
        return []
    for thread in threads:
        try:
            found += [int(child) for child in Path(f"/proc/{process}/task/{thread}/children").read_text().split()]
        except OSError:
            continue
    return found


def _open_files(process: Path) -> Iterator[os.stat_result]:
    """Of every thread: one may have a table of its own, which the process's does not show."""
    for table in (process / "task").glob("*/fd"):
        try:
            names = os.listdir(table)  # noqa: PTH208 — names only
        except OSError:
            continue
        for name in names:
            try:
                yield (table / name).stat()
            except OSError:
                continue
