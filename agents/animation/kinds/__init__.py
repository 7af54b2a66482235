"""The parametric beats: each a pydantic model that validates hard and writes its own Manim program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agents.animation.kinds.area_model import AreaModel
from agents.animation.kinds.bars import Bars
from agents.animation.kinds.base import Kind
from agents.animation.kinds.card import Card
from agents.animation.kinds.circle import Circle
from agents.animation.kinds.coordinates import Coordinates
from agents.animation.kinds.equation_steps import EquationSteps
from agents.animation.kinds.function_graph import FunctionGraph
from agents.animation.kinds.histogram import Histogram
from agents.animation.kinds.motion import Motion
from agents.animation.kinds.number_line import NumberLine
from agents.animation.kinds.part_bars import PartBars
from agents.animation.kinds.polygon import Polygon
from agents.animation.kinds.scatter import Scatter
from agents.animation.kinds.sequence import Sequence
from agents.animation.kinds.similar import Similar
from agents.animation.kinds.solid import Solid
from agents.animation.kinds.tree import Tree
from agents.animation.kinds.triangle import Triangle
from agents.animation.kinds.unit_circle import UnitCircle
from agents.animation.kinds.venn import Venn

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
    "scatter": Scatter,
    "area_model": AreaModel,
    "venn": Venn,
    "tree": Tree,
    "coordinates": Coordinates,
    "polygon": Polygon,
    "unit_circle": UnitCircle,
    "similar": Similar,
    "solid": Solid,
    "sequence": Sequence,
    "motion": Motion,
    "histogram": Histogram,
    "part_bars": PartBars,
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


__all__ = [
    "KINDS",
    "AreaModel",
    "Bars",
    "Card",
    "Circle",
    "Coordinates",
    "EquationSteps",
    "FunctionGraph",
    "Histogram",
    "Kind",
    "Motion",
    "NumberLine",
    "PartBars",
    "Polygon",
    "Scatter",
    "Sequence",
    "Similar",
    "Solid",
    "Tree",
    "Triangle",
    "UnitCircle",
    "Venn",
    "load",
]
