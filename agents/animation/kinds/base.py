"""What every kind of beat is: validated data, a caption, and a Manim program."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from agents.animation.compose import compose
from agents.animation.latex import as_text, clean, parts, spoken


def _bounded(value: float) -> float:
    if not math.isfinite(value) or abs(value) > 1e6:
        raise ValueError("a number must be finite and at most a million")
    return value


def _caption(value: Any) -> Any:
    return spoken(value) if isinstance(value, str) else value


def _label(value: Any) -> Any:
    return spoken(value, 28) if isinstance(value, str) else value


def _formula(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


Number = Annotated[float, AfterValidator(_bounded)]
"""A finite number of at most a million either way."""
Caption = Annotated[str, BeforeValidator(_caption)]
"""One sentence of plain text."""
Label = Annotated[str, BeforeValidator(_label)]
"""A word or two beside a point or line."""
Formula = Annotated[str, BeforeValidator(_formula)]
"""LaTeX that typesets, without delimiters; may be empty."""


class Kind(BaseModel):
    """A beat of one kind. Unknown fields are ignored, since a model likes to add some."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False, str_max_length=600)

    stage: ClassVar[str]
    kind: str
    title: Label = ""
    say: Caption = ""

    def data(self) -> dict[str, Any]:
        """What the drawing code gets: literals only."""
        raise NotImplementedError

    def head(self) -> str:
        """Python of our own making that the drawing code needs beside the data."""
        return ""

    def on_stage(self) -> dict[str, str]:
        """What the drawing code keeps at hand for an addition: the name of each thing and, for the coder, what it is."""
        return {}

    def source(self, added: str = "") -> str:
        """The complete Manim program; its scene class is `agents.animation.compose.SCENE`. `added` is the body of an addition to it."""
        return compose(self.stage, {"kind": self.kind, "title": self.title, "say": self.say} | self.data(), self.head(), added)


def typeset(latex: str) -> dict[str, Any]:
    """A cleaned formula as the drawing code takes it: its parts, and the same in plain text for where TeX fails."""
    return {"formula": parts(latex), "formula_text": as_text(latex)}
