"""Candidates tried on what a problem tells of a figure, a circle, a polynomial or a linear formula. Runs inside the sandbox only.

Each is tried the other way round from how `agents.checking.direct` finds it: from the measure asked for back to the one that is given, by symmetry and
points for circles, by dividing every polynomial that fits the values, by neighbouring values for what grows.
"""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct import circles, figures, lines, polynomials, rates
from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Given, Option
from agents.checking.equality import equal

_X, _Y = sympy.symbols("x y")
_MUST = re.compile(r"\bmust be (?:true|a factor)\b", re.IGNORECASE)
_ANY = sympy.Dummy("t")
"""Stands for whatever the given values leave open."""


def fits(given: Given, value: Any) -> bool | None:
    """Whether a value is what the problem asks for; None where it is of none of these families."""
    for check in (_measure, _growth, _shared, _circle, _factor):
        truth = check(given, value)
        if truth is not None:
            return truth
    return None


def states(given: Given, text: str) -> bool | None:
    """Whether the sentence of an option holds; None where it cannot be told."""
    if polynomials.known_values(given) is not None:
        return _claim(given, Option("", text, None))
    return _signs(given, text)


def _measure(given: Given, value: Any) -> bool | None:
    asked = figures.measures_asked(given)
    if asked is None or not isinstance(value, sympy.Expr) or value.is_positive is False:
        return None
    figure, known, wanted, told = asked
    length = figures.length_of(figure, wanted, value)
    return None if length is None else bool(equal(figures.OF_ONE_LENGTH[figure][known].subs(figures.LENGTH, length), told))


def _growth(given: Given, value: Any) -> bool | None:
    asked = rates.growth_asked(given)
    if asked is None or not isinstance(value, sympy.Expr) or not value.is_number:
        return None
    _, free, by, body, falling = asked
    grown = body.subs(free, 5 + by) - body.subs(free, 5)
    return bool(equal(-grown if falling else grown, value))


def _shared(given: Given, value: Any) -> bool | None:
    """Where the first formula gives the value, the second has to give it too."""
    asked = rates.shared_asked(given)
    if asked is None or not isinstance(value, sympy.Expr) or not value.is_number:
        return None
    first, second, letter = asked
    places = sympy.solve(sympy.Eq(first.rhs, value), letter)
    return any(equal(second.rhs.subs(letter, place), value) for place in places) if places else None


def _circle(given: Given, value: Any) -> bool | None:
    if not circles.is_plain(given):
        return None
    printed = [equation for equation in given.equations if circles.circle_of(equation) is not None]
    if len(printed) == 1 and isinstance(value, sympy.Tuple) and len(value) == 2 and given.says(r"\bcoordinates of the cent(?:er|re)\b"):
        return _symmetric(printed[0], value)
    told = circles.described(given) if not given.equations else None
    if told is None or circles.circle_of(value) is None:
        return None
    h, k, square = told
    on = circles.point_told(given) or (h + sympy.sqrt(square), k)
    return _symmetric(value, (h, k)) and bool(sympy.simplify((value.lhs - value.rhs).subs(dict(zip((_X, _Y), on, strict=True)))) == 0)


def _symmetric(equation: Any, middle: Any) -> bool:
    """Whether the curve is its own image when every point is reflected at the middle."""
    whole, (h, k) = equation.lhs - equation.rhs, middle
    return bool(sympy.expand(whole - whole.subs({_X: 2 * h - _X, _Y: 2 * k - _Y}, simultaneous=True)) == 0)


def _factor(given: Given, value: Any) -> bool | None:
    return _claim(given, Option("", "", value)) if isinstance(value, sympy.Expr) and not value.is_number else None


def _claim(given: Given, option: Option) -> bool | None:
    """Whether all polynomials through the given points leave the remainder that an option claims."""
    told = polynomials.known_values(given) if polynomials.about_itself(given) else None
    claim = polynomials.claim_of(option, given.functions) if told is not None and _MUST.search(given.question) else None
    if told is None or claim is None:
        return None
    divisor, claimed = claim
    (letter,) = divisor.free_symbols
    known = told[1]
    through = sympy.interpolate(list(known.items()), letter)
    vanishing = sympy.Mul(*(letter - at for at in known))
    return bool(sympy.expand(sympy.rem(sympy.expand(through + _ANY * vanishing), divisor, letter) - claimed) == 0)


def _signs(given: Given, text: str) -> bool | None:
    """Where the line stands at x = 0 and x = 1, and where it crosses the x-axis."""
    said = lines.statement_of(text)
    if said is None or len(given.conditions) != 1 or lines.RELATED.search(given.frame) or unexplained(given):
        return None
    equation = lines.as_plain(given, given.conditions[0])
    if not isinstance(equation, sympy.Eq) or equation.free_symbols != {_X, _Y}:
        return None
    heights = [sympy.solve(equation.subs(_X, at), _Y) for at in (0, 1)]
    crossing = sympy.solve(equation.subs(_Y, 0), _X)
    if any(len(found) != 1 for found in (*heights, crossing)):
        return None
    (low,), (high,) = heights
    sign = {"positive": 1, "negative": -1, "zero": 0}
    cut = low if said[2] == _Y else crossing[0]
    return bool(sympy.sign(high - low) == sign[said[0]] and sympy.sign(cut) == sign[said[1]])
