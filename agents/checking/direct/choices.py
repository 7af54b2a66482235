"""Options that are formulas, tried on the data of the problem as students do: points of a table, points of a graph, conditions that must hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import quantity, roman_choice, unexplained
from agents.checking.direct.reading import Direct, Given, Option, is_condition
from agents.checking.direct.sampling import always, identical
from agents.checking.direct.solving import is_true
from agents.checking.direct.tables import columns

_DEFINES = re.compile(
    r"\bwhich of the following\b[^?]*\b(?:defines?|represents?|relates?|models?|describes?|equations? (?:is|could)|functions? (?:is|could)|could (?:be|define)|gives|shows)\b|\bwhich (?:equation|function|expression)\b",
    re.IGNORECASE,
)
_THROUGH = re.compile(
    r"\b(?:pass(?:es|ing)? through|contains?|containing)(?: the)? (?:points? )?((?:⟦\d+⟧(?:, and |, | and )?)+)", re.IGNORECASE
)
_INTERCEPT = re.compile(r"⟦(\d+)⟧ ?-?intercept (?:of|is|at|equal to) (?:the point )?(⟦\d+⟧|-?\d+(?:\.\d+)?)", re.IGNORECASE)
_RELATED = re.compile(r"\b(?:parallel|perpendicular|tangent|inverse|result(?:ing|s)?|new|slope|midpoint|bisect\w*)\b", re.IGNORECASE)
_MUST = re.compile(r"\bmust be true\b|\bmust be (?:a true|correct)\b", re.IGNORECASE)
_IS_SOLUTION = re.compile(r"⟦(\d+)⟧ is a solution (?:of|to)\b", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    if given.unread or not given.options:
        return None
    if _MUST.search(given.question):
        return _must(given)
    if given.says(_ROMAN_ASK) and len(given.conditions) == 1:
        return _numbered_points(given)
    if _DEFINES.search(given.question) and not given.qualifiers - {"real"} and not given.equations and not given.inequalities:
        return _through_data(given)
    return None


_ROMAN_ASK = r"\bwhich of the following ordered pairs\b[^?]*\bsatisf"


def must_asked(given: Given) -> tuple[dict[Any, Any], list[Any], Callable[[Any], Any]] | None:
    """What must hold of the options: the named solution's coordinates, the conditions with these put in, and how an option becomes a relation that
    is to hold wherever they do (a bare letter that is given as an expression is replaced by it). None where nothing of the kind is asked."""
    if not _MUST.search(given.question) or given.unread or not all(is_condition(option.value) for option in given.options):
        return None
    found = _conditions(given)
    if found is None or sympy.false in found[1]:
        return None
    at, conditions = found
    if any(isinstance(condition, sympy.Eq) for condition in conditions):
        known = _letter_and_body(conditions)
        if known is None:
            return None
        letter, body = known
        return at, [], lambda relation: relation.func(relation.lhs.subs(letter, body), relation.rhs.subs(letter, body), evaluate=False)
    return at, [condition for condition in conditions if condition != sympy.true], lambda relation: relation


def _conditions(given: Given) -> tuple[dict[Any, Any], list[Any]] | None:
    if given.definitions or given.facts or given.qualifiers - {"real", "between"} or not given.conditions:
        return None
    at: dict[Any, Any] = {}
    if (named := _IS_SOLUTION.search(given.frame)) is not None:
        point = given.at(named[1])
        if not isinstance(point, sympy.Tuple) or len(point) != 2 or point.free_symbols:
            return None
        at = dict(zip(sympy.symbols("x y"), point, strict=True))
    return at, [condition.subs(at) for condition in given.conditions]


def _must(given: Given) -> Direct | None:
    """The one option that holds at every sampled point where the problem's conditions do, the named solution put in first."""
    found = _conditions(given)
    if found is None:
        return None
    conditions = found[1]
    if any(isinstance(condition, sympy.Eq) for condition in conditions):
        return _must_given_value(given, conditions)
    if sympy.false in conditions:
        return None
    conditions = [condition for condition in conditions if condition != sympy.true]
    fitting: list[Option] = []
    for option in given.options:
        if not is_condition(option.value):
            return None
        verdict = always(option.value, conditions)
        if verdict is None:
            return None
        if verdict:
            fitting.append(option)
    return Direct(fitting[0].value, fitting[0].letter, "trying sample values") if len(fitting) == 1 else None


def _must_given_value(given: Given, conditions: list[Any]) -> Direct | None:
    """From `expression = a` with a bare letter on one side: the one option that is an identity once the letter is put in."""
    known = _letter_and_body(conditions)
    if known is None:
        return None
    letter, body = known
    fitting: list[Option] = []
    for option in given.options:
        if not isinstance(option.value, sympy.Eq):
            return None
        verdict = always(sympy.Eq(option.value.lhs.subs(letter, body), option.value.rhs.subs(letter, body), evaluate=False), [])
        if verdict is None:
            return None
        if verdict:
            fitting.append(option)
    return Direct(fitting[0].value, fitting[0].letter, "trying sample values") if len(fitting) == 1 else None


def _letter_and_body(conditions: list[Any]) -> tuple[Any, Any] | None:
    """The bare letter of the one equation, and the expression that it stands for."""
    if len(conditions) != 1:
        return None
    equation = conditions[0]
    return next(
        (
            (one, other)
            for one, other in ((equation.rhs, equation.lhs), (equation.lhs, equation.rhs))
            if one.is_Symbol and one not in other.free_symbols
        ),
        None,
    )


def _numbered_points(given: Given) -> Direct | None:
    condition = given.conditions[0]
    unknowns = sympy.symbols("x y")
    if condition.free_symbols != set(unknowns):
        return None

    def _holds(value: Any) -> bool | None:
        return is_true(condition, dict(zip(unknowns, value, strict=True))) if isinstance(value, sympy.Tuple) and len(value) == 2 else None

    return roman_choice(given, _holds)


def data_of(given: Given) -> list[tuple[Any, Any, Any]] | None:
    """Printed points as (head, x, y): rows of a table, points that the graph is said to pass through, intercepts; None where some cannot be placed."""
    # `y = h(x)` only names the graph
    if given.definitions or _RELATED.search(given.frame) or unexplained(given):
        return None  # the points may be another graph's
    facts = [fact for fact in given.facts if not (fact.lhs.is_Symbol and isinstance(fact.rhs, AppliedUndef))]
    if given.qualifiers - {"real"} or given.equations or given.inequalities or facts or not _DEFINES.search(given.question):
        return None
    data = [(head, x, y) for head, rows in columns(given) for x, y in rows]
    if given.tables and not data:
        return None
    named = [given.at(index) for match in _THROUGH.finditer(given.frame) for index in re.findall(r"⟦(\d+)⟧", match[1])]
    data += [
        (sympy.Symbol("y"), *point) for point in named if isinstance(point, sympy.Tuple) and len(point) == 2 and not point.free_symbols
    ]
    data += _intercepts(given)
    if not data or any(isinstance(value, sympy.Tuple) and value not in named for value in given.values):
        return None
    return data


def _intercepts(given: Given) -> list[tuple[Any, Any, Any]]:
    """`a y-intercept of 5` as the point (0, 5)."""
    height = sympy.Symbol("y")
    found = []
    for axis, text in _INTERCEPT.findall(given.frame):
        value = quantity(given, text)
        if value is not None and given.at(axis) == height:
            found.append((height, sympy.Integer(0), value))
        elif value is not None and given.at(axis) == sympy.Symbol("x"):
            found.append((height, value, sympy.Integer(0)))
    return found


def _through_data(given: Given) -> Direct | None:
    """The one option that gives every printed point."""
    data = data_of(given)
    if data is None:
        return None
    fitting: list[Option] = []
    for option in given.options:
        verdicts = [gives(option.value, head, x, y) for head, x, y in data]
        if None in verdicts:
            return None
        if all(verdicts):
            fitting.append(option)
    return Direct(fitting[0].value, fitting[0].letter, "trying the options on the data") if len(fitting) == 1 else None


def gives(value: Any, head: Any, x: Any, y: Any) -> bool | None:
    """Whether the option's formula gives y at x."""
    if not isinstance(value, sympy.Eq):
        return None
    letters = sorted(value.rhs.free_symbols, key=str)
    if isinstance(value.lhs, AppliedUndef) and value.lhs.args[0].is_Symbol and head == sympy.Symbol("y"):
        # the height may be a constant of the problem
        return identical(value.rhs.subs(value.lhs.args[0], x), y)
    if value.lhs == head and len(letters) == 1:
        return is_true(sympy.Eq(value.rhs.subs(letters[0], x), y, evaluate=False), {})
    if head.is_Symbol and value.free_symbols == {sympy.Symbol("x"), head}:
        return is_true(value, {sympy.Symbol("x"): x, head: y})
    return None
