"""When two values are the same answer. Runs inside the sandbox only (SymPy may hang on what a stranger wrote).

Expressions are compared by exact simplification where that is cheap and by evaluation at fixed pseudo-random points otherwise (the
Schwartz-Zippel idea: two different polynomials agree at random points with vanishing probability).
"""

from __future__ import annotations

import random
from itertools import permutations
from typing import Any

import sympy
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

_TOLERANCE = 1e-9
_EXACT = 1e-13
_POINTS = 12


def plain(value: Any) -> Any:
    """The value with every symbol stripped of its assumptions, so that x (real) equals x."""
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    symbols = {symbol: sympy.Symbol(symbol.name) for symbol in getattr(value, "free_symbols", ()) if isinstance(symbol, sympy.Symbol)}
    return value.xreplace(symbols) if symbols else value


def _number(value: Any) -> complex | None:
    try:
        return complex(sympy.N(value, 20))
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def _close(left: complex, right: complex, tolerance: float) -> bool:
    return abs(left - right) <= tolerance * max(1.0, abs(left), abs(right))


def _exactly_zero(value: Any) -> bool:
    """Whether an exact number is zero: far closer than two answers that people write can be."""
    number = sympy.N(value, 40)
    return bool(number.is_number and not number.has(sympy.nan, sympy.zoo, sympy.oo) and abs(number) < sympy.Float("1e-30"))


def _expressions_equal(left: Any, right: Any) -> bool:
    if left == right:
        return True
    symbols = sorted((left.free_symbols | right.free_symbols), key=lambda symbol: symbol.name)
    # only decimals computed in floating point are compared with a tolerance: 0.3333333333 is not one third
    floating = left.has(sympy.Float) or right.has(sympy.Float)
    if not symbols:
        a, b = _number(left), _number(right)
        if a is None or b is None or not _close(a, b, _TOLERANCE):
            return False
        return floating or _exactly_zero(left - right)
    if len(symbols) > 8:
        return False
    dice = random.Random(20260)  # noqa: S311 - fixed points, so that a verdict can be repeated
    compared = 0
    for index in range(_POINTS):
        low = 0.3 if index < _POINTS // 2 else -3.0
        at = {symbol: sympy.Float(dice.uniform(low, 3.0), 25) for symbol in symbols}
        a, b = _number(left.subs(at)), _number(right.subs(at))
        if a is None or b is None or a != a or b != b or abs(a.imag) > _TOLERANCE or abs(b.imag) > _TOLERANCE:
            continue
        if not _close(a, b, _TOLERANCE if floating else _EXACT):
            return False
        compared += 1
    return compared >= 4


def _equations_equal(left: sympy.Eq, right: sympy.Eq) -> bool:
    """Two equations are the same line or curve when one difference is a constant multiple of the other."""
    first, second = sympy.expand(left.lhs - left.rhs), sympy.expand(right.lhs - right.rhs)
    if first.is_zero or second.is_zero:
        return bool(first.is_zero and second.is_zero)
    if first.free_symbols != second.free_symbols:
        return False
    ratio = sympy.cancel(first / second)
    return bool(ratio.is_number and not ratio.is_zero)


def _relations_equal(left: Any, right: Any) -> bool:
    if isinstance(left, sympy.Eq) and isinstance(right, sympy.Eq):
        return _equations_equal(left, right)
    if isinstance(left, Relational) and isinstance(right, Relational):
        if left == right or left == right.reversed:
            return True
        symbols = left.free_symbols | right.free_symbols
        if len(symbols) == 1 and left.free_symbols == right.free_symbols:
            return bool(left.as_set() == right.as_set())
        if isinstance(left, (sympy.Eq, sympy.Ne)) or isinstance(right, (sympy.Eq, sympy.Ne)):
            return False
        ours, theirs = left.gts - left.lts, right.gts - right.lts
        strict = (
            isinstance(left, (sympy.StrictGreaterThan, sympy.StrictLessThan)),
            isinstance(right, (sympy.StrictGreaterThan, sympy.StrictLessThan)),
        )
        ratio = sympy.cancel(sympy.expand(ours) / sympy.expand(theirs)) if not sympy.expand(theirs).is_zero else sympy.nan
        return strict[0] == strict[1] and bool(ratio.is_number and ratio.is_positive)
    symbols = left.free_symbols | right.free_symbols
    return len(symbols) == 1 and bool(left.as_set() == right.as_set())


def _items(value: Any) -> list[Any] | None:
    if isinstance(value, (tuple, sympy.Tuple, sympy.FiniteSet)):
        return list(value)
    return None


def _coordinates(value: Any, beside: Any) -> Any:
    """`x = 3 and y = -1` beside a point: the point with its coordinates in the order of their names."""
    if (
        isinstance(value, tuple)
        and isinstance(beside, sympy.Tuple)
        and all(isinstance(item, sympy.Eq) and item.lhs.is_Symbol for item in value)
    ):
        return sympy.Tuple(*(item.rhs for item in sorted(value, key=lambda item: str(item.lhs))))
    return value


def equal(left: Any, right: Any) -> bool:
    """Whether both are the same answer. Points are ordered, sets are not; an equation `x = 3` equals the value 3; systems equal in any order."""
    left, right = plain(left), plain(right)
    left, right = _coordinates(left, right), _coordinates(right, left)
    ours, theirs = _items(left), _items(right)
    if ours is not None and theirs is not None:
        if len(ours) != len(theirs):
            return False
        ordered = all(isinstance(value, sympy.Tuple) for value in (left, right))
        if ordered:
            return all(equal(a, b) for a, b in zip(ours, theirs, strict=True))
        return len(ours) <= 5 and any(all(equal(a, b) for a, b in zip(ours, order, strict=True)) for order in permutations(theirs))
    if isinstance(left, sympy.Tuple) != isinstance(right, sympy.Tuple):
        pair, other = (left, right) if isinstance(left, sympy.Tuple) else (right, left)
        if len(pair) == 2 and isinstance(other, (Relational, BooleanFunction, sympy.Interval)) and not isinstance(other, sympy.Eq):
            # beside an inequality or interval, `(2, 5)` is the open interval
            return bool(pair[0].is_real and pair[1].is_real) and equal(sympy.Interval.open(*pair), other)
    if ours is not None or theirs is not None:
        single, other = (ours, right) if ours is not None else (theirs, left)
        return single is not None and len(single) == 1 and equal(single[0], other)
    relations = [isinstance(value, sympy.logic.boolalg.Boolean) for value in (left, right)]
    if all(relations):
        return _relations_equal(left, right)
    if any(relations):
        relation, value = (left, right) if relations[0] else (right, left)
        if isinstance(relation, sympy.Eq) and _is_name(relation.lhs) and isinstance(value, sympy.Expr):
            return equal(relation.rhs, value)
        if isinstance(value, sympy.Set) and len(relation.free_symbols) == 1:
            return bool(relation.as_set() == value)
        return False
    if isinstance(left, sympy.Set) and isinstance(right, sympy.Set):
        return bool(left == right) or sympy.simplify(left) == sympy.simplify(right)
    if isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
        return _expressions_equal(left, right)
    return bool(left == right)


def _is_name(value: Any) -> bool:
    """`x`, or `f(x)`: the left side of a definition."""
    return bool(value.is_Symbol) or (isinstance(value, sympy.core.function.AppliedUndef) and all(arg.is_Symbol for arg in value.args))
