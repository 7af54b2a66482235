"""Whether another problem's answer is as good a one as the original's: of the same kind, as simple, not the same. Runs inside the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.equality import equal

_LARGEST = 20
"""How many times larger than the original's a new answer may be."""


def alike(original: Any, other: Any) -> bool:
    """Same type, sign and kind of number (a whole number stays one), similar size, and another value."""
    return _same_kind(original, other) and not equal(original, other)


def _same_kind(original: Any, other: Any) -> bool:
    if isinstance(original, (sympy.Tuple, sympy.FiniteSet, tuple)):
        if not isinstance(other, type(original)) or len(original) != len(other):
            return False
        pairs = zip(_ordered(original), _ordered(other), strict=True)
        return all(_same_kind(a, b) for a, b in pairs)
    if isinstance(original, sympy.Eq):
        return isinstance(other, sympy.Eq) and equal(original.lhs, other.lhs) and _same_kind(original.rhs, other.rhs)
    if not isinstance(original, sympy.Expr) or not isinstance(other, sympy.Expr):
        return type(original) is type(other) and original.free_symbols == other.free_symbols
    if original.is_number != other.is_number:
        return False
    return _similar_numbers(original, other) if original.is_number else _similar_expressions(original, other)


def _ordered(value: Any) -> list[Any]:
    return sorted(value, key=sympy.default_sort_key) if isinstance(value, sympy.FiniteSet) else list(value)


def _similar_numbers(original: Any, other: Any) -> bool:
    if not (original.is_real and other.is_real and other.is_finite):
        return False
    if isinstance(original, sympy.Float) or isinstance(other, sympy.Float):
        original, other = (sympy.nsimplify(value, rational=True) for value in (original, other))
    size, new = abs(float(original)), abs(float(other))
    if (original > 0) != (other > 0) or (other.is_zero and not original.is_zero) or new > _LARGEST * max(size, 1.0):
        return False
    if original.is_Integer:
        return bool(other.is_Integer)
    if original.is_Rational:
        return bool(other.is_Rational and not other.is_Integer and other.q <= max(12, 2 * original.q))
    return bool(not other.is_Rational and other.count_ops() <= original.count_ops() + 2)


def _similar_expressions(original: Any, other: Any) -> bool:
    if original.free_symbols != other.free_symbols or other.count_ops() > original.count_ops() + 4:
        return False
    fractions = [any(not number.is_Integer for number in value.atoms(sympy.Rational)) for value in (original, other)]
    return fractions[0] or not fractions[1]
