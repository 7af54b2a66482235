"""Joins mp4 files with a voice: video packets are copied as `remux` does, the sounds are mixed onto one track and encoded as AAC."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from agents.rendering.inside.remux import Mismatch, copy_packets, signature_of

RATE = 44_100
_FRAME = 1024


class _Basket:
    """Takes packets instead of a file, so that pictures and sound can be written side by side."""

    def __init__(self) -> None:
        self.packets: list[Any] = []

    def mux(self, packet: Any) -> None:
        self.packets.append(packet)


def narrate_files(parts: Sequence[dict[str, Any]], out: Path) -> float:
    """Joins `parts` (`video`, `lasts`, `sounds` of `file`, `at`, `rate`, `channels`) into `out`; gives its length in seconds.

    Raises `Mismatch` when the videos cannot be joined without encoding again, or a file cannot be read.
    """
    import av
    import numpy as np

    track: list[tuple[float, Any]] = []
    basket, stream, signature, at = _Basket(), None, (), Fraction(0)
    try:
        with av.open(str(out), mode="w", format="mp4", options={"movflags": "faststart"}) as target:
            for part in parts:
                with av.open(part["video"], format="mp4") as container:
                    if not container.streams.video or not container.streams.video[0].guessed_rate:
                        raise Mismatch(f"{part['video']} holds no video")
                    source = container.streams.video[0]
                    if stream is None:
                        signature = signature_of(source)
                        stream = target.add_stream_from_template(source)
                        stream.time_base = source.time_base
                    elif signature_of(source) != signature:
                        raise Mismatch(f"{part['video']} was encoded otherwise than the first one")
                    track += [(float(at) + float(sound["at"]), _resampled(sound)) for sound in part["sounds"]]
                    end = copy_packets(container, basket, stream, at, part["video"])
                    at = max(end, at + Fraction(part["lasts"]).limit_denominator(90_000))
            if stream is None:
                raise Mismatch("there is nothing to join")
            last = basket.packets[-1]
            # a player keeps the last frame for as long as its packet lasts
            last.duration = max(last.duration or 0, round(at / last.time_base) - last.dts)
            voice = target.add_stream("aac", rate=RATE, layout="mono", options={"b": "64000"})
            mixed = np.zeros(int(at * RATE), np.float32)
            for start, samples in track:
                first = round(start * RATE)
                room = mixed[first : first + len(samples)]
                room += samples[: len(room)]
            basket.packets += _encoded(voice, np.clip(mixed, -1.0, 1.0))
            for packet in sorted(basket.packets, key=lambda packet: float(packet.dts * packet.time_base)):
                target.mux(packet)
        return float(at)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise Mismatch(f"the parts cannot be read: {error}") from error


def _resampled(sound: dict[str, Any]) -> Any:
    """The sound as mono samples between -1 and 1, `RATE` a second."""
    import av
    import numpy as np

    raw = np.fromfile(sound["file"], dtype="<i2")
    channels = int(sound["channels"])
    mono = raw[: len(raw) // channels * channels].reshape(-1, channels).mean(axis=1, dtype=np.float32) / 32768.0
    frame = av.AudioFrame.from_ndarray(mono.reshape(1, -1), format="fltp", layout="mono")
    frame.sample_rate = int(sound["rate"])
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    made = [*resampler.resample(frame), *resampler.resample(None)]
    return np.concatenate([piece.to_ndarray()[0] for piece in made]) if made else np.zeros(0, np.float32)


def _encoded(stream: Any, samples: Any) -> list[Any]:
    import av

    packets: list[Any] = []
    for first in range(0, len(samples), _FRAME):
        frame = av.AudioFrame.from_ndarray(samples[first : first + _FRAME].reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
        packets += stream.encode(frame)
    return [*packets, *stream.encode(None)]


def main() -> None:
    """Joins the parts named on standard input (a JSON list) into `narrated.mp4`; prints `{"seconds": ...}` or `{"error": ...}`."""
    try:
        answer: dict[str, Any] = {"seconds": narrate_files(json.load(sys.stdin), Path("narrated.mp4"))}
    except Mismatch as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")
