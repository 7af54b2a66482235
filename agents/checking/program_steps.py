"""A program of named quantities told as worked steps: `eggs_left = eggs - eaten` becomes "Eggs left: $16 - 3 = 13$."

Only arithmetic is followed, on exact fractions and without running anything; a program that does more has no such steps.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

_MOST_STEPS = 8
_MOST_DIGITS = 12
_OPERATIONS: Mapping[type[ast.operator], tuple[Callable[[Fraction, Fraction], Fraction], str, int]] = {
    ast.Add: (operator.add, "+", 1),
    ast.Sub: (operator.sub, "-", 1),
    ast.Mult: (operator.mul, r"\times", 2),
    ast.Div: (operator.truediv, r"\div", 2),
}
"""What an operator does, its sign, and how strongly it binds."""


class _Unfollowed(Exception):
    """The program holds something other than arithmetic."""


def told(code: str) -> list[str]:
    """The steps of the program up to its `answer`, each with its value; empty where it is not plain arithmetic from start to end."""
    try:
        tree = ast.parse(code)
        return _steps(tree)
    except (SyntaxError, ValueError, RecursionError, ZeroDivisionError, _Unfollowed):
        return []


def _steps(tree: ast.Module) -> list[str]:
    values: dict[str, Fraction] = {}
    steps: list[str] = []
    for line in tree.body:
        if isinstance(line, ast.ImportFrom | ast.Import):
            continue
        if not (isinstance(line, ast.Assign) and len(line.targets) == 1 and isinstance(line.targets[0], ast.Name)):
            raise _Unfollowed
        name = line.targets[0].id
        value, shown, _ = _read(line.value, values)
        if max(abs(value.numerator), value.denominator) >= 10**_MOST_DIGITS:
            raise _Unfollowed
        values[name] = value
        if isinstance(line.value, ast.BinOp) and not _is_number(line.value):
            label = "This gives the answer" if name == "answer" else _words(name)
            steps.append(f"{label}: ${shown} = {_latex(value)}$.")
        if name == "answer":
            return steps if len(steps) <= _MOST_STEPS else []
    return []


def _read(node: ast.expr, values: Mapping[str, Fraction]) -> tuple[Fraction, str, int]:
    """The value of an expression, how it is written with numbers in place of names, and how strongly that binds."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            value = Fraction(str(number))
            return value, _latex(value), 3
        case ast.Name(id=name) if name in values:
            return values[name], _latex(values[name]), 3 if values[name] >= 0 else 0
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value, shown, binds = _read(inner, values)
            return -value, f"-{_bracketed(shown, binds, 2)}", 0
        case ast.Call(func=ast.Name(id="Rational" | "Fraction"), args=[*parts], keywords=[]) if 1 <= len(parts) <= 2:
            numbers = [_read(part, values)[0] for part in parts]
            value = numbers[0] / (numbers[1] if len(numbers) > 1 else 1)
            return value, _latex(value), 3
        case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
            if _is_number(node):
                value = _read(left, values)[0] / _read(right, values)[0]
                return value, _latex(value), 3
            does, sign, strength = _OPERATIONS[type(operation)]
            (a, first, binds_a), (b, second, binds_b) = _read(left, values), _read(right, values)
            # 8 - (3 + 2) and 12 / (2 * 3) keep their brackets
            after = strength + (1 if type(operation) in (ast.Sub, ast.Div) else 0)
            return does(a, b), f"{_bracketed(first, binds_a, strength)} {sign} {_bracketed(second, binds_b, after)}", strength
    raise _Unfollowed


def _is_number(node: ast.expr) -> bool:
    """Whether it is a fraction written as a division of two numbers."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and all(isinstance(side, ast.Constant) for side in (node.left, node.right))
    )


def _bracketed(shown: str, binds: int, needed: int) -> str:
    return shown if binds >= needed else f"({shown})"


def _latex(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator <= 1000:
        return f"{float(value):g}"
    sign = "-" if value < 0 else ""
    return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def _words(name: str) -> str:
    words = re.sub(r"_+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).strip().lower()
    return words[:1].upper() + words[1:]
