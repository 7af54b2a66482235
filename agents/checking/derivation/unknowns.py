"""Steps that find the unknown of one equation, or both of two. Runs inside the sandbox only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from agents.checking.derivation.printing import equation_of, shifted, tex
from agents.checking.direct.solving import is_true


def single(equation: Any, unknown: Any, steps: list[str]) -> list[Any]:
    """The solutions of one equation in one unknown, linear or quadratic once fractions and a square root are gone."""
    left, right = equation.lhs, equation.rhs
    squared = _squared(left, right, unknown, steps)
    if squared is not None:
        left, right = squared
    bottom = sympy.lcm(*(sympy.fraction(sympy.together(side))[1] for side in (left, right)))
    if bottom.has(unknown) or (bottom != 1 and any(side.has(unknown) and len(sympy.Add.make_args(side)) > 1 for side in (left, right))):
        left, right = (sympy.cancel(side * bottom) for side in (left, right))
        steps.append(f"Multiply both sides by ${tex(bottom)}$: {equation_of(left, right)}.")
    opened = sympy.expand(left), sympy.expand(right)
    if opened != (left, right):
        left, right = opened
        steps.append(f"Multiply out and collect terms on each side: {equation_of(left, right)}.")
    if not (left - right).is_polynomial(unknown):
        return []
    degree = sympy.degree(sympy.expand(left - right), unknown) if (left - right).has(unknown) else 0
    if degree == 1:
        values = _linear(left, right, unknown, steps)
        return values if squared is None else _holding(values, equation, unknown, steps)
    return _quadratic(sympy.expand(left - right), right, unknown, steps, equation) if degree == 2 else []


def _squared(left: Any, right: Any, unknown: Any, steps: list[str]) -> tuple[Any, Any] | None:
    """Both sides without the one square root that holds the unknown; None where there is none, or where there are more."""
    roots = [root for side in (left, right) for root in side.atoms(sympy.Pow) if root.exp == sympy.Rational(1, 2) and root.has(unknown)]
    if len(roots) != 1:
        return None
    (root,) = roots
    if right.has(root):
        left, right = right, left
        steps.append(f"Swap the two sides: {equation_of(left, right)}.")
    rest = sympy.Add(*[term for term in sympy.Add.make_args(left) if not term.has(root)])
    if rest != 0:
        left, right = left - rest, right - rest
        steps.append(f"{shifted(-rest)}: {equation_of(left, right)}.")
    if not (left / root).is_number:
        return None
    left, right = left**2, right**2
    steps.append(f"Square both sides: {equation_of(left, right)}.")
    return left, right


def _linear(left: Any, right: Any, unknown: Any, steps: list[str]) -> list[Any]:
    if left.coeff(unknown, 1) < right.coeff(unknown, 1):
        left, right = right, left  # so that the unknown keeps a positive number
        steps.append(f"Swap the two sides: {equation_of(left, right)}.")
    if right.has(unknown):
        term = right.coeff(unknown, 1) * unknown
        left, right = sympy.expand(left - term), sympy.expand(right - term)
        steps.append(f"{shifted(-term)}: {equation_of(left, right)}.")
    rest = left.subs(unknown, 0)
    if rest != 0:
        left, right = left - rest, right - rest
        steps.append(f"{shifted(-rest)}: {equation_of(left, right)}.")
    factor = left.coeff(unknown, 1)
    if factor != 1:
        right = right / factor
        whole = sympy.fraction(factor)[1] == 1
        move = f"Divide both sides by ${tex(factor)}$" if whole else f"Multiply both sides by ${tex(1 / factor)}$"
        steps.append(f"{move}: {equation_of(unknown, right)}.")
    return [right]


def _quadratic(whole: Any, right: Any, unknown: Any, steps: list[str], equation: Any) -> list[Any]:
    if right != 0:
        steps.append(f"Bring everything to one side: {equation_of(whole, sympy.Integer(0))}.")
    factored = sympy.factor(whole)
    roots = sorted(sympy.roots(sympy.Poly(whole, unknown)), key=sympy.default_sort_key)
    if any(not root.is_real for root in roots) or not roots:
        return []
    told = " or ".join(equation_of(unknown, root) for root in roots)
    if all(root.is_rational for root in roots):
        if factored != whole:
            steps.append(f"Factor: {equation_of(factored, sympy.Integer(0))}.")
        steps.append(f"Set each factor to zero: {told}.")
    else:
        steps.append(f"Use the quadratic formula: {told}.")
    return _holding(roots, equation, unknown, steps)


def _holding(roots: list[Any], equation: Any, unknown: Any, steps: list[str]) -> list[Any]:
    """The roots that solve the equation as it was printed: squaring, and multiplying by what may be zero, can bring in others."""
    holding = [root for root in roots if is_true(equation, {unknown: root})]
    if holding and len(holding) < len(roots):
        steps.append(f"Put back into the equation, only {' or '.join(equation_of(unknown, root) for root in holding)} holds.")
    return holding


def eliminated(first: Any, second: Any, one: Any, other: Any, steps: list[str]) -> list[dict[Any, Any]]:
    """The points where both equations hold: one says what an unknown is, or one drops out when they are added (both linear)."""
    for known, equation in ((first, second), (second, first)):
        if known.lhs in (one, other) and not known.rhs.has(known.lhs):
            return _substituted(known, equation, one if known.lhs == other else other, steps)
    rows: list[tuple[Any, Any, Any]] = []
    for equation in (first, second):
        whole = sympy.expand(equation.lhs - equation.rhs)
        if not whole.is_polynomial(one, other) or sympy.Poly(whole, one, other).total_degree() != 1:
            return []
        scale = sympy.lcm([sympy.fraction(sympy.together(term))[1] for term in sympy.Add.make_args(whole)])
        whole = sympy.expand(whole * scale)
        rows.append((whole.coeff(one, 1), whole.coeff(other, 1), -whole.subs({one: 0, other: 0})))
    (a, b, c), (d, e, f) = rows
    if a * e - b * d == 0 or any(value.free_symbols for row in rows for value in row):
        return []
    tidy = [_row(row, one, other) for row in rows]
    if tidy != [equation_of(item.lhs, item.rhs) for item in (first, second)]:
        steps.append(f"Write both with the unknowns on the left: {tidy[0]} and {tidy[1]}.")
    if 0 in (a, b, d, e):
        solved = sympy.solve([a * one + b * other - c, d * one + e * other - f], [one, other])
        steps.append(
            f"One of them holds a single unknown; put its value into the other: {' and '.join(equation_of(k, v) for k, v in solved.items())}."
        )
        return [dict(solved)]
    # the unknown whose coefficients are easier to make opposite
    drop_other = abs(sympy.lcm(b, e)) <= abs(sympy.lcm(a, d))
    p, q = (b, e) if drop_other else (a, d)
    common = abs(sympy.lcm(p, q))
    k, m = common / abs(p), common / abs(q) * (-1 if (p > 0) == (q > 0) else 1)
    if k != 1 or m != 1:
        scaled = [_row(tuple(value * factor for value in row), one, other) for row, factor in zip(rows, (k, m), strict=True)]
        parts = [f"the {name} by ${tex(factor)}$" for name, factor in (("first", k), ("second", m)) if factor != 1]
        steps.append(
            f"Multiply {' and '.join(parts)}, so that ${tex(other if drop_other else one)}$ drops out of the sum: {scaled[0]} and {scaled[1]}."
        )
    kept, gone = (one, other) if drop_other else (other, one)
    factor, total = (k * a + m * d if drop_other else k * b + m * e), k * c + m * f
    steps.append(f"Add them: {equation_of(factor * kept, total)}.")
    value = total / factor
    if factor != 1:
        steps.append(f"Divide both sides by ${tex(factor)}$: {equation_of(kept, value)}.")
    x, y, z = rows[0]
    rest = (z - (x if drop_other else y) * value) / (y if drop_other else x)
    steps.append(f"Put this value back into {tidy[0]}: {equation_of(gone, rest)}.")
    return [{kept: value, gone: rest}]


def _substituted(known: Any, equation: Any, unknown: Any, steps: list[str]) -> list[dict[Any, Any]]:
    """One equation says what an unknown is: it is put into the other."""
    letter = known.lhs
    put = sympy.Eq(equation.lhs.subs(letter, known.rhs), equation.rhs.subs(letter, known.rhs), evaluate=False)
    steps.append(
        f"Replace ${tex(letter)}$ by ${tex(known.rhs)}$ in {equation_of(equation.lhs, equation.rhs)}: {equation_of(put.lhs, put.rhs)}."
    )
    values = single(put, unknown, steps)
    found = [known.rhs.subs(unknown, value) for value in values]
    if len(values) == 1:
        steps.append(f"Put this value back into {equation_of(letter, known.rhs)}: {equation_of(letter, found[0])}.")
    elif values:
        told = " and ".join(
            f"{equation_of(letter, other)} for {equation_of(unknown, value)}" for value, other in zip(values, found, strict=True)
        )
        steps.append(f"Put these values back into {equation_of(letter, known.rhs)}: {told}.")
    return [{unknown: value, letter: other} for value, other in zip(values, found, strict=True)]


def _row(row: Sequence[Any], one: Any, other: Any) -> str:
    return equation_of(row[0] * one + row[1] * other, row[2])
