"""Worked steps for an answer that algebra found, written by algebra too. Runs inside the sandbox only.

A model may work such a problem wrongly or not at all; what is shown, and what hints are made of, must hold. Each family writes the moves that a
teacher would write at the board, and nothing where it knows no such moves or where they do not end in the answer that was found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.equivalence import equivalent_source, formula_asked_for
from agents.checking.direct.reading import Direct, Given, read, read_formula
from agents.checking.direct.solutions import asked_of
from agents.checking.direct.solving import all_true
from agents.checking.equality import equal
from agents.checking.graph_steps import constants, related_line, tried_data, tried_points, vertex

_MOST_STEPS = 8
_MOST_TERMS = 12
_MOST_SIGNS = 110
"""Of the LaTeX of one formula."""
_ON_GRAPHS = (vertex, related_line, tried_points, tried_data, constants)


def derive(stem: str, options: list[dict[str, str]], found: Direct) -> list[str]:
    """The steps to the answer that algebra `found`, in words with their formulas between dollars; empty where no family knows the way, or where a
    line would be too long to be read."""
    given = read(stem, options)
    for way in (_expression, _formula, _system, _value_of_function, *_ON_GRAPHS):
        steps = way(given, found)
        if steps:
            readable = len(steps) <= _MOST_STEPS and all(len(piece) <= _MOST_SIGNS for step in steps for piece in step.split("$")[1::2])
            return steps if readable else []
    return []


def _tex(value: Any) -> str:
    return str(sympy.latex(value))


def _equation(left: Any, right: Any) -> str:
    return f"${_tex(left)} = {_tex(right)}$"


def _expression(given: Given, found: Direct) -> list[str]:
    """An expression in another form: brackets or fractions first, then the form that the answer has."""
    source = equivalent_source(given)
    if source is None or not isinstance(found.value, sympy.Expr) or not equal(source, found.value):
        return []
    # SymPy adds up what it reads, so the text itself is asked how the expression was printed
    printed = next((text.strip() for text, value in zip(given.texts, given.values, strict=True) if value == source), _tex(source))
    steps = [f"Start from ${printed}$."]
    if source.is_polynomial():
        done = sympy.expand(source)
        opened = _opened(printed, given)
        if opened and opened != _tex(done):
            if "(" in printed:
                steps.append(f"Multiply out the brackets, where a minus before one turns every sign in it: ${opened}$.")
            steps.append(f"Collect the terms of the same kind: ${_tex(done)}$.")
        elif done != source:
            steps.append(f"Multiply out the brackets and collect the terms of the same kind: ${_tex(source)} = {_tex(done)}$.")
    else:
        done = sympy.together(source)
        inner = next((part.base for part in sympy.Mul.make_args(source) if part.is_Pow and part.exp == -1 and part.base.is_Add), None)
        below = sympy.together(inner) if inner is not None else inner
        if below is not None and below != inner:
            steps.append(f"Bring the fractions below the line to a common denominator: ${_tex(inner)} = {_tex(below)}$.")
            steps.append(f"Multiply by the reciprocal instead of dividing by the fraction: ${_tex(source)} = {_tex(done)}$.")
        elif done != source:
            steps.append(f"Bring the fractions to a common denominator: ${_tex(source)} = {_tex(done)}$.")
    if len(sympy.Add.make_args(done)) > _MOST_TERMS:
        return []
    if not _looks_like(done, found.value):
        steps.append(f"Write it in the form of the answer that is asked for: ${_tex(done)} = {_tex(found.value)}$.")
    return steps if len(steps) > 1 else []


def _opened(printed: str, given: Given) -> str:
    """The printed sum with every bracket multiplied out and nothing collected; "" where a part of it cannot be read."""
    terms: list[Any] = []
    for sign, text in _summands(printed):
        value = read_formula(text, given.functions)
        if not isinstance(value, sympy.Expr):
            return ""
        terms += [sign * term for term in sympy.expand(value).as_ordered_terms()]
    if not terms or len(terms) > _MOST_TERMS:
        return ""
    first, *others = (_tex(term) for term in terms)
    return first + "".join(f" - {text[1:].strip()}" if text.startswith("-") else f" + {text}" for text in others)


def _summands(latex: str) -> list[tuple[int, str]]:
    """The parts of a sum that stand outside all brackets, each with its sign."""
    parts: list[tuple[int, str]] = []
    depth, sign, begun = 0, 1, ""
    for char in re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", latex):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
        if depth == 0 and char in "+-" and not begun.rstrip().endswith("^"):
            if begun.strip():
                parts.append((sign, begun.strip()))
            sign, begun = (1 if char == "+" else -1), ""
        else:
            begun += char
    return [*parts, (sign, begun.strip())] if begun.strip() else parts


def _looks_like(left: Any, right: Any) -> bool:
    return bool(left == right or _tex(left) == _tex(right))


def _formula(given: Given, found: Direct) -> list[str]:
    """A formula solved for one of its letters."""
    asked = formula_asked_for(given)
    if asked is None or not isinstance(found.value, sympy.Eq):
        return []
    letter, equation = asked
    steps = [f"Start from {_equation(equation.lhs, equation.rhs)}."]
    moved = _isolated(equation, letter, steps)
    return steps if moved is not None and equal(moved, found.value.rhs) else []


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
            steps.append(f"{_shifted(-rest)}: {_equation(left, right)}.")
        elif isinstance(left, sympy.Mul):
            kept = [factor for factor in left.args if factor.has(letter)]
            rest = sympy.Mul(*[factor for factor in left.args if not factor.has(letter)])
            if len(kept) != 1:
                return None
            if isinstance(kept[0], sympy.Pow) and kept[0].exp == -1:
                left, right = kept[0].base * right, rest
                steps.append(f"Multiply both sides by ${_tex(kept[0].base)}$: {_equation(left, right)}.")
                continue
            left, right = kept[0], right / rest
            if sympy.fraction(rest)[1] == 1:
                steps.append(f"Divide both sides by ${_tex(rest)}$: {_equation(left, right)}.")
            else:
                steps.append(f"Multiply both sides by ${_tex(1 / rest)}$: {_equation(left, right)}.")
        elif isinstance(left, sympy.Pow) and left.exp == sympy.Rational(1, 2):
            left, right = left.base, right**2
            steps.append(f"Square both sides: {_equation(left, right)}.")
        else:
            return None
    return right


def _shifted(amount: Any) -> str:
    """The move that adds this amount to both sides."""
    negative = amount.could_extract_minus_sign()
    return f"Subtract ${_tex(-amount)}$ from both sides" if negative else f"Add ${_tex(amount)}$ to both sides"


def _system(given: Given, found: Direct) -> list[str]:
    """The value, point or solutions of printed equations."""
    asked = asked_of(given)
    if asked is None or asked[1] not in ("value", "point", "all"):
        return []
    printed, kind, target = asked
    steps = [f"Start from {' and '.join(_as_printed(given, item) for item in printed[:3])}."]
    if len(printed) == 1 and "(" in _as_printed(given, printed[0]) and "(" not in _equation(printed[0].lhs, printed[0].rhs):
        # SymPy has multiplied the brackets out while it read them
        steps.append(f"Multiply out the brackets: {_equation(printed[0].lhs, printed[0].rhs)}.")
    equations, at = _known_put_in(list(printed), steps)
    unknowns = sorted(set().union(*(item.free_symbols for item in equations)), key=lambda symbol: symbol.name) if equations else []
    branches: list[dict[Any, Any]]
    if not equations:
        branches = [at]
    elif len(equations) == 1 and len(unknowns) == 1:
        branches = [{**at, unknowns[0]: value} for value in _single(equations[0], unknowns[0], steps)]
    elif len(equations) == 2 and len(unknowns) == 2:
        solved = _eliminated(equations[0], equations[1], unknowns[0], unknowns[1], steps)
        branches = [{**at, **solved}] if solved else []
    else:
        return []
    fitting = [branch for branch in branches if all_true(given.inequalities, branch)]
    if fitting and len(fitting) < len(branches):
        conditions = " and ".join(f"${_tex(condition)}$" for condition in given.inequalities)
        kept = " or ".join(_equation(unknowns[0], branch[unknowns[0]]) for branch in fitting)
        steps.append(f"Since {conditions}, only {kept} is left.")
        branches = fitting
    if not branches:
        return []
    if kind == "value" and isinstance(target, sympy.Expr):
        values = {target.subs(branch) for branch in branches}
        if any(value.free_symbols for value in values):
            return []
        if not target.is_Symbol:
            told = " or ".join(f"${_tex(value)}$" for value in sorted(values, key=sympy.default_sort_key))
            one = f"{_equation(target, next(iter(values)))}" if len(values) == 1 else f"${_tex(target)}$ is {told}"
            steps.append(f"Find what is asked, ${_tex(target)}$: {one}.")
        if _same_set(values, found.value):
            return steps
        if not any(equal(value, found.value) for value in values):
            return []
        if len(values) > 1:
            steps.append(f"Of these, {_equation(target, found.value)} is the one that is asked for.")
        return steps
    if kind == "point" and isinstance(target, sympy.Tuple):
        points = [sympy.Tuple(*[part.subs(branch) for part in target]) for branch in branches]
        if not any(equal(point, found.value) for point in points):
            return []
        steps.append(
            f"Write the solution as a pair: $({_tex(target[0])}, {_tex(target[1])}) = ({_tex(points[0][0])}, {_tex(points[0][1])})$."
        )
        return steps
    values = {branch[unknowns[0]] for branch in branches} if len(unknowns) == 1 else set()
    return steps if _same_set(values, found.value) else []


def _as_printed(given: Given, equation: Any) -> str:
    """The equation in the problem's own spelling, where it prints it."""
    text = next((text for text, value in zip(given.texts, given.values, strict=True) if value == equation), "")
    return f"${text.strip()}$" if text else _equation(equation.lhs, equation.rhs)


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
                put.append(_equation(equations[index].lhs, equations[index].rhs))
        if put:
            steps.append(f"Replace ${_tex(known.lhs)}$ by ${_tex(known.rhs)}$: {' and '.join(put)}.")
    return equations, at


def _single(equation: Any, unknown: Any, steps: list[str]) -> list[Any]:
    """The solutions of one equation in one unknown, linear or quadratic once fractions are gone."""
    left, right = equation.lhs, equation.rhs
    bottom = sympy.lcm(*(sympy.fraction(sympy.together(side))[1] for side in (left, right)))
    if bottom.has(unknown) or (bottom != 1 and any(side.has(unknown) and len(sympy.Add.make_args(side)) > 1 for side in (left, right))):
        left, right = (sympy.cancel(side * bottom) for side in (left, right))
        steps.append(f"Multiply both sides by ${_tex(bottom)}$: {_equation(left, right)}.")
    opened = sympy.expand(left), sympy.expand(right)
    if opened != (left, right):
        left, right = opened
        steps.append(f"Multiply out and collect terms on each side: {_equation(left, right)}.")
    if not (left - right).is_polynomial(unknown):
        return []
    degree = sympy.degree(sympy.expand(left - right), unknown) if (left - right).has(unknown) else 0
    if degree == 1:
        return _linear(left, right, unknown, steps)
    return _quadratic(sympy.expand(left - right), right, unknown, steps, equation) if degree == 2 else []


def _linear(left: Any, right: Any, unknown: Any, steps: list[str]) -> list[Any]:
    if left.coeff(unknown, 1) < right.coeff(unknown, 1):
        left, right = right, left  # so that the unknown keeps a positive number
        steps.append(f"Swap the two sides: {_equation(left, right)}.")
    if right.has(unknown):
        term = right.coeff(unknown, 1) * unknown
        left, right = sympy.expand(left - term), sympy.expand(right - term)
        steps.append(f"{_shifted(-term)}: {_equation(left, right)}.")
    rest = left.subs(unknown, 0)
    if rest != 0:
        left, right = left - rest, right - rest
        steps.append(f"{_shifted(-rest)}: {_equation(left, right)}.")
    factor = left.coeff(unknown, 1)
    if factor != 1:
        right = right / factor
        whole = sympy.fraction(factor)[1] == 1
        move = f"Divide both sides by ${_tex(factor)}$" if whole else f"Multiply both sides by ${_tex(1 / factor)}$"
        steps.append(f"{move}: {_equation(unknown, right)}.")
    return [right]


def _quadratic(whole: Any, right: Any, unknown: Any, steps: list[str], equation: Any) -> list[Any]:
    if right != 0:
        steps.append(f"Bring everything to one side: {_equation(whole, sympy.Integer(0))}.")
    factored = sympy.factor(whole)
    roots = sorted(sympy.roots(sympy.Poly(whole, unknown)), key=sympy.default_sort_key)
    if any(not root.is_real for root in roots) or not roots:
        return []
    told = " or ".join(_equation(unknown, root) for root in roots)
    if all(root.is_rational for root in roots):
        if factored != whole:
            steps.append(f"Factor: {_equation(factored, sympy.Integer(0))}.")
        steps.append(f"Set each factor to zero: {told}.")
    else:
        steps.append(f"Use the quadratic formula: {told}.")
    holding = [root for root in roots if equal(equation.lhs.subs(unknown, root), equation.rhs.subs(unknown, root))]
    if holding and len(holding) < len(roots):
        steps.append(f"Put back into the equation, only {' or '.join(_equation(unknown, root) for root in holding)} holds.")
    return holding


def _eliminated(first: Any, second: Any, one: Any, other: Any, steps: list[str]) -> dict[Any, Any]:
    """Two linear equations: one unknown drops out when they are added."""
    rows: list[tuple[Any, Any, Any]] = []
    for equation in (first, second):
        whole = sympy.expand(equation.lhs - equation.rhs)
        if not whole.is_polynomial(one, other) or sympy.Poly(whole, one, other).total_degree() != 1:
            return {}
        scale = sympy.lcm([sympy.fraction(sympy.together(term))[1] for term in sympy.Add.make_args(whole)])
        whole = sympy.expand(whole * scale)
        rows.append((whole.coeff(one, 1), whole.coeff(other, 1), -whole.subs({one: 0, other: 0})))
    (a, b, c), (d, e, f) = rows
    for known, equation in ((first, second), (second, first)):
        if known.lhs in (one, other) and not known.rhs.has(known.lhs):
            return _substituted(known, equation, one if known.lhs == other else other, steps)
    if a * e - b * d == 0 or any(value.free_symbols for row in rows for value in row):
        return {}
    tidy = [_row(row, one, other) for row in rows]
    if tidy != [_equation(item.lhs, item.rhs) for item in (first, second)]:
        steps.append(f"Write both with the unknowns on the left: {tidy[0]} and {tidy[1]}.")
    if 0 in (a, b, d, e):
        solved = sympy.solve([a * one + b * other - c, d * one + e * other - f], [one, other])
        steps.append(
            f"One of them holds a single unknown; put its value into the other: {' and '.join(_equation(k, v) for k, v in solved.items())}."
        )
        return dict(solved)
    # the unknown whose coefficients are easier to make opposite
    drop_other = abs(sympy.lcm(b, e)) <= abs(sympy.lcm(a, d))
    p, q = (b, e) if drop_other else (a, d)
    common = abs(sympy.lcm(p, q))
    k, m = common / abs(p), common / abs(q) * (-1 if (p > 0) == (q > 0) else 1)
    if k != 1 or m != 1:
        scaled = [_row(tuple(value * factor for value in row), one, other) for row, factor in zip(rows, (k, m), strict=True)]
        parts = [f"the {name} by ${_tex(factor)}$" for name, factor in (("first", k), ("second", m)) if factor != 1]
        steps.append(
            f"Multiply {' and '.join(parts)}, so that ${_tex(other if drop_other else one)}$ drops out of the sum: {scaled[0]} and {scaled[1]}."
        )
    kept, gone = (one, other) if drop_other else (other, one)
    factor, total = (k * a + m * d if drop_other else k * b + m * e), k * c + m * f
    steps.append(f"Add them: {_equation(factor * kept, total)}.")
    value = total / factor
    if factor != 1:
        steps.append(f"Divide both sides by ${_tex(factor)}$: {_equation(kept, value)}.")
    x, y, z = rows[0]
    rest = (z - (x if drop_other else y) * value) / (y if drop_other else x)
    steps.append(f"Put this value back into {tidy[0]}: {_equation(gone, rest)}.")
    return {kept: value, gone: rest}


def _substituted(known: Any, equation: Any, unknown: Any, steps: list[str]) -> dict[Any, Any]:
    """One equation says what an unknown is: it is put into the other."""
    letter = known.lhs
    put = sympy.Eq(equation.lhs.subs(letter, known.rhs), equation.rhs.subs(letter, known.rhs), evaluate=False)
    steps.append(
        f"Replace ${_tex(letter)}$ by ${_tex(known.rhs)}$ in {_equation(equation.lhs, equation.rhs)}: {_equation(put.lhs, put.rhs)}."
    )
    values = _single(put, unknown, steps)
    if len(values) != 1:
        return {}
    found = known.rhs.subs(unknown, values[0])
    steps.append(f"Put this value back into {_equation(letter, known.rhs)}: {_equation(letter, found)}.")
    return {unknown: values[0], letter: found}


def _row(row: Sequence[Any], one: Any, other: Any) -> str:
    return _equation(row[0] * one + row[1] * other, row[2])


def _value_of_function(given: Given, found: Direct) -> list[str]:
    """`f(3)` from the rule of f."""
    calls = [
        value for value in given.values if isinstance(value, AppliedUndef) and value.func in given.definitions and value.args[0].is_number
    ]
    if len(calls) != 1 or not isinstance(found.value, sympy.Expr):
        return []
    argument, body = given.definitions[calls[0].func]
    if given.apply(body) != body or not equal(body.subs(argument, calls[0].args[0]), found.value):
        return []
    name, put = calls[0].func.__name__, _tex(calls[0].args[0])
    filled = re.sub(rf"(?<![\\a-zA-Z]){argument.name}(?![a-zA-Z])", f"({put})".replace("\\", "\\\\"), _tex(body))
    return [
        f"Start from ${name}({argument.name}) = {_tex(body)}$.",
        f"Put ${put}$ in for ${argument.name}$: ${name}({put}) = {filled}$.",
        f"Work it out: ${name}({put}) = {_tex(body.subs(argument, calls[0].args[0]))}$.",
    ]
