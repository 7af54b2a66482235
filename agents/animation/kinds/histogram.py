"""How often values fall into intervals of one width."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Kind, Label, Number
from agents.animation.kinds.curves import shown_number
from agents.animation.kinds.plane import axis


class Histogram(Kind):
    """Two to twelve intervals from `start` on, each `width` wide, with their `counts`; `marked` are the indices of those to highlight."""

    stage: ClassVar[str] = "histogram"
    kind: Literal["histogram"] = "histogram"
    start: Number
    width: Number = Field(gt=0)
    counts: list[int] = Field(min_length=2, max_length=12)
    marked: list[int] = Field(default_factory=list, max_length=12)
    x_name: Label = ""
    y_name: Label = ""

    @model_validator(mode="after")
    def _countable(self) -> Histogram:
        if min(self.counts) < 0 or max(self.counts) == 0:
            raise ValueError("counts are not negative, and not all zero")
        if max(self.counts) > 1_000_000:
            raise ValueError("a count is at most a million")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"bars": "the bars from left to right, a list", "tops": "the numbers above them, a list"}

    def data(self) -> dict[str, Any]:
        edges = [self.start + self.width * index for index in range(len(self.counts) + 1)]
        return {
            "edges": [(edge, shown_number(edge)) for edge in edges],
            "counts": self.counts,
            "y": axis([0.0, float(max(self.counts))], 5, zero=True),
            "marked": [index for index in self.marked if 0 <= index < len(self.counts)],
            "x_name": self.x_name,
            "y_name": self.y_name,
        }
