"""A picture of a solved problem marks what the problem or its solution names: a true number that nobody mentioned only raises the question where it is from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agents.animation.kinds import Circle, FunctionGraph, Kind, load
from agents.animation.kinds.curves import shown_number

_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{?\s*(\d+)\s*\}?\s*\{?\s*(\d+)\s*\}?|(\d+)\s*/\s*(\d+)")
_ORDINARY = (0.0, 1.0, 2.0)
_WORDS = {
    "zeros": r"\bzeros?\b|\broots?\b|\bx-?\s*intercepts?\b|\bcross(?:es)? the x",
    "vertex": r"\bvert(?:ex|ices)\b|\bturning\b|\bmaxim|\bminim|\bhighest\b|\blowest\b",
    "y_intercept": r"\by-?\s*intercepts?\b|\binitial\b",
    "crossing": r"\bintersect|\bmeets?\b|\bcross|\bsystem\b|\bboth equations\b",
}
"""Words that name a point of a graph without its numbers."""


def only_told(kind: Kind, texts: Sequence[str]) -> Kind:
    """The picture without marks and numbers that stand in none of the texts: the points of graphs, the measures of a circle, the caption.

    A point that is named in words only ("where they meet") keeps its dot and gets no numbers.
    """
    is_told = _told_by(texts)
    if isinstance(kind, FunctionGraph):
        return _graph(kind, texts, is_told)
    if isinstance(kind, Circle):
        return _circle(kind, is_told)
    return kind


def _told_by(texts: Iterable[str]) -> Callable[[float], bool]:
    values = set(_ORDINARY)
    for text in texts:
        values |= {float(number.replace(",", "")) for number in _NUMBER.findall(text)}
        for parts in _FRACTION.findall(text):
            above, below = (parts[0], parts[1]) if parts[0] else (parts[2], parts[3])
            if float(below):
                values.add(float(above) / float(below))
    shown = {shown_number(value) for value in values}
    # as it is written beside a point: the solution may say 1.41 where we know more digits
    return lambda value: shown_number(abs(value)) in shown


def _graph(kind: FunctionGraph, texts: Sequence[str], is_told: Callable[[float], bool]) -> Kind:
    said = " ".join(texts)
    given = [point.model_dump() for point in kind.points]
    found: dict[tuple[float, float], dict[str, Any]] = {(point["x"], point["y"]): point for point in given}
    for mark, x, y in kind.marked():
        told = is_told(x) and is_told(y)
        if told or re.search(_WORDS[mark], said, re.IGNORECASE):
            place = next((at for at in found if abs(at[0] - x) + abs(at[1] - y) < 1e-6 * (1 + abs(x) + abs(y))), (x, y))
            found.setdefault(place, {"x": x, "y": y, "named": told})
    left, right = kind.domain()
    meets = "crossing" in kind.marks and len(kind.functions) > 1
    say = "Both hold where the two graphs meet." if meets else "The graph of the function."
    update = {
        "marks": [mark for mark in kind.marks if mark not in _WORDS],
        "points": list(found.values()),
        "x_min": left,
        "x_max": right,
        "say": kind.say if _says_only_told(kind.say, is_told) else say,
    }
    return load(kind.model_dump() | update)


def _circle(kind: Circle, is_told: Callable[[float], bool]) -> Kind:
    centre = kind.center is None or all(map(is_told, kind.center))
    parts = [part for part in kind.parts if part.kind != "sector" or part.to is None or is_told(part.to - (part.angle or 0.0))]
    update = {
        "parts": [part.model_dump() for part in parts],
        "show_radius": kind.show_radius and is_told(kind.radius),
        "show_center": kind.show_center and centre,
        "say": kind.say if _says_only_told(kind.say, is_told) else "The circle of this equation." if kind.formula else "The circle.",
    }
    return load(kind.model_dump() | update)


def _says_only_told(say: str, is_told: Callable[[float], bool]) -> bool:
    plain = _FRACTION.sub(" ", say)
    fractions = [(parts[0] or parts[2], parts[1] or parts[3]) for parts in _FRACTION.findall(say)]
    return all(is_told(float(number.replace(",", ""))) for number in _NUMBER.findall(plain)) and all(
        is_told(float(above) / float(below)) for above, below in fractions if float(below)
    )
