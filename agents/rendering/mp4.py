"""A look at an mp4 file's boxes (ISO/IEC 14496-12) without decoding anything: is it one H.264 track with its index in front?

Pure Python over bytes with bounds on everything, because the file comes from hostile code. Whether every frame decodes is not asked here: decoders
are native code and run in sandboxes only (ours, and the browser's).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_BOXES = 4096
_AVC = (b"avc1", b"avc3")


class NotAVideo(ValueError):
    """The bytes are not an mp4 that a browser plays."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """`seconds` is the track's length, `width` and `height` are pixels."""

    seconds: float
    width: int
    height: int


def _boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at, count = 0, 0
    while at + 8 <= len(data):
        count += 1
        size, kind, head = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8]), 8
        if size == 1 and at + 16 <= len(data):
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:
            size = len(data) - at
        if size < head or at + size > len(data) or count > _BOXES:
            raise NotAVideo("a box is longer than its file")
        yield kind, data[at + head : at + size]
        at += size
    if at != len(data):
        raise NotAVideo("the file ends within a box")


def _child(data: memoryview, *path: bytes) -> memoryview | None:
    for name in path:
        found = next((body for kind, body in _boxes(data) if kind == name), None)
        if found is None:
            return None
        data = found
    return data


def _number(box: memoryview, short_at: int, wide_at: int, *, grows: bool = True) -> int:
    """A field of a box that exists in a short form (version 0) and a wide one (version 1, where `grows` makes the field 8 bytes)."""
    wide = len(box) > 0 and box[0] == 1
    at, size = (wide_at, 8 if grows else 4) if wide else (short_at, 4)
    if len(box) < at + size:
        raise NotAVideo("a header is cut short")
    return int.from_bytes(box[at : at + size], "big")


def _length(movie: memoryview, track: memoryview) -> float:
    """Seconds that the track plays: tkhd counts what the edit list leaves, in units of mvhd; mdhd would count the decoding delay as well."""
    scale, duration = _number(movie, 12, 20, grows=False), _number(track, 20, 28)
    if scale == 0 or duration == 0:
        raise NotAVideo("the track has no length")
    return duration / scale


def inspect_mp4(data: bytes) -> VideoInfo:
    """Length and size of the video in `data`. Raises `NotAVideo` unless it is an mp4 with one H.264 track and moov before mdat."""
    view = memoryview(data)
    top = list(_boxes(view))
    kinds = [kind for kind, _ in top]
    if not kinds or kinds[0] != b"ftyp" or b"moov" not in kinds or b"mdat" not in kinds:
        raise NotAVideo("it is no mp4 file")
    if kinds.index(b"moov") > kinds.index(b"mdat"):
        raise NotAVideo("its index is not at the front")
    moov = next(body for kind, body in top if kind == b"moov")
    tracks = [body for kind, body in _boxes(moov) if kind == b"trak" and _handler(body) == b"vide"]
    if len(tracks) != 1:
        raise NotAVideo("it does not have exactly one video track")
    samples = _child(tracks[0], b"mdia", b"minf", b"stbl", b"stsd")
    movie, header = _child(moov, b"mvhd"), _child(tracks[0], b"tkhd")
    if samples is None or movie is None or header is None or len(samples) < 16 + 28:
        raise NotAVideo("its track has no description")
    if bytes(samples[12:16]) not in _AVC:
        raise NotAVideo("its video is not H.264")
    # stsd: version/flags 4, count 4; entry: size 4, type 4, reserved 6, reference 2, predefined and reserved 16, then width and height
    width, height = int.from_bytes(samples[40:42], "big"), int.from_bytes(samples[42:44], "big")
    if not (0 < width <= 4096 and 0 < height <= 4096):
        raise NotAVideo("its picture has no usable size")
    return VideoInfo(_length(movie, header), width, height)


def _handler(track: memoryview) -> bytes:
    handler = _child(track, b"mdia", b"hdlr")
    return bytes(handler[8:12]) if handler is not None else b""
