"""Labelled bars."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number


class Bar(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Label
    value: Number


class Bars(Kind):
    """Two to eight bars; `marked` are the indices of those to highlight."""

    stage: ClassVar[str] = "bars"
    kind: Literal["bars"] = "bars"
    bars: list[Bar] = Field(min_length=2, max_length=8)
    marked: list[int] = Field(default_factory=list, max_length=8)
    formula: Formula = ""

    @model_validator(mode="after")
    def _visible(self) -> Bars:
        if not any(bar.value for bar in self.bars):
            raise ValueError("bars of height zero cannot be seen")
        if min(bar.value for bar in self.bars) < 0:
            raise ValueError("bars stand on the ground: no negative values")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"bars": "the bars from left to right, a list", "sizes": "the numbers above them", "names": "the words below them"}

    def data(self) -> dict[str, Any]:
        return {
            "bars": [(bar.label, bar.value, shown_number(bar.value)) for bar in self.bars],
            "marked": [index for index in self.marked if 0 <= index < len(self.bars)],
        } | typeset(self.formula)
