"""A small animated GIF of a video, made inside the sandbox: the video came out of a scene that a model wrote."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

WIDTH = 426
TRIES: tuple[tuple[int, int, int], ...] = ((426, 12, 64), (426, 20, 64), (320, 20, 48), (320, 40, 32), (240, 50, 32), (200, 100, 16))
"""Width in pixels, hundredths of a second a frame (what GIF counts in), colours: the first that fits the bytes is taken."""
MOST_FRAMES = 1000
_HOLD = 150
"""Hundredths of a second that the last frame stays before the GIF starts anew."""
_SAMPLES = 12


class TooLarge(Exception):
    """No try is small enough."""


def frames_of(path: str, delay: int) -> tuple[list[Any], int]:
    """Frames `delay` hundredths of a second apart, as pictures `WIDTH` pixels wide, and the delay: longer where there would be more than
    `MOST_FRAMES` of them."""
    import av

    with av.open(path, format="mp4") as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        seconds = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
        delay = max(delay, math.ceil(100 * seconds / MOST_FRAMES))
        step, due = delay / 100, 0.0
        found: list[Any] = []
        for frame in container.decode(stream):
            at = frame.time or 0.0
            # a frame stays until the next one, so after a long one several are due at once
            if at + 1e-6 < due:
                continue
            while found and due + step <= at + 1e-6 and len(found) < MOST_FRAMES:
                found.append(found[-1])
                due += step
            height = max(2, round(frame.height * WIDTH / frame.width))
            found.append(frame.reformat(width=WIDTH, height=height, format="rgb24").to_image())
            due += step
            if len(found) >= MOST_FRAMES:
                break
    return found, delay


def write_gif(frames: list[Any], step: int, out: Path, *, most_bytes: int) -> None:
    """Writes the frames, `step` hundredths of a second apart, to `out` in the first form that fits. Raises `TooLarge`."""
    from PIL import Image

    for width, delay, colours in TRIES:
        every = max(1, round(delay / step))
        size = (width, max(2, round(frames[0].height * width / frames[0].width)))
        chosen = [frame if frame.size == size else frame.resize(size, Image.Resampling.BOX) for frame in [*frames[:-1:every], frames[-1]]]
        sheet = Image.new("RGB", (size[0], size[1] * min(_SAMPLES, len(chosen))))
        for place in range(sheet.height // size[1]):
            sheet.paste(chosen[place * (len(chosen) - 1) // max(1, _SAMPLES - 1)] if len(chosen) > 1 else chosen[0], (0, place * size[1]))
        # one palette for all frames, without dithering: what stands still stays the same and costs nothing
        palette = sheet.quantize(colours, method=Image.Quantize.MEDIANCUT)
        mapped = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in chosen]
        times = [10 * every * step] * (len(mapped) - 1) + [10 * _HOLD]
        mapped[0].save(out, format="GIF", save_all=True, append_images=mapped[1:], duration=times, loop=0, disposal=1)
        if out.stat().st_size <= most_bytes:
            return
    raise TooLarge(f"it would have more than {most_bytes} bytes")


def main() -> None:
    """Reads `{"most_bytes": ...}`; writes `video.mp4` as `animation.gif`."""
    most = int(json.load(sys.stdin)["most_bytes"])
    frames, step = frames_of("video.mp4", TRIES[0][1])
    if not frames:
        raise SystemExit("the video holds no frame")
    try:
        write_gif(frames, step, Path("animation.gif"), most_bytes=most)
    except TooLarge as error:
        Path("animation.gif").unlink(missing_ok=True)
        raise SystemExit(str(error)) from None
