"""Quadrilaterals and regular polygons to scale."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number

Shape = Literal["rectangle", "square", "parallelogram", "rhombus", "trapezoid", "regular"]


class Polygon(Kind):
    """`base` is the side on the ground. A rectangle takes `height`; a parallelogram `side` and `angle` (degrees) or `height`; a rhombus `angle`; a
    trapezoid `top` and `height`; a regular polygon its number of corners `n`. `labels` go to the sides from the base on, counterclockwise; where there are none the
    lengths that were given are written. `find` names what is shown as "?"."""

    stage: ClassVar[str] = "polygon"
    kind: Literal["polygon"] = "polygon"
    shape: Shape
    base: Number = Field(gt=0)
    height: Number | None = Field(default=None, gt=0)
    side: Number | None = Field(default=None, gt=0)
    top: Number | None = Field(default=None, gt=0)
    angle: Number | None = Field(default=None, gt=10, lt=170)
    n: int = Field(default=4, ge=3, le=12)
    labels: list[Label] = Field(default_factory=list, max_length=12)
    find: Literal["base", "height", "side", "top"] | None = None
    formula: Formula = ""

    @model_validator(mode="after")
    def _drawable(self) -> Polygon:
        corners = self.corners()
        wide = max(x for x, _ in corners) - min(x for x, _ in corners)
        high = max(y for _, y in corners) - min(y for _, y in corners)
        if min(wide, high) < 0.05 * max(wide, high):
            raise ValueError("the figure is far too flat to be drawn")
        return self

    def corners(self) -> list[tuple[float, float]]:
        """Counterclockwise from the left end of the base. Raises ValueError where the figure is not fixed."""
        b = self.base
        if self.shape == "square":
            return [(0.0, 0.0), (b, 0.0), (b, b), (0.0, b)]
        if self.shape == "rectangle":
            h = self.height or self.side
            if h is None:
                raise ValueError("a rectangle needs its height")
            return [(0.0, 0.0), (b, 0.0), (b, h), (0.0, h)]
        if self.shape == "regular":
            radius = b / (2 * math.sin(math.pi / self.n))
            turn = -math.pi / 2 - math.pi / self.n
            return [
                (radius * math.cos(turn + 2 * math.pi * k / self.n), radius * math.sin(turn + 2 * math.pi * k / self.n))
                for k in range(self.n)
            ]
        if self.shape == "trapezoid":
            if self.top is None or self.height is None:
                raise ValueError("a trapezoid needs its top and its height")
            shift = (b - self.top) / 2 if self.side is None else 0.0
            return [(0.0, 0.0), (b, 0.0), (shift + self.top, self.height), (shift, self.height)]
        side = b if self.shape == "rhombus" else self.side
        if self.angle is not None and side is not None:
            dx, h = side * math.cos(math.radians(self.angle)), side * math.sin(math.radians(self.angle))
        elif self.height is not None and side is not None and self.height <= side:
            h, dx = self.height, math.sqrt(side**2 - self.height**2)
        elif self.height is not None:
            h, dx = self.height, 0.35 * b
        else:
            raise ValueError("a slanted figure needs its height, or a side and an angle")
        return [(0.0, 0.0), (b, 0.0), (b + dx, h), (dx, h)]

    def on_stage(self) -> dict[str, str]:
        return {"shape": "the Polygon", "corners": "its corners, a list of points", "labels": "the labels of the sides"}

    def data(self) -> dict[str, Any]:
        corners = self.corners()
        given = {"base": self.base, "height": self.height, "side": self.side, "top": self.top}
        text = {name: "?" if self.find == name else shown_number(value) if value is not None else "" for name, value in given.items()}
        sides = [""] * len(corners)
        if self.labels:
            sides = [*self.labels, *sides][: len(corners)]
        else:
            sides[0] = text["base"]
            if self.shape == "rectangle":
                sides[1] = text["height"] or text["side"]
            elif self.shape == "parallelogram":
                sides[1] = text["side"]
            elif self.shape == "trapezoid":
                sides[2] = text["top"]
        foot = None
        if self.shape in ("parallelogram", "rhombus", "trapezoid") and text["height"]:
            top_left = corners[3]
            foot = ((top_left[0], 0.0), top_left) if 0 <= top_left[0] <= self.base else ((corners[2][0], 0.0), corners[2])
        return {
            "corners": corners,
            "sides": sides,
            "right": self.shape in ("rectangle", "square"),
            "angle": f"{shown_number(self.angle)}°" if self.angle is not None and self.shape in ("parallelogram", "rhombus") else "",
            "height": foot,
            "height_label": text["height"],
        } | typeset(self.formula)
