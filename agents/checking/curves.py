"""Candidates tried on the graph that a problem tells of: a line beside a given one, the vertex of a parabola. Runs inside the sandbox only.

Each is tried by what makes it right, and not by the formula that `agents.checking.direct` finds it with: normals for slopes, symmetry and touching for
the vertex.
"""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.direct.functions import AT, HEIGHT, vertex_asked
from agents.checking.direct.lines import as_plain, relation_told
from agents.checking.direct.reading import Given, is_condition

_X, _Y = sympy.symbols("x y")


def related(given: Given, value: Any) -> bool | None:
    """Whether a line lies as it should to the one printed; None where more than its direction is asked for, or where it is no line."""
    asked = relation_told(given)
    if asked is None or given.says(r"\bnot (?:parallel|perpendicular)|\bthrough\b|\bcontain|\bintercept") or not given.says(r"\bwhich\b"):
        return None
    printed = [as_plain(given, equation) for equation in given.conditions]
    if len(printed) != 1 or any(isinstance(other, sympy.Tuple) and not other.free_symbols for other in given.values):
        return None
    ours, other = _normal(as_plain(given, value)), _normal(printed[0])
    if ours is None or other is None:
        return None
    if asked[1].lower() == "perpendicular":
        return bool(ours[0] * other[0] + ours[1] * other[1] == 0)
    return bool(ours[0] * other[1] == ours[1] * other[0] and ours[0] * other[2] != ours[2] * other[0]) if ours[0] != 0 else None


def _normal(equation: Any) -> tuple[Any, Any, Any] | None:
    """Of ax + by + c = 0 the three numbers, None for what is no line."""
    if not isinstance(equation, sympy.Eq) or not equation.free_symbols <= {_X, _Y}:
        return None
    difference = sympy.expand(equation.lhs - equation.rhs)
    if not difference.is_polynomial(_X, _Y) or sympy.total_degree(difference, _X, _Y) != 1:
        return None
    return difference.coeff(_X), difference.coeff(_Y), difference.subs({_X: 0, _Y: 0})


def vertex(given: Given, value: Any) -> bool | None:
    """Whether a place, a height, a point or an interval is the vertex's, or holds it."""
    asked = vertex_asked(given)
    if asked is None:
        return None
    argument, body, target = asked
    if target == AT and is_condition(value):
        return _turns_within(argument, body, value)
    if isinstance(target, sympy.Tuple) and isinstance(value, sympy.Tuple) and len(value) == 2:
        return _mirrors(argument, body, value[0]) and _touches(argument, body, value[1])
    if not isinstance(value, sympy.Expr) or not value.free_symbols <= body.free_symbols - {argument}:
        return None
    if target == AT:
        return _mirrors(argument, body, value)
    return _touches(argument, body, value) if target == HEIGHT else None


def _mirrors(argument: Any, body: Any, at: Any) -> bool:
    """A parabola is symmetric about the upright line through its vertex."""
    step = sympy.Dummy()
    return bool(sympy.expand(body.subs(argument, at + step) - body.subs(argument, at - step)) == 0)


def _touches(argument: Any, body: Any, height: Any) -> bool:
    """A level line meets a parabola in a single point at its vertex."""
    return bool(sympy.simplify(sympy.discriminant(sympy.expand(body - height), argument)) == 0)


def _turns_within(argument: Any, body: Any, interval: Any) -> bool | None:
    """A parabola falls at one end and rises at the other where its vertex lies between."""
    if interval.free_symbols != {argument}:
        return None
    ends = interval.as_set()
    if not isinstance(ends, sympy.Interval) or not ends.is_open or not (ends.start.is_finite and ends.end.is_finite):
        return None
    slopes = [sympy.diff(body, argument).subs(argument, end) for end in (ends.start, ends.end)]
    product = sympy.Mul(*slopes)
    return bool(product < 0) if product.is_number else None
