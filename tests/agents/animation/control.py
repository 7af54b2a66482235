"""Control frames: how each kind of beat looked at its end when somebody last looked at it. After a change that is meant to be seen, write them again
with `pytest tests/agents/animation/test_kinds.py --write-control-frames`, and look at them before they are committed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).with_name("control_frames")
WIDTH = 320
# Fonts and encoders differ a little from release to release, so glyphs may shift by a pixel: what is compared is 8 by 8 pixels at a time.
TILE = 8
NOTICED = 12.0
"""Levels of 255 by which the mean of a tile differs where something else is drawn."""
MOST_OFF = 40.0
"""By so many it may differ at most: a stroke through a tile changes it by more."""
MOST_SHARE = 0.2
"""So many of the tiles that hold something may differ."""


def path(name: str) -> Path:
    return FOLDER / f"{name.replace(' ', '_')}.png"


def tiles(picture: Path) -> np.ndarray:
    """Mean levels of red, green and blue, by rows and columns of tiles."""
    with Image.open(picture) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=float)
    down, across = (size // TILE * TILE for size in pixels.shape[:2])
    return np.asarray(pixels[:down, :across].reshape(down // TILE, TILE, across // TILE, TILE, 3).mean(axis=(1, 3)))


def alike(one: Path, other: Path) -> bool:
    """Whether both show the same."""
    first, second = tiles(one), tiles(other)
    if first.shape != second.shape:
        return False
    off = np.abs(first - second).max(axis=2)
    drawn = np.maximum(*(np.abs(each - np.median(each, axis=(0, 1))).max(axis=2) for each in (first, second))) > NOTICED
    return bool(off.max() <= MOST_OFF and (off > NOTICED).sum() <= MOST_SHARE * drawn.sum())


def write(name: str, frame: Path) -> None:
    FOLDER.mkdir(exist_ok=True)
    path(name).write_bytes(frame.read_bytes())
