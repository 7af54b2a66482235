"""How code of `inside` is started in a sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from agents.sandbox.job import Job, Outcome
from agents.sandbox.python import CODE, entry

# kpathsea: TeX reads and writes below its own folders only (the harness says which), and starts no programs. The sandbox stands behind this.
# Typst's compiler is told not to start a thread for each of the machine's cores.
TEX_ENV = {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "RAYON_NUM_THREADS": "1"}


class Runs(Protocol):
    """The part of `agents.context.Sandbox` that is needed here."""

    tier: str

    async def run(self, job: Job) -> Outcome: ...


def start(module: str) -> tuple[str, ...]:
    """Arguments that run `main` of a module of `inside`. `-I` keeps the working folder, which a scene can write to, out of the import path."""
    return ("-I", "-B", "-c", entry(f"agents.rendering.inside.{module}"))


def harness_mounts() -> dict[str, Path]:
    """What is mounted for `start`: our own code inside, and nothing else of ours."""
    room = Path(__file__).resolve().parent
    return {f"{CODE}/agents/__init__.py": room.parent / "__init__.py", f"{CODE}/agents/rendering/inside": room / "inside"}
