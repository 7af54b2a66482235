"""Text and formulas: the opening, the close, and what always renders."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from agents.animation.kinds.base import Formula, Kind, typeset
from agents.animation.latex import spoken


def _body(value: Any) -> Any:
    return spoken(value, 420) if isinstance(value, str) else value


def _title(value: Any) -> Any:
    return spoken(value, 70) if isinstance(value, str) else value


class Card(Kind):
    """A title card, a recap card, or plain text."""

    stage: ClassVar[str] = "card"
    kind: Literal["title", "recap", "plain"]
    title: Annotated[str, BeforeValidator(_title)] = ""
    text: Annotated[str, BeforeValidator(_body)] = ""
    formula: Formula = ""

    def data(self) -> dict[str, Any]:
        return {"text": self.text} | typeset(self.formula)
