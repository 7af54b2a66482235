"""Layout faults of one resting frame, from bounding boxes alone. Runs inside the sandbox; knows numpy and nothing of Manim.

Lengths are Manim units: the frame is 8 high and about 14.2 wide, so that 480 pixels make 60 a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

OFF_FRAME = 0.05
"""How far text may stick out before it counts."""
READABLE = 0.115
"""Height of the tallest glyph below which text is hard to read at 480p: 7 pixels."""
OVERLAP = 0.12
"""Part of the smaller glyph that another text's glyph must cover."""
CROSSED_GLYPHS = 2


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return max(width, 0.0) * max(height, 0.0)

    def holds(self, other: Box, margin: float = 0.05) -> bool:
        return (
            self.left - margin <= other.left
            and self.right + margin >= other.right
            and self.bottom - margin <= other.bottom
            and self.top + margin >= other.top
        )


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing on screen. `glyphs` (n, 4) are boxes of a text's ink; `curve` (m, 2) points along an outline. `carrier` names the axes, table or
    matrix it belongs to; `group` its ancestors; `order` its place in drawing order."""

    key: int
    kind: str
    text: str | None
    box: Box
    glyphs: Any
    curve: Any
    filled: bool
    carrier: int | None
    group: tuple[int, ...]
    order: int


def _name(piece: Piece) -> str:
    return f"{piece.kind}({piece.text[:40]!r})" if piece.text else piece.kind


def _finding(kind: str, severity: str, *pieces: Piece) -> dict[str, Any]:
    return {"kind": kind, "severity": severity, "objects": [_name(piece) for piece in pieces], "at_s": 0.0, "line": None}


def inspect_frame(pieces: list[Piece], *, frame_width: float, frame_height: float) -> list[dict[str, Any]]:
    """All faults of the frame, each with the objects that cause it."""
    frame = Box(-frame_width / 2, -frame_height / 2, frame_width / 2, frame_height / 2)
    texts = [piece for piece in pieces if piece.glyphs is not None]
    backs = [piece for piece in pieces if piece.filled and piece.glyphs is None]
    found: list[dict[str, Any]] = []
    for piece in texts:
        if not frame.holds(piece.box, OFF_FRAME):
            found.append(_finding("off_frame", "error", piece))
        if piece.text and max(piece.glyphs[:, 3] - piece.glyphs[:, 1]) < READABLE:
            found.append(_finding("tiny_text", "warning", piece))
    for piece in pieces:
        if (
            piece.glyphs is None
            and frame.overlap(piece.box) == 0
            and (piece.box.right - piece.box.left) * (piece.box.top - piece.box.bottom) > 0
        ):
            found.append(_finding("off_frame", "warning", piece))
    for left, right in combinations(texts, 2):
        if left.box.overlap(right.box) and not _backed(left, right, backs) and _glyphs_touch(left, right):
            found.append(_finding("overlap", "error", left, right))
    for curve in pieces:
        if curve.curve is None:
            continue
        for text in texts:
            if curve.carrier is not None and curve.carrier == text.carrier:
                continue
            if curve.box.overlap(text.box) and not _backed(text, curve, backs) and _crossed(text, curve) >= CROSSED_GLYPHS:
                found.append(_finding("text_crossed", "warning", text, curve))
    return found


def _backed(left: Piece, right: Piece, backs: list[Piece]) -> bool:
    """A filled shape lies between the two in drawing order and under the upper one: a label with a background of its own."""
    lower, upper = sorted((left, right), key=lambda piece: piece.order)
    return any(lower.order < back.order < upper.order and back.box.holds(upper.box) for back in backs)


def _glyphs_touch(left: Piece, right: Piece) -> bool:
    for a in left.glyphs:
        for b in right.glyphs:
            area = Box(*a).overlap(Box(*b))
            smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
            if area > OVERLAP * max(smaller, 1e-4):
                return True
    return False


def _crossed(text: Piece, curve: Piece) -> int:
    """Through how many glyphs the curve passes, a sixth of each glyph's size aside."""
    count = 0
    for left, bottom, right, top in text.glyphs:
        inset_x, inset_y = (right - left) / 6, (top - bottom) / 6
        inside = (
            (curve.curve[:, 0] > left + inset_x)
            & (curve.curve[:, 0] < right - inset_x)
            & (curve.curve[:, 1] > bottom + inset_y)
            & (curve.curve[:, 1] < top - inset_y)
        )
        count += bool(inside.any())
    return count
