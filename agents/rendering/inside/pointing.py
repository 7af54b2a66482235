"""Highlights: what points at what, and whether anything is there to be pointed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import manim
import numpy as np

from agents.rendering.inside.inventory import Box, Item, manim_kind, source_text
from agents.rendering.inside.layout import Fault, overlaps

ANIMATIONS: tuple[type, ...] = (manim.Indicate, manim.Circumscribe, manim.Flash, manim.FocusOn, manim.Wiggle, manim.ApplyWave)
MARKS: tuple[type, ...] = (manim.SurroundingRectangle, manim.Underline, manim.Cross)
_THERE = 0.5
"""Share of the target's box that something visible must cover to be what is pointed at, where the target itself is not on screen: a copy, the target of a Transform."""
_TOGETHER_S = 0.15
"""Seconds that a highlight may begin before its target in one and the same play."""
_LARGEST = 6.0
"""Times the target's area that such a thing may have: axes lie under everything."""


class Pointers:
    """Remembers at what highlights point. `note` is called when one is made."""

    def __init__(self) -> None:
        self._targets: dict[int, tuple[Any, list[Any]]] = {}

    def note(self, pointer: Any, arguments: Sequence[Any]) -> None:
        targets = [argument for argument in arguments if isinstance(argument, manim.Mobject)]
        if targets:
            self._targets[id(pointer)] = (pointer, targets)

    def of(self, pointer: Any) -> list[Any]:
        known = self._targets.get(id(pointer))
        return known[1] if known is not None else []

    def played(self, animations: Iterable[Any], present: set[int], items: Sequence[Item]) -> list[Fault]:
        """Animations that highlight what is not on screen. `present` are the identities of all mobjects on screen, `items` what was last seen."""
        timed = list(_timed(animations, 0.0))
        found = []
        for begin, animation in timed:
            if not isinstance(animation, ANIMATIONS):
                continue
            coming = {
                id(part)
                for other_begin, other in timed
                if not isinstance(other, ANIMATIONS) and other_begin <= begin + _TOGETHER_S
                for whole in (other.mobject, getattr(other, "target_mobject", None))
                if isinstance(whole, manim.Mobject)
                for part in whole.get_family()
            }
            found += [
                Fault("early_highlight", "error", (type(animation).__name__, name_of(target)))
                for target in self.of(animation)
                if not _is_there(target, present | coming, items)
            ]
        return found

    def resting(self, items: Sequence[Item], ever: set[int]) -> list[Fault]:
        """Frames, underlines and crosses around what is not on screen and never was; `ever` are the identities of all that was."""
        found = []
        for item in items:
            if self.of(item.mobject):
                others = [other for other in items if other is not item]
                found += [
                    Fault("early_highlight", "error", (item.name, name_of(target)))
                    for target in self.of(item.mobject)
                    if not _is_there(target, ever, others)
                ]
        return found


def _timed(animations: Iterable[Any], begin: float) -> Iterator[tuple[float, Any]]:
    """Animations with the second in which each begins; groups are taken apart, a highlight that is a group itself is not."""
    for animation in animations:
        if isinstance(animation, manim.AnimationGroup) and not isinstance(animation, ANIMATIONS):
            starts = [float(entry["start"]) for entry in getattr(animation, "anims_with_timings", [])]
            if len(starts) != len(animation.animations):
                starts = [0.0] * len(animation.animations)
            for start, member in zip(starts, animation.animations, strict=True):
                yield from _timed([member], begin + start)
        elif isinstance(animation, manim.Animation):
            yield begin, animation


def name_of(mobject: Any) -> str:
    """Kind and text of a mobject, of a group's first text."""
    texts = [text for part in mobject.get_family() if (text := source_text(part))]
    short = " ".join(texts[0].split())[:60] if texts else ""
    return f"{manim_kind(mobject)} {short}".strip()


def _is_there(target: Any, present: set[int], items: Sequence[Item]) -> bool:
    parts = [part for part in target.get_family() if len(part.points)]
    if not parts or any(id(part) in present for part in parts):
        return True
    corners = [_box_of(part) for part in parts]
    whole = (min(c[0] for c in corners), min(c[1] for c in corners), max(c[2] for c in corners), max(c[3] for c in corners))
    if any(_stands_for(item.box, whole) for item in items):
        return True
    # a part of a larger formula, of which a copy is there: its strokes stand where the target's do
    drawn = [leaf.box for item in items for leaf in item.leaves]
    return sum(any(_same(box, corner) for box in drawn) for corner in corners) >= _THERE * len(corners)


def _box_of(mobject: Any) -> Box:
    points = np.asarray(mobject.points)[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _same(one: Box, other: Box) -> bool:
    return all(abs(a - b) < 0.05 for a, b in zip(one, other, strict=True))


def _stands_for(one: Box, target: Box) -> bool:
    if not overlaps(one, target):
        return False
    wide = min(one[2], target[2]) - max(one[0], target[0])
    high = min(one[3], target[3]) - max(one[1], target[1])
    area = max((target[2] - target[0]) * (target[3] - target[1]), 1e-6)
    return wide * high / area >= _THERE and (one[2] - one[0]) * (one[3] - one[1]) <= _LARGEST * area
