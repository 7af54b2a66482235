"""Walls that no rlimit gives: memory summed over all processes, number of processes, number of files. Polled from outside through /proc."""

from __future__ import annotations

import os
import re
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


class Watch:
    """Looks at one sandbox, given the host's number of its process 1."""

    def __init__(self, init: int, limits: JobLimits) -> None:
        self._root = Path(f"/proc/{init}/root")
        self._limits = limits

    def look(self) -> Breach | None:
        """The wall that is broken at this moment, if any. Raises `OSError` when the sandbox has just ended."""
        processes = [entry for entry in os.listdir(self._root / "proc") if entry.isdigit()]  # noqa: PTH208 — names only
        # Process 1 is ours, and one may be ending. RLIMIT_NPROC is met first where it works; this is for where it does not.
        if len(processes) - 2 > self._limits.processes:
            return Breach("killed", f"more than {self._limits.processes} processes")
        if (busy := self._busiest(processes)) > self._limits.cpu_s + 1:
            return Breach("timeout", f"more than {self._limits.cpu_s:g} s of CPU ({busy:.0f} s in one process)")
        if self._resident(processes) > self._limits.memory_mib * MIB and self._proportional(processes) > self._limits.memory_mib * MIB:
            return Breach("memory", f"more than {self._limits.memory_mib} MiB in all processes together")
        files = sum(self._files(folder) for folder in (WORK, "/tmp", "/dev/shm"))  # noqa: S108 — inside
        if files > FILES:
            return Breach("killed", f"more than {FILES} files")
        return None

    def _files(self, folder: str) -> int:
        found = os.statvfs(f"{self._root}{folder}")
        return found.f_files - found.f_ffree

    def _busiest(self, processes: list[str]) -> float:
        """CPU seconds of the process that has used most. RLIMIT_CPU ends one sooner, but not in a sandbox whose job came after its start."""
        most = 0.0
        for process in processes:
            try:
                fields = (self._root / "proc" / process / "stat").read_text().rsplit(")", 1)[1].split()
                most = max(most, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"))
            except (OSError, IndexError, ValueError):
                continue
        return most

    def _resident(self, processes: list[str]) -> int:
        """Bytes; pages that processes share are counted for each, so this is an upper bound and cheap."""
        pages = 0
        for process in processes:
            try:
                pages += int((self._root / "proc" / process / "statm").read_text().split()[1])
            except (OSError, IndexError):
                continue
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _proportional(self, processes: list[str]) -> int:
        """Bytes, a shared page counted once (proc(5), smaps_rollup)."""
        total = 0
        for process in processes:
            try:
                match = _PSS.search((self._root / "proc" / process / "smaps_rollup").read_text())
            except OSError:
                continue
            total += int(match[1]) * 1024 if match else 0
        return total
