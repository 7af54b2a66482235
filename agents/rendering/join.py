"""Joins rendered beats into one video without encoding again. The parts came out of scenes a model wrote, so they are demuxed in the sandbox."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from agents.errors import RenderError
from agents.rendering.inside.remux import Mismatch, join_files
from agents.rendering.mp4 import NotAVideo, inspect_mp4
from agents.rendering.renderer import write_whole
from agents.rendering.sandboxed import Runs, harness_mounts, start
from agents.sandbox.job import Job, JobLimits, Outcome

SECONDS = 60.0
LARGEST_MIB = 512
_MIB = 1024 * 1024


def join_videos(parts: Sequence[Path], out: Path) -> float:
    """Joins videos that no stranger's code has touched into `out`, in this process; gives the length in seconds.

    Demuxing is native code, so everything that came out of a scene goes through `join`. Raises `RenderError` when the parts differ in codec, size,
    frame rate or codec header, cannot be read, or `out` cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "joined.mp4"
            seconds = join_files(parts, made)
            write_whole(out, made.read_bytes())
    except Mismatch as error:
        raise RenderError(f"the parts cannot be joined: {error}") from error
    return seconds


async def join(sandbox: Runs, parts: Sequence[Path], out: Path) -> float:
    """Writes the parts one after the other to `out` (MP4 with its index in front), inside the sandbox; gives the length in seconds.

    Raises `RenderError` when they differ in codec, size, frame rate or codec header, are no videos, are larger than 512 MiB together, or `out` cannot
    be written; `SandboxError` when the walls fail. A file that was at `out` before is untouched unless all went well.
    """
    if not parts:
        raise RenderError("there is nothing to join")
    files = await asyncio.to_thread(_read, parts)
    mib = sum(map(len, files.values())) // _MIB + 1
    job = Job(
        argv=start("remux"),
        files=files,
        mounts=harness_mounts(),
        stdin=json.dumps(list(files)).encode("ascii"),
        collect="joined.mp4",
        limits=JobLimits(wall_s=SECONDS, cpu_s=SECONDS, memory_mib=1536, work_mib=3 * mib + 32, processes=32, result_mib=mib + 16),
    )
    return await deliver_video(await sandbox.run(job), out, "the beats cannot be joined")


async def deliver_video(outcome: Outcome, out: Path, failed: str) -> float:
    """Writes the video that a job collected to `out` and gives its seconds. Raises `RenderError`, which begins with `failed`, where it told of an error
    on its standard output or left no video."""
    try:
        said = json.loads(outcome.stdout)
    except ValueError:
        said = None
    if isinstance(said, dict) and isinstance(said.get("error"), str):
        raise RenderError(f"{failed}: {said['error'][:300]}")
    try:
        info = inspect_mp4(outcome.collected or b"")
    except NotAVideo as error:
        raise RenderError(f"{failed}: no video came of it ({outcome.detail or error})") from error
    await asyncio.to_thread(write_whole, out, outcome.collected or b"")
    return info.seconds


def _read(parts: Sequence[Path]) -> dict[str, bytes]:
    try:
        if sum(part.stat().st_size for part in parts) > LARGEST_MIB * _MIB:
            raise RenderError(f"the parts are larger than {LARGEST_MIB} MiB together")
        return {f"part{number:04}.mp4": part.read_bytes() for number, part in enumerate(parts)}
    except OSError as error:
        raise RenderError(f"a beat's video cannot be read: {error.strerror or error}") from error
