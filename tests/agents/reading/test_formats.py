from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from agents.reading.formats import PictureFault, inspect

PIXELS = 1_000_000


def packed(kind: str, size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, kind, **options)
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "options", "media_type"),
    [
        ("PNG", {}, "image/png"),
        ("JPEG", {}, "image/jpeg"),
        ("JPEG", {"progressive": True}, "image/jpeg"),
        ("WEBP", {}, "image/webp"),
        ("WEBP", {"lossless": True}, "image/webp"),
        ("WEBP", {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"}, "image/webp"),
    ],
)
def test_a_still_picture_is_known_by_its_bytes(kind: str, options: dict[str, Any], media_type: str) -> None:
    found = inspect(packed(kind, **options), PIXELS)
    assert (found.media_type, found.width, found.height) == (media_type, 40, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_damaged(kind: str, part: float) -> None:
    whole = packed(kind, (200, 200))
    with pytest.raises(PictureFault) as caught:
        inspect(whole[: int(len(whole) * part)], PIXELS)
    assert caught.value.code == "invalid_image"


def test_a_flipped_bit_in_a_png_is_damage() -> None:
    broken = bytearray(packed("PNG"))
    broken[len(broken) // 2] ^= 1
    with pytest.raises(PictureFault, match="damaged"):
        inspect(bytes(broken), PIXELS)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animated_picture_is_refused(kind: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    made = io.BytesIO()
    frames[0].save(made, kind, save_all=True, append_images=frames[1:], duration=50)
    with pytest.raises(PictureFault, match="animated"):
        inspect(made.getvalue(), PIXELS)


@pytest.mark.parametrize(
    "data", [b"GIF89a" + b"\0" * 50, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", b"BM" + b"\0" * 60, b"II*\0" + b"\0" * 60]
)
def test_other_formats_are_refused(data: bytes) -> None:
    with pytest.raises(PictureFault) as caught:
        inspect(data, PIXELS)
    assert caught.value.code == "unsupported_image"


def test_nothing_is_no_picture() -> None:
    with pytest.raises(PictureFault) as caught:
        inspect(b"", PIXELS)
    assert caught.value.code == "empty_image"


def test_more_pixels_than_allowed_are_refused_before_anything_is_decoded() -> None:
    with pytest.raises(PictureFault) as caught:
        inspect(packed("PNG", (1200, 1000)), PIXELS)
    assert caught.value.code == "image_too_large" and "1200 x 1000" in caught.value.message
