"""Systems of linear inequalities in x and y: which values one coordinate takes over the whole region. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given, is_condition

_X, _Y = sympy.symbols("x y")
_ASKED = re.compile(
    r"\b(?:the |all )?(?:possible )?(?:⟦(\d+)⟧ ?-?coordinates of|values of ⟦(\d+)⟧ (?:for|at|of)) (?:all )?(?:of )?(?:the )?(?:points|ordered pairs|solutions)\b([^?]*)",
    re.IGNORECASE,
)
_PLAIN = frozenset(
    [
        "that",
        "which",
        "satisfy",
        "satisfies",
        "the",
        "system",
        "of",
        "linear",
        "inequalities",
        "inequality",
        "above",
        "below",
        "given",
        "both",
        "all",
        "in",
        "to",
        "and",
        "are",
        "is",
        "solutions",
    ]
)

Bound = tuple[Any, bool]
"""An expression that a coordinate lies beyond, and whether it may be reached."""


def answer(given: Given) -> Direct | None:
    asked = _ASKED.search(given.question)
    if asked is None or given.unread or given.equations or given.facts or given.definitions or given.qualifiers or unexplained(given):
        return None
    if set(re.findall(r"[a-z]+", asked[3].lower())) - _PLAIN:
        return None  # a quadrant, an axis, a corner: only some of the points
    symbol = given.at(asked[1] or asked[2])
    relations = [
        part for condition in given.inequalities for part in (condition.args if isinstance(condition, sympy.And) else (condition,))
    ]
    if symbol not in (_X, _Y) or len(relations) < 2:
        return None
    values = projection(relations, symbol)
    if values is None or values in (sympy.S.EmptySet, sympy.S.Reals):
        return None
    fitting = [option for option in given.options if is_condition(option.value) and _set_of(option.value, symbol) == values]
    if given.options:
        return Direct(fitting[0].value, fitting[0].letter, "drawing the region") if len(fitting) == 1 else None
    return Direct(values.as_relational(symbol), None, "drawing the region")


def projection(relations: list[Any], symbol: Any) -> Any | None:
    """The interval of all values of `symbol` (x or y) for which some value of the other meets every linear inequality.

    The other letter is eliminated as Fourier and Motzkin did: every lower bound lies below every upper one. None where something is not linear.
    """
    other = _Y if symbol == _X else _X
    lower: list[Bound] = []
    upper: list[Bound] = []
    alone: list[tuple[Any, bool]] = []  # (e, strict) for e <= 0 or e < 0 in `symbol` only
    for relation in relations:
        if not isinstance(relation, (sympy.Lt, sympy.Le, sympy.Gt, sympy.Ge)):
            return None
        strict = isinstance(relation, (sympy.Lt, sympy.Gt))
        below = sympy.expand(relation.lts - relation.gts)
        if below.free_symbols - {_X, _Y} or not below.is_polynomial(_X, _Y) or sympy.total_degree(below, _X, _Y) != 1:
            return None
        factor = below.coeff(other)
        if factor == 0:
            alone.append((below, strict))
        else:
            bound = sympy.expand(-(below - factor * other) / factor)
            (upper if factor > 0 else lower).append((bound, strict))
    alone += [(sympy.expand(low - high), loose or tight) for low, loose in lower for high, tight in upper]
    values: Any = sympy.S.Reals
    for expression, strict in alone:
        if not expression.has(symbol):
            if expression > 0 or (strict and expression == 0):
                return sympy.S.EmptySet
            continue
        relation = sympy.Lt(expression, 0) if strict else sympy.Le(expression, 0)
        values = values.intersect(relation.as_set())
    return values


def _set_of(condition: Any, symbol: Any) -> Any | None:
    if condition.free_symbols != {symbol}:
        return None
    try:
        return condition.as_set()
    except (NotImplementedError, ValueError, TypeError):
        return None
