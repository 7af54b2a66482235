"""Pictures for a solved problem, read off its own formulas: what is drawn stands in the problem, whatever a model says."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence

from agents.animation.expression import Expression, parse
from agents.animation.kinds import Kind, load
from agents.animation.kinds.curves import shown_number, zeros
from agents.animation.latex import clean

_DEFINITION = re.compile(r"^(?:y|[A-Za-z]\s*(?:\\left)?\(\s*([a-z])\s*(?:\\right)?\))\s*=\s*(.+)$", re.IGNORECASE)
_RELATION = re.compile(r"\\leq?q?(?:slant)?(?![a-z])|\\geq?q?(?:slant)?(?![a-z])|\\lt|\\gt|[<>≤≥]")
_SIGN = {
    "\\leq": "<=",
    "\\le": "<=",
    "\\leqslant": "<=",
    "≤": "<=",
    "\\geq": ">=",
    "\\ge": ">=",
    "\\geqslant": ">=",
    "≥": ">=",
    "\\lt": "<",
    "\\gt": ">",
}
_PROBES = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (2.0, 3.0), (-1.5, 2.5), (3.0, -2.0))


def formulas_in(text: str) -> list[str]:
    """The formulas of a Markdown text, systems and chains of lines taken apart, in reading order."""
    found = re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.DOTALL)
    out: list[str] = []
    for display, inline in found:
        body = re.sub(r"\\(?:begin|end)\{[^{}]*\}(?:\{[^{}]*\})?", "\\\\\\\\", display or inline)
        out.extend(line.strip(" .,;&{}") for line in re.split(r"\\\\|\\q?quad|&&|\n", body.replace("&", "")) if line.strip(" .,;&{}"))
    return out


def picture(problem: str, formulas: Sequence[str], answer: str) -> Kind | None:
    """The one picture that the formulas of problem and solution give by themselves, or None.

    In order: a circle's equation, a system of two lines, functions of one variable, an inequality as the answer, a polynomial equation.
    """
    asked = formulas_in(problem)
    for make in (_circle, _lines, _functions):
        if (kind := make(asked)) is not None:
            return kind
    return _inequality([answer, *reversed(formulas)]) or _polynomial(asked) or _lines(formulas) or _circle(formulas)


def _circle(formulas: Sequence[str]) -> Kind | None:
    for formula in formulas:
        if (sides := _sides(formula)) is None or "^" not in formula:
            continue
        try:
            left, right = (parse(side, ("x", "y")) for side in sides)
        except ValueError:
            continue
        value = _difference(left, right)
        # value = k (x^2 + y^2) + d x + e y + f, read off at a few points and tried at others
        f = value(0, 0)
        k = (value(1, 0) + value(-1, 0)) / 2 - f
        d, e = (value(1, 0) - value(-1, 0)) / 2, (value(0, 1) - value(0, -1)) / 2
        if (
            not math.isfinite(k)
            or abs(k) < 1e-9
            or any(abs(value(x, y) - (k * (x * x + y * y) + d * x + e * y + f)) > 1e-6 for x, y in _PROBES)
        ):
            continue
        h, v = -d / (2 * k), -e / (2 * k)
        square = h * h + v * v - f / k
        if square > 0:
            return _loaded(
                kind="circle",
                radius=math.sqrt(square),
                center=(h, v),
                formula=formula,
                say=f"A circle with centre ({shown_number(h)}, {shown_number(v)}) and radius {shown_number(math.sqrt(square))}.",
            )
    return None


def _lines(formulas: Sequence[str]) -> Kind | None:
    """Two linear equations in the same two letters, and where they meet."""
    for first, second in itertools.pairwise(formulas):
        letters = sorted(set(_letters(first)) | set(_letters(second)))
        if len(letters) != 2 or set(_letters(first)) != set(_letters(second)):
            continue
        lines = [as_line(formula, (letters[0], letters[1])) for formula in (first, second)]
        one, two = lines
        if one is None or two is None:
            continue
        meet = None if abs(one[0] - two[0]) < 1e-9 else (two[1] - one[1]) / (one[0] - two[0])
        if meet is None and abs(one[1] - two[1]) < 1e-9:
            continue
        say = (
            "The lines are parallel: they never meet."
            if meet is None
            else f"Both equations hold where the lines meet: at ({shown_number(meet)}, {shown_number(one[0] * meet + one[1])})."
        )
        return _loaded(
            kind="function_graph",
            functions=[_linear(*one), _linear(*two)],
            labels=[first, second],
            marks=["crossing"] if meet is not None else [],
            x_name=letters[0],
            y_name=letters[1],
            say=say,
        )
    return None


def as_line(formula: str, letters: tuple[str, str]) -> tuple[float, float] | None:
    """Slope and intercept of a linear equation in two letters; None for anything else, upright lines among it."""
    if (sides := _sides(formula)) is None:
        return None
    try:
        left, right = (parse(side, letters) for side in sides)
    except ValueError:
        return None
    value = _difference(left, right)
    c = value(0, 0)
    a, b = value(1, 0) - c, value(0, 1) - c
    if not all(map(math.isfinite, (a, b, c))) or abs(b) < 1e-9:
        return None
    if any(not abs(value(x, y) - (a * x + b * y + c)) < 1e-6 for x, y in _PROBES):
        return None
    return -a / b, -c / b


def _functions(formulas: Sequence[str]) -> Kind | None:
    """The first one or two functions that are defined by a formula in one letter."""
    found: list[tuple[str, str, str, str]] = []
    for formula in formulas:
        match = _DEFINITION.match(formula)
        if match is None:
            continue
        body = match[2]
        letters = set(_letters(body))
        letter = match[1] or (letters.pop() if len(letters) == 1 else "x")
        try:
            function = parse(body, (letter,))
        except ValueError:
            continue
        if "x" in function.variables:
            found.append((_in_x(body, letter), formula, letter, formula.split("=")[0].strip()[:1]))
    if not found:
        return None
    same = [item for item in found if item[2] == found[0][2]][:2]
    data = {"kind": "function_graph", "functions": [item[0] for item in same], "labels": [item[1] for item in same], "x_name": found[0][2]}
    if (
        len(same) == 2
        and (kind := _loaded(**data, marks=["crossing"], say="The two graphs meet where both have the same value.")) is not None
    ):
        return kind
    data |= {"functions": data["functions"][:1], "labels": data["labels"][:1], "y_name": same[0][3] if same[0][3].isalpha() else "y"}
    return _loaded(
        **data, marks=["zeros", "vertex", "y_intercept"], say="The graph of the function, with the points that matter."
    ) or _loaded(**data, say="The graph of the function.")


def _polynomial(formulas: Sequence[str]) -> Kind | None:
    """An equation in one letter that is not linear, as the zeros of the difference of its sides."""
    for formula in formulas:
        letters = _letters(formula)
        if (sides := _sides(formula)) is None or len(set(letters)) != 1:
            continue
        letter = letters[0]
        difference = f"{sides[0]}-({sides[1]})" if sides[1].strip() != "0" else sides[0]
        try:
            function = parse(difference, (letter,))
        except ValueError:
            continue
        roots = zeros(function, -20, 20)
        if "x" not in function.variables or not roots or len(roots) > 4 or _linear_function(function):
            continue
        names = " and ".join(f"{letter} = {shown_number(root)}" for root in roots)
        label = f"y = {difference}" if sides[1].strip() == "0" else ""
        return _loaded(
            kind="function_graph",
            functions=[_in_x(difference, letter)],
            labels=[label],
            marks=["zeros"],
            x_name=letter,
            say=f"The curve meets the axis at {names}.",
        )
    return None


def _inequality(formulas: Sequence[str]) -> Kind | None:
    """`x > 3` or `-1 < x \\leq 4` on a number line."""
    for formula in formulas[:3]:
        text = formula.strip().strip("$").replace("\\left", "").replace("\\right", "")
        signs = [_SIGN.get(sign, sign) for sign in _RELATION.findall(text)]
        sides = [side.strip() for side in _RELATION.split(text)]
        values = [_constant(side) for side in sides]
        letters = [side for side in sides if re.fullmatch(r"[a-zA-Z]", side)]
        if len(letters) != 1 or len(signs) != len(sides) - 1 or sum(value is not None for value in values) != len(sides) - 1:
            continue
        interval: dict[str, object] = {}
        middle = sides.index(letters[0])
        for index, sign in enumerate(signs):
            number = values[index] if index < middle else values[index + 1]
            is_left = (index < middle) == (sign in ("<", "<="))
            interval |= {
                "left" if is_left else "right": number,
                "left_end" if is_left else "right_end": "closed" if "=" in sign else "open",
            }
        kind = _loaded(
            kind="number_line", intervals=[interval], formula=formula, say=f"All values of {letters[0]} that satisfy the inequality."
        )
        if kind is not None:
            return kind
    return None


def _difference(left: Expression, right: Expression) -> Callable[[float, float], float]:
    return lambda x, y: left(x, y) - right(x, y)


def _sides(formula: str) -> tuple[str, str] | None:
    sides = formula.split("=")
    return (sides[0], sides[1]) if len(sides) == 2 and all(side.strip() for side in sides) and not _RELATION.search(formula) else None


def _letters(formula: str) -> list[str]:
    """The single letters of a formula, commands and `e` left out."""
    return [
        letter for letter in re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+|\b(?:sin|cos|tan|log|ln|sqrt)\b", " ", formula)) if letter != "e"
    ]


def _constant(text: str) -> float | None:
    try:
        expression = parse(text)
    except ValueError:
        return None
    value = expression(0.0)
    return value if not expression.variables and math.isfinite(value) else None


def _linear(slope: float, intercept: float) -> str:
    return f"{slope:.10f}*x + ({intercept:.10f})"


def _linear_function(function: Expression) -> bool:
    return all(abs(function(a) + function(b) - 2 * function((a + b) / 2)) < 1e-9 for a, b in ((0.0, 2.0), (1.0, 7.0), (-3.0, 4.0)))


def _in_x(text: str, letter: str) -> str:
    return (
        text
        if letter == "x"
        else re.sub(
            r"\\[A-Za-z]+|\b(?:sin|cos|tan|log|ln|exp|sqrt|abs|pi)\b|[A-Za-z]", lambda match: "x" if match[0] == letter else match[0], text
        )
    )


def _loaded(**data: object) -> Kind | None:
    """The picture, a name instead of the labels that do not typeset; None where it cannot be drawn."""
    if isinstance(formula := data.get("formula"), str) and not _typesets(formula):
        data["formula"] = ""
    if isinstance(labels := data.get("labels"), list):
        # never the default: the line as a computer writes it has numbers that nobody wrote
        data["labels"] = [
            label if not label or _typesets(label) else _name_of(label) or data.get("y_name", "y") for label in map(str, labels)
        ]
    try:
        return load(data)
    except ValueError:
        return None


def _typesets(latex: str) -> bool:
    try:
        clean(latex)
    except ValueError:
        return False
    return True


def _name_of(definition: str) -> str:
    """The `f(x)` of `f(x) = ...`; "" for other equations."""
    name = definition.split("=")[0].strip()
    return name if _DEFINITION.match(definition) and _typesets(name) else ""
