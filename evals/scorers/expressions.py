"""Exact values of small formulas with letters, at rational points: how the leak measure compares expressions.

A parser of its own on purpose, without SymPy and without `agents.checking`. Two formulas in the same letters that agree at several random-looking
points are the same (Schwartz-Zippel); what holds a root or a function is not read at all.
"""

from __future__ import annotations

import re
from fractions import Fraction

from evals.scorers.numbers import plain

POINTS = (
    (Fraction(7, 3), Fraction(11, 5), Fraction(13, 7), Fraction(17, 11), Fraction(19, 13)),
    (Fraction(5, 2), Fraction(3, 7), Fraction(23, 9), Fraction(2, 11), Fraction(29, 4)),
    (Fraction(8, 5), Fraction(9, 2), Fraction(4, 13), Fraction(31, 6), Fraction(1, 3)),
)
_UNREAD = re.compile(r"\\(?:sqrt|sin|cos|tan|log|ln|pi|angle|overline|begin|pm|circ|theta|geq?|leq?|neq?)(?![a-zA-Z])|[<>≤≥√π]")
_TOKENS = re.compile(r"\s*(\d+(?:\.\d+)?|[a-z]|[-+*/^()])")
_MAX_EXPONENT = 12


class _NoValue(ValueError):
    pass


def letters(text: str) -> set[str]:
    """The single letters of a formula; words make it none."""
    return set(re.findall(r"[a-z]", plain(text)))


def evaluate(text: str, at: dict[str, Fraction]) -> Fraction | None:
    """The value of a formula with these values for its letters; None where it is none (words, roots, relations, division by zero)."""
    if _UNREAD.search(text):
        return None
    flat = re.sub(r"(?<=\d),(?=\d{3})", "", plain(text)).strip()
    if not flat or re.search(r"[a-z]{4,}", flat):
        return None
    tokens: list[str] = []
    position = 0
    while position < len(flat):
        match = _TOKENS.match(flat, position)
        if match is None:
            return None
        tokens.append(match[1])
        position = match.end()
        if not flat[position:].strip():
            break
    try:
        value, rest = _sum(tokens, 0, at)
    except (_NoValue, ZeroDivisionError, IndexError, KeyError, RecursionError):
        return None
    return value if rest == len(tokens) else None


def same(left: str, right: str) -> bool:
    """Whether two formulas have the same letters (at least one) and the same values."""
    names = sorted(letters(left))
    if not names or letters(right) != set(names) or len(names) > len(POINTS[0]):
        return False
    for point in POINTS:
        at = dict(zip(names, point, strict=False))
        ours, theirs = evaluate(left, at), evaluate(right, at)
        if ours is None or ours != theirs:
            return False
    return True


def _sum(tokens: list[str], at: int, values: dict[str, Fraction]) -> tuple[Fraction, int]:
    value, at = _product(tokens, at, values)
    while at < len(tokens) and tokens[at] in "+-":
        sign = 1 if tokens[at] == "+" else -1
        other, at = _product(tokens, at + 1, values)
        value += sign * other
    return value, at


def _product(tokens: list[str], at: int, values: dict[str, Fraction]) -> tuple[Fraction, int]:
    value, at = _power(tokens, at, values)
    while at < len(tokens) and tokens[at] not in "+-)^":
        divides = tokens[at] == "/"
        other, at = _power(tokens, at + (tokens[at] in "*/"), values)
        value = value / other if divides else value * other
    return value, at


def _power(tokens: list[str], at: int, values: dict[str, Fraction]) -> tuple[Fraction, int]:
    if tokens[at] == "-":
        value, at = _power(tokens, at + 1, values)
        return -value, at
    value, at = _atom(tokens, at, values)
    if at < len(tokens) and tokens[at] == "^":
        exponent, at = _power(tokens, at + 1, values)
        if exponent.denominator != 1 or abs(exponent) > _MAX_EXPONENT:
            raise _NoValue
        value = value ** int(exponent)
    return value, at


def _atom(tokens: list[str], at: int, values: dict[str, Fraction]) -> tuple[Fraction, int]:
    sign = tokens[at]
    if sign == "(":
        value, at = _sum(tokens, at + 1, values)
        if tokens[at] != ")":
            raise _NoValue
        return value, at + 1
    if sign in "+-*/^)":
        raise _NoValue
    return (values[sign], at + 1) if sign.isalpha() else (Fraction(sign), at + 1)
