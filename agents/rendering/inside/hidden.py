"""Texts that are on screen and cannot be read: something opaque lies over them, or they have the colour of what is behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import manim
import numpy as np
import numpy.typing as npt

from agents.rendering.inside.inventory import Item, Leaf, boxes
from agents.rendering.inside.layout import Fault, path_of

_OPAQUE = 0.85
_PARTLY = 0.15
"""Share of a text's letters that must be covered to be missed."""
_WHOLLY = 0.95
_ALIKE = 0.08
"""Distance of two colours, each channel from 0 to 1, below which they cannot be told apart on a screen."""


def unreadable(text: Item, items: Sequence[Item], background: npt.NDArray[np.float64]) -> bool:
    """Whether nothing of a text can be read in this picture."""
    return covered_share(text, items)[0] >= _WHOLLY or _is_faint(text, items, background)


def partly_covered(texts: Sequence[Item], items: Sequence[Item]) -> list[Fault]:
    """Texts of which a part lies under something opaque."""
    found = []
    for text in texts:
        share, cover = covered_share(text, items)
        if cover is not None and _PARTLY <= share < _WHOLLY:
            found.append(Fault("overlap", "error", (text.name, cover.name), (text,)))
    return found


def covered_share(text: Item, items: Sequence[Item]) -> tuple[float, Item | None]:
    """Share of a text's letters whose middle lies under something opaque, and what covers most of them."""
    letters = boxes(text)
    if len(letters) == 0:
        return 0.0, None
    middles = (letters[:, :2] + letters[:, 2:]) / 2
    above = max(leaf.order for leaf in text.leaves)
    hidden = np.zeros(len(middles), dtype=bool)
    most, cover = 0, None
    for item in items:
        if item is text or item.is_text or id(item.mobject) in text.inside:
            continue
        for leaf in item.leaves:
            if leaf.order > above and leaf.fill >= _OPAQUE and isinstance(leaf.mobject, manim.VMobject):
                under = _inside(middles, leaf)
                hidden |= under
                if int(under.sum()) > most:
                    most, cover = int(under.sum()), item
    return float(hidden.mean()), cover


def _inside(points: npt.NDArray[np.float64], leaf: Leaf) -> npt.NDArray[np.bool_]:
    """Which points lie within a filled path, by the even-odd rule."""
    left, bottom, right, top = leaf.box
    near = (points[:, 0] > left) & (points[:, 0] < right) & (points[:, 1] > bottom) & (points[:, 1] < top)
    if not near.any():
        return near
    pieces = path_of(leaf.mobject)
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    x0, y0, x1, y1 = pieces[:, 0, 0], pieces[:, 0, 1], pieces[:, 1, 0], pieces[:, 1, 1]
    spans = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        crosses = spans & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    odd: npt.NDArray[np.bool_] = crosses.sum(axis=1) % 2 == 1
    return near & odd


def _is_faint(text: Item, items: Sequence[Item], background: npt.NDArray[np.float64]) -> bool:
    """Whether a text has the background's colour and nothing else is behind it."""
    colours = [_colour(leaf.mobject) for leaf in text.leaves]
    if not colours or any(colour is None or float(np.abs(colour - background).max()) > _ALIKE for colour in colours):
        return False
    below = min(leaf.order for leaf in text.leaves)
    middles = (boxes(text)[:, :2] + boxes(text)[:, 2:]) / 2
    behind = [leaf for item in items if item is not text for leaf in item.leaves if leaf.order < below and leaf.fill >= 0.3]
    return not any(_inside(middles, leaf).any() for leaf in behind if isinstance(leaf.mobject, manim.VMobject))


def _colour(mobject: Any) -> npt.NDArray[np.float64] | None:
    """The fill colour of a letter; None where it has several, or a stroke of its own."""
    if not isinstance(mobject, manim.VMobject) or (float(mobject.get_stroke_width()) > 0.2 and mobject.get_stroke_opacity() > 0.05):
        return None
    colours = np.asarray(mobject.get_fill_rgbas())[:, :3]
    return colours[0] if len(colours) and float(np.ptp(colours, axis=0).max()) < 1e-6 else None


def background_of(camera: Any) -> npt.NDArray[np.float64]:
    """The colour behind everything, three channels from 0 to 1."""
    return np.asarray(manim.ManimColor(camera.background_color).to_rgb(), dtype=np.float64)
