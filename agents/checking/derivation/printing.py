"""How the steps print formulas. Runs inside the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.direct.reading import Given

_SIGNS = {sympy.Eq: "=", sympy.Lt: "<", sympy.Gt: ">", sympy.Le: "\\le", sympy.Ge: "\\ge"}


def tex(value: Any) -> str:
    return str(sympy.latex(value))


def equation_of(left: Any, right: Any) -> str:
    """Both sides between dollars."""
    return f"${tex(left)} = {tex(right)}$"


def as_printed(given: Given, value: Any) -> str:
    """The formula in the problem's own spelling, where it prints it; without dollars."""
    return next((" ".join(text.split()) for text, other in zip(given.texts, given.values, strict=True) if other == value), tex(value))


def decimal(value: sympy.Rational, places: int = 10) -> str:
    """As people write a measure."""
    return f"{float(value):.{places}f}".rstrip("0").rstrip(".") if value.q != 1 else str(value)


def pair(point: Any) -> str:
    return f"({', '.join(map(tex, point))})"


def with_numbers(condition: Any, at: dict[Any, Any]) -> str:
    """The relation at a point, both sides worked out; "" for what is no relation."""
    sign = next((sign for kind, sign in _SIGNS.items() if isinstance(condition, kind)), "")
    return f"{tex(condition.lhs.subs(at))} {sign} {tex(condition.rhs.subs(at))}" if sign else ""


def shifted(amount: Any) -> str:
    """The move that adds this amount to both sides."""
    negative = amount.could_extract_minus_sign()
    return f"Subtract ${tex(-amount)}$ from both sides" if negative else f"Add ${tex(amount)}$ to both sides"
