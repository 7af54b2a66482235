"""A small animated GIF of a rendered video, for places that play no video."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from agents.errors import RenderError
from agents.rendering.renderer import write_whole
from agents.rendering.sandboxed import Runs, harness_mounts, start
from agents.sandbox.job import Job, JobLimits

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 60.0
_WIDEST = 480
_MIB = 1024 * 1024


async def gif(sandbox: Runs, video: Path, out: Path, *, most_bytes: int = MOST_BYTES) -> None:
    """Writes `video` to `out` as a GIF of at most `most_bytes`: 426 pixels wide with 8 frames a second, narrower and slower where that is too much.

    About a second of work for twenty seconds of video. Raises `RenderError` where there is no such video, it fits in no form, or `out` cannot be
    written, and `SandboxError`; a file that was at `out` before stays then.
    """
    try:
        data = await asyncio.to_thread(video.read_bytes)
    except OSError as error:
        raise RenderError(f"the video cannot be read: {error.strerror}") from error
    job = Job(
        argv=start("gif"),
        files={"video.mp4": data},
        mounts=harness_mounts(),
        stdin=json.dumps({"most_bytes": most_bytes}).encode(),
        collect="animation.gif",
        limits=JobLimits(
            nice=10,
            wall_s=SECONDS,
            cpu_s=2 * SECONDS,
            memory_mib=2048,
            work_mib=2 * (len(data) // _MIB + 1) + 128,
            processes=32,
            result_mib=most_bytes // _MIB + 1,
        ),
    )
    outcome = await sandbox.run(job)
    picture = outcome.collected or b""
    # logical screen descriptor: width and height behind the signature, little-endian; a whole GIF ends with its trailer
    width, height = int.from_bytes(picture[6:8], "little"), int.from_bytes(picture[8:10], "little")
    sane = 0 < width <= _WIDEST and 0 < height <= 4 * _WIDEST and len(picture) <= most_bytes
    if outcome.status != "ok" or not picture.startswith(b"GIF89a") or not picture.endswith(b"\x3b") or not sane:
        raise RenderError(f"no GIF could be made ({outcome.detail or outcome.stderr.strip()[-200:] or outcome.status})")
    await asyncio.to_thread(write_whole, out, picture)
