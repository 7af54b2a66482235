"""Faults that exist only inside an animation: a label that runs through a remark, a line that sweeps over a text, a text that leaves the frame and comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import manim

from agents.rendering.inside.inventory import Box, Item
from agents.rendering.inside.layout import Fault, Frame, covers, lines_through_text, outside, overlaps, text_over_text

STEP_S = 0.2
MOST_LOOKS = 16
_LASTING = 2
"""Looks in which a fault must be seen: what passes in a blink disturbs nobody."""
_MOVES: tuple[type, ...] = (
    *(manim.ApplyMethod, manim.MoveToTarget, manim.MoveAlongPath, manim.Rotate, manim.Rotating, manim.CyclicReplace),
    *(manim.UpdateFromFunc, manim.MaintainPositionRelativeTo, manim.ChangingDecimal),
)
_Key = tuple[str, frozenset[int]]


class Midway:
    """The pictures of one animation after each other."""

    def __init__(self) -> None:
        self._start: set[_Key] = set()
        self._boxes: dict[int, Box] = {}
        self._seen: dict[_Key, tuple[int, Fault]] = {}
        self._watching = False

    def watch(self, moving: bool) -> None:
        """Says whether anything moves in the animation that begins: only then is there something to judge inside it."""
        self._watching = moving

    def begin(self, items: Sequence[Item], frame: Frame) -> None:
        """The picture before the animation."""
        self._seen.clear()
        if not self._watching:
            return
        self._start = {_key(fault) for fault in _faults(items, items, items, frame)}
        self._boxes = {id(item.mobject): item.box for item in items}

    def look(self, items: Sequence[Item], frame: Frame, animations: Sequence[Any]) -> None:
        """A picture inside it. What appears, vanishes or turns into something else is not judged."""
        if not frame.still or not self._watching:
            return
        changing = _changing(animations)
        whole = [item for item in items if not changing & {id(item.mobject), *item.inside, *map(id, item.mobject.submobjects)}]
        resting = [item for item in whole if self._rests(item)]
        moving = [item for item in whole if not self._rests(item)]
        for fault in _faults(whole, resting, moving, frame):
            count, _ = self._seen.get(_key(fault), (0, fault))
            self._seen[_key(fault)] = (count + 1, fault)

    def end(self, items: Sequence[Item], frame: Frame) -> list[Fault]:
        """What was wrong for a while, and neither before nor afterwards: that is told of the resting pictures, and who leaves means to."""
        after = {_key(fault) for fault in _faults(items, items, items, frame)} if self._seen else set()
        there = {id(item.mobject) for item in items}
        found = [
            fault
            for key, (count, fault) in self._seen.items()
            if count >= _LASTING and key not in self._start | after and key[1] <= there  # what has vanished meanwhile was vanishing
        ]
        self._seen.clear()
        self._watching = False
        return [Fault(fault.kind, "warning", fault.objects, fault.items) for fault in found]

    def _rests(self, item: Item) -> bool:
        before = self._boxes.get(id(item.mobject))
        return before is not None and all(abs(a - b) < 0.02 for a, b in zip(before, item.box, strict=True))


def _faults(whole: Sequence[Item], resting: Sequence[Item], moving: Sequence[Item], frame: Frame) -> list[Fault]:
    over = covers(list(whole))
    texts = [item for item in whole if item.is_text]
    # a text that moves may cross an axis on its way; a line that moves may not cross a text that rests
    crossed = lines_through_text([item for item in resting if item.is_text], [item for item in moving if not item.is_text], over)
    gone = [Fault("off_frame", "warning", (text.name,), (text,)) for text in texts if not overlaps(text.box, frame.box)]
    return [*text_over_text(texts, over), *crossed, *outside(texts, frame), *gone]


def _key(fault: Fault) -> _Key:
    return fault.kind, frozenset(id(item.mobject) for item in fault.items)


def _changing(animations: Sequence[Any]) -> set[int]:
    """Of what an animation makes appear, vanish, or turn into something else; moving is no change."""
    found: set[int] = set()
    for animation in leaves(animations):
        moved = isinstance(animation, _MOVES) or type(animation).__name__ == "_MethodAnimation"
        if moved and not animation.remover and not animation.introducer:
            continue
        for whole in (animation.mobject, getattr(animation, "target_mobject", None), getattr(animation, "target_copy", None)):
            if isinstance(whole, manim.Mobject):
                found |= {id(part) for part in whole.get_family()}
    return found


def anything_moves(mobjects: Sequence[Any], animations: Sequence[Any]) -> bool:
    """Whether something changes its place in an animation: by the animation, or by an updater."""
    if any(isinstance(animation, _MOVES) or type(animation).__name__ == "_MethodAnimation" for animation in leaves(animations)):
        return True
    return any(part.updaters for mobject in mobjects for part in mobject.get_family())


def leaves(animations: Sequence[Any]) -> list[Any]:
    """Groups of animations and their members, in order."""
    found, stack = [], list(animations)
    while stack:
        animation = stack.pop(0)
        found.append(animation)
        if isinstance(animation, manim.AnimationGroup):
            stack[:0] = list(animation.animations)
    return found
