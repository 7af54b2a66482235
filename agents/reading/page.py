"""From hostile bytes to an even, upright page of ink. Runs inside the sandbox only: the decoders are C code."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP")
LONG_SIDE = 2400
"""More pixels than this make nothing readable that was not, and cost seconds."""
TEXT_HEIGHT = 52.0
"""Pixels that a line of text should have: the recogniser looks at 48."""


class Undecodable(Exception):
    """The bytes are no picture that we decode; the message is for the learner."""


def decode(data: bytes, max_pixels: int) -> Any:
    """A grey picture (uint8, dark ink on light paper), upright by its EXIF flag. Raises `Undecodable`."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > max_pixels:
                raise Undecodable(f"the picture has {picture.width} x {picture.height} pixels, more than {max_pixels}")
            if getattr(picture, "is_animated", False):
                raise Undecodable("the picture is animated; send a still one")
            picture.draft("L", (LONG_SIDE, LONG_SIDE))
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            if upright.mode in ("RGBA", "LA", "PA", "P"):
                with_alpha = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha)
            grey = upright.convert("L")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Undecodable("the picture is damaged: it cannot be decoded") from error
    if min(grey.size) < 16:
        raise Undecodable("the picture is too small to hold text")
    grey.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    pixels = np.asarray(grey)
    return 255 - pixels if np.median(pixels) < 100 else pixels


def even_light(grey: Any) -> Any:
    """The page with its paper at 255 everywhere: each pixel over the paper's brightness around it."""
    small = cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    reach = max(5, round(min(small.shape) * 0.08)) | 1
    paper = cv2.GaussianBlur(cv2.dilate(cv2.medianBlur(small, 3), np.ones((reach, reach), np.uint8)), (0, 0), reach / 2)
    paper = cv2.resize(paper, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    page = np.clip(grey.astype(np.float32) / np.maximum(paper, 1) * 262, 0, 255).astype(np.uint8)
    return page


def tilt_of(boxes: Any) -> float:
    """Degrees by which the lines of text lean, from the detector's quadrilaterals; 0 where no line is long enough to tell."""
    angles: list[tuple[float, float]] = []
    for box in boxes:
        along = ((box[1] - box[0]) + (box[2] - box[3])) / 2
        width, height = float(np.hypot(*along)), float(np.hypot(*(box[3] - box[0])))
        if width > 4 * height:
            angles.append((float(np.degrees(np.arctan2(along[1], along[0]))), width))
    if not angles:
        return 0.0
    angles.sort()
    half = sum(width for _, width in angles) / 2
    seen = 0.0
    for angle, width in angles:
        seen += width
        if seen >= half:
            return angle if abs(angle) < 20 else 0.0
    return 0.0


def straighten(page: Any, degrees: float, zoom: float) -> Any:
    """The page turned back by `degrees` and enlarged, white where nothing was."""
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos), int(height * cos + width * sin))
    turn[0, 2] += size[0] / 2 - width / 2
    turn[1, 2] += size[1] / 2 - height / 2
    return cv2.warpAffine(page, turn, size, flags=cv2.INTER_CUBIC, borderValue=255)


@dataclass(slots=True)
class Mark:
    """A connected piece of ink: its box (right and bottom exclusive), its number in the label picture, its area in pixels."""

    left: int
    top: int
    right: int
    bottom: int
    label: int = 0
    area: int = 0

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """An upright page: `grey` for the recogniser, `labels` for the pieces of ink in `marks`. `unit` is the height of a small letter in pixels."""

    grey: Any
    labels: Any
    marks: list[Mark]
    unit: float


def _ink(grey: Any, text_height: float) -> Any:
    """1 where there is ink. A little above Otsu's level: a hairline lost costs a letter its shape, two characters that touch cost less."""
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.6 * text_height / TEXT_HEIGHT)
    level, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return (smooth < level + 8).astype(np.uint8)


def _free_lines(ink: Any, long: Any) -> Any:
    """Of the long strokes those that stand free on most of their length: the serifs of a word that touch each other do not."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(long, connectivity=8)
    kept = np.zeros_like(long)
    for label in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[label])
        above = ink[max(0, top - 3) : max(0, top - 1), left : left + width]
        below = ink[top + height + 1 : top + height + 3, left : left + width]
        touched = [float(side.any(axis=0).mean()) if side.size else 0.0 for side in (above, below)]
        if max(touched) < 0.4 and sum(touched) < 0.55:
            kept[labels == label] = 1
    return kept


def page_of(grey: Any, text_height: float) -> Page:
    """The pieces of ink on an upright page; specks far smaller than a full stop are left out."""
    ink = _ink(grey, text_height)
    # Bars of fractions and roofs of roots touch the small characters around them once a picture is blurred: they become pieces of their own.
    long = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, max(9, round(text_height * 0.85))), np.uint8))
    long = _free_lines(ink, long)
    rest = cv2.bitwise_and(ink, 1 - long)
    count, labels, marks = 0, np.zeros(ink.shape, np.int32), list[Mark]()
    for layer in (rest, long):
        found, own, stats, _ = cv2.connectedComponentsWithStats(layer, connectivity=8)
        labels = np.where(own > 0, own + count, labels)
        least = max(4.0, (text_height * 0.055) ** 2)
        for label, (left, top, width, height, area) in enumerate(stats):
            if label and area >= least:
                marks.append(Mark(int(left), int(top), int(left + width), int(top + height), label + count, int(area)))
        count += found
    heights = sorted(mark.height for mark in marks if 0.12 * text_height < mark.height < 1.1 * text_height and mark.width < 2 * text_height)
    unit = float(heights[len(heights) // 2]) if heights else text_height * 0.4
    return Page(grey, labels, marks, unit)
