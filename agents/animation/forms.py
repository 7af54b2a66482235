"""The forms that a model fills: small, flat JSON objects, one a kind of beat.

They are narrower than the kinds: a 1.5B model fills five fields well and fifteen badly. All that a form leaves out is computed or has a default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SAY = {"type": "string", "maxLength": 130}
LATEX = {"type": "string", "maxLength": 90}
NUMBER = {"type": "number"}


def form(kind: str, **fields: Any) -> dict[str, Any]:
    """The JSON schema of one kind of beat: all fields required, in this order, nothing else."""
    properties = {"kind": {"type": "string", "enum": [kind]}, "say": SAY} | fields
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Mapping[str, Any], low: int, high: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": low, "maxItems": high}


_STEP = {
    "type": "object",
    "properties": {"latex": LATEX, "say": {"type": "string", "maxLength": 90}},
    "required": ["latex", "say"],
    "additionalProperties": False,
}
_EXPRESSION = {"type": "string", "maxLength": 50}
FORMS: Mapping[str, dict[str, Any]] = {
    "equation_steps": form("equation_steps", steps=_list(_STEP, 2, 4)),
    "function_graph": form(
        "function_graph",
        f=_EXPRESSION,
        g=_EXPRESSION,
        show={"type": "string", "enum": ["points", "tangent", "area", "curve"]},
        at=NUMBER,
        to=NUMBER,
    ),
    "number_line": form("number_line", points=_list(NUMBER, 1, 4), formula=LATEX),
    "triangle": form("triangle", a=NUMBER, b=NUMBER, c=NUMBER, formula=LATEX),
    "circle": form(
        "circle",
        radius=NUMBER,
        part={"type": "string", "enum": ["radius", "diameter", "chord", "tangent", "sector"]},
        angle=NUMBER,
        formula=LATEX,
    ),
    "bars": form("bars", labels=_list({"type": "string", "maxLength": 14}, 2, 6), values=_list(NUMBER, 2, 6), formula=LATEX),
    "scene": form("scene", draw={"type": "string", "maxLength": 160}, formula=LATEX),
}
OPTIONAL = {"type": "number"}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 24}
_NAME = {"type": "string", "maxLength": 14}


@dataclass(frozen=True, slots=True)
class Further:
    """A kind that is offered only where the topic speaks of it (`cue`): every kind that the model may choose costs prompt and certainty."""

    form: dict[str, Any]
    about: str
    cue: str


FURTHER: Mapping[str, Further] = {
    kind: Further(form(kind, **fields), about, cue)
    for kind, about, cue, fields in (
        (
            "unit_circle",
            "an angle in degrees on the unit circle",
            r"\bunit circle|\bsine|\bcosine|\bsin\b|\bcos\b|\btrigonometr",
            {"angle": NUMBER},
        ),
        (
            "coordinates",
            "points in the plane; show what lies between the first two",
            r"\bcoordinate|\bmidpoint|\bdistance|\bslope|\bvector",
            {
                "points": _list({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}, 1, 4),
                "show": {"type": "string", "enum": ["nothing", "slope", "midpoint", "distance"]},
                "formula": LATEX,
            },
        ),
        (
            "polygon",
            "a figure by its lengths, 0 for what it does not need (n corners for a regular one)",
            r"\b(?:polygon|quadrilateral|rectangle|square|parallelogram|rhombus|trapez|kite|hexagon|pentagon)",
            {
                "shape": {"type": "string", "enum": ["rectangle", "square", "parallelogram", "trapezoid", "regular"]},
                "base": NUMBER,
                "height": OPTIONAL,
                "top": OPTIONAL,
                "n": _WHOLE,
                "formula": LATEX,
            },
        ),
        (
            "similar",
            "a triangle a, b, c and the same scale times as large",
            r"\bsimilar|\bscale factor|\bdilat",
            {"a": NUMBER, "b": NUMBER, "c": NUMBER, "scale": NUMBER, "formula": LATEX},
        ),
        (
            "solid",
            "a body by its lengths, 0 for what it does not need",
            r"\b(?:solid|volume|surface area|cylinder|cone|sphere|cube|prism|pyramid|cuboid)",
            {
                "body": {"type": "string", "enum": ["box", "cube", "cylinder", "cone", "sphere", "pyramid"]},
                "width": OPTIONAL,
                "depth": OPTIONAL,
                "height": OPTIONAL,
                "radius": OPTIONAL,
                "formula": LATEX,
            },
        ),
        (
            "area_model",
            "a product of two sums as the pieces of a rectangle, terms such as x, 3, 2x",
            r"\b(?:distributive|binomial|expand|foil|area model)",
            {"rows": _list(_NAME, 1, 3), "columns": _list(_NAME, 2, 3), "formula": LATEX},
        ),
        (
            "part_bars",
            "fractions as parts of equal bars",
            r"\b(?:fraction|ratio|proportion|numerator|denominator)",
            {
                "bars": _list(
                    {
                        "type": "object",
                        "properties": {"label": _NAME, "parts": _WHOLE, "filled": _WHOLE},
                        "required": ["label", "parts", "filled"],
                        "additionalProperties": False,
                    },
                    1,
                    4,
                ),
                "formula": LATEX,
            },
        ),
        (
            "venn",
            "how many are in the first set only, in both, in the second only",
            r"\b(?:venn|sets?|union|intersection|inclusion)\b",
            {"names": _list(_NAME, 2, 2), "left": NUMBER, "both": NUMBER, "right": NUMBER},
        ),
        (
            "histogram",
            "counts of neighbouring intervals",
            r"\b(?:histogram|distribution|frequenc|standard deviation|variance)",
            {"start": NUMBER, "width": NUMBER, "counts": _list(_WHOLE, 3, 8)},
        ),
        (
            "scatter",
            "points with their line of best fit",
            r"\b(?:scatter|regression|best fit|correlation|least squares)",
            {"points": _list({"type": "array", "items": NUMBER, "minItems": 2, "maxItems": 2}, 3, 8)},
        ),
        (
            "sequence",
            "terms from first on, by a step that is added or a ratio (0 for the other)",
            r"\b(?:sequences?|series|progression|arithmetic|geometric|recurs)",
            {"first": NUMBER, "step": OPTIONAL, "ratio": OPTIONAL, "formula": LATEX},
        ),
        (
            "tree",
            "draws out of a bag with so many of each outcome, or tosses (a coin: 1 heads, 1 tails, put back), as a tree of probabilities",
            r"\bprobabilit|\bcoins?\b|\bmarbles?\b|\bspinner|\btree\b|\breplacement\b|\bindependent events?\b",
            {
                "outcomes": _list(
                    {
                        "type": "object",
                        "properties": {"label": _NAME, "count": {"type": "integer", "minimum": 1, "maximum": 99}},
                        "required": ["label", "count"],
                        "additionalProperties": False,
                    },
                    2,
                    3,
                ),
                "draws": {"type": "integer", "minimum": 1, "maximum": 3},
                "put_back": {"type": "boolean"},
            },
        ),
        (
            "motion",
            "one or two travellers with start and speed; time 0 means until they meet",
            r"\b(?:speed|velocity|motion|travel|moving)",
            {
                "travellers": _list(
                    {
                        "type": "object",
                        "properties": {"name": _NAME, "start": NUMBER, "speed": NUMBER},
                        "required": ["name", "start", "speed"],
                        "additionalProperties": False,
                    },
                    1,
                    2,
                ),
                "time": OPTIONAL,
                "formula": LATEX,
            },
        ),
    )
}
_MOST_FURTHER = 3


def further_for(topic: str) -> list[str]:
    """The kinds beyond the usual ones that fit the topic, those first of which it speaks first; at most three."""
    cues = {kind: found.start() for kind, further in FURTHER.items() if (found := re.search(further.cue, topic, re.IGNORECASE))}
    return sorted(cues, key=lambda kind: cues[kind])[:_MOST_FURTHER]


def form_of(kind: str) -> dict[str, Any]:
    return FORMS[kind] if kind in FORMS else FURTHER[kind].form


ADD = {"type": "string", "maxLength": 90}


def _with_add(schema: dict[str, Any]) -> dict[str, Any]:
    """The form with words for an addition, which may be left away."""
    return schema | {"properties": schema["properties"] | {"add": ADD}}


def storyboard_schema(kinds: Sequence[str], beats: int, *, add: bool = False) -> dict[str, Any]:
    """The whole storyboard of a topic: its name, its main formula, and one to `beats` beats of the given kinds.

    With `add` every parametric one may say what is to be added to its picture.
    """
    forms = [_with_add(form_of(kind)) if add and kind != "scene" else form_of(kind) for kind in kinds]
    properties = {
        "title": {"type": "string", "maxLength": 50},
        "formula": LATEX,
        "beats": _list({"anyOf": forms}, 1, beats),
        "recap": SAY,
    }
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
