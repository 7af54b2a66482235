"""The parametric beats: each a pydantic model that validates hard and writes its own Manim program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agents.animation.kinds.bars import Bars
from agents.animation.kinds.base import Kind
from agents.animation.kinds.card import Card
from agents.animation.kinds.circle import Circle
from agents.animation.kinds.equation_steps import EquationSteps
from agents.animation.kinds.function_graph import FunctionGraph
from agents.animation.kinds.number_line import NumberLine
from agents.animation.kinds.triangle import Triangle

KINDS: Mapping[str, type[Kind]] = {
    "title": Card,
    "recap": Card,
    "plain": Card,
    "equation_steps": EquationSteps,
    "function_graph": FunctionGraph,
    "number_line": NumberLine,
    "triangle": Triangle,
    "circle": Circle,
    "bars": Bars,
}


def load(data: Mapping[str, Any]) -> Kind:
    """The beat that this data describes. Raises ValueError with one line of reason where it cannot be drawn."""
    kind = KINDS.get(str(data.get("kind")))
    if kind is None:
        raise ValueError(f"there is no beat of kind {data.get('kind')!r}")
    try:
        return kind.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{kind.__name__}{'.' + where if where else ''}: {first['msg']}") from error


__all__ = ["KINDS", "Bars", "Card", "Circle", "EquationSteps", "FunctionGraph", "Kind", "NumberLine", "Triangle", "load"]
