"""Faults of the layout in one resting picture. The thresholds lean towards silence: a false alarm costs a repair that makes things worse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import manim
import numpy as np
import numpy.typing as npt

from agents.rendering.inside.inventory import Box, Item, Leaf, boxes

_EDGE = 0.08
"""Scene units that text may stand out of the frame: less than a letter's stem."""
_OVERLAP = 0.10
"""Share of the smaller text's letters that lies under the other's."""
_OPAQUE = 0.6
_PIXELS = 480
READABLE = 6.0
"""Pixels of a tall letter at 480p, where an x has about 4.5: Text below font size 10, MathTex below 15. Seen on rendered frames."""
_UNREADABLE = 4.0
_ONE_ROW = 4.0
"""Times the height of its letters that a formula on one line may have, with exponents and small fractions."""
_GRIDS = {"NumberPlane", "ComplexPlane", "PolarPlane"}
SCALES = {"Axes", "ThreeDAxes", "NumberLine", "BarChart", "UnitInterval", *_GRIDS}
_FRAME = "SurroundingRectangle"
"""May run as it likes between the letters of what it frames; a text of which it frames no letter it must leave alone."""
_MARKS = {_FRAME, "BackgroundRectangle", "Underline", "Cross", "FullScreenRectangle"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding without its time: see `agents.rendering.report.Finding`."""

    kind: str
    severity: str
    objects: tuple[str, ...]
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What the camera sees, and whether it is where it starts."""

    box: Box
    still: bool

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]


def overlaps(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within(inner: Box, outer: Box, slack: float = 0.05) -> bool:
    return inner[0] >= outer[0] - slack and inner[1] >= outer[1] - slack and inner[2] <= outer[2] + slack and inner[3] <= outer[3] + slack


def _orders(item: Item) -> tuple[int, int]:
    found = [leaf.order for leaf in item.leaves]
    return min(found), max(found)


def covers(items: list[Item]) -> list[Leaf]:
    return [leaf for item in items for leaf in item.leaves if leaf.fill >= _OPAQUE and not (item.is_text and not _backs(leaf))]


def _backs(leaf: Leaf) -> bool:
    return isinstance(leaf.mobject, manim.SurroundingRectangle)


def _hidden_between(over: list[Leaf], below: int, above: int, where: Box) -> bool:
    """Whether something opaque lies between two layers at `where`."""
    return any(below < leaf.order <= above and _within(where, leaf.box) for leaf in over)


def _related(one: Item, other: Item) -> bool:
    """Parts of one composite, or of one text, stand together on purpose; the numbers of one scale do not lie over each other."""
    if one.is_text and other.is_text and _scale_of(one) is not None and _scale_of(one) == _scale_of(other):
        return False
    return bool({id(one.mobject), *one.inside} & {id(other.mobject), *other.inside})


def _scale_of(item: Item) -> int | None:
    """The number line that a text is a part of, by identity."""
    if "NumberLine" not in item.inside_kinds or len(item.inside) != len(item.inside_kinds):
        return None
    return item.inside[len(item.inside_kinds) - 1 - item.inside_kinds[::-1].index("NumberLine")]


def _shared(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Share of the smaller text's letter boxes that lies within letter boxes of the other."""
    wide = np.minimum(one[:, None, 2], other[None, :, 2]) - np.maximum(one[:, None, 0], other[None, :, 0])
    high = np.minimum(one[:, None, 3], other[None, :, 3]) - np.maximum(one[:, None, 1], other[None, :, 1])
    common = float((np.clip(wide, 0, None) * np.clip(high, 0, None)).sum())
    area = min(float(((b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])).sum()) for b in (one, other))
    return common / area if area > 1e-6 else 0.0


def _same_place(one: Item, other: Item) -> bool:
    return one.text == other.text and all(abs(a - b) < 0.05 for a, b in zip(one.box, other.box, strict=True))


def text_over_text(texts: list[Item], over: list[Leaf]) -> list[Fault]:
    found = []
    letters = [boxes(item) for item in texts]
    for i, one in enumerate(texts):
        for j in range(i + 1, len(texts)):
            other = texts[j]
            if not overlaps(one.box, other.box) or _related(one, other) or _same_place(one, other):
                continue
            share = _shared(letters[i], letters[j])
            if share < _OVERLAP:
                continue
            a, b = one.box, other.box
            where = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
            first, second = sorted((_orders(one), _orders(other)))
            if _hidden_between(over, first[1], second[1], where):
                continue
            on_scale = any(SCALES & set(item.inside_kinds) for item in (one, other))
            severity = "error" if share >= 0.25 and not on_scale else "warning"
            found.append(Fault("overlap", severity, (one.name, other.name), (one, other)))
    return found


def path_of(mobject: Any) -> npt.NDArray[np.float64]:
    """Points along a path, shape (n, 2, 2): short pieces of it, each with its two ends."""
    points = np.asarray(mobject.points, dtype=np.float64)[:, :2]
    curves = points[: len(points) // 4 * 4].reshape(-1, 4, 2)[:600]
    if len(curves) == 0:
        return np.empty((0, 2, 2))
    steps = np.linspace(0, 1, 25 if len(curves) < 24 else 5)[:, None]
    weights = np.stack([(1 - steps) ** 3, 3 * (1 - steps) ** 2 * steps, 3 * (1 - steps) * steps**2, steps**3])
    line = np.einsum("kso,ckd->csd", weights, curves)
    return np.stack([line[:, :-1], line[:, 1:]], axis=2).reshape(-1, 2, 2)


def crossing(pieces: npt.NDArray[np.float64], rows: npt.NDArray[np.float64]) -> float:
    """Length of a path within boxes, a tenth of their height from their edges, in scene units."""
    if len(pieces) == 0 or len(rows) == 0:
        return 0.0
    middle = pieces.mean(axis=1)
    length = np.linalg.norm(pieces[:, 1] - pieces[:, 0], axis=1)
    margin = 0.1 * np.minimum(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1])[:, None]
    low, high = rows[:, :2] + margin, rows[:, 2:] - margin
    inside = ((middle[:, None, :] > low) & (middle[:, None, :] < high)).all(axis=2).any(axis=1)
    return float(length[inside].sum())


def _strikes(leaf: Leaf, line: Item, text: Box, tall: float) -> bool:
    """A straight line that begins and ends at a text, through it or through a part of it, strikes that out on purpose."""
    if not isinstance(leaf.mobject, manim.Line) or isinstance(leaf.mobject, manim.Arc):
        return False
    return _within(line.box, text, slack=0.6 * tall)


def blocks(letters: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The boxes of a text's rows, shape (n, 4): letters side by side with the gaps between them, since a line between two letters still runs through the text."""
    if len(letters) == 0:
        return letters
    tall = float(np.median(letters[:, 3] - letters[:, 1]))
    low, high = letters[:, :2].min(axis=0), letters[:, 2:].max(axis=0)
    if high[1] - low[1] <= _ONE_ROW * tall:
        return np.array([[*low, *high]])
    rows: list[npt.NDArray[np.float64]] = []
    for box in letters[np.argsort(letters[:, 0])]:
        for row in rows:
            common = min(row[3], box[3]) - max(row[1], box[1])
            if common >= 0.3 * min(row[3] - row[1], box[3] - box[1]) and box[0] - row[2] <= 0.8 * tall:
                row[:] = (min(row[0], box[0]), min(row[1], box[1]), max(row[2], box[2]), max(row[3], box[3]))
                break
        else:
            rows.append(box.copy())
    return np.array(rows)


def lines_through_text(texts: list[Item], others: list[Item], over: list[Leaf]) -> list[Fault]:
    """Texts with a line through them, a frame around something else too; the axes' own numbers are left aside, since a curve cannot keep clear of them."""
    found = []
    for text in texts:
        letters = boxes(text)
        if SCALES & set(text.inside_kinds) or len(letters) == 0:
            continue
        around, rows, tall = text.box, blocks(letters), float(np.median(letters[:, 3] - letters[:, 1]))
        enough = max(0.1, 0.35 * tall)
        low, high = _orders(text)
        for other in others:
            frames = other.kind == _FRAME and not any(_within((*box,), other.box, slack=0.0) for box in letters)
            if ({other.kind, *other.inside_kinds} & (_MARKS | _GRIDS) and not frames) or _related(text, other):
                continue
            within = 0.0
            for leaf in other.leaves:
                if not leaf.stroke or not overlaps(leaf.box, around) or _strikes(leaf, other, around, tall):
                    continue
                if leaf.order < low and _hidden_between(over, leaf.order, high, around):
                    continue
                within += crossing(path_of(leaf.mobject), letters if frames else rows)
            if within >= enough:
                found.append(Fault("text_crossed", "warning", (text.name, other.name), (text, other)))
    return found


def outside(items: list[Item], frame: Frame) -> list[Fault]:
    """What stands out of the frame; texts by a letter's stem, shapes where they were surely meant to be whole."""
    if not frame.still:
        return []  # who moves the camera leaves things behind
    found = []
    left, bottom, right, top = frame.box
    for item in items:
        box = item.box
        if not overlaps(box, frame.box):
            continue
        out = max(left - box[0], bottom - box[1], box[2] - right, box[3] - top)
        if item.is_text:
            if out > _EDGE:
                found.append(Fault("off_frame", "error", (item.name,), (item,)))
        elif _cut_shape(item, box, frame, out):
            found.append(Fault("off_frame", "warning", (item.name,), (item,)))
    return found


def _cut_shape(item: Item, box: Box, frame: Frame, out: float) -> bool:
    """Whether a shape was surely meant to be seen whole: closed, smaller than the frame, and cut by more than a sixth."""
    wide, high = box[2] - box[0], box[3] - box[1]
    closed = isinstance(item.mobject, manim.Polygram | manim.Circle | manim.RegularPolygon | manim.SVGMobject)
    small = wide < 0.9 * (frame.box[2] - frame.box[0]) and high < 0.9 * frame.height
    return closed and small and out > 0.25 and out > max(wide, high) / 6


def pixels_of(text: Item, frame: Frame) -> float:
    """Height of a text's tall letters at 480p. The upper quartile: dots, commas and exponents are small in any text."""
    letters = boxes(text)
    return float(np.quantile(letters[:, 3] - letters[:, 1], 0.75)) / frame.height * _PIXELS if len(letters) else 0.0


def small(texts: list[Item], frame: Frame) -> list[Fault]:
    """Texts whose letters are too small to be read at 480p."""
    found = []
    for text in texts:
        if len(boxes(text)) == 0:
            continue
        pixels = pixels_of(text, frame)
        if pixels < READABLE and any(character.isalnum() for character in text.text or ""):
            found.append(Fault("tiny_text", "error" if pixels < _UNREADABLE else "warning", (text.name,), (text,)))
    return found


def faults(items: list[Item], frame: Frame) -> list[Fault]:
    """All faults in one picture; `items` are those that are visible, `frame` what the camera sees."""
    seen = [item for item in items if overlaps(item.box, frame.box)]
    texts = [item for item in seen if item.is_text][:200]
    others = [item for item in seen if not item.is_text]
    over = covers(seen)
    return [
        *outside(items, frame),
        *text_over_text(texts, over),
        *lines_through_text(texts, others, over),
        *(small(texts, frame) if frame.still else []),
    ]
