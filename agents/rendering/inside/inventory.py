"""What is on screen: text units, shapes and composites, each with the boxes of its visible parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import manim
import numpy as np
import numpy.typing as npt
from manim.mobject.text.tex_mobject import MathTexPart

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in scene units."""
Key = tuple[str, str | int]
"""What makes a thing the same thing from one look to the next: its kind, and its text or its identity."""

TEXTS: tuple[type, ...] = (
    manim.Text,
    manim.MarkupText,
    manim.Paragraph,
    manim.SingleStringMathTex,
    manim.DecimalNumber,
    manim.Typst,
    MathTexPart,
)
_PLAIN = {"Mobject", "Group", "VMobject", "VGroup", "VDict", "VectorizedPoint"}
_FAINT = 0.05


def manim_kind(mobject: Any) -> str:
    """The nearest Manim class of a mobject, for instance "VGroup" for a subclass of VGroup made in the scene."""
    for cls in type(mobject).__mro__:
        if cls.__module__.startswith("manim."):
            return str(cls.__name__)
    return "Mobject"


def source_text(mobject: Any) -> str | None:
    """The text or TeX source of a text mobject; None for anything else."""
    if isinstance(mobject, manim.DecimalNumber):
        unit = mobject.unit or ""
        return f"{mobject._get_num_string(mobject.number)}{unit}"
    if isinstance(mobject, manim.Paragraph):
        return str(mobject.lines_text.original_text).strip()
    if isinstance(mobject, TEXTS):
        text = getattr(mobject, "original_text", None) or getattr(mobject, "tex_string", None) or getattr(mobject, "typst_code", None)
        return str(text).strip() if text else None
    return None


@dataclass(slots=True)
class Leaf:
    """One drawn path. `order` grows in the order of drawing; `stroke` is whether its line shows, `fill` the opacity of its inside."""

    mobject: Any
    box: Box
    order: int
    stroke: bool
    fill: float


@dataclass(slots=True)
class Item:
    """A text unit, a shape or a composite on screen. `inside` are the identities of what it is part of."""

    kind: str
    text: str | None
    mobject: Any
    leaves: list[Leaf]
    inside: tuple[int, ...] = ()
    inside_kinds: tuple[str, ...] = ()
    is_text: bool = False

    @property
    def key(self) -> Key:
        return (self.kind, self.text if self.text is not None else id(self.mobject))

    @property
    def name(self) -> str:
        if self.text is None:
            return self.kind
        short = " ".join(self.text.split())
        return f"{self.kind} {short if len(short) <= 60 else short[:57] + '...'}"

    @property
    def box(self) -> Box:
        corners = np.array([leaf.box for leaf in self.leaves])
        low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


@dataclass(slots=True)
class Labels:
    """What a mobject shows where that is no longer what it was made of: `Transform(a, b)` leaves `a`, looking like `b`."""

    _known: dict[int, tuple[Any, str | None, str, str | None]] = field(default_factory=dict)

    def of(self, mobject: Any) -> tuple[str, str | None] | None:
        """Kind and text of what it looks like; None where it looks like itself. Its own text changing later (a counter) ends that."""
        known = self._known.get(id(mobject))
        if known is None or known[1] != source_text(mobject):
            return None
        return known[2], known[3]

    def pair(self, mobject: Any, target: Any, depth: int = 0) -> None:
        """From now on `mobject` looks like `target`."""
        if mobject is target or depth > 12:
            return
        both_groups = not isinstance(mobject, TEXTS) and not isinstance(target, TEXTS) and self.of(target) is None
        if both_groups and mobject.submobjects and len(mobject.submobjects) == len(target.submobjects):
            for mine, other in zip(mobject.submobjects, target.submobjects, strict=True):
                self.pair(mine, other, depth + 1)
            if manim_kind(mobject) in _PLAIN:
                return
        kind, text = self.of(target) or (manim_kind(target), source_text(target))
        own = source_text(mobject)
        if text is None and own is None and not isinstance(target, TEXTS):
            found = [words for words in (source_text(part) for part in target.get_family()) if words]
            if found and not both_groups:
                text = " ".join(found)
        if (kind, text) == (manim_kind(mobject), own):
            self._known.pop(id(mobject), None)
        else:
            self._known[id(mobject)] = (mobject, own, kind, text)


def _opacity(rgbas: Any) -> float:
    try:
        return float(np.max(np.asarray(rgbas)[:, 3]))
    except (ValueError, IndexError, TypeError):
        return 0.0


def make_leaf(mobject: Any, order: int) -> Leaf | None:
    """The drawn path of `mobject` itself, without its submobjects; None where nothing of it shows."""
    points = np.asarray(mobject.points)
    if len(points) == 0:
        return None
    flat = points[:, :2]
    low, high = flat.min(axis=0), flat.max(axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()) or float((high - low).max()) < 1e-4:
        return None
    if isinstance(mobject, manim.VMobject):
        fill = _opacity(mobject.get_fill_rgbas())
        stroke = float(mobject.get_stroke_width()) > 0.2 and _opacity(mobject.get_stroke_rgbas()) > _FAINT
    else:
        pixels = getattr(mobject, "pixel_array", None)
        fill, stroke = (
            (_opacity(getattr(mobject, "rgbas", np.ones((1, 4)))) if pixels is None else float(np.max(pixels[..., -1])) / 255),
            False,
        )
    if fill <= _FAINT and not stroke:
        return None
    return Leaf(mobject, (float(low[0]), float(low[1]), float(high[0]), float(high[1])), order, stroke, fill)


class Walk:
    """One look at a scene's mobjects."""

    def __init__(self, roots: Iterable[Any], labels: Labels, owners: dict[int, Any]) -> None:
        self.items: list[Item] = []
        self._labels, self._owners = labels, owners
        self._order = 0
        self._seen: set[int] = set()
        for root in roots:
            self._visit(root, (), ())
        self._sort_by_z()
        self._gather_parts()

    def _leaves(self, mobject: Any, *, whole: bool) -> Iterator[Leaf]:
        """The visible paths of `mobject`; `whole` takes in its texts."""
        for part in self._family(mobject, whole):
            if id(part) in self._seen:
                continue
            self._seen.add(id(part))
            self._order += 1
            leaf = make_leaf(part, self._order)
            if leaf is not None:
                yield leaf

    def _family(self, mobject: Any, whole: bool) -> Iterator[Any]:
        stack = [mobject]
        while stack:
            part = stack.pop()
            if part is not mobject and not whole and self._is_text(part):
                continue
            yield part
            stack.extend(reversed(part.submobjects))

    def _is_text(self, mobject: Any) -> bool:
        return isinstance(mobject, TEXTS) or (self._labels.of(mobject) or ("", None))[1] is not None

    def _visit(self, mobject: Any, inside: tuple[int, ...], kinds: tuple[str, ...]) -> None:
        label = self._labels.of(mobject)
        kind, text = label or (manim_kind(mobject), source_text(mobject))
        owner = self._owners.get(id(mobject))
        if owner is not None and id(owner) not in inside:
            inside, kinds = (*inside, id(owner)), (*kinds, manim_kind(owner))
        if self._is_text(mobject):
            leaves = list(self._leaves(mobject, whole=True))
            if leaves:
                self.items.append(Item(kind, text, mobject, leaves, inside, kinds, is_text=True))
            return
        if kind in _PLAIN and label is None and len(mobject.points) == 0:
            for part in mobject.submobjects:
                self._visit(part, inside, kinds)
            return
        if owner is not None and kind not in ("Rectangle", "BackgroundRectangle"):
            leaves = list(self._leaves(mobject, whole=True))
            if leaves:  # a few letters of a text, by themselves
                self.items.append(Item(manim_kind(owner), source_text(owner), owner, leaves, inside, kinds, is_text=True))
            return
        leaves = list(self._leaves(mobject, whole=False))
        if isinstance(mobject, manim.Matrix):  # its brackets are TeX, but no text of anybody's
            leaves += [leaf for bracket in mobject.get_brackets() for leaf in self._leaves(bracket, whole=True)]
        if leaves:
            self.items.append(Item(kind, text, mobject, leaves, (*inside, id(mobject)), (*kinds, kind)))
        self._visit_texts(mobject, (*inside, id(mobject)), (*kinds, kind))

    def _visit_texts(self, mobject: Any, inside: tuple[int, ...], kinds: tuple[str, ...]) -> None:
        for part in mobject.submobjects:
            if self._is_text(part):
                self._visit(part, inside, kinds)
            else:
                kind = manim_kind(part)
                deeper = (inside, kinds) if kind in _PLAIN else ((*inside, id(part)), (*kinds, kind))
                self._visit_texts(part, *deeper)

    def _sort_by_z(self) -> None:
        leaves = [leaf for item in self.items for leaf in item.leaves]
        if any(leaf.mobject.z_index for leaf in leaves):
            leaves.sort(key=lambda leaf: (leaf.mobject.z_index, leaf.order))
            for order, leaf in enumerate(leaves):
                leaf.order = order

    def _gather_parts(self) -> None:
        """Parts of one text that are all there, each by itself, are that text; letters of one text are one item."""
        groups: dict[int, list[Item]] = {}
        for item in self.items:
            owner = self._owners.get(id(item.mobject), item.mobject)
            if item.is_text and self._labels.of(item.mobject) is None:
                groups.setdefault(id(owner), []).append(item)
        for members in groups.values():
            if len(members) < 2:
                continue
            owner = self._owners.get(id(members[0].mobject), members[0].mobject)
            paths = {id(leaf.mobject) for item in members for leaf in item.leaves}
            whole = all(id(part) in paths for part in owner.get_family() if len(part.points))
            same = len({item.key for item in members}) == 1
            if not whole and not same:
                continue
            first = members[0]
            first.leaves = [leaf for item in members for leaf in item.leaves]
            if whole:
                first.kind, first.text, first.mobject = manim_kind(owner), source_text(owner), owner
            dropped = {id(item) for item in members[1:]}
            self.items = [item for item in self.items if id(item) not in dropped]


def boxes(item: Item) -> npt.NDArray[np.float64]:
    """The boxes of an item's letters, shape (n, 4); rectangles behind the text are not letters."""
    letters = [leaf.box for leaf in item.leaves if not isinstance(leaf.mobject, manim.SurroundingRectangle)]
    return np.array(letters, dtype=np.float64).reshape(-1, 4)
