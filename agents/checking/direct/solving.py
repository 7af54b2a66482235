"""Equations solved with proof: every solution is put back, and what cannot be decided is left out. Runs inside the sandbox only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy

from agents.checking.equality import equal

MAX_SYMBOLS = 6


def symbols_of(values: Iterable[Any]) -> list[Any]:
    """The free symbols of all values, by name."""
    return sorted(set().union(*(value.free_symbols for value in values)), key=lambda symbol: symbol.name)


def real(values: Sequence[Any]) -> tuple[list[Any], dict[Any, Any]]:
    """The values over real unknowns, and the way back: school algebra is about real numbers, and SymPy solves `|x| = 3` only for a real x."""
    forth = {symbol: sympy.Dummy(symbol.name, real=True) for symbol in symbols_of(values)}
    return [value.xreplace(forth) for value in values], {dummy: symbol for symbol, dummy in forth.items()}


def is_true(condition: Any, at: Mapping[Any, Any]) -> bool | None:
    """Whether the condition holds at the point, or None where that cannot be decided."""
    if isinstance(condition, sympy.Eq):
        left, right = condition.lhs.subs(at), condition.rhs.subs(at)
        difference = left - right
        if difference.free_symbols:
            return None
        number = _number(difference)
        if number is None:
            return False if any(side.has(sympy.zoo, sympy.nan, sympy.oo) for side in (left, right)) else None
        size = max(1.0, abs(_number(left) or 0), abs(_number(right) or 0))
        return abs(number) <= 1e-9 * size
    value = condition.subs(at)
    if value in (sympy.true, sympy.false):
        return bool(value)
    if isinstance(value, sympy.core.relational.Relational) and not value.free_symbols:
        left, right = _number(value.lhs), _number(value.rhs)
        if left is None or right is None or abs(left.imag) > 1e-12 or abs(right.imag) > 1e-12 or abs(left - right) < 1e-12:
            return None
        return bool(value.func(sympy.Float(left.real), sympy.Float(right.real)) == sympy.true)
    return None


def _number(value: Any) -> complex | None:
    try:
        number = complex(sympy.N(value, 25))
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == number and abs(number) != float("inf") else None


def all_true(conditions: Iterable[Any], at: Mapping[Any, Any]) -> bool:
    """Every condition is decided and true at this point (extraneous roots fail here)."""
    return all(is_true(condition, at) is True for condition in conditions)


def points(equations: Sequence[Any], unknowns: Sequence[Any]) -> list[dict[Any, Any]] | None:
    """All real points where the equations hold, each put back; None where they are not finitely many or cannot be found."""
    (equations_, (forth_back)) = real(list(equations))
    back = forth_back
    order = [next((dummy for dummy, symbol in back.items() if symbol == unknown), None) for unknown in unknowns]
    if None in order or len(order) > MAX_SYMBOLS:
        return None
    try:
        solutions = sympy.solve(equations_, order, dict=True)
    except (NotImplementedError, ValueError, TypeError):
        return None
    found = []
    for solution in solutions:
        if set(solution) != set(order) or any(value.free_symbols for value in solution.values()):
            return None
        point = {back[dummy]: sympy.simplify(value) for dummy, value in solution.items()}
        if any(value.is_real is False for value in point.values()):
            continue
        if all_true(equations, point):
            found.append(point)
    return found


def values_of(target: Any, equations: Sequence[Any], conditions: Sequence[Any] = ()) -> list[Any]:
    """The values of `target` that the equations and side conditions allow; empty where the equations leave it open."""
    unknowns = symbols_of(equations)
    if not unknowns or len(unknowns) > MAX_SYMBOLS or not target.free_symbols <= set(unknowns):
        return []
    found = points(equations, unknowns)
    if found is not None:
        allowed = [point for point in found if not any(is_true(condition, point) is False for condition in conditions)]
        return distinct(sympy.simplify(target.subs(point)) for point in allowed)
    return _through(target, equations, conditions)


def _through(target: Any, equations: Sequence[Any], conditions: Sequence[Any]) -> list[Any]:
    """Values of an expression such as `ax + b` that the equations fix although its letters stay open."""
    closed = [condition.lhs - condition.rhs for condition in equations]
    (target_, *rest), _ = real([target, *closed])
    unknown = sympy.Dummy("t", real=True)
    values: list[Any] = []
    for system, order in ((rest, symbols_of(rest)), ([*rest, target_ - unknown], [unknown, *symbols_of([target_, *rest])])):
        try:
            solutions = sympy.solve(system, order, dict=True)
        except (NotImplementedError, ValueError, TypeError):
            continue
        values = [sympy.simplify(solution.get(unknown, unknown) if unknown in order else target_.subs(solution)) for solution in solutions]
        if values and not any(value.free_symbols or value.is_finite is False or value.has(sympy.nan) for value in values):
            break
        values = []
    return distinct(values) if not conditions or len(values) == 1 else []


def distinct(values: Iterable[Any]) -> list[Any]:
    """Without repetitions, smallest first where they are real numbers."""
    kept: list[Any] = []
    for value in values:
        if not any(equal(value, other) for other in kept):
            kept.append(value)
    return sorted(kept, key=lambda value: float(value)) if all(value.is_real and value.is_number for value in kept) else kept


def coefficients(expression: Any, variables: Sequence[Any]) -> list[Any] | None:
    """The coefficients of a polynomial in `variables`: all zero when it vanishes for all their values."""
    numerator = sympy.numer(sympy.together(expression))
    try:
        return list(sympy.Poly(sympy.expand(numerator), *variables).coeffs())
    except sympy.PolynomialError:
        return None


def count_of(equations: Sequence[Any], unknowns: Sequence[Any]) -> Any:
    """How many real solutions there are: a SymPy integer, `oo`, or None where that cannot be decided."""
    if any(equation == sympy.false for equation in equations):
        return sympy.Integer(0)
    left = [equation for equation in equations if equation != sympy.true]
    if not left:
        return sympy.oo
    closed = [sympy.expand(equation.lhs - equation.rhs) for equation in left]
    if all(part.is_polynomial(*unknowns) and sympy.total_degree(part, *unknowns) <= 1 for part in closed):
        solutions = sympy.linsolve(closed, list(unknowns))
        if solutions == sympy.S.EmptySet:
            return sympy.Integer(0)
        return sympy.oo if any(value.free_symbols for value in next(iter(solutions))) else sympy.Integer(1)
    if not set(unknowns) <= set(symbols_of(left)):
        return None
    if len(left) == len(unknowns) == 1 and closed[0].is_polynomial(unknowns[0]):
        return sympy.Integer(len(set(sympy.real_roots(sympy.Poly(closed[0], unknowns[0])))))
    found = points(left, list(unknowns))
    if found is None or not all(part.is_polynomial(*unknowns) for part in closed):
        return None
    return sympy.Integer(len(found))
