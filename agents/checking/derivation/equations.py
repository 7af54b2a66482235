"""Steps from printed equations to the value, point or solutions that are asked for, and a formula solved for one of its letters. Runs inside the sandbox only."""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.derivation.printing import as_printed, equation_of, shifted, tex
from agents.checking.derivation.unknowns import eliminated, single
from agents.checking.direct.equivalence import formula_asked_for
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solutions import asked_of
from agents.checking.direct.solving import all_true
from agents.checking.equality import equal

_LONG = 110
"""Signs of a step beyond which a formula is no longer carried through every line."""


def formula(given: Given, found: Direct) -> list[str]:
    """A formula solved for one of its letters."""
    asked = formula_asked_for(given)
    if asked is None or not isinstance(found.value, sympy.Eq):
        return []
    letter, equation = asked
    steps = [f"Start from {equation_of(equation.lhs, equation.rhs)}."]
    moved = _isolated(equation, letter, steps)
    if moved is None or not equal(moved, found.value.rhs):
        return []
    long = any(len(step) > _LONG for step in steps)
    return _by_its_factor(given, equation, letter, found) if long else steps


def _by_its_factor(given: Given, equation: Any, letter: Any, found: Direct) -> list[str]:
    """`m = k P`, where what stands for k is too long to be carried along; the last line is the option's own."""
    option = next((option.text.strip().strip("$") for option in given.options if option.letter == found.letter), None)
    if not equation.lhs.is_Symbol or sympy.Symbol("k") in equation.free_symbols or option is None:
        return []
    factor = equation.rhs.coeff(letter, 1)
    if factor.has(letter) or sympy.expand(equation.rhs - factor * letter) != 0 or sympy.fraction(factor)[1] == 1:
        return []
    whole = tex(equation.lhs)
    return [
        f"The formula has the form ${whole} = k {tex(letter)}$, where $k$ is the fraction that stands beside ${tex(letter)}$.",
        f"Divide both sides by $k$: ${tex(letter)} = \\frac{{{whole}}}{{k}}$.",
        f"Dividing by a fraction is multiplying by its reciprocal, so put that in for $\\frac{{1}}{{k}}$: ${option}$.",
    ]


def _isolated(equation: Any, letter: Any, steps: list[str]) -> Any:
    """Undoes what was done to the letter, outermost first, where it stands in one place only; the other side then."""
    left, right = (equation.lhs, equation.rhs) if equation.lhs.has(letter) else (equation.rhs, equation.lhs)
    if right.has(letter):
        return None
    while left != letter:
        if isinstance(left, sympy.Add):
            rest = sympy.Add(*[term for term in left.args if not term.has(letter)])
            kept = [term for term in left.args if term.has(letter)]
            if len(kept) != 1:
                return None
            left, right = kept[0], right - rest
            steps.append(f"{shifted(-rest)}: {equation_of(left, right)}.")
        elif isinstance(left, sympy.Mul):
            kept = [factor for factor in left.args if factor.has(letter)]
            rest = sympy.Mul(*[factor for factor in left.args if not factor.has(letter)])
            if len(kept) != 1:
                return None
            if isinstance(kept[0], sympy.Pow) and kept[0].exp == -1:
                left, right = kept[0].base * right, rest
                steps.append(f"Multiply both sides by ${tex(kept[0].base)}$: {equation_of(left, right)}.")
                continue
            left, right = kept[0], right / rest
            if sympy.fraction(rest)[1] == 1:
                steps.append(f"Divide both sides by ${tex(rest)}$: {equation_of(left, right)}.")
            else:
                steps.append(f"Multiply both sides by ${tex(1 / rest)}$: {equation_of(left, right)}.")
        elif isinstance(left, sympy.Pow) and left.exp == sympy.Rational(1, 2):
            left, right = left.base, right**2
            steps.append(f"Square both sides: {equation_of(left, right)}.")
        else:
            return None
    return right


def without_solution(given: Given, found: Direct) -> list[str]:
    """One equation that sets an absolute value or a square root equal to less than nothing."""
    asked = asked_of(given)
    if found.value != sympy.S.EmptySet or asked is None or len(asked[0]) != 1:
        return []
    (equation,) = asked[0]
    whole = equation.lhs - equation.rhs
    roots = [part for part in whole.atoms(sympy.Pow) if part.exp == sympy.Rational(1, 2) and part.free_symbols]
    special = [*whole.atoms(sympy.Abs), *roots]
    if len(special) != 1:
        return []
    placeholder = sympy.Dummy()
    values = sympy.solve(whole.subs(special[0], placeholder), placeholder)
    if len(values) != 1 or not values[0].is_negative:
        return []
    name = "An absolute value" if isinstance(special[0], sympy.Abs) else "A square root"
    # no line may state the equation itself, which nothing solves
    return [
        f"Solve for ${tex(special[0])}$ first: it would have to be ${tex(values[0])}$.",
        f"{name} is never less than $0$, so that no value will do.",
    ]


def solved(given: Given, found: Direct) -> list[str]:
    """The value, point or solutions of printed equations."""
    asked = asked_of(given)
    if asked is None or asked[1] not in ("value", "point", "all"):
        return []
    printed, kind, target = asked
    steps = [f"Start from {' and '.join(f'${as_printed(given, item)}$' for item in printed[:3])}."]
    if len(printed) == 1 and "(" in as_printed(given, printed[0]) and "(" not in equation_of(printed[0].lhs, printed[0].rhs):
        # SymPy has multiplied the brackets out while it read them
        steps.append(f"Multiply out the brackets: {equation_of(printed[0].lhs, printed[0].rhs)}.")
    equations, at = _known_put_in(list(printed), steps)
    unknowns = sorted(set().union(*(item.free_symbols for item in equations)), key=lambda symbol: symbol.name) if equations else []
    branches: list[dict[Any, Any]]
    if not equations:
        branches = [at]
    elif len(equations) == 1 and len(unknowns) == 1:
        branches = [{**at, unknowns[0]: value} for value in single(equations[0], unknowns[0], steps)]
    elif len(equations) == 2 and len(unknowns) == 2:
        branches = [{**at, **branch} for branch in eliminated(equations[0], equations[1], unknowns[0], unknowns[1], steps)]
    else:
        return []
    fitting = [branch for branch in branches if all_true(given.inequalities, branch)]
    if fitting and len(fitting) < len(branches):
        conditions = " and ".join(f"${tex(condition)}$" for condition in given.inequalities)
        kept = " or ".join(equation_of(unknowns[0], branch[unknowns[0]]) for branch in fitting)
        steps.append(f"Since {conditions}, only {kept} is left.")
        branches = fitting
    if not branches:
        return []
    if kind == "value" and isinstance(target, sympy.Expr):
        values = {target.subs(branch) for branch in branches}
        if any(value.free_symbols for value in values):
            return []
        if not target.is_Symbol:
            told = " or ".join(f"${tex(value)}$" for value in sorted(values, key=sympy.default_sort_key))
            one = f"{equation_of(target, next(iter(values)))}" if len(values) == 1 else f"${tex(target)}$ is {told}"
            steps.append(f"Find what is asked, ${tex(target)}$: {one}.")
        if _same_set(values, found.value):
            return steps
        if not any(equal(value, found.value) for value in values):
            return []
        if len(values) > 1:
            steps.append(f"Of these, {equation_of(target, found.value)} is the one that is asked for.")
        return steps
    if kind == "point" and isinstance(target, sympy.Tuple):
        points = [sympy.Tuple(*[part.subs(branch) for part in target]) for branch in branches]
        if not any(equal(point, found.value) for point in points):
            return []
        steps.append(f"Write the solution as a pair: $({tex(target[0])}, {tex(target[1])}) = ({tex(points[0][0])}, {tex(points[0][1])})$.")
        return steps
    values = {branch[unknowns[0]] for branch in branches} if len(unknowns) == 1 else set()
    return steps if _same_set(values, found.value) else []


def unit(given: Given, found: Direct) -> list[str]:
    """An expression such as `ax + b` that one equation fixes although its letters stay open: it is kept together as one unknown."""
    asked = asked_of(given)
    if asked is None or asked[1] != "value" or len(asked[0]) != 1 or given.inequalities:
        return []
    (equation,), _, target = asked
    if not isinstance(target, sympy.Expr) or target.is_Symbol or len(equation.free_symbols) < 2:
        return []
    # a name with braces is printed as it is
    whole = sympy.Symbol(f"{{\\left({tex(target)}\\right)}}")
    for letter in sorted(target.free_symbols, key=str):
        put = sympy.solve(sympy.Eq(target, whole), letter)
        if len(put) != 1:
            continue
        left, right = (sympy.simplify(side.subs(letter, put[0])) for side in (equation.lhs, equation.rhs))
        if (left - right).free_symbols != {whole}:
            continue
        steps = [f"Start from ${as_printed(given, equation)}$.", f"Keep ${tex(target)}$ together: {equation_of(left, right)}."]
        values = single(sympy.Eq(left, right, evaluate=False), whole, steps)
        if len(values) != 1 or not equal(values[0], found.value):
            return []
        return [step.replace(f"${tex(whole)} = ", f"${tex(target)} = ") for step in steps]
    return []


def _same_set(values: set[Any], found: Any) -> bool:
    return isinstance(found, sympy.FiniteSet) and len(found) == len(values) and all(any(equal(a, b) for b in found) for a in values)


def _known_put_in(equations: list[Any], steps: list[str]) -> tuple[list[Any], dict[Any, Any]]:
    """`k = 3` among several equations is put into the others."""
    at: dict[Any, Any] = {}
    while len(equations) > 1:
        known = next((item for item in equations if item.lhs.is_Symbol and item.rhs.is_number), None)
        if known is None:
            break
        equations = [item for item in equations if item is not known]
        at[known.lhs] = known.rhs
        put = []
        for index, item in enumerate(equations):
            if item.has(known.lhs):
                equations[index] = sympy.Eq(item.lhs.subs(known.lhs, known.rhs), item.rhs.subs(known.lhs, known.rhs), evaluate=False)
                put.append(equation_of(equations[index].lhs, equations[index].rhs))
        if put:
            steps.append(f"Replace ${tex(known.lhs)}$ by ${tex(known.rhs)}$: {' and '.join(put)}.")
    return equations, at
