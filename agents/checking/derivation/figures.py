"""Steps for measures of figures, and for linear formulas of a story. Runs inside the sandbox only."""

from __future__ import annotations

import sympy

from agents.checking.derivation.printing import decimal, equation_of, tex
from agents.checking.derivation.unknowns import single
from agents.checking.direct import conversions, figures, rates
from agents.checking.direct.reading import Direct, Given
from agents.checking.equality import equal


def measured(given: Given, found: Direct) -> list[str]:
    """From one measure of a figure to the length that all depend on, and to the other measure."""
    asked = figures.measures_asked(given)
    if asked is None or not isinstance(found.value, sympy.Expr):
        return []
    figure, known, wanted, value = asked
    length = figures.length_of(figure, known, value)
    if length is None:
        return []
    formulas = figures.OF_ONE_LENGTH[figure]
    steps = []
    if formulas[known] != figures.LENGTH:
        steps = [
            f"Let $s$ be the {figures.NAME_OF_LENGTH[figure]}: then the {known} of the {figure} is ${tex(formulas[known])}$.",
            f"Set this equal to what is given: {equation_of(formulas[known], value)}, so $s = {tex(length)}$.",
        ]
    else:
        steps = [f"The {known} of the {figure} is given: $s = {tex(length)}$."]
    if formulas[wanted] == figures.LENGTH:
        return steps
    return [*steps, f"The {wanted} is ${tex(formulas[wanted])}$, which comes to ${tex(found.value)}$."]


def scaled(given: Given, found: Direct) -> list[str]:
    """By what a measure is multiplied when the lengths are."""
    asked = figures.change_asked(given)
    if asked is None:
        return []
    figure, measure, value, factors = asked
    powers = figures.POWERS[figure, measure]
    parts = [
        f"the {name} is multiplied by ${tex(factor)}$" + (f" and enters to the power ${powers[name]}$" if powers[name] > 1 else "")
        for name, factor in factors.items()
    ]
    grown = [f"({tex(factor)})^{{{powers[name]}}}" if powers[name] > 1 else f"({tex(factor)})" for name, factor in factors.items()]
    by = sympy.Mul(*(factor ** powers[name] for name, factor in factors.items()))
    if not equal(by * value, found.value):
        return []
    return [
        f"In the {measure} of a {figure}, {'; '.join(parts)}.",
        f"So the {measure} is multiplied by ${' '.join(grown)} = {tex(by)}$.",
        f"Work it out: ${f'({tex(value)})' if value.is_Add else tex(value)} \\cdot {tex(by)} = {tex(found.value)}$.",
    ]


def grown(given: Given, found: Direct) -> list[str]:
    """By how much one letter of a linear formula grows with the other: two neighbouring values, and their difference."""
    asked = rates.growth_asked(given)
    if asked is None:
        return []
    dependent, free, by, body, falling = asked
    after = sympy.expand(body.subs(free, free + by))
    change = sympy.expand(after - body)
    if not equal(-change if falling else change, found.value):
        return []
    falls = [f"So ${dependent}$ decreases by ${tex(found.value)}$."] if falling else []
    return [
        f"Solve the formula for ${dependent}$: ${dependent} = {tex(body)}$.",
        f"Put ${tex(free + by)}$ in for ${free}$: it becomes ${tex(after)}$.",
        f"The difference of the two is ${tex(after)} - ({tex(body)}) = {tex(change)}$.",
        *falls,
    ]


def converted(given: Given, found: Direct) -> list[str]:
    """A quantity in another unit: multiplied by the rate, or divided."""
    asked = conversions.conversion_asked(given)
    if asked is None:
        return []
    number, factor, multiplied, one, many = asked
    if not isinstance(found.value, sympy.Rational):
        return []
    decimals = [decimal(number), decimal(factor), decimal(found.value, 3)]
    sign = "=" if sympy.Rational(decimals[2]) == found.value else "\\approx"
    why = f"every {one} counts for ${decimals[1]}$ {many}" if multiplied else f"every ${decimals[1]}$ {many} make one {one}"
    operation = "\\cdot" if multiplied else "\\div"
    return [
        f"{'Multiply by' if multiplied else 'Divide by'} the rate, since {why}.",
        f"Work it out: ${decimals[0]} {operation} {decimals[1]} {sign} {decimals[2]}$.",
    ]


def shared(given: Given, found: Direct) -> list[str]:
    """Where two formulas of one letter give the same, and what they give there."""
    asked = rates.shared_asked(given)
    if asked is None:
        return []
    first, second, letter = asked
    steps = [f"Set the two equal: {equation_of(first.rhs, second.rhs)}."]
    values = single(sympy.Eq(first.rhs, second.rhs, evaluate=False), letter, steps)
    if len(values) != 1 or not equal(first.rhs.subs(letter, values[0]), found.value):
        return []
    return [*steps, f"Put this into ${tex(first.lhs)} = {tex(first.rhs)}$: {equation_of(first.lhs, found.value)}."]
