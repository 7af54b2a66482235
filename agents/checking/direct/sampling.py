"""Identities tried at pseudo-random rational points (the Schwartz-Zippel idea), with care for domains. Runs inside the sandbox only."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import sympy

from agents.checking.direct.solving import is_true, symbols_of

_WANTED, _TRIES, _PRECISION, _TOLERANCE, _FLOATING = 6, 80, 30, 1e-15, 1e-9


def sample(symbols: Sequence[Any], conditions: Sequence[Any], tries: int = _TRIES) -> Iterator[dict[Any, Any]]:
    """Rational points where every side condition holds; signs and sizes vary, and the same points come every time."""
    dice = random.Random(20260)  # noqa: S311 - fixed points, so that a verdict can be repeated
    for index in range(tries):
        reach = (3, 12, 60)[index % 3]
        low = 1 if index % 2 == 0 else -reach
        # odd denominators that rarely cancel keep sampled points off poles and off special values
        at = {symbol: sympy.Rational(dice.randint(low * 7, reach * 7), 7) + sympy.Rational(1, 11) for symbol in symbols}
        if all(is_true(condition, at) is True for condition in conditions if condition.free_symbols <= set(symbols)):
            yield at


def identical(left: Any, right: Any, conditions: Sequence[Any] = ()) -> bool | None:
    """Whether both are equal at every sampled point of the common domain; None where too few points could be tried.

    A point where just one side is real and finite decides nothing (cancelled fractions and roots have other domains); where both are and differ, it decides.
    """
    symbols = symbols_of([left, right])
    if len(symbols) > 8:
        return None
    tolerance = _FLOATING if left.has(sympy.Float) or right.has(sympy.Float) else _TOLERANCE
    agreed = 0
    for at in sample(symbols, conditions) if symbols else iter([{}]):
        first, second = _value(left, at), _value(right, at)
        if first is None or second is None or (symbols and (first.is_real is False) != (second.is_real is False)):
            continue
        if abs(first - second) > tolerance * max(1.0, abs(first), abs(second)):
            return False
        agreed += 1
        if agreed >= (_WANTED if symbols else 1):
            return True
    return None


def always(condition: Any, assuming: Sequence[Any]) -> bool | None:
    """Whether a relation holds at all sampled points where `assuming` holds: False is certain, True is likely, None is too few points."""
    symbols = symbols_of([condition, *assuming])
    held = 0
    for at in sample(symbols, assuming, 400):
        verdict = is_true(condition, at)
        if verdict is None:
            return None
        if not verdict:
            return False
        held += 1
    return True if held >= 15 else None


def _value(expression: Any, at: dict[Any, Any]) -> Any:
    value = sympy.N(expression.subs(at), _PRECISION)
    if not value.is_number or value.has(sympy.zoo, sympy.nan, sympy.oo):
        return None
    return value
