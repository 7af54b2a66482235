"""Whether a file is a video that a browser plays and that shows something, by decoding it (PyAV, FFmpeg's libraries)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, TypedDict

import av
from PIL import ImageFilter, ImageStat

BROWSER_CODEC = "h264"
BROWSER_PIXELS = ("yuv420p", "yuvj420p")
"""Other pixel layouts of H.264 (yuv444p above all) do not play in Safari and Firefox."""
MIN_SECONDS = 1.0
_SAMPLES = 12
_BLANK_SPREAD = 12
"""A frame whose grey values span less than this (of 255) shows nothing."""


class VideoFacts(TypedDict):
    """`frames` counts decoded frames, `blank` the share of the sampled ones that show nothing; `fault` is empty where it plays."""

    playable: bool
    fault: str
    codec: str
    pixels: str
    width: int
    height: int
    seconds: float
    frames: int
    blank: float


def read_video(data: bytes, *, picture: Path | None = None) -> VideoFacts:
    """Decodes `data` whole. `picture` gets the sampled frame that shows most (PNG), for people to look at. Blocking; never raises for bad bytes."""
    facts = VideoFacts(playable=False, fault="", codec="", pixels="", width=0, height=0, seconds=0.0, frames=0, blank=1.0)
    try:
        _decode(data, facts, picture)
    except (av.FFmpegError, ValueError, IndexError) as error:
        facts["fault"] = f"it does not decode: {error}"
        return facts
    facts["fault"] = _fault(facts)
    facts["playable"] = not facts["fault"]
    return facts


def _decode(data: bytes, facts: VideoFacts, picture: Path | None) -> None:
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        facts["codec"] = str(stream.codec_context.name)
        facts["pixels"] = str(stream.codec_context.pix_fmt)
        facts["width"], facts["height"] = int(stream.codec_context.width), int(stream.codec_context.height)
        facts["seconds"] = float(container.duration or 0) / av.time_base
        every = max(1, int(stream.frames or 0) // _SAMPLES)
        best: tuple[float, Any] = (-1.0, None)
        sampled = blank = 0
        for number, frame in enumerate(container.decode(stream)):
            facts["frames"] = number + 1
            if number % every:
                continue
            image = frame.to_image()
            grey = image.convert("L")
            low, high = ImageStat.Stat(grey).extrema[0]
            sampled += 1
            blank += high - low < _BLANK_SPREAD
            # the most edges: a rough but sufficient "shows most"
            detail = ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).mean[0]
            if detail > best[0]:
                best = (detail, image)
        facts["blank"] = blank / sampled if sampled else 1.0
    if picture is not None and best[1] is not None:
        picture.parent.mkdir(parents=True, exist_ok=True)
        best[1].save(picture)


def _fault(facts: VideoFacts) -> str:
    if facts["codec"] != BROWSER_CODEC:
        return f"it is {facts['codec']}, not {BROWSER_CODEC}"
    if facts["pixels"] not in BROWSER_PIXELS:
        return f"its pixels are {facts['pixels']}, which browsers do not play"
    if facts["seconds"] <= MIN_SECONDS or facts["frames"] < 2:
        return f"it lasts {facts['seconds']:.2f} s"
    if facts["blank"] >= 1.0:
        return "every frame is blank"
    return ""


def sample_video(*, blank: bool = False) -> bytes:
    """A two-second H.264 video with a moving square: what the render suite's datasets prove themselves with."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(10):
            frame = av.VideoFrame(64, 64, "rgb24")
            row = bytearray(frame.planes[0].line_size)
            rows = []
            for y in range(64):
                line = bytearray(row)
                if not blank and 16 <= y < 32:
                    line[number * 9 : number * 9 + 48] = b"\xff" * 48
                rows.append(bytes(line))
            frame.planes[0].update(b"".join(rows))
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()
