"""A printed law with constants, data that fix them, and a value asked for: `y = kx`, `y = 24` when `x = 6`, or a point on the graph."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solving import symbols_of, values_of

_X, _Y = sympy.symbols("x y")
_WHEN = re.compile(r"⟦(\d+)⟧ (?:when|if|for) ⟦(\d+)⟧", re.IGNORECASE)
_ON_GRAPH = re.compile(
    r"\b(?:pass(?:es)? through|contains)(?: the)?(?: points?)?((?: ?(?:and )?⟦\d+⟧,?)+)|\bpoints?((?: ?(?:and )?⟦\d+⟧,?)+) (?:lies?|is|are) on\b",
    re.IGNORECASE,
)
_VALUE = re.compile(r"\b(?:value of|what is|find) ⟦(\d+)⟧(?: (?:when|if) ⟦(\d+)⟧)?\s*[?.]", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:figure|table|shown|translated|reflected|rotated|intersect\w*|tangent|vertex|slope|parallel|perpendicular|minimum|maximum|not|inverse|raised|lowered)\b",
    re.IGNORECASE,
)


def answer(given: Given) -> Direct | None:
    if unexplained(given):
        return None
    asked = _VALUE.search(given.question)
    if (
        asked is None
        or given.unread
        or given.qualifiers
        or given.inequalities
        or given.facts
        or given.definitions
        or given.tables
        or _OTHER.search(given.frame)
    ):
        return None
    target = given.at(asked[1])
    at = given.at(asked[2]) if asked[2] else None
    pairs = [(given.at(left), given.at(right)) for left, right in _WHEN.findall(given.frame)]
    pairs = [pair for pair in pairs if all(map(_assigns, pair))]
    points = _points(given)
    used = [part for pair in pairs for part in pair] + ([at] if at is not None else [])
    laws = [equation for equation in given.equations if equation not in used]
    if (
        len(laws) != 1
        or points is None
        or not isinstance(target, sympy.Symbol)
        or not (pairs or points)
        or (at is not None and not _assigns(at))
    ):
        return None
    law = laws[0]
    data = [{part.lhs: part.rhs for part in pair} for pair in pairs] + [dict(zip((_X, _Y), point, strict=True)) for point in points]
    variables = {symbol for row in data for symbol in row}
    if len(variables) != 2 or not all(set(row) == variables for row in data) or not variables < law.free_symbols:
        return None
    system = [_at(law, row) for row in data]
    if at is not None:
        if {target, at.lhs} != variables:
            return None
        system.append(_at(law, {at.lhs: at.rhs}))
    elif target in variables:
        return None
    if (
        not target.free_symbols <= set(symbols_of([equation for equation in system if isinstance(equation, sympy.Eq)]))
        or sympy.false in system
    ):
        return None
    values = values_of(target, [equation for equation in system if equation != sympy.true])
    return Direct(values[0], None, "putting the given values in") if len(values) == 1 else None


def _assigns(value: Any) -> bool:
    return isinstance(value, sympy.Eq) and value.lhs.is_Symbol and bool(value.rhs.is_number)


def _at(law: Any, row: dict[Any, Any]) -> Any:
    return sympy.Eq(law.lhs.subs(row), law.rhs.subs(row))


def _points(given: Given) -> list[Any] | None:
    """The points on the graph; None where a point is printed that is not said to be on it."""
    indices = [
        index for match in _ON_GRAPH.finditer(given.frame) for group in match.groups() if group for index in re.findall(r"⟦(\d+)⟧", group)
    ]
    found = [given.at(index) for index in indices]
    printed = [value for value in given.values if isinstance(value, sympy.Tuple)]
    if any(not isinstance(value, sympy.Tuple) or len(value) != 2 or value.free_symbols for value in found) or any(
        value not in found for value in printed
    ):
        return None
    return found
