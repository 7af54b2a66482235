"""Jobs that run one Python program, and jobs that run code of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agents.sandbox.job import Job, JobLimits

PROGRAM = "program.py"
CODE = "/opt/hisolver"
"""Where a job mounts code of our own. See `Job` for how the job itself finds it."""


def entry(module: str) -> str:
    """A program for `-c` that runs `main` of `module`, mounted below `CODE`. The path is made absolute, since what runs may change its folder."""
    return f"import os, sys; sys.path.insert(0, os.path.abspath('..{CODE}')); from {module} import main; main()"


def python_job(
    code: str,
    *,
    args: Sequence[str] = (),
    stdin: bytes = b"",
    files: Mapping[str, bytes] | None = None,
    mounts: Mapping[str, Path] | None = None,
    collect: str | None = None,
    limits: JobLimits | None = None,
) -> Job:
    """A job that runs `code` as program.py in its work folder with the packages of the virtual environment at hand and nothing else.

    `-I` leaves out PYTHON* variables, the user's site-packages and the program's own folder from the import path, so a file put beside the
    program shadows no package; `-B` writes no bytecode. A lone surrogate in `code` is kept as an escape and fails as a syntax error inside.
    """
    source = code.encode("utf-8", errors="backslashreplace")
    return Job(
        argv=("-I", "-B", PROGRAM, *args),
        files={**(files or {}), PROGRAM: source},
        mounts=dict(mounts or {}),
        stdin=stdin,
        collect=collect,
        limits=limits or JobLimits(),
    )
