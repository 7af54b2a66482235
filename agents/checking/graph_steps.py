"""Worked steps for answers that algebra found on a graph, among points or between constants. Runs inside the sandbox only.

The counterpart of `agents.checking.derivation` for families whose way is no chain of equations: one move a step, its formula between dollars, and
nothing where the way is another or does not end in the answer that was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from agents.checking.direct import choices
from agents.checking.direct.functions import AT, HEIGHT, vertex_asked
from agents.checking.direct.lines import RELATED, as_plain, line_of
from agents.checking.direct.parameters import identity_asked, linear, wanted_count
from agents.checking.direct.reading import Direct, Given, is_condition
from agents.checking.direct.solving import is_true
from agents.checking.equality import equal

_X, _Y = sympy.symbols("x y")
_MOST_EQUATIONS = 3


def _tex(value: Any) -> str:
    return str(sympy.latex(value))


def vertex(given: Given, found: Direct) -> list[str]:
    """Halfway between two rational zeros, else where the formula for the axis says; then the height there, where it is asked for."""
    asked = vertex_asked(given)
    if asked is None:
        return []
    argument, body, target = asked
    a, b, _ = sympy.Poly(sympy.expand(body), argument).all_coeffs()
    at = sympy.simplify(-b / (2 * a))
    zeros = sorted((zero for zero in sympy.roots(sympy.expand(body), argument) if zero.is_rational), key=lambda zero: zero)
    name, place = _tex(argument), _tex(at)
    if len(zeros) == 2:
        left, right = map(_tex, zeros)
        steps = [
            f"Find the zeros of ${_tex(body)}$: ${name} = {left}$ and ${name} = {right}$.",
            f"The vertex lies halfway between them: ${name} = \\frac{{{left} + {_bracketed(zeros[1])}}}{{2}} = {place}$.",
        ]
    else:
        steps = [
            f"Name the coefficients of ${_tex(sympy.expand(body))}$: $a = {_tex(a)}$ and $b = {_tex(b)}$.",
            f"The vertex lies at ${name} = -\\frac{{b}}{{2 a}} = {place}$.",
        ]
    height = sympy.simplify(body.subs(argument, at))
    if target.has(HEIGHT):
        steps.append(f"Put ${name} = {place}$ into ${_tex(body)}$: the height there is ${_tex(height)}$.")
    if is_condition(found.value):
        return [*steps, f"Only one of the intervals holds ${place}$: ${_interval(found.value, argument)}$."]
    reached = sympy.simplify(target.subs({AT: at, HEIGHT: height}))
    if not equal(reached, found.value):
        return []
    return [*steps, f"So the vertex is ${_pair((at, height))}$."] if isinstance(target, sympy.Tuple) else steps


def _bracketed(value: Any) -> str:
    return f"({_tex(value)})" if value.is_negative else _tex(value)


def _interval(condition: Any, argument: Any) -> str:
    ends = condition.as_set()
    signs = ["<" if is_open else "\\le" for is_open in (ends.left_open, ends.right_open)]
    return f"{_tex(ends.start)} {signs[0]} {_tex(argument)} {signs[1]} {_tex(ends.end)}"


def related_line(given: Given, found: Direct) -> list[str]:
    """The slope of the line that is printed, the slope that one beside it must have, and the option that has it."""
    asked = RELATED.search(given.frame)
    printed = [line for line in (line_of(as_plain(given, value)) for value in given.conditions) if line is not None]
    ours = line_of(as_plain(given, found.value))
    if asked is None or len(printed) != 1 or ours is None:
        return []
    steps = [
        f"Solve the given equation for $y$: $y = {_tex(printed[0][0] * _X + printed[0][1])}$, so its slope is ${_tex(printed[0][0])}$."
    ]
    if asked[1].lower() == "parallel":
        steps.append(f"A parallel line has the same slope, ${_tex(ours[0])}$.")
    else:
        steps.append(f"A perpendicular line has the negative reciprocal of it as its slope, ${_tex(ours[0])}$.")
    text = next((option.text.strip(" $.") for option in given.options if option.letter == found.letter), _tex(found.value))
    return [*steps, f"Of the options, ${text}$ has this slope: solved for $y$, it is $y = {_tex(ours[0] * _X + ours[1])}$."]


def tried_points(given: Given, found: Direct) -> list[str]:
    """Every offered point put into the conditions, up to the first that it breaks."""
    if not isinstance(found.value, sympy.Tuple) or len(found.value) != 2 or not given.conditions or given.definitions or given.facts:
        return []
    steps: list[str] = []
    fits: list[Any] = []
    for option in given.options:
        point = option.value
        if not isinstance(point, sympy.Tuple) or len(point) != 2 or point.free_symbols:
            return []
        at = dict(zip((_X, _Y), point, strict=True))
        verdicts = [is_true(condition, at) for condition in given.conditions]
        if None in verdicts:
            return []
        if False in verdicts:
            index = verdicts.index(False)
            became = _with_numbers(given.conditions[index], at)
            if not became:
                return []
            steps.append(f"Try ${_pair(point)}$ in ${_printed(given, given.conditions[index])}$: ${became}$ is false.")
        else:
            fits.append(point)
            steps.append(f"Try ${_pair(point)}$ in all of them: {_all_of_them(given.conditions, at)}, which holds.")
    return steps if fits == [found.value] else []


def tried_data(given: Given, found: Direct) -> list[str]:
    """Every offered formula tried on the printed points, up to the first that it misses."""
    data = choices.data_of(given)
    if data is None or found.letter is None:
        return []
    steps: list[str] = []
    for option in given.options:
        misses = [(x, y) for head, x, y in data if choices.gives(option.value, head, x, y) is False]
        if option.letter == found.letter:
            if misses:
                return []
            steps.append(f"Try ({option.letter}): it gives {' and '.join(f'${_pair((x, y))}$' for _, x, y in data)}, all of the points.")
        else:
            if not misses:
                return []
            steps.append(f"Try ({option.letter}): it misses the point ${_pair(misses[0])}$.")
    return steps


def _pair(point: Any) -> str:
    return f"({', '.join(map(_tex, point))})"


def _all_of_them(conditions: Sequence[Any], at: dict[Any, Any]) -> str:
    return " and ".join(f"${_with_numbers(condition, at)}$" for condition in conditions)


def _with_numbers(condition: Any, at: dict[Any, Any]) -> str:
    signs = {sympy.Eq: "=", sympy.Lt: "<", sympy.Gt: ">", sympy.Le: "\\le", sympy.Ge: "\\ge"}
    sign = next((sign for kind, sign in signs.items() if isinstance(condition, kind)), "")
    return f"{_tex(condition.lhs.subs(at))} {sign} {_tex(condition.rhs.subs(at))}" if sign else ""


def _printed(given: Given, value: Any) -> str:
    return next((text.strip() for text, other in zip(given.texts, given.values, strict=True) if other == value), _tex(value))


def constants(given: Given, found: Direct) -> list[str]:
    """Constants of an identity from its coefficients, or of two lines from their directions."""
    return _coefficients(given, found) or _parallel(given, found)


def _coefficients(given: Given, found: Direct) -> list[str]:
    asked = identity_asked(given)
    if asked is None:
        return []
    target, system = asked
    system = [equation for equation in system if equation.lhs - equation.rhs != 0]
    letters = sorted(set().union(*(equation.free_symbols for equation in system)), key=str)
    solutions = sympy.solve(system, letters, dict=True)
    if (
        not 0 < len(system) <= _MOST_EQUATIONS
        or not 0 < len(solutions) <= 2
        or any(set(solution) != set(letters) for solution in solutions)
    ):
        return []
    reached = [sympy.simplify(target.subs(solution)) for solution in solutions]
    values = list(found.value) if isinstance(found.value, sympy.FiniteSet) else [found.value]
    if {*reached} != {*values}:
        return []
    lines = " and ".join(f"${_tex(equation.lhs)} = {_tex(equation.rhs)}$" for equation in system)
    solved = " or ".join(f"${', '.join(f'{letter} = {_tex(value)}' for letter, value in solution.items())}$" for solution in solutions)
    steps = [
        f"Both sides are equal for all values only where each power has the same coefficient on both: {lines}.",
        f"Solve these for the constants: {solved}.",
    ]
    if target.is_Symbol and len(solutions) == 1:
        return steps
    return [*steps, "Find what is asked: " + " or ".join(f"${_tex(target)} = {_tex(value)}$" for value in dict.fromkeys(reached)) + "."]


def _parallel(given: Given, found: Direct) -> list[str]:
    """Two lines without a common point, or with all points in common: the coefficients are in one ratio."""
    wanted = wanted_count(given)
    if wanted is None or wanted[2] not in (0, sympy.oo) or len(given.equations) != 2 or len(wanted[1]) != 2:
        return []
    target, variables, count = wanted
    rows = linear(given.equations, variables)
    if rows is None:
        return []
    (a, b, _), (d, e, _) = rows
    products = sympy.Eq(a * e, b * d, evaluate=False)
    if not target.is_Symbol or sympy.solve(products, target) != [found.value]:
        return []
    one, other = variables
    why = "no point in common where they are parallel" if count == 0 else "all points in common where they are the same"
    return [
        f"Two lines have {why}, and then the coefficients of ${one}$ and ${other}$ are in the same ratio in both equations.",
        f"Multiply crosswise: ${_product(a, e)} = {_product(b, d)}$, so ${_tex(products.lhs)} = {_tex(products.rhs)}$.",
        f"Solve this for ${target}$: ${target} = {_tex(found.value)}$.",
    ]


def _product(left: Any, right: Any) -> str:
    return f"({_tex(left)}) ({_tex(right)})"
