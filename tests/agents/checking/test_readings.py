"""The reader of formulas against values computed apart: random expressions, written as people type them, by hypothesis."""

from __future__ import annotations

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checking.values import from_latex

X = sympy.Symbol("x")
AT = sympy.Rational(7, 3)
"""Where readings are compared."""

Written = tuple[str, sympy.Expr, int]
"""A formula, its value, and how strongly it binds: 3 one piece, 2 a product, 1 a sum."""


def _bracketed(written: Written, least: int) -> str:
    text, _, binds = written
    return text if binds >= least else f"({text})"


def _sum(left: Written, right: Written, sign: str) -> Written:
    value = left[1] + right[1] if sign.strip() == "+" else left[1] - right[1]
    return f"{left[0]}{sign}{_bracketed(right, 2)}", value, 1


def _product(left: Written, right: Written, sign: str) -> Written:
    return f"{_bracketed(left, 2)}{sign}{_bracketed(right, 3)}", left[1] * right[1], 2


def _side_by_side(left: Written, right: Written, brackets: tuple[str, str]) -> Written:
    """2(3), (x + 1)(3): a letter before a bracket would be a function."""
    first = left[0] if left[0].replace(".", "").isdigit() else f"({left[0]})"
    return f"{first}{brackets[0]}{right[0]}{brackets[1]}", left[1] * right[1], 2


def _fraction(over: Written, under: Written) -> Written:
    return (f"\\frac{{{over[0]}}}{{{under[0]}}}", over[1] / under[1], 2) if under[1] != 0 else over


def _half_of(over: int, under: int, of: Written) -> Written:
    return f"{over}/{under}({of[0]})", sympy.Rational(over, under) * of[1], 2


def _power(base: Written, exponent: int) -> Written:
    return f"{_bracketed(base, 3)}^{exponent}", base[1] ** exponent, 2


_WHOLE = st.integers(2, 12)
_LEAVES = st.one_of(
    _WHOLE.map(lambda number: (str(number), sympy.Integer(number), 3)),
    st.sampled_from(["0.5", "2.25"]).map(lambda text: (text, sympy.Rational(text), 3)),
    st.just(("x", X, 3)),
)


def _larger(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
    return st.one_of(
        st.builds(_sum, inner, inner, st.sampled_from(["+", " + ", "-", " - "])),
        st.builds(_product, inner, inner, st.sampled_from([" \\cdot ", "*", " \\times "])),
        st.builds(_side_by_side, inner, inner, st.sampled_from([("(", ")"), (" (", ")"), ("\\left(", "\\right)")])),
        st.builds(_fraction, inner, inner),
        st.builds(_half_of, _WHOLE, _WHOLE, inner),
        st.builds(_power, inner, st.integers(2, 3)),
        inner.map(lambda under: (f"\\sqrt{{{under[0]}}}", sympy.sqrt(under[1]), 2)),
    )


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.recursive(_LEAVES, _larger, max_leaves=5))
def test_a_formula_is_read_as_it_is_meant(written: Written) -> None:
    text, value, _ = written
    read = complex(sympy.N(from_latex(text).subs(X, AT).doit()))
    meant = complex(sympy.N(value.subs(X, AT)))
    assert abs(read - meant) <= 1e-9 * max(1, abs(meant)), text
