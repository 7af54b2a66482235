r"""Checks arithmetic that is written out in numbers alone, such as `12 \cdot 3 + 4 = 40`, without SymPy and fast enough for a running stream.

Nothing is executed: the formula becomes a Python expression of numbers and the four operations, whose syntax tree is walked with exact fractions.
"""

from __future__ import annotations

import ast
import re
from fractions import Fraction
from itertools import pairwise

_MAX_CHARS = 240
_MAX_EXPONENT = 24
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
MIXED_NUMBER = re.compile(r"(?<![\w.^)}])(\d+)\s*\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}")
_UNIT = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{[^{}]*\}(?:\s*\^\s*\{?\d\}?)?")
_SIGNS = (
    (re.compile(r"\\(?:left|right|displaystyle|quad|qquad|,|;|!|:)(?![a-zA-Z])"), " "),
    (re.compile(r"\\(?:cdot|times)(?![a-zA-Z])|[×·]"), "*"),
    (re.compile(r"\\div(?![a-zA-Z])|÷"), "/"),
    (re.compile(r"\\\$|\{,\}(?=\d{3})"), ""),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"−|–"), "-"),
)
_NEAR = re.compile(r"\\approx|≈")


def holds(formula: str) -> bool | None:
    r"""Whether every equality of numbers in the formula is true; None where it holds none that can be computed.

    A decimal stands for every number that rounds to it, and so does a whole number where the other side does not come out even. Whether
    `2\frac{1}{2}` is two and a half or a product only the line itself can tell: the reading that makes it true is taken.
    """
    found = _all_hold(formula)
    return _all_hold(mixed) if found is False and (mixed := MIXED_NUMBER.sub(r"(\1+\2/\3)", formula)) != formula else found


def value_of(formula: str) -> Fraction | None:
    """What a computation with numbers alone comes to; None where it is none."""
    return _value(_in_signs(formula)) if len(formula) <= _MAX_CHARS else None


def _in_signs(formula: str) -> str:
    """LaTeX as plain signs, without units."""
    text = _FRACTION.sub(r"((\1)/(\2))", _FRACTION.sub(r"((\1)/(\2))", _UNIT.sub("", formula)))
    for pattern, sign in _SIGNS:
        text = pattern.sub(sign, text)
    return text


def _all_hold(formula: str) -> bool | None:
    text = _in_signs(formula)
    if len(text) > _MAX_CHARS or re.search(r"[<>]|\\(?:leq?|geq?|neq?)(?![a-z])", text):
        return None
    found: bool | None = None
    for link in re.split(r"\\(?:Rightarrow|implies|to)(?![a-zA-Z])|,\s|;", text):
        sides = re.split(r"=|\\approx|≈", link)
        near = bool(_NEAR.search(link))
        for left, right in pairwise(sides):
            ours, theirs = _value(left), _value(right)
            if ours is None or theirs is None:
                continue
            if not (ours == theirs or rounds_to(ours, right, theirs, near=near) or rounds_to(theirs, left, ours, near=near)):
                return False
            found = True
    return found


def rounds_to(value: Fraction, printed: str, shown: Fraction, *, near: bool = False) -> bool:
    """Whether `value` rounds to the number as it is printed."""
    number = re.fullmatch(r"\s*-?\d+(?:\.(\d+))?\s*", printed)
    if number is None:
        return near and abs(value - shown) <= abs(shown) / 50
    if value.denominator == 1 and not number[1] and not near:
        return False
    return abs(value - shown) <= Fraction(1, 2 * 10 ** len(number[1] or ""))


def _value(side: str) -> Fraction | None:
    text = side.replace("{", "(").replace("}", ")").replace("^", "**").strip(" .$")
    if not text or not re.fullmatch(r"[\d.+\-*/()\s]+", text) or "//" in text:
        return None
    text = re.sub(r"(?<=[\d)])\s*\(", "*(", text)
    try:
        return _walk(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, OverflowError, TypeError):
        return None


def _walk(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Fraction(str(value))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_walk(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _walk(operand)
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _walk(left), _walk(right)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow() if b.denominator == 1 and abs(b) <= _MAX_EXPONENT and abs(a) < 10**9:
                    return a ** int(b)
    raise ValueError("no arithmetic")
