"""Mends the layout: what stands out of the frame, over another text or on a line is moved or scaled to the nearest free place, by a line in the program."""

from __future__ import annotations

import ast
import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import manim
import numpy as np

from agents.rendering.inside.inventory import Box, Item, boxes
from agents.rendering.inside.layout import READABLE, SCALES, Fault, Frame, blocks, crossing, overlaps, path_of, pixels_of
from agents.rendering.inside.mending.place import paths_in, swap

_MARGIN = 0.2
"""Scene units that are left between a moved thing and the frame or another text."""
_SAME_PLACE = 0.6
_REACH = 4.0
_STEP = 0.25
_WRAPPED = 28
"""Characters from which a text that is too wide is broken into lines, as a person would; shorter ones are scaled."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A change of the program: `code` before the statement on `line`; or, where `text` is given, that string as `wrapped`, or `calls` (such as
    `.shift([1, 0, 0])`) behind where the text with that string is made and placed."""

    line: int
    code: str = ""
    text: str = ""
    wrapped: str = ""
    calls: str = ""

    def applied(self, source: str) -> str | None:
        """The program with the change; None where there is no such place."""
        tree = ast.parse(source)
        change = self._chain if self.calls else self._wrap if self.text else self._insert
        if not change(tree):
            return None
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    @property
    def told(self) -> str:
        return self.code.strip().replace("\n", "; ") or (
            f"{self.text[:40]!r} {self.calls}" if self.calls else "a long text is broken into lines"
        )

    def _chain(self, tree: ast.Module) -> bool:
        paths = [path for path in paths_in(tree) if isinstance(path[-1], ast.Constant) and path[-1].value == self.text]
        if len(paths) != 1:
            return False
        path = paths[0]
        made = next((depth for depth in range(len(path) - 1, 0, -1) if isinstance(path[depth], ast.Call)), None)
        if made is None:
            return False
        # outwards through `.next_to(...)` and the like
        while made >= 2 and isinstance(path[made - 1], ast.Attribute) and isinstance(path[made - 2], ast.Call):
            made -= 2
        call = path[made]
        assert isinstance(call, ast.expr)  # noqa: S101 — what the search above found
        swap(path[: made + 1], ast.parse(f"({ast.unparse(call)}){self.calls}", mode="eval").body)
        return True

    def _wrap(self, tree: ast.Module) -> bool:
        found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value == self.text]
        for node in found:
            node.value = self.wrapped
        return bool(found)

    def _insert(self, tree: ast.Module) -> bool:
        new = ast.parse(self.code).body
        best: tuple[list[ast.stmt], int] | None = None
        for node in ast.walk(tree):
            for _, block in ast.iter_fields(node):
                if isinstance(block, list):
                    for index, item in enumerate(block):
                        if isinstance(item, ast.stmt) and item.lineno <= self.line <= (item.end_lineno or item.lineno):
                            best = (block, index)  # the walk goes inwards, so the last one is the innermost
        if best is None:
            return False
        best[0][best[1] : best[1]] = new
        return True


class Placer:
    """Sees the faults of a trial while its objects still stand where they are wrong, and proposes what to do about each."""

    def __init__(self) -> None:
        self.proposals: list[Placement] = []

    def see(self, fault: Fault, items: list[Item], frame: Frame, line: int | None, names: Mapping[str, Any]) -> None:
        if line is None or not frame.still or len(self.proposals) >= 20:
            return
        for item in _movable(fault):
            change = _change(fault.kind, item, items, frame)
            if change is None:
                continue
            if isinstance(change, Placement):
                self.proposals.append(change)
                continue
            expression = expression_for(item.mobject, names)
            if expression is not None:
                self.proposals.append(Placement(line, code="\n".join(f"{expression}{call}" for call in change)))
            if item.text:
                self.proposals.append(Placement(line, text=item.text, calls="".join(change)))
        if (left_over := _left_over(fault)) is not None and (expression := expression_for(left_over.mobject, names)) is not None:
            self.proposals.append(Placement(line, code=f"self.remove({expression})"))


def _movable(fault: Fault) -> list[Item]:
    """The texts and shapes of a fault that may be moved, best first: what came last, and no part of a scale."""
    free = [item for item in fault.items if not SCALES & set(item.inside_kinds) and (item.is_text or fault.kind == "off_frame")]
    return sorted(free, key=lambda item: -max(leaf.order for leaf in item.leaves))


def _left_over(fault: Fault) -> Item | None:
    """The older of two texts at one place: the program most likely forgot to take it away, as after `Transform(a, b)` and `Transform(b, c)`."""
    if fault.kind != "overlap":
        return None
    older, newer = sorted(fault.items, key=lambda item: max(leaf.order for leaf in item.leaves))
    middles = [((item.box[0] + item.box[2]) / 2, (item.box[1] + item.box[3]) / 2) for item in (older, newer)]
    return older if math.dist(*middles) < _SAME_PLACE else None


def _change(kind: str, item: Item, items: list[Item], frame: Frame) -> list[str] | Placement | None:
    """The calls that put a thing right, or the text as broken into lines; None where nothing is known."""
    left, bottom, right, top = item.box
    wide, high = right - left, top - bottom
    room_wide, room_high = frame.box[2] - frame.box[0] - 2 * _MARGIN, frame.box[3] - frame.box[1] - 2 * _MARGIN
    if kind == "off_frame":
        if item.text and wide > room_wide and len(item.text) >= _WRAPPED and item.kind in ("Text", "MarkupText"):
            return Placement(0, text=item.text, wrapped=textwrap.fill(item.text, max(12, int(len(item.text) * 0.9 * room_wide / wide))))
        factor = min(1.0, room_wide / wide, room_high / high)
        shift = _inwards((left, bottom, right, top), factor, frame.box)
        return [*([f".scale({factor:.3f})"] if factor < 1 else []), *([f".shift({shift})"] if shift else [])] or None
    if kind in ("overlap", "text_crossed"):
        move = _free_place(item, items, frame)
        return [f".shift({_point(*move)})"] if move is not None else None
    if kind == "tiny_text":
        return [f".scale({min(1.3 * READABLE / max(pixels_of(item, frame), 0.1), 6.0):.2f})"]
    return None


def _point(x: float, y: float) -> str:
    return f"[{x:.2f}, {y:.2f}, 0]"


def _inwards(box: Box, factor: float, frame: Box) -> str:
    """The way into the frame of a box that is scaled about its middle; "" where it is inside already."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    half_wide, half_high = factor * (box[2] - box[0]) / 2, factor * (box[3] - box[1]) / 2
    dx = max(frame[0] + _MARGIN - (x - half_wide), 0.0) + min(frame[2] - _MARGIN - (x + half_wide), 0.0)
    dy = max(frame[1] + _MARGIN - (y - half_high), 0.0) + min(frame[3] - _MARGIN - (y + half_high), 0.0)
    return _point(dx, dy) if abs(dx) > 0.005 or abs(dy) > 0.005 else ""


def _free_place(item: Item, items: list[Item], frame: Frame) -> tuple[float, float] | None:
    """The shortest way to where the text covers no other text and no line crosses it; None within reach there is none."""
    others = [other for other in items if other is not item and not {id(other.mobject)} & set(item.inside)]
    texts = [other.box for other in others if other.is_text]
    paths = [path_of(leaf.mobject) for other in others if not other.is_text for leaf in other.leaves if leaf.stroke]
    rows = blocks(boxes(item))
    for dx, dy in _ways():
        box = (item.box[0] + dx - _MARGIN, item.box[1] + dy - _MARGIN, item.box[2] + dx + _MARGIN, item.box[3] + dy + _MARGIN)
        if box[0] < frame.box[0] or box[1] < frame.box[1] or box[2] > frame.box[2] or box[3] > frame.box[3]:
            continue
        if any(overlaps(box, other) for other in texts):
            continue
        moved = rows + np.array([dx, dy, dx, dy])
        if not any(crossing(path, moved) > 0 for path in paths):
            return dx, dy
    return None


def _ways() -> Iterator[tuple[float, float]]:
    """Displacements, nearest first."""
    for ring in range(1, int(_REACH / _STEP) + 1):
        for turn in range(16):
            angle = 2 * math.pi * turn / 16
            yield ring * _STEP * math.cos(angle), ring * _STEP * math.sin(angle)


def expression_for(target: Any, names: Mapping[str, Any]) -> str | None:
    """How the program calls a mobject: a variable, an attribute of the scene, or an element of one; None where it has no name."""
    roots = {name: value for name, value in names.items() if name != "self"}
    scene = names.get("self")
    if isinstance(scene, manim.Scene):
        own = ("mobjects", "foreground_mobjects", "moving_mobjects", "static_mobjects", "animations", "camera", "renderer")
        roots |= {f"self.{name}": value for name, value in vars(scene).items() if name not in own}
    for name, value in roots.items():
        if value is target:
            return name
    for name, value in roots.items():
        # a part of a formula stays with the formula
        if isinstance(value, manim.MathTex | manim.Text) and any(part is target for part in value.get_family()):
            return name
    for name, value in roots.items():
        elements = value if isinstance(value, list | tuple) else value.submobjects if isinstance(value, manim.Mobject) else ()
        for index, element in enumerate(elements):
            if element is target:
                return f"{name}[{index}]"
            if isinstance(element, manim.Mobject):
                for inner, part in enumerate(element.submobjects):
                    if part is target:
                        return f"{name}[{index}][{inner}]"
    return None
