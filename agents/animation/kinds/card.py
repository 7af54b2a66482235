"""Text and formulas: the opening, the close, and what always renders."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from agents.animation.kinds.base import Formula, Kind, typeset
from agents.animation.latex import spoken
from agents.animation.tabulated import readable, taken_apart


def _body(value: Any) -> Any:
    return spoken(taken_apart(value)[0], 420) if isinstance(value, str) else value


def _title(value: Any) -> Any:
    return spoken(value, 70) if isinstance(value, str) else value


class Card(Kind):
    """A title card, a recap card, or plain text; a `table` of rows of plain cells, the first of them its head. The markup of tables in the text is
    left out of it."""

    stage: ClassVar[str] = "card"
    kind: Literal["title", "recap", "plain"]
    title: Annotated[str, BeforeValidator(_title)] = ""
    text: Annotated[str, BeforeValidator(_body)] = ""
    formula: Formula = ""
    table: list[list[str]] = Field(default_factory=list)

    @field_validator("table")
    @classmethod
    def _fits(cls, rows: list[list[str]]) -> list[list[str]]:
        if rows and (len({len(row) for row in rows}) > 1 or not readable(rows)):
            raise ValueError("the table cannot be read in a video")
        return rows

    def data(self) -> dict[str, Any]:
        return {"text": self.text, "table": self.table} | typeset(self.formula)
