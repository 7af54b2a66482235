"""Terms of an arithmetic or geometric sequence."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Number, typeset
from agents.animation.kinds.curves import shown_number


class Sequence(Kind):
    """`first`, and what is added (`step`) or multiplied with (`ratio`) from term to term; `count` terms are shown. `asked` is the number of the term
    that is highlighted, counted from 1."""

    stage: ClassVar[str] = "sequence"
    kind: Literal["sequence"] = "sequence"
    first: Number
    step: Number | None = None
    ratio: Number | None = None
    count: int = Field(default=5, ge=3, le=7)
    asked: int | None = Field(default=None, ge=1)
    formula: Formula = ""

    @model_validator(mode="after")
    def _one_rule(self) -> Sequence:
        if (self.step is None) == (self.ratio is None):
            raise ValueError("a sequence adds a step or multiplies by a ratio: give one of them")
        if self.ratio == 0:
            raise ValueError("a ratio of zero makes no sequence")
        if any(not math.isfinite(term) or abs(term) > 1e9 for term in self.terms()):
            raise ValueError("the terms grow out of sight")
        if self.asked is not None and self.asked > self.count:
            raise ValueError("the term that is asked for is not among those shown")
        return self

    def terms(self) -> list[float]:
        if self.step is not None:
            return [self.first + self.step * index for index in range(self.count)]
        return [self.first * (self.ratio or 0.0) ** index for index in range(self.count)]

    def on_stage(self) -> dict[str, str]:
        return {"boxes": "the boxes from left to right, a list", "terms": "the numbers in them, a list"}

    def data(self) -> dict[str, Any]:
        if self.step is not None:
            rule = f"{'+' if self.step >= 0 else '−'} {shown_number(abs(self.step))}"
        else:
            rule = f"× {shown_number(self.ratio or 0.0)}"
        return {
            "terms": [shown_number(term) for term in self.terms()],
            "rule": rule,
            "asked": self.asked - 1 if self.asked is not None else -1,
        } | typeset(self.formula)
