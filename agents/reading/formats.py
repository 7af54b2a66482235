"""What can be said of a picture's bytes without decoding them: format, size in pixels, whether it moves, whether it is all there.

Plain Python over headers, so that the server itself never runs a decoder on a stranger's bytes (docs/adr/0005-pictures.md).
PNG: W3C PNG 3rd edition, section 5. JPEG: ITU-T T.81, annex B. WebP: RFC 9649.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Literal

from agents.errors import InputError

Format = Literal["image/png", "image/jpeg", "image/webp"]
_PNG = b"\x89PNG\r\n\x1a\n"


class PictureFault(InputError):
    """The bytes are no picture that we take. `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class PictureInfo:
    media_type: Format
    width: int
    height: int


def inspect(data: bytes, max_pixels: int) -> PictureInfo:
    """Format and size of a still PNG, JPEG or WebP picture. Raises `PictureFault`."""
    if not data:
        raise PictureFault("empty_image", "the picture is empty")
    if data.startswith(_PNG):
        found = _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = _jpeg(data)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = _webp(data)
    else:
        raise PictureFault("unsupported_image", "only PNG, JPEG and WebP pictures can be read")
    if found.width < 1 or found.height < 1:
        raise PictureFault("invalid_image", "the picture has no pixels")
    if found.width * found.height > max_pixels:
        told = f"the picture has {found.width} x {found.height} pixels; at most {max_pixels} can be read"
        raise PictureFault("image_too_large", told)
    return found


def _cut_off() -> PictureFault:
    return PictureFault("invalid_image", "the picture is damaged or cut off")


def _moves() -> PictureFault:
    return PictureFault("unsupported_image", "the picture is animated; send a still one")


def _png(data: bytes) -> PictureInfo:
    at, size = len(_PNG), (0, 0)
    first = True
    while True:
        if at + 12 > len(data):
            raise _cut_off()
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise _cut_off()
        if first and (kind != b"IHDR" or length != 13):
            raise _cut_off()
        if first:
            size = struct.unpack_from(">II", data, at + 8)
        if kind == b"acTL":
            raise _moves()
        if kind == b"IEND":
            return PictureInfo("image/png", *size)
        first, at = False, end


def _jpeg(data: bytes) -> PictureInfo:
    at = 2
    size: tuple[int, int] | None = None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            raise _cut_off()
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        if length < 2 or at + 2 + length > len(data):
            raise _cut_off()
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            if length < 8:
                raise _cut_off()
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        if kind == 0xDA:  # the scan; its end must be there too (cameras append their own data after it)
            if size is None or data.rfind(b"\xff\xd9", at) < 0:
                raise _cut_off()
            return PictureInfo("image/jpeg", *size)
        at += 2 + length
    raise _cut_off()


def _webp(data: bytes) -> PictureInfo:
    if struct.unpack_from("<I", data, 4)[0] + 8 > len(data) or len(data) < 30:
        raise _cut_off()
    kind = data[12:16]
    if kind == b"VP8X":
        if data[20] & 0x02:
            raise _moves()
        return PictureInfo("image/webp", int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return PictureInfo("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return PictureInfo("image/webp", width & 0x3FFF, height & 0x3FFF)
    raise _cut_off()
