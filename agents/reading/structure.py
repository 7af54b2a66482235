"""What stands over, under and inside what: fractions, roots and lines, found in the pieces of ink before any of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agents.reading.page import Mark, Page


@dataclass(slots=True)
class Piece:
    """A piece of a line: one piece of ink, or a fraction or root with its parts. `axis` is the height of a minus sign beside it."""

    left: int
    top: int
    right: int
    bottom: int
    axis: float
    marks: list[Mark]
    kind: str = "ink"
    parts: list[list[Piece]] = field(default_factory=list)

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def piece_of(mark: Mark) -> Piece:
    return Piece(mark.left, mark.top, mark.right, mark.bottom, (mark.top + mark.bottom) / 2, [mark])


def _joined(kind: str, own: Piece, parts: list[list[Piece]], axis: float) -> Piece:
    every = [own, *(piece for part in parts for piece in part)]
    return Piece(
        min(piece.left for piece in every),
        min(piece.top for piece in every),
        max(piece.right for piece in every),
        max(piece.bottom for piece in every),
        axis,
        [mark for piece in every for mark in piece.marks],
        kind,
        parts,
    )


def is_stroke(piece: Piece, unit: float) -> bool:
    """Whether the piece is a horizontal line: a fraction's bar, a minus sign, half of an equals sign."""
    return piece.kind == "ink" and piece.height <= max(0.38 * unit, 4) and piece.width >= 0.5 * unit and piece.width >= 2.6 * piece.height


def build(page: Page, marks: Iterable[Mark]) -> list[Piece]:
    """The pieces of the page with every fraction and root put together, inner ones first."""
    unit = page.unit
    pieces = [piece_of(mark) for mark in marks]
    structures = [piece for piece in pieces if is_stroke(piece, unit) or _is_root(page, piece, pieces)]
    for candidate in sorted(structures, key=lambda piece: piece.width):
        if candidate not in pieces:
            continue  # it became part of another
        hook = _hook_of(candidate, pieces, unit) if is_stroke(candidate, unit) else None
        if hook is not None:
            whole = Piece(hook.left, min(hook.top, candidate.top), candidate.right, hook.bottom, hook.axis, [*hook.marks, *candidate.marks])
            made = _root(whole, [piece for piece in pieces if piece is not hook and piece is not candidate])
        else:
            made = _fraction(candidate, pieces, unit) if is_stroke(candidate, unit) else _root(candidate, pieces)
        if made is not None:
            taken = {id(mark) for mark in made.marks}
            pieces = [piece for piece in pieces if id(piece.marks[0]) not in taken]
            pieces.append(made)
    return pieces


def _row(bar: Piece, near: list[Piece], gap_of: Any, unit: float) -> list[Piece]:
    """The row of pieces next to the bar: the nearest ones, and what stands beside them at the same height."""
    gaps = [(gap_of(piece), piece) for piece in near]
    gaps = [(gap, piece) for gap, piece in gaps if gap <= 1.4 * unit]
    solid = [(gap, piece) for gap, piece in gaps if max(piece.height, piece.width) >= 0.3 * unit]
    if not solid:
        return []
    nearest = min(gap for gap, _ in solid)
    row = [piece for gap, piece in gaps if gap <= nearest + 0.35 * unit]
    grown = True
    while grown:
        grown = False
        top, bottom = min(piece.top for piece in row), max(piece.bottom for piece in row)
        for piece in near:
            if piece in row:
                continue
            shared = min(bottom, piece.bottom) - max(top, piece.top)
            if shared >= 0.3 * max(1, min(piece.height, bottom - top)):
                row.append(piece)
                grown = True
    return row


def _fraction(bar: Piece, pieces: list[Piece], unit: float) -> Piece | None:
    slack = 0.35 * unit
    beside = [piece for piece in pieces if piece is not bar and bar.left - slack <= piece.middle <= bar.right + slack]
    # an inner fraction may stick out a little; a word of the next line sticks out a lot
    beside = [piece for piece in beside if piece.left >= bar.left - 0.6 * unit and piece.right <= bar.right + 0.6 * unit]
    above = _row(bar, [p for p in beside if p.bottom <= bar.top + 0.3 * unit and p.axis < bar.top], lambda p: bar.top - p.bottom, unit)
    below = _row(bar, [p for p in beside if p.top >= bar.bottom - 0.3 * unit and p.axis > bar.bottom], lambda p: p.top - bar.bottom, unit)
    if not above or not below:
        return None
    if all(is_stroke(piece, unit) for piece in above) or all(is_stroke(piece, unit) for piece in below):
        return None  # an equals sign, or one of those with a stroke more
    if _goes_on(bar, above, [p for p in pieces if p.bottom <= bar.top + 0.3 * unit], unit):
        return None
    if _goes_on(bar, below, [p for p in pieces if p.top >= bar.bottom - 0.3 * unit], unit):
        return None
    covered = sum(piece.width for piece in above) + sum(piece.width for piece in below)
    if bar.width < 0.8 * unit and covered < 0.5 * bar.width:
        return None
    if max(len(above), len(below)) == 1 and _is_dot(above[0], unit) and _is_dot(below[0], unit):
        return None  # a division sign
    return _joined("fraction", bar, [above, below], (bar.top + bar.bottom) / 2)


def _goes_on(bar: Piece, row: Sequence[Piece], side: Sequence[Piece], unit: float) -> bool:
    """Whether the row is a part of a longer line of text, which only happens to pass over or under a minus sign."""
    top, bottom = min(p.top for p in row), max(p.bottom for p in row)
    left, right = min(min(p.left for p in row), bar.left), max(max(p.right for p in row), bar.right)
    sides = set[bool]()
    for piece in side:
        if piece in row or piece is bar:
            continue
        level = min(bottom, piece.bottom) - max(top, piece.top)
        away = max(piece.left - right, left - piece.right)
        if level > 0.5 * min(piece.height, bottom - top) and away < 1.1 * unit:
            if away < 0.35 * unit:
                return True
            sides.add(piece.middle > bar.middle)
    return len(sides) == 2


def _is_dot(piece: Piece, unit: float) -> bool:
    return max(piece.width, piece.height) < 0.42 * unit


def _is_root(page: Page, piece: Piece, pieces: Sequence[Piece]) -> bool:
    """A hook with a long line at its upper edge, open below on the right, and something under that line."""
    unit = page.unit
    if piece.width < 1.4 * unit or piece.height < 0.9 * unit or piece.height > 8 * unit:
        return False
    ink = page.labels[piece.top : piece.bottom, piece.left : piece.right] == piece.marks[0].label
    thick = max(3, round(0.3 * unit))
    hook = min(ink.shape[1] - 1, round(1.0 * unit))
    roofed = float(ink[:thick, hook:].any(axis=0).mean())
    open_below = float(ink[thick + 2 :, min(ink.shape[1] - 1, hook + round(0.3 * unit)) :].mean()) if ink.shape[0] > thick + 4 else 1.0
    falls = ink[ink.shape[0] // 2 :, :hook].any()
    inside = [
        p for p in pieces if p is not piece and piece.left < p.middle < piece.right and piece.top < (p.top + p.bottom) / 2 < piece.bottom
    ]
    return bool(roofed > 0.85 and open_below < 0.02 and falls and inside)


def _hook_of(roof: Piece, pieces: Sequence[Piece], unit: float) -> Piece | None:
    """The hook at the left end of a line that is a root's roof."""
    for piece in pieces:
        if piece is roof or piece.kind != "ink" or piece.height < 0.9 * unit or piece.width < 0.25 * unit:
            continue
        touches = abs(piece.right - roof.left) <= max(4, 0.3 * unit)
        if touches and abs(piece.top - roof.top) <= max(4, 0.3 * unit) and piece.bottom > roof.bottom + 0.7 * unit:
            return piece
    return None


def _root(sign: Piece, pieces: list[Piece]) -> Piece | None:
    within = [
        p
        for p in pieces
        if p is not sign and p.middle > sign.left and p.middle < sign.right and sign.top <= (p.top + p.bottom) / 2 <= sign.bottom
    ]
    hook_end = sign.left + 0.9 * sign.height
    index = [p for p in within if p.right < hook_end and p.bottom < sign.top + 0.62 * sign.height and p.height < 0.5 * sign.height]
    inside = [p for p in within if p not in index]
    if not inside:
        return None
    axis = float(np.median([piece.axis for piece in inside]))
    return _joined("root", sign, [inside, index], axis)


def lines_of(pieces: Sequence[Piece], unit: float) -> list[list[Piece]]:
    """The pieces as lines from top to bottom, each from left to right. Whatever is too small to tell goes to the nearest line."""
    firm = [p for p in pieces if p.kind != "ink" or (p.height >= 0.7 * unit and p.height <= 4 * unit)]
    loose = [p for p in pieces if p not in firm]
    lines: list[list[Piece]] = []
    for piece in sorted(firm, key=lambda p: p.axis):
        home = None
        for line in lines[-4:]:
            level = float(np.median([p.axis for p in line]))
            if abs(piece.axis - level) <= 0.85 * unit:
                home = line
        if home is None:
            lines.append([piece])
        else:
            home.append(piece)
    lines = _without_strays(lines, unit)
    if not lines:
        return [sorted(loose, key=lambda p: p.left)] if loose else []
    for piece in loose:
        best = min(lines, key=lambda line: (_off(piece, line, unit), abs(float(np.median([p.axis for p in line])) - piece.axis)))
        if _off(piece, best, unit) < 0.8 * unit:
            best.append(piece)
    lines.sort(key=lambda line: float(np.median([p.axis for p in line])))
    return [sorted(line, key=lambda p: p.left) for line in lines]


def _without_strays(lines: list[list[Piece]], unit: float) -> list[list[Piece]]:
    """Raised or lowered little pieces that began a line of their own go back to the line which they stand beside."""
    kept = [line for line in lines if len(line) > 3 or any(p.kind != "ink" or p.height > 1.15 * unit for p in line)]
    if not kept:
        return lines
    for line in lines:
        if line in kept:
            continue
        homes = [(min(_off(p, home, unit) for p in line), i) for i, home in enumerate(kept)]
        off, index = min(homes)
        beside = any(abs(p.middle - q.middle) < 2.2 * unit for p in line for q in kept[index])
        if off < 0.1 * unit and beside:
            kept[index].extend(line)
        else:
            kept.append(line)
    return kept


def _off(piece: Piece, line: Sequence[Piece], unit: float) -> float:
    """How far the piece's middle lies outside the line's own reach around where it stands."""
    near = sorted(line, key=lambda p: abs(p.middle - piece.middle))[:6]
    top, bottom = min(p.top for p in near) - 0.45 * unit, max(p.bottom for p in near) + 0.35 * unit
    middle = (piece.top + piece.bottom) / 2
    return max(0.0, top - middle, middle - bottom)
