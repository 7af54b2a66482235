"""Joins rendered beats into one video with a voice (AAC), inside the sandbox. A beat that ends before its words do holds its last frame."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.errors import RenderError
from agents.rendering.join import LARGEST_MIB, deliver_video
from agents.rendering.sandboxed import Runs, harness_mounts, start
from agents.rendering.wav import Sound
from agents.sandbox.job import Job, JobLimits

SECONDS = 120.0
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class VoicedPart:
    """A beat's video, its sounds with the second of the beat at which each begins, and how long the beat lasts at least."""

    video: Path
    sounds: Sequence[tuple[float, Sound]]
    lasts: float


async def narrate(sandbox: Runs, parts: Sequence[VoicedPart], out: Path) -> float:
    """Writes the parts one after the other, with their sounds, to `out` (MP4 with its index in front); gives the length in seconds.

    The pictures are not encoded again. Raises as `agents.rendering.join` does.
    """
    if not parts:
        raise RenderError("there is nothing to join")
    files = await asyncio.to_thread(_files, parts)
    mib = sum(map(len, files.values())) // _MIB + 1
    job = Job(
        argv=start("narrate"),
        files=files,
        mounts=harness_mounts(),
        stdin=json.dumps(_request(parts)).encode("ascii"),
        collect="narrated.mp4",
        limits=JobLimits(nice=10, wall_s=SECONDS, cpu_s=SECONDS, memory_mib=2048, work_mib=3 * mib + 64, processes=32, result_mib=mib + 32),
    )
    return await deliver_video(await sandbox.run(job), out, "the narration cannot be put in")


def _request(parts: Sequence[VoicedPart]) -> list[dict[str, object]]:
    return [
        {
            "video": f"part{number:04}.mp4",
            "lasts": part.lasts,
            "sounds": [
                {"file": f"sound{number:04}-{place:04}.pcm", "at": at, "rate": sound.rate, "channels": sound.channels}
                for place, (at, sound) in enumerate(part.sounds)
            ],
        }
        for number, part in enumerate(parts)
    ]


def _files(parts: Sequence[VoicedPart]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        for number, part in enumerate(parts):
            files[f"part{number:04}.mp4"] = part.video.read_bytes()
            files |= {f"sound{number:04}-{place:04}.pcm": sound.samples for place, (_, sound) in enumerate(part.sounds)}
    except OSError as error:
        raise RenderError(f"a beat's video cannot be read: {error.strerror or error}") from error
    if sum(map(len, files.values())) > LARGEST_MIB * _MIB:
        raise RenderError(f"the parts are larger than {LARGEST_MIB} MiB together")
    return files
