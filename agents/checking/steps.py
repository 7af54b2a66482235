"""Finds the first worked step that breaks with the steps before it. Runs inside the sandbox only.

A step is broken when its arithmetic is false, when it collects multiples of a letter wrongly, when what it calls a mere rewriting changes the
value, when its equation cannot be true together with those before, when none of the values that it offers ("$x = 3$ or $x = 5$") makes such an
equation true, or when it says that it does the same to both sides of an equation and the new one does not follow. All else is let pass: steps bring
in facts of the problem, which need not follow from anything.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.arithmetic import holds
from agents.checking.equality import equal, plain
from agents.checking.guard import Guard, unguarded
from agents.checking.prose import formulas
from agents.checking.values import Unreadable, from_latex

_EXPANDS = re.compile(r"\b(?:expand|distribut|multiply(?:ing)? out|square the)\w*", re.IGNORECASE)
_FACTORS = re.compile(r"\bfactor(?:s|ed|ing|ize|ise)?\b", re.IGNORECASE)
_REARRANGES = re.compile(
    r"\b(?:(?:both|each|either) sides?|rearrang\w*|isolat\w*|clear(?:ing)? the (?:fraction|denominator)s?)\b", re.IGNORECASE
)
"""Moves that bring in nothing new."""
_ANOTHER = re.compile(r"\b(?:first|second|third|other|original|given|equation\s*\(?\d|problem)\b", re.IGNORECASE)
"""An equation meant that no step may have written down, because the problem prints it."""
_NOT_STATED = re.compile(r"\b(?:or|case|try|trying|test|testing|plug(?:ging)?|suppose|option)\b|\\pm|\\mp|≈|\\approx", re.IGNORECASE)
_ROUNDING = 0.02
"""By which share two multiples may differ."""
_MOST_EQUATIONS = 8
_MOST_LETTERS = 4


def first_broken(steps: Sequence[str], guard: Guard = unguarded) -> int | None:
    """The place, from 0, of the first step that cannot be right; None where none is found. Each step is given its time by `guard`."""
    known: list[Any] = []
    for index, step in enumerate(steps):
        fresh = guard(partial(_read, step), [])
        if guard(partial(_breaks, step, fresh, known), False) or guard(partial(_none_fits, step, known), False):
            return index
        known.extend(equation for equation in fresh if not guard(partial(_one_root, equation, known), False))
    return None


def _one_root(equation: Any, known: Sequence[Any]) -> bool:
    """Whether it names one of several values that the equations so far allow: the next step may name another."""
    if not (equation.lhs.is_Symbol and equation.rhs.is_number):
        return False
    return len(_common([other for other in known if equation.lhs in other.free_symbols]) or []) > 1


def _read(step: str) -> list[Any]:
    """The step's equations; where it gives alternatives or only tries values, none."""
    return [] if _NOT_STATED.search(step) else _equations(step)


def _equations(step: str) -> list[Any]:
    """Each link of a chain by itself."""
    found: list[tuple[Any, Any]] = []
    for piece in formulas(step):
        sides = [side.strip() for side in piece.latex.split("=")]
        if len(sides) < 2 or re.search(r"[<>]|\\(?:leq?|geq?|neq?|to)(?![a-z])", piece.latex):
            continue
        values = [_side(side) for side in sides]
        found.extend((left, right) for left, right in pairwise(values) if left is not None and right is not None)
    return [sympy.Eq(left, right, evaluate=False) for left, right in found]


def _side(text: str) -> Any:
    try:
        value = plain(from_latex(text))
    except Unreadable:
        return None
    return value if isinstance(value, sympy.Expr) and not value.atoms(AppliedUndef) and not value.atoms(sympy.Float) else None


def _breaks(step: str, fresh: Sequence[Any], known: list[Any]) -> bool:
    if any(holds(piece.latex) is False or _collects_wrongly(piece.latex) for piece in formulas(step)):
        return True
    for equation in fresh:
        left, right = equation.lhs, equation.rhs
        if equal(left, right):
            continue
        if not equation.free_symbols:
            # 2/3 = 0.67 was let pass as rounding by the arithmetic above
            continue
        rewritten = (_EXPANDS.search(step) and isinstance(left, (sympy.Mul, sympy.Pow))) or (
            _FACTORS.search(step) and isinstance(right, (sympy.Mul, sympy.Pow))
        )
        if rewritten and left.free_symbols == right.free_symbols and not any(_linked(equation, other) for other in known):
            return True
        if _contradicts(equation, known):
            return True
    if not fresh or not _REARRANGES.search(step) or _ANOTHER.search(step):
        return False
    # what the step rearranges may be said first, and be a fact of the problem
    return _does_not_follow(fresh[-1], [*known, *fresh[:-1]])


def _collects_wrongly(latex: str) -> bool:
    """Whether a link of a chain collects multiples of one letter to a wrong multiple, as in `2(x + 2.5x) = 6x`: as an equation it would leave only 0."""
    sides = [side.strip() for side in latex.split("=")]
    for left, right in pairwise(sides):
        if not re.search(r"[-+]", left.lstrip("-")) or not all(sides):
            continue
        try:
            values = [plain(from_latex(side)) for side in (left, right)]
        except Unreadable:
            continue
        if not all(isinstance(value, sympy.Expr) and len(value.free_symbols) == 1 for value in values):
            continue
        multiples = [sympy.nsimplify(value / letter, rational=True) for value in values for letter in value.free_symbols]
        if values[0].free_symbols != values[1].free_symbols or not all(multiple.is_number for multiple in multiples):
            continue
        if abs(multiples[0] - multiples[1]) > _ROUNDING * max(abs(multiple) for multiple in multiples):
            return True
    return False


def _none_fits(step: str, known: Sequence[Any]) -> bool:
    """Whether the step offers values, and none of them satisfies an equation of its own or of the steps before that holds no other letters."""
    equations = [_equations(part) for part in re.split(r"\bor\b", step)]
    offered = [{item.lhs: item.rhs for item in part if item.lhs.is_Symbol and item.rhs.is_number} for part in equations]
    if len(offered) + len(offered[0]) < 3 or any(values.keys() != offered[0].keys() for values in offered):
        return False  # one value alone may be tried, and be no solution
    own = [item for part in equations for item in part if not (item.lhs.is_Symbol and item.rhs.is_number)]
    return any(
        not any(equal((item.lhs - item.rhs).subs(values), sympy.Integer(0)) for values in offered)
        for item in [*known, *own]
        if item.free_symbols and item.free_symbols <= offered[0].keys()
    )


def _linked(equation: Any, other: Any) -> bool:
    """Whether both are true for the same values: then it is an equation to be solved, rather than an expression rewritten."""
    if equation.free_symbols != other.free_symbols:
        return False
    return bool(equal(equation, other))


def _contradicts(equation: Any, known: Sequence[Any]) -> bool:
    """Whether the equation and those before it that share its letters have no common solution, though those before have one."""
    system = _sharing(equation, known)
    return bool(system) and bool(_common(system)) and _common([*system, equation]) == []


def _does_not_follow(equation: Any, known: Sequence[Any]) -> bool:
    """Whether no solution of the equations before it makes the equation true: with two letters or more, it need not contradict them to be wrong.

    One solution is enough to let it pass: who divides by a letter or takes a root keeps only some of them.
    """
    if len(equation.free_symbols) < 2:
        return False
    system = _sharing(equation, known)
    # a letter that no earlier equation holds is a name given on the way
    if not equation.free_symbols <= set().union(*(other.free_symbols for other in system)):
        return False
    found = _common(system)
    difference = equation.lhs - equation.rhs
    return bool(found) and not any(equal(difference.subs(solution), sympy.Integer(0)) for solution in found or [])


def _sharing(equation: Any, known: Sequence[Any]) -> list[Any]:
    """The equations known that share letters with this one, directly or through others; none where they are too many or hold more than polynomials."""
    letters = set(equation.free_symbols)
    system = []
    for other in [item for item in known if item.free_symbols][-_MOST_EQUATIONS:]:
        if other.free_symbols & letters:
            system.append(other)
            letters |= other.free_symbols
    system = [other for other in system if not equal(other.lhs, other.rhs)]
    if len(letters) > _MOST_LETTERS or not all(_polynomial(item) for item in [*system, equation]):
        return []
    return system


def _polynomial(equation: Any) -> bool:
    difference = sympy.together(equation.lhs - equation.rhs)
    return bool(sympy.numer(difference).is_polynomial(*equation.free_symbols))


def _common(system: Sequence[Any]) -> list[dict[Any, Any]] | None:
    """The common solutions; None where SymPy cannot tell."""
    letters = sorted(set().union(*(item.free_symbols for item in system)), key=str)
    try:
        return list(sympy.solve(list(system), letters, dict=True))
    except (NotImplementedError, ValueError, TypeError):
        return None
