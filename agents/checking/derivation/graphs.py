"""Steps for lines, circles and the vertex of a parabola. Runs inside the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.derivation.printing import as_printed, pair, tex
from agents.checking.direct import circles
from agents.checking.direct.functions import AT, HEIGHT, vertex_asked
from agents.checking.direct.lines import as_plain, line_of, relation_told, statement_of
from agents.checking.direct.reading import Direct, Given, is_condition
from agents.checking.equality import equal

_X, _Y = sympy.symbols("x y")


def vertex(given: Given, found: Direct) -> list[str]:
    """Halfway between two rational zeros, else where the formula for the axis says; then the height there, where it is asked for."""
    asked = vertex_asked(given)
    if asked is None:
        return []
    argument, body, target = asked
    a, b, _ = sympy.Poly(sympy.expand(body), argument).all_coeffs()
    at = sympy.simplify(-b / (2 * a))
    zeros = sorted((zero for zero in sympy.roots(sympy.expand(body), argument) if zero.is_rational), key=lambda zero: zero)
    name, place = tex(argument), tex(at)
    if len(zeros) == 2:
        left, right = map(tex, zeros)
        steps = [
            f"Find the zeros of ${tex(body)}$: ${name} = {left}$ and ${name} = {right}$.",
            f"The vertex lies halfway between them: ${name} = \\frac{{{left} + {_bracketed(zeros[1])}}}{{2}} = {place}$.",
        ]
    elif body.free_symbols & {sympy.Symbol("a"), sympy.Symbol("b")}:
        steps = [f"The vertex lies at minus the number before ${name}$, divided by twice that before ${name}^{{2}}$: ${name} = {place}$."]
    else:
        steps = [
            f"Name the coefficients of ${tex(sympy.expand(body))}$: $a = {tex(a)}$ and $b = {tex(b)}$.",
            f"The vertex lies at ${name} = -\\frac{{b}}{{2 a}} = {place}$.",
        ]
    height = sympy.simplify(body.subs(argument, at))
    if target.has(HEIGHT):
        steps.append(f"Put ${name} = {place}$ into ${tex(body)}$: the height there is ${tex(height)}$.")
    if is_condition(found.value):
        return [*steps, f"Only one of the intervals holds ${place}$: ${_interval(found.value, argument)}$."]
    reached = sympy.simplify(target.subs({AT: at, HEIGHT: height}))
    if not equal(reached, found.value):
        return []
    return [*steps, f"So the vertex is ${pair((at, height))}$."] if isinstance(target, sympy.Tuple) else steps


def _bracketed(value: Any) -> str:
    return f"({tex(value)})" if value.is_negative else tex(value)


def _interval(condition: Any, argument: Any) -> str:
    ends = condition.as_set()
    signs = ["<" if is_open else "\\le" for is_open in (ends.left_open, ends.right_open)]
    return f"{tex(ends.start)} {signs[0]} {tex(argument)} {signs[1]} {tex(ends.end)}"


def related_line(given: Given, found: Direct) -> list[str]:
    """The slope of the line that is printed, the slope that one beside it must have, and the one option that has it."""
    asked = relation_told(given)
    printed = [line for line in (line_of(as_plain(given, value)) for value in given.conditions) if line is not None]
    ours = line_of(as_plain(given, found.value))
    offered = {option.letter: line_of(as_plain(given, option.value)) for option in given.options}
    fitting = [letter for letter, line in offered.items() if ours is not None and line is not None and line[0] == ours[0]]
    if asked is None or len(printed) != 1 or ours is None or fitting != [found.letter]:
        return []
    slope = printed[0][0]
    steps = [f"Solve the given equation for $y$: $y = {tex(slope * _X + printed[0][1])}$, so its slope is ${tex(slope)}$."]
    if asked[1].lower() == "parallel" and ours[0] == slope:
        steps.append(f"A parallel line has the same slope, ${tex(ours[0])}$.")
    elif asked[1].lower() == "perpendicular" and ours[0] * slope == -1:
        steps.append(f"A perpendicular line has the negative reciprocal of it as its slope, ${tex(ours[0])}$.")
    else:
        return []
    text = next(option.text.strip(" $.") for option in given.options if option.letter == found.letter)
    return [*steps, f"Of the options, only ${text}$ has this slope: solved for $y$, it is $y = {tex(ours[0] * _X + ours[1])}$."]


def signs_of_line(given: Given, found: Direct) -> list[str]:
    """Slope and intercept of the printed line, for statements about their signs."""
    lines = [line for line in (line_of(as_plain(given, value)) for value in given.conditions) if line is not None]
    option = next((option for option in given.options if option.letter == found.letter), None)
    said = statement_of(option.text) if option is not None else None
    if len(lines) != 1 or said is None or relation_told(given) is not None:
        return []
    slope, intercept = lines[0]
    steps = [
        f"Solve the equation for $y$: $y = {tex(slope * _X + intercept)}$.",
        f"The slope is the number before $x$, ${tex(slope)}$, and it is {_sign(slope)}.",
    ]
    if said[2] == _Y:
        return [*steps, f"The $y$-intercept is the value at $x = 0$, ${tex(intercept)}$, and it is {_sign(intercept)}."]
    cut = -intercept / slope
    return [*steps, f"The $x$-intercept is where $y = 0$, at $x = {tex(cut)}$, and it is {_sign(cut)}."]


def _sign(value: Any) -> str:
    return "zero" if value == 0 else "positive" if value > 0 else "negative"


def region(given: Given, found: Direct) -> list[str]:
    """How far one coordinate reaches, where one inequality bounds the other by numbers and one bounds it by that other: `2x > 5` and `y > 2x - 1`."""
    if not is_condition(found.value) or len(given.inequalities) != 2 or len(found.value.free_symbols) != 1:
        return []
    (asked,) = found.value.free_symbols
    alone = [relation for relation in given.inequalities if len(relation.free_symbols) == 1 and not relation.has(asked)]
    both = [relation for relation in given.inequalities if relation.has(asked)]
    if len(alone) != 1 or len(both) != 1 or both[0].free_symbols != {_X, _Y}:
        return []
    (other,) = alone[0].free_symbols
    values = alone[0].as_set()
    edge = values.boundary
    bound = sympy.solve(both[0].lhs - both[0].rhs, asked)
    if len(edge) != 1 or len(bound) != 1:
        return []
    (at,) = edge
    end = bound[0].subs(other, at)
    if found.value.as_set().boundary != sympy.FiniteSet(end):
        return []
    name = tex(other)
    sign = ("<" if values.right_open else "\\le") if values.start == -sympy.oo else (">" if values.left_open else "\\ge")
    return [
        f"Solve ${as_printed(given, alone[0])}$ for ${name}$: ${name} {sign} {tex(at)}$.",
        f"The other inequality sets ${tex(asked)}$ against ${tex(bound[0])}$, which at ${name} = {tex(at)}$ comes to ${tex(end)}$.",
        f"As ${name}$ goes on from there, that bound moves on from ${tex(end)}$ too, so all that is left is ${tex(found.value)}$.",
    ]


def circle(given: Given, found: Direct) -> list[str]:
    """Centre and radius of an equation by completing both squares, or the equation from centre and radius."""
    if not circles.is_plain(given):
        return []
    printed = [equation for equation in given.equations if circles.circle_of(equation) is not None]
    if len(printed) == 1:
        return _squares_completed(given, printed[0], found)
    told = circles.described(given) if not given.equations else None
    if told is None or not isinstance(found.value, sympy.Eq) or circles.circle_of(found.value) != told:
        return []
    h, k, square = told
    steps = [
        f"A circle with centre $(h, k)$ and radius $r$ has the equation $(x - h)^{{2}} + (y - k)^{{2}} = r^{{2}}$, and its centre is ${pair((h, k))}$."
    ]
    if (point := circles.point_told(given)) is not None:
        squares = " + ".join(f"({tex(a)} - {_bracketed(b)})^{{2}}" for a, b in zip(point, (h, k), strict=True))
        steps.append(f"The squared radius is the squared distance from the centre to ${pair(point)}$: ${squares} = {tex(square)}$.")
    else:
        steps.append(f"Its radius is ${tex(sympy.sqrt(square))}$, so that $r^{{2}} = {tex(square)}$.")
    return [*steps, f"Put the centre and $r^{{2}}$ in: ${tex((_X - h) ** 2 + (_Y - k) ** 2)} = {tex(square)}$."]


def _squares_completed(given: Given, equation: Any, found: Direct) -> list[str]:
    h, k, square = circles.circle_of(equation) or (0, 0, 0)
    whole = sympy.Poly(sympy.expand(equation.lhs - equation.rhs), _X, _Y)
    if whole.coeff_monomial(_X**2) != 1:
        return []
    radius = sympy.sqrt(square)
    if found.value == sympy.Tuple(h, k):
        last = f"So the centre is ${pair((h, k))}$."
    elif equal(found.value, radius):
        last = f"The right side is $r^{{2}}$, so the radius is ${tex(radius)}$."
    elif equal(found.value, 2 * radius):
        last = f"The right side is $r^{{2}}$, so the radius is ${tex(radius)}$ and the diameter is ${tex(2 * radius)}$."
    else:
        return []
    steps = [f"Start from ${as_printed(given, equation)}$."]
    completed = [
        f"${tex(letter**2 - 2 * at * letter)} = {tex((letter - at) ** 2)} - {tex(at**2)}$" for letter, at in ((_X, h), (_Y, k)) if at != 0
    ]
    if completed:
        steps.append(f"Complete the squares: {' and '.join(completed)}.")
        steps.append(f"Put these in and move the numbers to the right: ${tex((_X - h) ** 2 + (_Y - k) ** 2)} = {tex(square)}$.")
    return [*steps, last]
