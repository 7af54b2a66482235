"""Steps to constants: from coefficients, from the directions of two lines, from how many solutions there are; and that number itself.

Runs inside the sandbox only.
"""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.derivation.printing import as_printed, tex
from agents.checking.direct.parameters import identity_asked, linear, wanted_count
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solutions import asked_of
from agents.checking.direct.solving import symbols_of

_MOST_EQUATIONS = 3


def coefficients(given: Given, found: Direct) -> list[str]:
    """Constants of an identity: each power has the same coefficient on both sides."""
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
    told = [equation for equation in system if equation in given.equations]
    lines = " and ".join(f"${tex(equation.lhs)} = {tex(equation.rhs)}$" for equation in system if equation not in told)
    besides = "".join(f", and it is given that ${tex(equation.lhs)} = {tex(equation.rhs)}$" for equation in told)
    solved = " or ".join(f"${', '.join(f'{letter} = {tex(value)}' for letter, value in solution.items())}$" for solution in solutions)
    steps = [
        f"Both sides are equal for all values only where each power has the same coefficient on both: {lines}{besides}.",
        f"Solve these for the constants: {solved}.",
    ]
    if target.is_Symbol and len(solutions) == 1:
        return steps
    return [*steps, "Find what is asked: " + " or ".join(f"${tex(target)} = {tex(value)}$" for value in dict.fromkeys(reached)) + "."]


def parallel(given: Given, found: Direct) -> list[str]:
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
        f"Multiply crosswise: ${_product(a, e)} = {_product(b, d)}$, so ${tex(products.lhs)} = {tex(products.rhs)}$.",
        f"Solve this for ${target}$: ${target} = {tex(found.value)}$.",
    ]


def _product(left: Any, right: Any) -> str:
    return f"({tex(left)}) ({tex(right)})"


def no_or_all(given: Given, found: Direct) -> list[str]:
    """One linear equation that nothing or everything solves: the unknown drops out."""
    wanted = wanted_count(given)
    if wanted is None or wanted[2] not in (0, sympy.oo) or len(given.equations) != 1 or len(wanted[1]) != 1:
        return []
    target, (unknown,), count = wanted
    equation = given.equations[0]
    rows = linear([equation], [unknown])
    if rows is None or not target.is_Symbol:
        return []
    factor, rest = rows[0]
    opened = [sympy.expand(side) for side in (equation.lhs, equation.rhs)]
    if sympy.solve(factor, target) != [found.value] or (count == 0) == (sympy.simplify(rest.subs(target, found.value)) == 0):
        return []
    name = tex(unknown)
    # no line may state the equation itself: together with the constant that is found it is what nothing solves
    steps = []
    if opened != [equation.lhs, equation.rhs]:
        steps.append(f"Multiply out and collect: the left side is ${tex(opened[0])}$, the right side is ${tex(opened[1])}$.")
    steps.append(f"Bring all terms with ${name}$ to the left: ${tex(factor * unknown)}$. To the right comes the rest: ${tex(rest)}$.")
    steps.append(f"${name}$ drops out exactly where ${tex(factor)} = 0$, which is where ${target} = {tex(found.value)}$.")
    left_over = sympy.simplify(rest.subs(target, found.value))
    if count == 0 and left_over.is_number:
        steps.append(f"The right side is ${tex(left_over)}$ then and not $0$, so that no ${name}$ will do.")
    elif count == 0:
        steps.append(f"The right side is ${tex(left_over)}$ then: as long as that is not $0$, no ${name}$ will do.")
    else:
        steps.append(f"The right side is $0$ then too, so that every ${name}$ will do.")
    return steps


def counted(given: Given, found: Direct) -> list[str]:
    """How many solutions a quadratic has, by its discriminant; of two equations, where one gives a letter that is put into the other."""
    asked = asked_of(given)
    if asked is None or asked[1] != "count" or not isinstance(found.value, sympy.Integer):
        return []
    equations = asked[0]
    steps = [f"Start from {' and '.join(f'${as_printed(given, equation)}$' for equation in equations)}."]
    if len(equations) == 2:
        put = _one_into_the_other(equations, steps)
        if put is None:
            return []
        equations = [put]
    unknowns = symbols_of(equations)
    if len(equations) != 1 or len(unknowns) != 1:
        return []
    (unknown,) = unknowns
    whole = sympy.expand(equations[0].lhs - equations[0].rhs)
    if not whole.is_polynomial(unknown) or sympy.degree(whole, unknown) != 2:
        return []
    if equations[0].rhs != 0 or whole != equations[0].lhs:
        steps.append(f"Bring everything to one side: ${tex(whole)} = 0$.")
    a, b, c = sympy.Poly(whole, unknown).all_coeffs()
    discriminant = b**2 - 4 * a * c
    number = 1 if discriminant == 0 else 2 if discriminant.is_positive else 0
    if not discriminant.is_number or found.value != number:
        return []
    told = {0: "negative: there is no real solution", 1: "zero: there is exactly one solution", 2: "positive: there are two solutions"}[
        number
    ]
    return [*steps, f"The discriminant $b^{{2}} - 4 a c$ is $({tex(b)})^{{2}} - 4 ({tex(a)}) ({tex(c)}) = {tex(discriminant)}$, {told}."]


def _one_into_the_other(equations: list[Any], steps: list[str]) -> Any | None:
    for known, other in (equations, equations[::-1]):
        if known.lhs.is_Symbol and not known.rhs.has(known.lhs) and other.has(known.lhs):
            put = sympy.Eq(other.lhs.subs(known.lhs, known.rhs), other.rhs.subs(known.lhs, known.rhs), evaluate=False)
            steps.append(f"Replace ${tex(known.lhs)}$ by ${tex(known.rhs)}$ in the other equation: ${tex(put.lhs)} = {tex(put.rhs)}$.")
            return put
    return None
