"""A derivation, line by line."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.animation.kinds.base import Caption, Formula, Kind
from agents.animation.latex import as_text, parts, relation_of

MAX_LINES = 6


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    latex: Formula = Field(min_length=1)
    say: Caption = ""


class EquationSteps(Kind):
    """One to six lines of LaTeX, each growing out of the one before; `mark_last` frames the result."""

    stage: ClassVar[str] = "equation_steps"
    kind: Literal["equation_steps"] = "equation_steps"
    lines: list[Line] = Field(min_length=1, max_length=MAX_LINES)
    mark_last: bool = True

    def data(self) -> dict[str, Any]:
        rows = []
        for line in self.lines:
            pieces = parts(line.latex)
            rows.append({"parts": pieces, "text": as_text(line.latex), "relation": relation_of(pieces), "say": line.say})
        return {"lines": rows, "mark_last": self.mark_last}
