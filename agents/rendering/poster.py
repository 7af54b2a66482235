"""A still of a rendered video, for the time before it plays and for places without video."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from agents.errors import RenderError
from agents.rendering.renderer import write_whole
from agents.rendering.sandboxed import Runs, harness_mounts, start
from agents.sandbox.job import Job, JobLimits

_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_MIB = 16


async def poster(sandbox: Runs, video: Path, out: Path, *, at_s: float, width: int | None = None) -> None:
    """Writes the frame at `at_s` seconds (the last one where the video is shorter) to `out` as PNG, made smaller to `width` pixels where it is wider.

    Raises `RenderError` where there is no such frame or `out` cannot be written, and `SandboxError`.
    """
    try:
        data = await asyncio.to_thread(video.read_bytes)
    except OSError as error:
        raise RenderError(f"the video cannot be read: {error.strerror}") from error
    job = Job(
        argv=start("poster"),
        files={"video.mp4": data},
        mounts=harness_mounts(),
        stdin=json.dumps({"at_s": at_s, "width": width}).encode(),
        collect="poster.png",
        limits=JobLimits(
            wall_s=20, cpu_s=20, memory_mib=1024, work_mib=2 * (len(data) // 1_048_576 + 1) + 32, processes=16, result_mib=_LARGEST_MIB
        ),
    )
    outcome = await sandbox.run(job)
    picture = outcome.collected or b""
    # width and height stand behind the signature and the first chunk's head; only whole pictures of a sane size go out
    across, down = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    if not picture.startswith(_PNG) or picture[12:16] != b"IHDR" or not (0 < across <= 4096 and 0 < down <= 4096):
        raise RenderError(f"no still could be taken ({outcome.detail or outcome.stderr.strip()[-200:] or outcome.status})")
    await asyncio.to_thread(write_whole, out, picture)
