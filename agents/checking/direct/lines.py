"""Lines: slope and intercepts, through points, parallel or perpendicular to a given line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy

from agents.checking.direct.frames import quantity, unexplained
from agents.checking.direct.reading import Direct, Given, read
from agents.checking.direct.solving import is_true

_X, _Y = sympy.symbols("x y")
_LINE_WORD = re.compile(r"\b(?:line|linear|slope|parallel|perpendicular|intercept)\b", re.IGNORECASE)
_THROUGH = re.compile(
    r"(?:pass(?:es|ing)? through|contains?|containing|through|goes through|going through|between|connecting|joining)(?: (?:the|both))?(?: (?:points?|coordinates|origin))?((?:,? ?(?:and )?(?:the )?(?:points? |origin ?)?⟦\d+⟧)+)",
    re.IGNORECASE,
)
_SLOPE = re.compile(r"\bslope (?:of|is|equal to)?\s*(?:equal to )?(⟦\d+⟧|-?\d+(?:\.\d+)?)", re.IGNORECASE)
_INTERCEPT = re.compile(r"⟦(\d+)⟧ ?-?intercept (?:of|is|at|equal to)?\s*(?:the point )?(⟦\d+⟧|-?\d+(?:\.\d+)?)", re.IGNORECASE)
RELATED = re.compile(
    r"\b(parallel|perpendicular) to (?:the )?(?:graph of )?(?:the )?(?:line |equation |line with equation |line (?:whose|with the) equation (?:is )?|graph of )?(⟦\d+⟧|(?:the )?(?:equation|line|graph)[^⟦?]*(?:above|given))",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(?:models?|cost|figure|table|scatterplot|best fit|quadrant|triangle|circle|parabola|quadratic|midpoint|distance|translated|reflected|rotated|area|angles?|inverse)\b",
    re.IGNORECASE,
)


def relation_told(given: Given) -> re.Match[str] | None:
    """What `RELATED` finds where the problem speaks of one such relation only: a line perpendicular to a perpendicular is another line."""
    found = RELATED.search(given.frame)
    return found if found and len(re.findall(r"\b(?:parallel|perpendicular)\b", given.frame, re.IGNORECASE)) == 1 else None


def line_of(value: Any) -> tuple[Any, Any] | None:
    """Slope and y-intercept of an equation, None where it is no line in x and y or is upright."""
    if not isinstance(value, sympy.Eq):
        return None
    difference = sympy.expand(value.lhs - value.rhs)
    if (
        difference.free_symbols - {_X, _Y}
        or not difference.is_polynomial(_X, _Y)
        or sympy.total_degree(difference, _X, _Y) != 1
        or not difference.has(_Y)
    ):
        return None
    slope = -difference.coeff(_X) / difference.coeff(_Y)
    return slope, sympy.simplify(-difference.subs({_X: 0, _Y: 0}) / difference.coeff(_Y))


def answer(given: Given) -> Direct | None:
    if unexplained(given):
        return None
    if (
        given.unread
        or given.inequalities
        or _STORY.search(given.frame)
        or not _LINE_WORD.search(" ".join([given.frame, *(option.text for option in given.options)]))
    ):
        return None
    if given.qualifiers - {"positive", "negative", "not"}:
        return None
    equations = [as_plain(given, value) for value in given.equations + list(_definitions(given))]
    lines = [line for line in map(line_of, equations) if line is not None]
    if len(equations) > 1 or len(lines) != len(equations):
        return None
    if given.options and (chosen := _by_statement(given, lines)) is not None:
        return chosen
    if given.qualifiers:
        return None
    wanted = _wanted_line(given, lines)
    if wanted is None:
        return None
    slope, intercept = wanted
    return _asked(given, slope, intercept)


def _definitions(given: Given) -> list[Any]:
    return [
        sympy.Eq(_Y, body.subs(argument, _X), evaluate=False)
        for argument, body in given.definitions.values()
        if given.says(r"\b(?:line|linear|graph)\b")
    ]


def as_plain(given: Given, value: Any) -> Any:
    """`f(x) = 2x + 1` as `y = 2x + 1`."""
    if isinstance(value, sympy.Eq) and isinstance(value.lhs, sympy.core.function.AppliedUndef) and value.lhs.args == (_X,):
        return sympy.Eq(_Y, value.rhs, evaluate=False)
    return value


def _wanted_line(given: Given, lines: list[tuple[Any, Any]]) -> tuple[Any, Any | None] | None:
    """Slope and intercept (None while open) of the line that is asked about."""
    points = _points(given)
    if points is None:
        return None
    slope: Any = None
    if RELATED.search(given.frame) and relation_told(given) is None:
        return None
    if (related := relation_told(given)) is not None:
        if len(lines) != 1 or given.says(r"\bnot (?:parallel|perpendicular)"):
            return None
        other = lines[0][0]
        if related[1].lower() == "perpendicular" and other == 0:
            return None
        slope = other if related[1].lower() == "parallel" else -1 / other
    elif (told := _SLOPE.search(given.frame)) is not None and quantity(given, told[1]) is not None:
        slope = quantity(given, told[1])
        if lines:
            return None
    elif lines:
        return lines[0] if not points else None
    if (cut := _INTERCEPT.search(given.frame)) is not None and (value := quantity(given, cut[2])) is not None:
        points.append(sympy.Tuple(0, value) if given.at(cut[1]) == _Y else sympy.Tuple(value, 0))
    if slope is None and len(points) == 2 and points[0][0] != points[1][0]:
        slope = (points[1][1] - points[0][1]) / (points[1][0] - points[0][0])
    elif slope is None or len(points) > 1:
        return None
    if not slope.is_number:
        return None
    return slope, (sympy.simplify(points[0][1] - slope * points[0][0]) if points else None)


def _points(given: Given) -> list[Any] | None:
    """The points with numbers for coordinates that the line is said to pass through; None where one is said otherwise."""
    named = [given.at(index) for match in _THROUGH.finditer(given.frame) for index in re.findall(r"⟦(\d+)⟧", match[1])]
    if re.search(r"(?:through|contains) the origin", given.frame, re.IGNORECASE):
        named.append(sympy.Tuple(0, 0))
    printed = [value for value in given.values if isinstance(value, sympy.Tuple)]
    if any(not isinstance(value, sympy.Tuple) or len(value) != 2 or value.free_symbols for value in named):
        return None
    return named if all(value in named for value in printed) else None


def _asked(given: Given, slope: Any, intercept: Any) -> Direct | None:
    question = given.question
    method = "the equation of the line"
    if re.search(
        r"\b(?:equations?|functions?|lines?) (?:is|are|represents?|defines?|could|of)\b|\bequation of\b|\bwhich of the following (?:equations|lines|is an equation)\b",
        question,
        re.IGNORECASE,
    ):
        if not given.options:
            return Direct(sympy.Eq(_Y, slope * _X + intercept, evaluate=False), None, method) if intercept is not None else None
        fitting = []
        for option in given.options:
            line = line_of(as_plain(given, option.value))
            if line is None:
                return None
            if line[0] == slope and (intercept is None or line[1] == intercept):
                fitting.append(option)
        return Direct(fitting[0].value, fitting[0].letter, "comparing the lines") if len(fitting) == 1 else None
    if re.search(r"\bwhat is the slope\b|\bfind the slope\b", question, re.IGNORECASE):
        return Direct(slope, None, "the slope of the line")
    if intercept is None:
        return None
    if match := re.search(
        r"\b(?:what is|find|what are) the (?:coordinates of the )?⟦(\d+)⟧ ?-?(?:intercept|coordinate of the ⟦(\d+)⟧ ?-?intercept)",
        question,
        re.IGNORECASE,
    ):
        if given.at(match[1]) == _Y:
            return Direct(intercept, None, method)
        return (
            Direct(-intercept / slope, None, method) if given.at(match[1]) == _X and slope != 0 and match[2] in (None, match[1]) else None
        )
    if re.search(r"\bwhich (?:of the following )?(?:ordered pairs?|points?)\b", question, re.IGNORECASE) and re.search(
        r"\b(?:lies?|is|are) on\b|\bpass", question
    ):
        on = [
            option
            for option in given.options
            if isinstance(option.value, sympy.Tuple)
            and is_true(sympy.Eq(option.value[1], slope * option.value[0] + intercept, evaluate=False), {})
        ]
        return Direct(on[0].value, on[0].letter, "trying the points") if len(on) == 1 else None
    return None


_SIDES: dict[str, Callable[[Any], bool]] = {
    "positive": lambda value: bool(value > 0),
    "negative": lambda value: bool(value < 0),
    "zero": lambda value: bool(value == 0),
}
_STATEMENT = re.compile(
    r"^(?:it|the (?:line|graph)(?: of ⟦\d+⟧)?) has an? (positive|negative|zero) slope and an? (positive|negative|zero) ⟦(\d+)⟧ ?-?intercept\.?$",
    re.IGNORECASE,
)


def statement_of(text: str) -> tuple[str, str, Any] | None:
    """The signs (`positive`, `negative`, `zero`) of slope and intercept that a sentence states, and the axis of the intercept, x or y."""
    said = read(text, [])
    match = _STATEMENT.match(said.frame)
    return (match[1].lower(), match[2].lower(), said.at(match[3])) if match and said.at(match[3]) in (_X, _Y) else None


def _by_statement(given: Given, lines: list[tuple[Any, Any]]) -> Direct | None:
    """The one true statement about the signs of slope and intercept."""
    if len(lines) != 1 or lines[0][0] == 0 or RELATED.search(given.frame):
        return None
    slope, intercept = lines[0]
    fitting = []
    for option in given.options:
        said = statement_of(option.text)
        if said is None:
            return None
        cut = intercept if said[2] == _Y else -intercept / slope
        if _SIDES[said[0]](slope) and _SIDES[said[1]](cut):
            fitting.append(option)
    value = sympy.Eq(_Y, slope * _X + intercept, evaluate=False)
    return Direct(value, fitting[0].letter, "reading slope and intercept") if len(fitting) == 1 else None
