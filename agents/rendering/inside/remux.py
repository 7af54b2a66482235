"""Joins mp4 files without encoding again: packets are copied with shifted timestamps, the index (moov) goes to the front."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any


class Mismatch(Exception):
    """The parts cannot be joined without encoding again, or one of them is no video."""


def signature_of(stream: Any) -> tuple[Any, ...]:
    context = stream.codec_context
    return (context.name, context.width, context.height, context.pix_fmt, stream.guessed_rate, context.extradata)


def copy_packets(container: Any, out: Any, target: Any, start: Fraction, name: str) -> Fraction:
    """Copies the video packets of `container` to `target`, `start` seconds later; gives the second at which they end."""
    source = container.streams.video[0]
    base = source.time_base
    shift, end, first = round(start / base), start, None
    frame = Fraction(1) / source.guessed_rate
    for packet in container.demux(source):
        if packet.dts is None or packet.pts is None:
            continue
        first = packet.pts if first is None else min(first, packet.pts)
        packet.pts += shift - first
        packet.dts += shift - first
        length = Fraction(packet.duration) * base if packet.duration else frame
        end = max(end, packet.pts * base + length)
        packet.stream = target
        out.mux(packet)
    if first is None:
        raise Mismatch(f"{name} holds no video")
    return end


def join_files(parts: Sequence[Path], out: Path) -> float:
    """Joins the video tracks of `parts` into `out` (mp4, faststart); gives its length in seconds.

    Raises `Mismatch` when codec, size, pixel format, frame rate or codec header differ, or a part cannot be read.
    """
    import av

    if not parts:
        raise Mismatch("there is nothing to join")
    try:
        with av.open(str(out), mode="w", format="mp4", options={"movflags": "faststart"}) as target:
            stream: Any = None
            signature: tuple[Any, ...] = ()
            at = Fraction(0)
            for part in parts:
                with av.open(str(part), format="mp4") as container:
                    if not container.streams.video:
                        raise Mismatch(f"{part.name} holds no video")
                    source = container.streams.video[0]
                    if not source.guessed_rate:
                        raise Mismatch(f"{part.name} has no frame rate")
                    if stream is None:
                        signature = signature_of(source)
                        stream = target.add_stream_from_template(source)
                        stream.time_base = source.time_base
                    elif signature_of(source) != signature:
                        raise Mismatch(f"{part.name} was encoded otherwise than {parts[0].name}")
                    at = copy_packets(container, target, stream, at, part.name)
        return float(at)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise Mismatch(f"the parts cannot be read as mp4: {error}") from error


def main() -> None:
    """Joins the files named on standard input (a JSON list) into `joined.mp4`; prints `{"seconds": ...}` or `{"error": ...}`."""
    parts = [Path(name) for name in json.load(sys.stdin)]
    try:
        answer: dict[str, Any] = {"seconds": join_files(parts, Path("joined.mp4"))}
    except Mismatch as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
