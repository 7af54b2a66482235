"""Travellers on a straight road."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number


class Traveller(BaseModel):
    """Starts at `start` and moves with `speed` (negative: back); `delay` is how long after the clock's start."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Label
    start: Number = 0.0
    speed: Number
    delay: Number = Field(default=0.0, ge=0)


class Motion(Kind):
    """One or two travellers until `time`; without it, until two of them meet. Lengths and times are in the units named."""

    stage: ClassVar[str] = "motion"
    kind: Literal["motion"] = "motion"
    travellers: list[Traveller] = Field(min_length=1, max_length=2)
    time: Number | None = Field(default=None, gt=0)
    length_unit: Label = "km"
    time_unit: Label = "h"
    formula: Formula = ""

    @model_validator(mode="after")
    def _moves(self) -> Motion:
        end = self.end()
        if any(traveller.delay >= end for traveller in self.travellers) or all(not traveller.speed for traveller in self.travellers):
            raise ValueError("somebody has to move before the time is up")
        places = [place for traveller in self.travellers for place in (traveller.start, self.place(traveller, end))]
        if max(places) - min(places) <= 0:
            raise ValueError("nobody gets anywhere")
        return self

    def end(self) -> float:
        """When it is over. Raises ValueError where no time is given and two travellers never meet."""
        if self.time is not None:
            return self.time
        if len(self.travellers) < 2:
            raise ValueError("a single traveller needs a time")
        one, two = self.travellers
        closing = one.speed - two.speed
        gap = (two.start - two.speed * two.delay) - (one.start - one.speed * one.delay)
        if not closing or gap / closing <= max(one.delay, two.delay):
            raise ValueError("the two never meet while both are on their way")
        return gap / closing

    def place(self, traveller: Traveller, time: float) -> float:
        return traveller.start + traveller.speed * max(0.0, time - traveller.delay)

    def on_stage(self) -> dict[str, str]:
        return {"dots": "the travellers, a list of Dot"}

    def data(self) -> dict[str, Any]:
        end = self.end()
        places = [place for traveller in self.travellers for place in (traveller.start, self.place(traveller, end))]
        return {
            "range": (min(places), max(places)),
            "end": end,
            "travellers": [
                {
                    "name": traveller.name,
                    "start": traveller.start,
                    "speed": traveller.speed,
                    "delay": traveller.delay,
                    "label": f"{traveller.name}: {shown_number(abs(traveller.speed))} {self.length_unit}/{self.time_unit}",
                    "path": f"{shown_number(abs(self.place(traveller, end) - traveller.start))} {self.length_unit}",
                }
                for traveller in self.travellers
            ],
            "meets": self.time is None,
            "time": f"after {shown_number(end)} {self.time_unit}",
        } | typeset(self.formula)
