"""Joins rendered beats into one video without encoding again. The parts came out of scenes a model wrote, so they are demuxed in the sandbox."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from agents.errors import RenderError
from agents.rendering import bundle
from agents.rendering.renderer import Runs, write_whole
from agents.sandbox.job import Job, JobLimits

_REMUX = '''
"""Appends the packets of each part behind those of the one before. Runs inside the sandbox."""
import json, os, struct, sys
import av
from fractions import Fraction
parts = json.load(sys.stdin)
out = av.open("/work/joined.mp4", "w", format="mp4", options={"movflags": "faststart"})
stream, offset, base = None, 0, Fraction(1, 90000)
shape = None
for part in parts:
    with av.open(part) as source:
        video = source.streams.video[0]
        found = (video.codec_context.name, video.codec_context.width, video.codec_context.height, video.codec_context.pix_fmt)
        if video.codec_context.name != "h264":
            sys.exit("a part is not H.264")
        if stream is None:
            shape, stream = found, out.add_stream_from_template(video)
            stream.time_base = base
        elif found != shape:
            sys.exit(f"parts differ: {found} and {shape}")
        step = max(int(round(1 / (video.average_rate or 15) / base)), 1)
        first, end = None, 0
        for packet in source.demux(video):
            if packet.dts is None:
                continue
            ratio = packet.time_base / base
            dts, pts = int(packet.dts * ratio), int(packet.pts * ratio)
            if first is None:
                first = pts  # the first packet is a key frame: the earliest picture, while its decoding time lies before it
            packet.stream = stream
            packet.time_base = base
            packet.dts, packet.pts = dts - first + offset, pts - first + offset
            packet.duration = int((packet.duration or 0) * ratio) or step
            end = max(end, packet.pts + packet.duration)
            out.mux(packet)
        offset = end
out.close()
body = json.dumps({"seconds": float(offset * base)}).encode()
with open("/work/joined.mp4", "rb") as video, open("/work/bundle", "wb") as bundle:
    bundle.write(struct.pack(">Q", len(body)) + body + video.read())
'''


async def join(sandbox: Runs, parts: Sequence[Path], out: Path) -> float:
    """Writes the parts one after the other to `out` (MP4 with its index in front) and returns the seconds. The parts must share codec and size.

    Raises `RenderError` when they do not, or are no videos.
    """
    if not parts:
        raise RenderError("there is nothing to join")
    try:
        inside = {f"part{index}.mp4": await asyncio.to_thread(part.read_bytes) for index, part in enumerate(parts)}
    except OSError as error:
        raise RenderError(f"a beat's video cannot be read: {error.strerror or error}") from error
    outcome = await sandbox.run(
        Job(
            argv=("-I", "-B", "/work/remux.py"),
            files={"remux.py": _REMUX.encode(), **inside},
            stdin=json.dumps(list(inside)).encode(),
            collect="bundle",
            limits=JobLimits(wall_s=60, cpu_s=60, memory_mib=1536, work_mib=512, processes=32, result_mib=256),
        )
    )
    if outcome.collected is None:
        last = (outcome.stderr.strip().splitlines() or [outcome.detail or outcome.status])[-1]
        raise RenderError(f"the beats could not be joined: {last[:200]}")
    report, video = bundle.unpack(outcome.collected)
    if not bundle.is_mp4(video):
        raise RenderError("joining the beats gave no video")
    await asyncio.to_thread(write_whole, out, video)
    return bundle.number(report.get("seconds"))
