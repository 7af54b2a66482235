"""Two similar triangles side by side."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number
from agents.animation.kinds.triangle import Triangle


class Similar(Kind):
    """A triangle with the sides `a`, `b`, `c` and the same `scale` times as large. `labels` and `scaled_labels` are written on the sides (a, b, c) in
    place of the lengths; "" leaves a side bare, "?" marks what is asked for."""

    stage: ClassVar[str] = "similar"
    kind: Literal["similar"] = "similar"
    a: Number = Field(gt=0)
    b: Number = Field(gt=0)
    c: Number = Field(gt=0)
    scale: Number = Field(gt=0)
    names: str = Field(default="ABC", pattern=r"^[A-Z]{3}$")
    scaled_names: str = Field(default="DEF", pattern=r"^[A-Z]{3}$")
    labels: tuple[Label, Label, Label] | None = None
    scaled_labels: tuple[Label, Label, Label] | None = None
    formula: Formula = ""

    @model_validator(mode="after")
    def _drawable(self) -> Similar:
        Triangle(a=self.a, b=self.b, c=self.c)
        if not 0.25 <= self.scale <= 4 or abs(self.scale - 1) < 1e-9:
            raise ValueError("beside a figure a similar one is drawn between a quarter and four times as large")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"shapes": "the small and the large triangle, a list of Polygon"}

    def data(self) -> dict[str, Any]:
        _, angles = Triangle(a=self.a, b=self.b, c=self.c).solved()
        turn = math.radians(angles[0])
        corners = [(0.0, 0.0), (self.c, 0.0), (self.b * math.cos(turn), self.b * math.sin(turn))]
        sides = (self.a, self.b, self.c)
        return {
            "corners": corners,
            "scale": self.scale,
            "names": [list(self.names), list(self.scaled_names)],
            "sides": [
                list(self.labels) if self.labels else [shown_number(side) for side in sides],
                list(self.scaled_labels) if self.scaled_labels else [shown_number(side * self.scale) for side in sides],
            ],
            "factor": f"× {shown_number(self.scale)}",
        } | typeset(self.formula)
