"""Which well-known slip turns one equation or expression into another: the slip is made on purpose and the outcome compared. Inside the sandbox only.

The slips are those that studies of school algebra find again and again (Sleeman, "An attempt to understand students' understanding of basic
algebra", Cognitive Science 8, 1984): a term moved without its sign, a factor given to one term only, one side left undivided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sympy

from agents.checking.equality import equal

Kind = Literal[
    "sign", "distribution", "minus_bracket", "one_side", "inverse", "square", "arithmetic", "flip", "lost_root", "relation", "unknown"
]


@dataclass(frozen=True, slots=True)
class Slip:
    """`at` is the term or factor that the slip concerns, as LaTeX; empty where it is not known."""

    kind: Kind
    at: str = ""


def slip_between(before: Any, after: Any) -> Slip:
    """The slip that leads from `before` to `after` (both equations or both expressions), `unknown` where none of the known ones does."""
    if isinstance(before, sympy.Eq) and isinstance(after, sympy.Eq):
        for slip, left, right in _equation_slips(before):
            if _same(left - right, after.lhs - after.rhs):
                return slip
        if _only_numbers_differ(before, after):
            return Slip("arithmetic")
        return Slip("unknown")
    if isinstance(before, sympy.Expr) and isinstance(after, sympy.Expr):
        for slip, wrong in _expression_slips(before):
            if equal(wrong, after):
                return slip
    return Slip("unknown")


def _same(first: Any, second: Any) -> bool:
    """Whether two differences vanish together: one is a constant multiple of the other."""
    first, second = sympy.expand(first), sympy.expand(second)
    if first.is_zero or second.is_zero or first.free_symbols != second.free_symbols:
        return False
    ratio = sympy.cancel(first / second)
    return bool(ratio.is_number and not ratio.is_zero)


def _terms(side: Any) -> list[Any]:
    return [term for term in sympy.Add.make_args(sympy.expand(side)) if term != 0]


def _equation_slips(equation: sympy.Eq) -> Iterator[tuple[Slip, Any, Any]]:
    left, right = equation.lhs, equation.rhs
    sides = ((left, right), (right, left))
    for side, other in sides:
        for slip, wrong in _bracket_slips(side):
            yield slip, wrong, other
    for side, other in sides:
        for term in _terms(side):
            # moved across without changing its sign
            yield Slip("sign", sympy.latex(term)), sympy.expand(side) - term, sympy.expand(other) + term
        for slip, wrong in _sign_slips(side):
            yield slip, wrong, other
        yield from _division_slips(side, other)


def _division_slips(side: Any, other: Any) -> Iterator[tuple[Slip, Any, Any]]:
    for term in _terms(side):
        factor, rest = term.as_coeff_Mul()
        if factor in (1, -1, 0) or not rest.free_symbols:
            continue
        at = sympy.latex(factor)
        whole = sympy.expand(side)
        if whole == term:
            yield Slip("one_side", at), rest, other
            yield Slip("inverse", at), rest, other - factor
            yield Slip("inverse", at), rest, other + factor
            yield Slip("inverse", at), rest, other * factor
            yield Slip("sign", at), rest, -other / factor
        else:
            yield Slip("one_side", at), whole - term + rest, other / factor
            yield Slip("one_side", at), whole / factor, other


def _expression_slips(expression: Any) -> Iterator[tuple[Slip, Any]]:
    yield from _bracket_slips(expression)
    yield from _sign_slips(expression)


def _bracket_slips(expression: Any) -> Iterator[tuple[Slip, Any]]:
    for node in sympy.preorder_traversal(expression):
        if isinstance(node, sympy.Mul):
            for wrong_slip, wrong in _products(node):
                yield wrong_slip, expression.xreplace({node: wrong})
        if isinstance(node, sympy.Pow) and isinstance(node.base, sympy.Add) and node.exp == 2:
            yield Slip("square", sympy.latex(node)), expression.xreplace({node: sympy.Add(*(term**2 for term in node.base.args))})


def _sign_slips(expression: Any) -> Iterator[tuple[Slip, Any]]:
    terms = _terms(expression)
    for term in terms:
        if len(terms) > 1:
            yield Slip("sign", sympy.latex(term)), sympy.expand(expression) - 2 * term


def _products(node: Any) -> Iterator[tuple[Slip, Any]]:
    sums = [factor for factor in node.args if isinstance(factor, sympy.Add)]
    for bracket in sums:
        factor = sympy.Mul(*(other for other in node.args if other is not bracket))
        if factor == 1:
            continue
        kind: Kind = "minus_bracket" if factor == -1 else "distribution"
        terms = _ordered(bracket)
        for kept in range(len(terms)):
            # the factor reaches one term only
            yield Slip(kind, sympy.latex(node)), sympy.Add(*(factor * term if place == kept else term for place, term in enumerate(terms)))
        if factor.is_number and factor.is_negative and factor != -1:
            for kept in range(len(terms)):
                yield (
                    Slip("minus_bracket", sympy.latex(node)),
                    sympy.Add(*(factor * term if place == kept else -factor * term for place, term in enumerate(terms))),
                )


def _ordered(bracket: Any) -> list[Any]:
    return sorted(bracket.args, key=lambda term: term.is_number)


def _only_numbers_differ(before: sympy.Eq, after: sympy.Eq) -> bool:
    """Same unknown, linear, and the step is down to `k x = n` or further: one of the numbers was worked out wrongly."""
    symbols = before.free_symbols
    if len(symbols) != 1 or symbols != after.free_symbols:
        return False
    unknown = next(iter(symbols))
    first, second = sympy.expand(before.lhs - before.rhs), sympy.expand(after.lhs - after.rhs)
    if not (first.is_polynomial(unknown) and second.is_polynomial(unknown)) or sympy.degree(first, unknown) != sympy.degree(
        second, unknown
    ):
        return False
    ours, theirs = sympy.Poly(first, unknown).all_coeffs(), sympy.Poly(second, unknown).all_coeffs()
    agreeing = sum(one == other or one == -other for one, other in zip(ours, theirs, strict=True))
    # dividing both sides scales every number, so the solved form counts as well
    return agreeing == len(ours) - 1 or (len(ours) == 2 and theirs[0] in (1, -1))
