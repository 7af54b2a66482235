"""Points and intervals on a number line."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.expression import number_text
from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import nice_step, shown_number

End = Literal["open", "closed"]


class Mark(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    value: Number
    label: Label = ""
    end: End = "closed"


class Interval(BaseModel):
    """From `left` to `right`; None reaches to infinity on that side."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    left: Number | None = None
    right: Number | None = None
    left_end: End = "closed"
    right_end: End = "closed"

    @model_validator(mode="after")
    def _ordered(self) -> Interval:
        if self.left is None and self.right is None:
            raise ValueError("an interval needs an end")
        if self.left is not None and self.right is not None and self.left >= self.right:
            raise ValueError("an interval runs from the smaller to the larger number")
        return self


class NumberLine(Kind):
    """At least one point or interval. The line shows all of them and zero when it is near."""

    stage: ClassVar[str] = "number_line"
    kind: Literal["number_line"] = "number_line"
    points: list[Mark] = Field(default_factory=list, max_length=5)
    intervals: list[Interval] = Field(default_factory=list, max_length=2)
    formula: Formula = ""

    @model_validator(mode="after")
    def _something(self) -> NumberLine:
        if not self.points and not self.intervals:
            raise ValueError("a number line needs a point or an interval")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"axis": "the NumberLine", "bars": "the intervals, a list", "dots": "the marked points in their order, a list"}

    def data(self) -> dict[str, Any]:
        ends = [end for interval in self.intervals for end in (interval.left, interval.right) if end is not None]
        values = [point.value for point in self.points] + ends
        low, high = min(values), max(values)
        span = max(high - low, 1.0)
        low, high = (0.0 if 0 < low < 3 * span + 4 else low), (0.0 if -3 * span - 4 < high < 0 else high)
        room = max(2.0 if span <= 12 else 0.0, 0.2 * (high - low))
        step = nice_step(high - low + 2 * room, 10)
        low, high = step * math.floor((low - room) / step), step * math.ceil((high + room) / step)
        return {
            "range": (low, high, step),
            "ticks": [(low + k * step, number_text(low + k * step).replace("-", "−")) for k in range(1, round((high - low) / step))],
            "points": [
                (point.value, point.label or shown_number(point.value), point.end) for point in sorted(self.points, key=lambda p: p.value)
            ],
            "intervals": [
                (i.left, i.right, i.left_end if i.left is not None else "none", i.right_end if i.right is not None else "none")
                for i in self.intervals
            ],
        } | typeset(self.formula)
