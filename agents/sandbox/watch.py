"""Walls that no rlimit gives: memory summed over all processes, number of processes, files and what they take. Polled from outside through /proc."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from agents.sandbox.job import JobLimits, OutcomeStatus
from agents.sandbox.policy import MIB, WORK

FILES = 50_000
"""Files in all writable folders: an empty file costs the kernel about a kilobyte that no tmpfs size accounts for."""
_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Breach:
    """A wall that was run into: the `status` of the outcome, and in words."""

    status: OutcomeStatus
    detail: str


def overfull(limits: JobLimits) -> Breach:
    """The job has more on the disk than it may."""
    return Breach("killed", f"more than {limits.work_mib} MiB or {FILES} files in its folders, or folders that cannot be counted")


class Watch(ABC):
    """Looks at one sandbox. Which processes are its own and what its files take, a tier knows."""

    def __init__(self, limits: JobLimits) -> None:
        self._limits = limits

    async def glance(self) -> Breach | None:
        """As `look`."""
        return self.look()

    def look(self) -> Breach | None:
        """The wall that is broken at this moment, if any. Raises `OSError` when the sandbox has just ended."""
        processes = self._processes()
        if self._tasks(processes) > self._limits.processes:
            return Breach("killed", f"more than {self._limits.processes} processes")
        if (busy := self._busiest(processes)) > self._limits.cpu_s + 1:
            return Breach("timeout", f"more than {self._limits.cpu_s:g} s of CPU ({busy:.0f} s in one process)")
        if self._resident(processes) > self._limits.memory_mib * MIB and self._proportional(processes) > self._limits.memory_mib * MIB:
            return Breach("memory", f"more than {self._limits.memory_mib} MiB in all processes together")
        return self._disk(processes)

    @abstractmethod
    def _processes(self) -> list[Path]:
        """Folders in /proc."""

    @abstractmethod
    def _tasks(self, processes: list[Path]) -> int:
        """How many of the job's own are to be held against its limit. RLIMIT_NPROC is met first where it works; this is for where it does not."""

    @abstractmethod
    def _disk(self, processes: list[Path]) -> Breach | None:
        """The wall of the disk that is broken, if any."""

    def _busiest(self, processes: list[Path]) -> float:
        """CPU seconds of the process that has used most. RLIMIT_CPU ends one sooner, but not in a sandbox whose job came after its start."""
        most = 0.0
        for process in processes:
            try:
                fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
                most = max(most, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
            except (OSError, IndexError, ValueError):
                continue
        return most

    def _resident(self, processes: list[Path]) -> int:
        """Bytes; pages that processes share are counted for each, so this is an upper bound and cheap."""
        pages = 0
        for process in processes:
            try:
                pages += int((process / "statm").read_text().split()[1])
            except (OSError, IndexError):
                continue
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _proportional(self, processes: list[Path]) -> int:
        """Bytes, a shared page counted once (proc(5), smaps_rollup)."""
        total = 0
        for process in processes:
            try:
                match = _PSS.search((process / "smaps_rollup").read_text())
            except OSError:
                continue
            total += int(match[1]) * 1024 if match else 0
        return total


class NamespaceWatch(Watch):
    """Of a sandbox with a pid namespace and mounts of its own, given the host's number of its process 1."""

    def __init__(self, init: int, limits: JobLimits) -> None:
        super().__init__(limits)
        self._root = Path(f"/proc/{init}/root")

    def _processes(self) -> list[Path]:
        proc = self._root / "proc"
        return [proc / entry for entry in os.listdir(proc) if entry.isdigit()]  # noqa: PTH208 — names only

    def _tasks(self, processes: list[Path]) -> int:
        return len(processes) - 2  # process 1 is ours, and one may be ending

    def _disk(self, processes: list[Path]) -> Breach | None:
        files = sum(self._files(folder) for folder in (WORK, "/tmp", "/dev/shm"))  # noqa: S108 — inside
        return Breach("killed", f"more than {FILES} files") if files > FILES else None

    def _files(self, folder: str) -> int:
        found = os.statvfs(f"{self._root}{folder}")
        return found.f_files - found.f_ffree
