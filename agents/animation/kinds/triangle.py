"""A triangle to scale, from any three parts that fix it."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number

Part = Literal["a", "b", "c", "A", "B", "C"]
_MARGIN = 1e-6


class Triangle(Kind):
    """Side `a` lies opposite corner A. Angles are in degrees. `find` is shown as "?"; parts that were not given get no number.

    Raises ValueError (as a validation error) where the parts contradict each other or leave the triangle open.
    """

    stage: ClassVar[str] = "triangle"
    kind: Literal["triangle"] = "triangle"
    a: Number | None = Field(default=None, gt=0)
    b: Number | None = Field(default=None, gt=0)
    c: Number | None = Field(default=None, gt=0)
    A: Number | None = Field(default=None, gt=0, lt=180)
    B: Number | None = Field(default=None, gt=0, lt=180)
    C: Number | None = Field(default=None, gt=0, lt=180)
    find: Part | None = None
    names: str = Field(default="ABC", pattern=r"^[A-Z]{3}$")
    side_labels: tuple[Label, Label, Label] = ("", "", "")
    formula: Formula = ""

    @model_validator(mode="after")
    def _possible(self) -> Triangle:
        sides, _ = self.solved()
        if min(sides) / max(sides) < 0.03:
            raise ValueError("one side is far too short to be drawn beside the others")
        if min(self.solved()[1]) < 4:
            raise ValueError("one angle is too small to be drawn")
        return self

    def solved(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """All sides (a, b, c) and angles (A, B, C, degrees)."""
        sides: list[float | None] = [self.a, self.b, self.c]
        angles: list[float | None] = [self.A, self.B, self.C]
        if sum(angle is not None for angle in angles) == 3 and abs(sum(angle for angle in angles if angle is not None) - 180) > 0.1:
            raise ValueError("the angles of a triangle add up to 180 degrees")
        known = [side for side in sides if side is not None]
        if not known and sum(angle is not None for angle in angles) >= 2:
            # similar triangles are all alike: any size will do
            sides[0] = 1.0
        solved = _solve(sides, angles)
        for given, found in zip((*sides, *angles), (*solved[0], *solved[1]), strict=True):
            if given is not None and abs(given - found) > 0.02 * max(1.0, abs(found)):
                raise ValueError("the given sides and angles contradict each other")
        return solved

    def on_stage(self) -> dict[str, str]:
        return {
            "shape": "the Polygon",
            "corners": "its corners A, B, C, a list of points",
            "names": "their letters",
            "lengths": "the labels of the sides",
        }

    def data(self) -> dict[str, Any]:
        (a, b, c), angles = self.solved()
        given_sides = (self.a, self.b, self.c)
        given_angles = (self.A, self.B, self.C)
        # A at the left, B at the right on the ground, C above; a right angle at C is turned onto the ground
        height = b * math.sin(math.radians(angles[0]))
        corners = [(0.0, 0.0), (c, 0.0), (b * math.cos(math.radians(angles[0])), height)]
        if abs(angles[2] - 90) < 0.05:
            corners = [(0.0, b), (a, 0.0), (0.0, 0.0)]
        return {
            "corners": corners,
            "names": list(self.names),
            "sides": [
                "?" if self.find == name else label or (shown_number(value) if value is not None else "")
                for name, value, label in zip("abc", given_sides, self.side_labels, strict=True)
            ],
            "asked_sides": [self.find == name for name in "abc"],
            "angles": [
                "?" if self.find == name else f"{shown_number(value)}°" if value is not None else ""
                for name, value in zip("ABC", given_angles, strict=True)
            ],
            "asked_angles": [self.find == name for name in "ABC"],
            "right": [abs(angle - 90) < 0.05 and self.find != name for name, angle in zip("ABC", angles, strict=True)],
        } | typeset(self.formula)


def _solve(sides: list[float | None], angles: list[float | None]) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """The triangle with these parts, by the laws of sines and cosines. Raises ValueError where there is none, or no single one."""
    known_sides = [index for index in range(3) if sides[index] is not None]
    known_angles = [index for index in range(3) if angles[index] is not None]
    if len(known_sides) == 3:
        a, b, c = (float(side or 0) for side in sides)
        if a + b <= c * (1 + _MARGIN) or b + c <= a * (1 + _MARGIN) or c + a <= b * (1 + _MARGIN):
            raise ValueError("no triangle has these sides: two together must be longer than the third")
        return (a, b, c), (_angle(b, c, a), _angle(c, a, b), _angle(a, b, c))
    if len(known_angles) >= 2 and known_sides:
        full = list(angles)
        missing = [index for index in range(3) if angles[index] is None]
        if missing:
            full[missing[0]] = 180 - sum(angle for angle in angles if angle is not None)
        turns = [float(angle or 0) for angle in full]
        if min(turns) <= 0:
            raise ValueError("the angles of a triangle add up to 180 degrees")
        scale = float(sides[known_sides[0]] or 0) / math.sin(math.radians(turns[known_sides[0]]))
        a, b, c = (scale * math.sin(math.radians(turn)) for turn in turns)
        return (a, b, c), (turns[0], turns[1], turns[2])
    if len(known_sides) == 2 and len(known_angles) == 1:
        angle, (i, j) = known_angles[0], known_sides
        p, q, turn = float(sides[i] or 0), float(sides[j] or 0), math.radians(float(angles[angle] or 0))
        third = 3 - i - j
        if angle == third:
            length = math.sqrt(p * p + q * q - 2 * p * q * math.cos(turn))
        else:
            opposite, beside = (p, q) if angle == i else (q, p)
            inner = opposite**2 - (beside * math.sin(turn)) ** 2
            if inner < -1e-9 or (opposite < beside and beside * math.cos(turn) <= 0) or (opposite <= beside and turn >= math.pi / 2):
                raise ValueError("no triangle has these two sides and this angle")
            length = beside * math.cos(turn) + math.sqrt(max(0.0, inner))
        full_sides = list(sides)
        full_sides[third] = length
        return _solve(full_sides, [None, None, None])
    raise ValueError("three parts fix a triangle, one of them a side")


def _angle(p: float, q: float, opposite: float) -> float:
    return math.degrees(math.acos(max(-1.0, min(1.0, (p * p + q * q - opposite * opposite) / (2 * p * q)))))
