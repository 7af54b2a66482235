"""Inequalities of one letter and single numbers on a number line."""

from __future__ import annotations

import itertools
import math
import re
from fractions import Fraction

from agents.animation.asked.formulas import ENDS, MATH, functions_in, parsed, trimmed
from agents.animation.asked.words import N, listed, made, number, says, shown, tidy
from agents.animation.kinds import Kind
from agents.animation.kinds.curves import grid, zeros

_SIGN = r"(<=|>=|<|>)"
_CHAIN = re.compile(rf"(?<![\w)+*/^.-]){N}\s*(<=|<)\s*([a-z])\s*(<=|<)\s*{N}{ENDS}")
_SIMPLE = re.compile(rf"(?<![\w)+*/^-])(?<![\d)+*/^-] )([a-z])\s*{_SIGN}\s*{N}{ENDS}")
_ABSOLUTE = re.compile(rf"\|\s*([a-z])\s*(?:([-+])\s*{N})?\s*\|\s*{_SIGN}\s*{N}")
_RELATION = re.compile(rf"({MATH}+?)\s*{_SIGN}\s*({MATH}+)")
_OPEN = {"<": "open", ">": "open", "<=": "closed", ">=": "closed"}

Solved = tuple[str, str, list[dict[str, object]]]
"""The inequality as a formula, its letter, and the intervals of its solutions."""


def inequality(text: str) -> list[Kind]:
    """All numbers that satisfy an inequality."""
    text = tidy(text)
    if functions_in(text)[0] or len(re.findall(r"[<>]", text)) > 2 or not re.search(r"[<>]", text):
        return []
    found = _interval(text)
    if found is None:
        return []
    formula, letter, intervals = found
    say = f"Every {letter} on the coloured part satisfies the inequality."
    return shown(made(kind="number_line", intervals=intervals, formula=formula, say=say))


def _interval(text: str) -> Solved | None:
    if match := _CHAIN.search(text):
        low, one, letter, two, high = match.groups()
        interval: dict[str, object] = {"left": number(low), "left_end": _OPEN[one], "right": number(high), "right_end": _OPEN[two]}
        return _tex(match[0]), letter, [interval]
    if match := _ABSOLUTE.search(text):
        letter, sign, shift, relation, size = match.groups()
        middle, reach, end = number(shift or "0") * (-1 if sign == "+" else 1), number(size), _OPEN[relation]
        if reach <= 0:
            return None
        if relation in ("<", "<="):
            return _tex(match[0]), letter, [{"left": middle - reach, "left_end": end, "right": middle + reach, "right_end": end}]
        return _tex(match[0]), letter, [{"right": middle - reach, "right_end": end}, {"left": middle + reach, "left_end": end}]
    simple = list(_SIMPLE.finditer(text))
    if simple and len(re.findall(r"[<>]", text)) == len(simple):
        return _together(text, simple)
    if (chain := _linear_chain(text)) is not None:
        return chain
    if len(re.findall(r"[<>]=?", text)) > 1:
        return None
    for match in _RELATION.finditer(text):
        left, right = trimmed(match[1]), trimmed(match[3])
        if (solved := _solved(left, match[2], right)) is not None:
            return _tex(f"{left} {match[2]} {right}"), "x", solved
    return None


def _together(text: str, matches: list[re.Match[str]]) -> Solved | None:
    """`x > -2`, `x > -2 and x <= 5`, `x < -1 or x > 3`; None where it is not said how two belong together."""
    sides: list[dict[str, object]] = []
    for match in matches:
        side = "left" if ">" in match[2] else "right"
        sides.append({side: number(match[3]), f"{side}_end": _OPEN[match[2]]})
    letter = matches[0][1]
    if len(matches) == 1:
        return _tex(matches[0][0]), letter, sides
    if len(matches) != 2 or matches[1][1] != letter:
        return None
    between = text[matches[0].end() : matches[1].start()]
    formula = f"{_tex(matches[0][0])} \\text{{ {{}} }} {_tex(matches[1][0])}"
    if says(between, r"\bor\b"):
        return formula.replace("{}", "or"), letter, sides
    if says(between, r"\band\b|,") and {"left", "right"} <= set(sides[0] | sides[1]):
        return formula.replace("{}", "and"), letter, [sides[0] | sides[1]]
    return None


def _linear_chain(text: str) -> Solved | None:
    """`-1 <= 2x + 5 < 11`: what lies between the two ends."""
    match = re.search(rf"({MATH}+?)(<=?)({MATH}+?)(<=?)({MATH}+)", text)
    if match is None:
        return None
    low, middle, high = (trimmed(part) for part in match.group(1, 3, 5))
    first, second = _solved(low, match[2], middle), _solved(middle, match[4], high)
    if first is None or second is None or len(first) != 1 or len(second) != 1:
        return None
    both = first[0] | second[0]
    return _tex(f"{low} {match[2]} {middle} {match[4]} {high}"), "x", [both] if len(both) == 4 else []


def _solved(left: str, relation: str, right: str) -> list[dict[str, object]] | None:
    """The solutions of an inequality in x, by the zeros of the difference of its sides and a look between them."""
    first, second = parsed(left), parsed(right)
    if first is None or second is None or not (first.variables or second.variables):
        return None

    def gap(x: float) -> float:
        return (first(x) - second(x)) * (1 if ">" in relation else -1)

    if not all(math.isfinite(gap(x)) for x in grid(-1000.0, 1000.0, 997)):
        return None  # a root or a fraction has ends of its own
    ends = zeros(gap, -1000.0, 1000.0)
    if not 1 <= len(ends) <= 3:
        return None
    edges: list[float | None] = [None, *ends, None]
    intervals: list[dict[str, object]] = []
    for low, high in itertools.pairwise(edges):
        inside = (low + high) / 2 if low is not None and high is not None else low + 1 if low is not None else (high or 0.0) - 1
        if gap(inside) > 0:
            interval: dict[str, object] = {}
            if low is not None:
                interval |= {"left": low, "left_end": _OPEN[relation]}
            if high is not None:
                interval |= {"right": high, "right_end": _OPEN[relation]}
            intervals.append(interval)
    return intervals or None


def _tex(text: str) -> str:
    return text.strip().replace("<=", "\\leq ").replace(">=", "\\geq ")


def number_points(text: str) -> list[Kind]:
    """Numbers to be marked on a number line."""
    text = tidy(text)
    if not says(text, r"\bnumber line\b"):
        return []
    written = list(dict.fromkeys(re.findall(r"(?<![\w./])-?\d+(?:\.\d+)?(?:\s*/\s*\d+)?(?![\w/])", text)))[:5]
    values = [(float(Fraction(piece.replace(" ", ""))), piece) for piece in written if not piece.rstrip().endswith("/0")]
    say = f"{listed([piece for _, piece in values])} on the number line."
    points = [{"value": value, "label": piece if "/" in piece else ""} for value, piece in values]
    return shown(made(kind="number_line", points=points, say=say)) if values else []
