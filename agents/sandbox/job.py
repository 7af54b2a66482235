"""What goes into the sandbox and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

OutcomeStatus = Literal["ok", "error", "timeout", "memory", "output", "killed"]


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Walls in numbers: seconds of wall clock and of CPU, MiB of address space and of work folder, processes and threads, KiB of output kept.
    `nice` is how far a job gives way to others: the embedded model spins on a barrier, and a long job beside it at the same priority halves its speed."""

    wall_s: float = 20.0
    cpu_s: float = 20.0
    memory_mib: int = 2048
    work_mib: int = 256
    processes: int = 64
    output_kib: int = 256
    result_mib: int = 64
    nice: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """Python to run in an empty world.

    `argv` follows the interpreter (`[python, *argv]`); the working folder holds `files` and nothing else. It is `/work` in tier 1 and a folder on the
    host in tier 2, so that a job finds its own things by relative paths. `mounts` are extra read-only views (inside path to host path) for code of our
    own: `/opt/x` is `../opt/x` from the working folder in every tier. `env` is the whole environment besides PATH, HOME, LANG and the like. `collect`
    names the one regular file below the working folder that leaves the sandbox. `needs_latex` adds TeX Live and its tools to the world. `warm` says
    that the program imports what it needs before it reads its standard input, so that a process may be started ahead of need (`agents.sandbox.warm`).
    """

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    mounts: Mapping[str, Path] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    collect: str | None = None
    needs_latex: bool = False
    warm: bool = False
    limits: JobLimits = field(default_factory=JobLimits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. `status` is "ok" only for exit code 0 within all limits. `collected` is the content of `Job.collect`, None where there was no
    acceptable regular file (missing, a link, too large). Output is cut at the limit and holds no NUL or terminal escapes."""

    status: OutcomeStatus
    exit_code: int | None
    stdout: str
    stderr: str
    collected: bytes | None
    wall_s: float
    detail: str = ""
