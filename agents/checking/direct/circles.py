"""Circles: centre and radius by completing the square, and the equation from centre, radius, or a diameter."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import quantity, unexplained
from agents.checking.direct.reading import Direct, Given

_X, _Y = sympy.symbols("x y")
_CENTER = re.compile(r"\bcent(?:er|re)(?:ed)?(?: is)?(?: at)?(?: the)?(?: point| origin)?,? ?(⟦\d+⟧)", re.IGNORECASE)
_RADIUS = re.compile(r"\b(?:radius|radii)(?: of)?(?: length)?(?: is)?(?: equal to)? (⟦\d+⟧|\d+(?:\.\d+)?)", re.IGNORECASE)
_DIAMETER = re.compile(r"\bdiameter(?: of)?(?: length)?(?: is)?(?: equal to)? (⟦\d+⟧|\d+(?:\.\d+)?)", re.IGNORECASE)
_ON = re.compile(
    r"\b(?:radius with (?:an )?endpoint(?: at)?|pass(?:es|ing) through(?: the point)?|contains the point|point)\s*(⟦\d+⟧)(?: (?:lies|is) on)?",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\bdiameter\b[^⟦]*\bendpoints?\b[^⟦]*(⟦\d+⟧) and (⟦\d+⟧)|\bendpoints of (?:a|the) diameter\b[^⟦]*(⟦\d+⟧) and (⟦\d+⟧)", re.IGNORECASE
)


def answer(given: Given) -> Direct | None:
    if not is_plain(given):
        return None
    circles = [circle for circle in map(circle_of, given.equations) if circle is not None]
    if len(given.equations) == len(circles) == 1:
        return _asked(given, *circles[0])
    if given.equations:
        return None
    found = described(given)
    return _asked(given, *found) if found is not None else None


def is_plain(given: Given) -> bool:
    """Whether the problem is about one circle and nothing else."""
    if given.unread or given.inequalities or given.constants or given.qualifiers or not given.says(r"\bcircle\b") or unexplained(given):
        return False
    return not given.says(
        r"\b(?:figure|arc|sector|chord|tangent|inscribed|circumscribed|central angle|translated|square|rectangle|triangle|inside|outside|interior|shifted|line|second|another|same|concentric|quadrant|part|portion|region|semicircle)\b"
    )


def circle_of(value: Any) -> tuple[Any, Any, Any] | None:
    """Centre and squared radius of an equation, by completing the square; None where it is no circle."""
    if not isinstance(value, sympy.Eq) or value.free_symbols != {_X, _Y}:
        return None
    difference = sympy.expand(value.lhs - value.rhs)
    if not difference.is_polynomial(_X, _Y) or sympy.total_degree(difference, _X, _Y) != 2:
        return None
    parts = sympy.Poly(difference, _X, _Y)
    leading = parts.coeff_monomial(_X**2)
    if leading == 0 or leading != parts.coeff_monomial(_Y**2) or parts.coeff_monomial(_X * _Y) != 0:
        return None
    h, k = (-parts.coeff_monomial(variable) / (2 * leading) for variable in (_X, _Y))
    square = h**2 + k**2 - parts.coeff_monomial(1) / leading
    return (h, k, square) if square.is_positive else None


def _point(given: Given, text: str) -> Any:
    value = given.at(text[1:-1])
    return value if isinstance(value, sympy.Tuple) and len(value) == 2 and not value.free_symbols else None


def described(given: Given) -> tuple[Any, Any, Any] | None:
    """Centre and squared radius as the words give them."""
    if ends := _ENDS.search(given.frame):
        first, second = (_point(given, group) for group in ends.groups() if group)
        if first is None or second is None:
            return None
        h, k = ((a + b) / 2 for a, b in zip(first, second, strict=True))
        return h, k, (first[0] - h) ** 2 + (first[1] - k) ** 2
    center = _CENTER.search(given.frame)
    middle = (
        _point(given, center[1])
        if center
        else (sympy.Tuple(0, 0) if given.says(r"\bcent(?:er|re)(?:ed)? (?:is )?at the origin\b|\bcenter is the origin\b") else None)
    )
    if middle is None:
        return None
    if (told := _RADIUS.search(given.frame)) is not None:
        radius = quantity(given, told[1])
    elif (told := _DIAMETER.search(given.frame)) is not None:
        size = quantity(given, told[1])
        radius = size / 2 if size is not None else None
    elif (point := point_told(given)) is not None:
        radius = sympy.sqrt((point[0] - middle[0]) ** 2 + (point[1] - middle[1]) ** 2)
    else:
        return None
    return (middle[0], middle[1], sympy.expand(radius**2)) if radius is not None and radius.is_number and radius.is_positive else None


def point_told(given: Given) -> Any | None:
    """The point that the circle is said to pass through, where neither radius nor diameter are given."""
    if _RADIUS.search(given.frame) or _DIAMETER.search(given.frame):
        return None
    center = _CENTER.search(given.frame)
    on = _ON.search(given.frame.replace(center[0], "", 1) if center else given.frame)
    return _point(given, on[1]) if on else None


def _asked(given: Given, h: Any, k: Any, square: Any) -> Direct | None:
    question, method = given.question, "completing the square"
    if re.search(r"\bequations?\b[^?]*\b(?:of|represents?|defines?|has|have)\b", question, re.IGNORECASE) and re.search(
        r"\bwhich\b|\bwhat is (?:the|an) equation\b", question, re.IGNORECASE
    ):
        if not given.options:
            return Direct(sympy.Eq((_X - h) ** 2 + (_Y - k) ** 2, square, evaluate=False), None, "the equation of the circle")
        fitting = [option for option in given.options if circle_of(option.value) == (h, k, square)]
        readable = all(isinstance(option.value, sympy.Eq) for option in given.options)
        return Direct(fitting[0].value, fitting[0].letter, "comparing the circles") if readable and len(fitting) == 1 else None
    if match := re.search(r"\b(?:what is|find) the ⟦(\d+)⟧ ?-?coordinate of the cent(?:er|re)", question, re.IGNORECASE):
        return Direct({_X: h, _Y: k}[given.at(match[1])], None, method) if given.at(match[1]) in (_X, _Y) else None
    asked = re.search(
        r"\b(?:what (?:is|are)|find|which of the following (?:is|are|gives)) (?:the )?(?:length of the |coordinates of the )?(cent(?:er|re)|radius|diameter|area|circumference)\b",
        question,
        re.IGNORECASE,
    )
    if asked is None:
        return None
    radius = sympy.sqrt(square)
    value = {
        "radius": radius,
        "diameter": 2 * radius,
        "area": sympy.pi * square,
        "circumference": 2 * sympy.pi * radius,
    }.get(asked[1].lower(), sympy.Tuple(h, k))
    return Direct(value, None, method)
