"""A derivation, line by line."""

from __future__ import annotations

import difflib
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.animation.kinds.base import Caption, Formula, Kind
from agents.animation.latex import as_text, parts, relation_of

MAX_LINES = 6


class Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    latex: Formula = Field(min_length=1)
    say: Caption = ""
    steps: list[int] = []
    """The steps of the solution that the line shows, counted from 1: two where both come to the same formula or one has words only; none where
    nothing was solved. They are no part of the picture."""


class EquationSteps(Kind):
    """One to six lines of LaTeX, each growing out of the one before; `mark_last` frames the result."""

    stage: ClassVar[str] = "equation_steps"
    kind: Literal["equation_steps"] = "equation_steps"
    lines: list[Line] = Field(min_length=1, max_length=MAX_LINES)
    mark_last: bool = True

    def on_stage(self) -> dict[str, str]:
        return {"lines": "the lines from top to bottom, a list of MathTex"}

    def data(self) -> dict[str, Any]:
        rows = []
        above: list[str] = []
        for line in self.lines:
            pieces = parts(line.latex)
            rows.append(
                {
                    "parts": pieces,
                    "text": as_text(line.latex),
                    "relation": relation_of(pieces),
                    "say": line.say,
                    "shared": shared(above, pieces),
                }
            )
            above = pieces
        return {"lines": rows, "mark_last": self.mark_last}


def shared(above: list[str], below: list[str]) -> list[tuple[int, int]]:
    """The parts of one line that come back in the next, in order, as (index above, index below)."""
    blocks = difflib.SequenceMatcher(None, above, below, autojunk=False).get_matching_blocks()
    return [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
