"""Equations and inequalities that the request wants solved before its eyes: which they are, and the steps where plain arithmetic gives them."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from agents.animation.asked.formulas import ANY, parsed, trimmed
from agents.animation.asked.words import MAX_CHARS, fraction, says, tex, tidy, worked
from agents.animation.kinds import Kind

_EQUATION = re.compile(rf"(?<![\w=<>])({ANY}+=(?!=){ANY}+)(?![=<>])")
_INEQUALITY = re.compile(rf"({ANY}+)(<=|>=|<|>)({ANY}+)(?![<>=])")
_WANTED = r"\b(?:solve|solving|solution|step|steps|how (?:do|to|can)|find x|factor\w*|work out)\b"
_BY_FORMULA = r"\bquadratic formula\b|\bdiscriminant\b"
_BY_SQUARE = r"\bcomplet\w+ the square\b"
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def problem_in(text: str) -> str | None:
    """The one equation or the system of two that is to be solved, as a problem for algebra; None where there is none."""
    if len(text) > MAX_CHARS:
        return None
    text = tidy(text)
    if not says(text, _WANTED) or says(text, rf"{_BY_SQUARE}|{_BY_FORMULA}") or re.search(r"[<>]", text):
        return None
    matches = list(_EQUATION.finditer(text))
    several = len(matches) == 2 and says(text, r"\b(?:solve|system|substitut\w+|eliminat\w+|both)\b")
    found = [equation for match in matches if (equation := _trimmed(match[1], definitions=several)) is not None]
    letters = [set(re.findall(r"(?<![a-zA-Z\\])[a-z](?![a-zA-Z])", equation)) for equation in found]
    if len(found) == 1 and len(letters[0]) == 1:
        return f"What are all solutions of ${found[0]}$?"
    if len(found) == 2 and letters[0] | letters[1] == {"x", "y"}:
        return f"What is the solution $(x, y)$ to the system ${found[0]}$ and ${found[1]}$?"
    return None


def _trimmed(equation: str, *, definitions: bool = False) -> str | None:
    """Without letters and signs of the sentence around: `a 2x = 4` is `2x = 4`. With `definitions`, `y = 2x` counts as an equation too."""
    left, _, right = equation.partition("=")
    left = trimmed(re.sub(r"^\s*[a-z]\s+(?=[\d(x-z])", "", left))
    right = trimmed(re.sub(r"(?<=[\d)x-z])\s+[a-z]\s*$", "", right))
    if not left or not right or left[0] in "*/^)" or (not definitions and re.fullmatch(r"[a-z](?:\([a-z]\))?", left)):
        return None  # `y = ...` and `f(x) = ...` define a function
    return f"{left} = {right}"


def inequality_steps(text: str) -> Kind | None:
    """A linear inequality solved move by move."""
    text = tidy(text)
    if not says(text, _WANTED):
        return None
    if (chain := _chain_steps(text)) is not None:
        return chain
    if len(re.findall(r"[<>]=?", text)) > 1:
        return None
    for match in _INEQUALITY.finditer(text):
        sides = [_linear(trimmed(part)) for part in match.group(1, 3)]
        if None in sides or match[0].count("|"):
            continue
        (a, b), (c, d) = (side for side in sides if side is not None)
        sign = match[2]
        if a == c:
            continue
        lines = [(f"{trimmed(match[1])} {_tex(sign)} {trimmed(match[3])}", "Start from the inequality.")]
        if c:
            lines.append((f"{_sum(a - c, b)} {_tex(sign)} {_number(d)}", "Bring the terms with x to the left."))
        if b:
            move = "Subtract" if b > 0 else "Add"
            lines.append((f"{_sum(a - c, Fraction(0))} {_tex(sign)} {_number(d - b)}", f"{move} {_plain(abs(b))} on both sides."))
        if a - c != 1:
            turned = _FLIPPED[sign] if a < c else sign
            why = ", which turns the sign around" if a < c else ""
            lines.append((f"x {_tex(turned)} {_number((d - b) / (a - c))}", f"Divide both sides by {_plain(a - c)}{why}."))
        return worked(*lines, title="Step by step")
    return None


def _chain_steps(text: str) -> Kind | None:
    """`-1 <= 2x + 5 < 11` with the same move on all three parts."""
    match = re.search(rf"({ANY}+)(<=?)({ANY}+)(<=?)({ANY}+)", text)
    if match is None:
        return None
    parts = [_linear(trimmed(part)) for part in match.group(1, 3, 5)]
    if any(part is None for part in parts):
        return None
    (_, low), (factor, constant), (_, high) = (part for part in parts if part is not None)
    if not factor or any(part is not None and part[0] for part in (parts[0], parts[2])):
        return None
    first, second = match[2], match[4]
    lines = [(f"{trimmed(match[1])} {_tex(first)} {trimmed(match[3])} {_tex(second)} {trimmed(match[5])}", "Start from the inequality.")]
    if constant:
        move = "Subtract" if constant > 0 else "Add"
        low, high = low - constant, high - constant
        middle = _sum(factor, Fraction(0))
        lines.append(
            (f"{_number(low)} {_tex(first)} {middle} {_tex(second)} {_number(high)}", f"{move} {_plain(abs(constant))} everywhere.")
        )
    if factor != 1:
        why = ""
        low, high = low / factor, high / factor
        if factor < 0:
            low, high, first, second, why = high, low, second, first, ", which turns both signs around"
        lines.append((f"{_number(low)} {_tex(first)} x {_tex(second)} {_number(high)}", f"Divide everything by {_plain(factor)}{why}."))
    return worked(*lines, title="Step by step")


def _linear(text: str) -> tuple[Fraction, Fraction] | None:
    """Slope and constant of a side in x; None where it is not linear."""
    expression = parsed(text)
    if expression is None:
        return None
    zero, one, two = (expression(x) for x in (0.0, 1.0, 2.0))
    others = ((-7.3, expression(-7.3)), (math.sqrt(18), expression(math.sqrt(18))))
    if not all(map(math.isfinite, (zero, one, two))) or any(
        not abs(y - (zero + (one - zero) * x)) < 1e-9 for x, y in ((2.0, two), *others)
    ):
        return None
    return Fraction(one - zero).limit_denominator(1000), Fraction(zero).limit_denominator(1000)


def by_formula(text: str) -> Kind | None:
    """A quadratic equation by the quadratic formula, where its roots are real."""
    text = tidy(text)
    if not says(text, _BY_FORMULA):
        return None
    for match in _EQUATION.finditer(text):
        equation = _trimmed(match[1])
        found = _quadratic(equation) if equation is not None else None
        if equation is None or found is None:
            continue
        a, b, c = found
        under = b * b - 4 * a * c
        if under < 0:
            return worked(
                (equation, "Start from the equation."),
                (
                    f"b^2 - 4ac = {_bracketed(b)}^2 - 4 \\cdot {_bracketed(a)} \\cdot {_bracketed(c)} = {_number(under)}",
                    "The number under the root.",
                ),
                (f"{_number(under)} < 0", "There is no root of it, so there is no real solution."),
                title="The quadratic formula",
            )
        lines = [
            (equation, f"Read off a = {_plain(a)}, b = {_plain(b)} and c = {_plain(c)}."),
            (
                f"b^2 - 4ac = {_bracketed(b)}^2 - 4 \\cdot {_bracketed(a)} \\cdot {_bracketed(c)} = {_number(under)}",
                "The number under the root.",
            ),
            (f"x = \\frac{{{_number(-b)} \\pm \\sqrt{{{_number(under)}}}}}{{{_number(2 * a)}}}", "Put everything into the formula."),
        ]
        if (root := _exact(under)) is not None:
            first, second = (-b + root) / (2 * a), (-b - root) / (2 * a)
            both = f"x = {_number(first)} \\quad \\text{{or}} \\quad x = {_number(second)}" if root else f"x = {_number(first)}"
            lines.append((both, "Both solutions." if root else "There is only one."))
        return worked(*lines, title="The quadratic formula")
    return None


def _quadratic(equation: str) -> tuple[Fraction, Fraction, Fraction] | None:
    """The coefficients of a quadratic equation in x, everything on the left; None for anything else."""
    sides = [parsed(side) for side in equation.split("=")]
    if len(sides) != 2 or None in sides:
        return None
    left, right = (side for side in sides if side is not None)
    values = [left(x) - right(x) for x in (-1.0, 0.0, 1.0, 2.0)]
    a, b, c = (values[2] + values[0]) / 2 - values[1], (values[2] - values[0]) / 2, values[1]
    if not all(map(math.isfinite, values)) or abs(a) < 1e-9 or abs(values[3] - (4 * a + 2 * b + c)) > 1e-9:
        return None
    return (Fraction(a).limit_denominator(1000), Fraction(b).limit_denominator(1000), Fraction(c).limit_denominator(1000))


def _bracketed(value: Fraction) -> str:
    return _number(value) if value >= 0 else f"({_number(value)})"


def completed_square(text: str) -> Kind | None:
    """`x^2 + 6x + 5 = 0` by completing the square, where the leading factor is 1 and the roots are real."""
    text = tidy(text)
    if not says(text, _BY_SQUARE):
        return None
    for match in _EQUATION.finditer(text):
        equation = _trimmed(match[1])
        found = _quadratic(equation) if equation is not None else None
        if equation is None or found is None or found[0] != 1 or not found[1]:
            continue
        _, b, c = found
        half = b / 2
        square = half**2 - c
        if square < 0:
            continue
        whole = f"x^2 {_signed(2 * half)}x"
        bracket = f"x {_signed(half)}"
        lines = [
            (equation, "Start from the equation."),
            (f"{whole} = {_number(-c)}", "Bring the number to the other side."),
            (f"({bracket})^2 = {_number(square)}", f"Add {_plain(half**2)}, the square of half of {_plain(abs(2 * half))}, on both sides."),
            (f"{bracket} = \\pm {_root(square)}", "Take the root: there are two of them."),
        ]
        if (root := _exact(square)) is not None:
            roots = -half + root, -half - root
            lines.append((f"x = {_number(roots[0])} \\quad \\text{{or}} \\quad x = {_number(roots[1])}", "Both solutions."))
        else:
            lines.append((f"x = {_number(-half)} \\pm {_root(square)}", "Both solutions."))
        return worked(*lines, title="Completing the square")
    return None


def _exact(square: Fraction) -> Fraction | None:
    top, bottom = math.isqrt(square.numerator), math.isqrt(square.denominator)
    return Fraction(top, bottom) if top * top == square.numerator and bottom * bottom == square.denominator else None


def _root(square: Fraction) -> str:
    root = _exact(square)
    return _number(root) if root is not None else f"\\sqrt{{{_number(square)}}}"


def _number(value: Fraction) -> str:
    return tex(float(value)) if value.denominator in (2, 4, 5, 10) else fraction(value)


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else tex(float(value))


def _signed(value: Fraction) -> str:
    return f"{'+' if value >= 0 else '-'} {_number(abs(value))}"


def _sum(slope: Fraction, constant: Fraction) -> str:
    head = {Fraction(1): "x", Fraction(-1): "-x"}.get(slope, f"{_number(slope)}x")
    return head if not constant else f"{head} {'+' if constant > 0 else '-'} {_number(abs(constant))}"


def _tex(sign: str) -> str:
    return {"<=": "\\leq", ">=": "\\geq"}.get(sign, sign)
