"""Steps for answers that were found by trying: options and numbered values in the conditions, formulas on data, statements on numbers.

Runs inside the sandbox only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import sympy

from agents.checking.derivation.printing import as_printed, pair, tex, with_numbers
from agents.checking.direct import choices, polynomials
from agents.checking.direct.frames import numbered_values
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solving import is_true, symbols_of

_X, _Y = sympy.symbols("x y")
_SMALL = (0, 1, -1, 2, -2, 3, -3)
_ANGLES = (0, 30, 90, 60, 45)
"""Degrees whose sines and cosines are known by heart."""


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
            became = with_numbers(given.conditions[index], at)
            if not became:
                return []
            steps.append(f"Try ${pair(point)}$ in ${as_printed(given, given.conditions[index])}$: {_verdict(became, False)}.")
        else:
            fits.append(point)
            steps.append(f"Try ${pair(point)}$ in all of them: {_all_of_them(given.conditions, at)}, which holds.")
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
            all_of_them = ", all of the points" if len(data) > 1 else ""
            steps.append(f"Try ({option.letter}): it gives {' and '.join(f'${pair((x, y))}$' for _, x, y in data)}{all_of_them}.")
        else:
            if not misses:
                return []
            steps.append(f"Try ({option.letter}): it misses the point ${pair(misses[0])}$.")
    return steps


def _all_of_them(conditions: Sequence[Any], at: dict[Any, Any]) -> str:
    return " and ".join(f"${with_numbers(condition, at)}$" for condition in conditions)


def numbered(given: Given, found: Direct) -> list[str]:
    """Every numbered value put into the one condition, and those that it leaves."""
    items = numbered_values(given)
    if items is None or len(given.conditions) != 1 or not isinstance(found.value, sympy.FiniteSet):
        return []
    condition = given.conditions[0]
    unknowns = symbols_of([condition])
    steps: list[str] = []
    kept: list[str] = []
    for name, value in items.items():
        parts = list(value) if isinstance(value, sympy.Tuple) else [value]
        at = dict(zip(unknowns, parts, strict=False))
        verdict = is_true(condition, at) if len(parts) == len(unknowns) else None
        became = with_numbers(condition, at) if verdict is not None else ""
        if not became:
            return []
        shown = pair(value) if isinstance(value, sympy.Tuple) else tex(value)
        steps.append(f"Try {name}, ${shown}$, in ${as_printed(given, condition)}$: {_verdict(became, bool(verdict))}.")
        kept += [name] if verdict else []
    if len(kept) != len(found.value):
        return []
    return [*steps, f"So {' and '.join(kept)} {'is' if len(kept) == 1 else 'are'} left." if kept else "So none of them is left."]


def _verdict(became: str, holds: bool) -> str:
    """An equation that fails is said as what is true of its sides: a false formula, even called so, reads like a step."""
    if not holds and " = " in became:
        left, _, right = became.partition(" = ")
        return f"${left} \\ne {right}$, so that it fails"
    return f"${became}$ {'holds' if holds else 'is false'}"


def must_hold(given: Given, found: Direct) -> list[str]:
    """For every other option small numbers that meet the conditions and break it."""
    asked = choices.must_asked(given)
    if asked is None or found.letter is None:
        return []
    at, conditions, put_in = asked
    steps: list[str] = []
    if at:
        known = " and ".join(f"${tex(letter)} = {tex(value)}$" for letter, value in at.items())
        became = " and ".join(f"${with_numbers(condition, at)}$" for condition in given.conditions)
        steps.append(f"Put {known} in: {became}.")
    right: Any = None
    for option in given.options:
        relation = put_in(option.value)
        if option.letter == found.letter:
            right = relation
            continue
        broken = next(_breaking(relation, conditions), None)
        if broken is None:
            return []
        letters = list(broken)
        if not letters:
            steps.append(f"Option ({option.letter}) cannot hold: {_verdict(with_numbers(relation, broken), False)}.")
            continue
        numbers = pair(broken.values()) if len(letters) > 1 else tex(broken[letters[0]])
        became = _verdict(with_numbers(relation, broken), False)
        steps.append(f"Option ({option.letter}) need not hold: take ${numbers}$ for ${', '.join(map(tex, letters))}$, and {became}.")
    if right is None or any(True for _ in _breaking(right, conditions)):
        return []
    return [*steps, f"Option ({found.letter}) is the only one left, and it holds for all numbers that were tried."]


def _breaking(relation: Any, conditions: Sequence[Any]) -> Iterator[dict[Any, Any]]:
    """Small points where the conditions hold and the relation does not, simplest first."""
    letters = symbols_of([relation, *conditions])
    if len(letters) > 3:
        return
    values = _ANGLES if relation.has(sympy.sin, sympy.cos, sympy.tan) else _SMALL
    points = sorted(product(values, repeat=len(letters)), key=lambda point: sum(map(abs, point)))
    for point in points:
        at = dict(zip(letters, map(sympy.Integer, point), strict=True))
        if all(is_true(condition, at) is True for condition in conditions) and is_true(relation, at) is False:
            yield at


def linear_factor(given: Given, found: Direct) -> list[str]:
    """What the remainder theorem says of every option, from the known values of the polynomial."""
    told = polynomials.known_values(given) if polynomials.about_itself(given) else None
    if told is None or found.letter is None:
        return []
    name, known = told
    steps = [f"Dividing ${name}(x)$ by $x - c$ leaves the remainder ${name}(c)$, so $x - c$ is a factor exactly where ${name}(c) = 0$."]
    for option in given.options:
        claim = polynomials.claim_of(option, given.functions)
        if claim is None:
            return []
        linear, claimed = claim
        root = sympy.solve(linear, next(iter(linear.free_symbols)))[0]
        right = option.letter == found.letter
        if root not in known:
            if right:
                return []
            steps.append(f"Option ({option.letter}) needs ${name}({tex(root)}) = {tex(claimed)}$, which nothing tells.")
        elif bool(known[root] == claimed) != right:
            return []
        elif right:
            steps.append(f"Option ({option.letter}) needs ${name}({tex(root)}) = {tex(claimed)}$, and that is given.")
        else:
            steps.append(f"Option ({option.letter}) needs ${name}({tex(root)}) = {tex(claimed)}$, but it is ${tex(known[root])}$.")
    return steps
