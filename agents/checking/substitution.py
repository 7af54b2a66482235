"""Puts a proposed value into the problem's own equations: the plainest reason why an answer is wrong. Runs inside the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.attempt import read
from agents.checking.equality import equal
from agents.checking.prose import formulas


def substitute(stem: str, claim: str, asked: str) -> dict[str, Any] | None:
    """What becomes of the first equation in one unknown when `claim` takes its place; None where no equation or no value is there.

    `asked` is the name whose value the problem wants: a value of anything else says nothing about the equation.
    """
    value = read(claim)
    if isinstance(value, sympy.Eq) and value.lhs.is_Symbol:
        value = value.rhs
    if not isinstance(value, sympy.Expr) or value.free_symbols:
        return None
    for piece in formulas(stem):
        equation = read(piece.latex)
        if not isinstance(equation, sympy.Eq) or len(equation.free_symbols) != 1 or equation.atoms(AppliedUndef):
            continue
        unknown = next(iter(equation.free_symbols))
        if asked and asked.strip() != str(unknown):
            return None
        left, right = (sympy.simplify(side.subs(unknown, value)) for side in (equation.lhs, equation.rhs))
        return {
            "equation": piece.latex,
            "unknown": str(unknown),
            "value": sympy.latex(value),
            "left": sympy.latex(left),
            "right": sympy.latex(right),
            "holds": bool(equal(left, right)),
        }
    return None
