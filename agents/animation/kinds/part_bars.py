"""Fractions and ratios as bars cut into equal parts."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number


class PartBar(BaseModel):
    """A bar of `parts` equal parts, `filled` of them coloured."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Label = ""
    parts: int = Field(ge=1, le=24)
    filled: int = Field(ge=0, le=24)

    @model_validator(mode="after")
    def _no_more_than_there_are(self) -> PartBar:
        if self.filled > self.parts:
            raise ValueError("no more parts are filled than there are")
        return self


class PartBars(Kind):
    """One to four bars. As `fraction` all are equally long, so that their parts can be compared; as `ratio` all parts are. `each` is what one part
    of a ratio is worth; it is written into the parts, and the total beside each bar."""

    stage: ClassVar[str] = "part_bars"
    kind: Literal["part_bars"] = "part_bars"
    bars: list[PartBar] = Field(min_length=1, max_length=4)
    mode: Literal["fraction", "ratio"] = "fraction"
    each: Number | None = None
    formula: Formula = ""

    def on_stage(self) -> dict[str, str]:
        return {"frames": "the whole bars from top to bottom, a list", "fills": "the filled parts of each, a list of lists"}

    def data(self) -> dict[str, Any]:
        longest = max(bar.parts for bar in self.bars)
        rows = []
        for bar in self.bars:
            if self.mode == "fraction":
                total = f"{bar.filled}/{bar.parts}"
            else:
                total = shown_number(bar.parts * self.each) if self.each is not None else str(bar.parts)
            rows.append(
                {
                    "label": bar.label,
                    "parts": bar.parts,
                    "filled": bar.filled if self.mode == "fraction" else bar.parts,
                    "length": 1.0 if self.mode == "fraction" else bar.parts / longest,
                    "total": total,
                }
            )
        each = shown_number(self.each) if self.each is not None and self.mode == "ratio" else ""
        return {"rows": rows, "each": each} | typeset(self.formula)
