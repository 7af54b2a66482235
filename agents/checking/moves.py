"""What was done between two lines of working. Runs inside the sandbox only (it parses formulas that a model wrote)."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.equality import equal, plain
from agents.checking.values import Unreadable, from_latex


def read(text: str) -> Any:
    """The formula as a SymPy value; None where it is none. A chain of equations is read as its first and last side."""
    if text.count("=") > 1 and not any(sign in text for sign in ("<", ">", "\\le", "\\ge", "\\ne")):
        sides = text.split("=")
        text = f"{sides[0]}={sides[-1]}"
    text = re.sub(r"(?<=\d)\s*\((?=\s*-?\d)", r" \\cdot (", text)  # 3(5) is a product, never a function
    try:
        return plain(from_latex(text))
    except Unreadable:
        return None


def move(before: str, after: str) -> dict[str, str]:
    """`kind` (add, subtract, multiply, divide, rewrite, swap, square, root) and the LaTeX `amount` where there is one; empty where no single move fits."""
    left, right = read(before), read(after)
    if left is None or right is None:
        return {}
    if isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
        return {"kind": "rewrite", "amount": ""} if equal(left, right) else {}
    if not (isinstance(left, sympy.Eq) and isinstance(right, sympy.Eq)):
        return {}
    for old, new, swapped in (((left.lhs, left.rhs), (right.lhs, right.rhs), False), ((left.lhs, left.rhs), (right.rhs, right.lhs), True)):
        found = _between(old, new)
        if found:
            return {"kind": "swap", "amount": ""} if swapped and found["kind"] == "rewrite" else found
    return {}


def _between(old: tuple[Any, Any], new: tuple[Any, Any]) -> dict[str, str]:
    if all(equal(a, b) for a, b in zip(old, new, strict=True)):
        return {"kind": "rewrite", "amount": ""}
    added = [sympy.simplify(b - a) for a, b in zip(old, new, strict=True)]
    if equal(added[0], added[1]):
        negative = added[0].could_extract_minus_sign()
        return {"kind": "subtract" if negative else "add", "amount": sympy.latex(-added[0] if negative else added[0])}
    if (factor := _factor(old, new)) is not None:
        numerator, denominator = sympy.fraction(factor)
        if numerator == 1 or (numerator == -1 and denominator != 1):
            return {"kind": "divide", "amount": sympy.latex(denominator * numerator)}
        return {"kind": "multiply", "amount": sympy.latex(factor)}
    if all(equal(a**2, b) for a, b in zip(old, new, strict=True)):
        return {"kind": "square", "amount": ""}
    if all(equal(a, b**2) for a, b in zip(old, new, strict=True)):
        return {"kind": "root", "amount": ""}
    return {}


def _factor(old: tuple[Any, Any], new: tuple[Any, Any]) -> Any:
    """By what both sides were multiplied; of a side that is zero before and after any number will do. None where there is no such factor."""
    pairs = [(a, b) for a, b in zip(old, new, strict=True) if not (a.is_zero and b.is_zero)]
    if not pairs or any(side.is_zero for pair in pairs for side in pair):
        return None
    factors = [sympy.simplify(b / a) for a, b in pairs]
    if not equal(factors[0], factors[-1]) or (len(pairs) < len(old) and not factors[0].is_number):
        return None
    return sympy.nsimplify(factors[0]) if factors[0].is_number else factors[0]
