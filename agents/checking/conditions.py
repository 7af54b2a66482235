"""Puts a candidate answer back into the conditions that the problem prints. Runs inside the sandbox only.

This is the check that students are taught: the value goes where the unknown stood, and both sides are compared. A verdict counts for much, so
each one needs a proof: `satisfies` a point where every condition holds and nothing else is left open, `violates` a condition that provably fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef

from agents.checking import claims, curves
from agents.checking.direct import choices, equivalence, functions, parameters, solutions
from agents.checking.direct.reading import Given, exact, read
from agents.checking.direct.sampling import identical
from agents.checking.direct.solving import all_true, count_of, is_true, points, symbols_of, values_of
from agents.checking.equality import equal, plain

Verdict = Literal["satisfies", "violates"]

_ROUGH = re.compile(r"\b(?:approximate(?:ly|s)?|closest|nearest|estimate[sd]?|about|roughly|round(?:ed|ing)?|best)\b", re.IGNORECASE)
_ROUGH_MARGIN = 0.02
_DIGITS = 12


def holds(stem: str, options: Sequence[dict[str, str]], value: Any) -> Verdict | None:
    """Whether `value` is an answer by the problem's own conditions; None where they do not decide it.

    Where several options satisfy the conditions, these do not tell the answer (all options of "which form shows the minimum?" are equal), so that
    only `violates` is left.
    """
    given = read(stem, list(options))
    if given.questions > 1 or given.negated or given.mixed_units or _ROUGH.search(given.frame):
        return None
    verdict = decide(given, _tidy(value))
    if (
        verdict == "satisfies"
        and sum(option.value is not None and decide(given, _tidy(option.value)) == "satisfies" for option in given.options) > 1
    ):
        return None
    return verdict


def stated(stem: str, options: Sequence[dict[str, str]], text: str) -> Verdict | None:
    """Whether an option that is a sentence holds by the problem's own conditions; None where they do not decide it."""
    given = read(stem, list(options))
    truth = None if given.questions > 1 or given.negated else claims.states(given, text)
    several = truth and sum(claims.states(given, option.text) is True for option in given.options) > 1
    return None if several else _told(truth)


def _tidy(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, tuple) and value and all(isinstance(part, sympy.Eq) and part.lhs.is_Symbol for part in value):
        value = sympy.Tuple(*(part.rhs for part in sorted(value, key=lambda part: str(part.lhs))))
    if isinstance(value, (sympy.FiniteSet, sympy.Tuple)) and len(value) == 1:
        value = next(iter(value))
    # a decimal with many digits was computed in floating point and stands for the number near it
    computed = not isinstance(value, tuple) and any(len(str(number)) > _DIGITS for number in value.atoms(sympy.Float))
    return value if isinstance(value, tuple) or computed else exact(value)


def decide(given: Given, value: Any) -> Verdict | None:
    """The verdict for one value, without a look at the other options."""
    if value is None or isinstance(value, tuple):
        return None
    value = given.with_products(value)
    for check in (_equivalent, _in_terms, _on_data, _constant, _function, _on_graph, _as_told, _solution):
        verdict = check(given, value)
        if verdict is not None:
            return verdict
    return None


def _told(truth: bool | None) -> Verdict | None:
    return None if truth is None else "satisfies" if truth else "violates"


def _equivalent(given: Given, value: Any) -> Verdict | None:
    source = equivalence.equivalent_source(given)
    if source is None or not isinstance(value, sympy.Expr):
        return None
    value = given.apply(value).subs(sympy.Symbol("i"), sympy.I) if given.complex else given.apply(value)
    if value.free_symbols - source.free_symbols or value.atoms(AppliedUndef):
        return None
    verdict = _told(identical(source, value, given.inequalities))
    settles = given.options or (value != source and equivalence.any_equal_form_answers(given))
    return verdict if verdict == "violates" or settles else None


def _in_terms(given: Given, value: Any) -> Verdict | None:
    """The candidate put in for the letter makes the formula an identity; letters of formulas stand for positive quantities."""
    asked = equivalence.formula_asked_for(given)
    if asked is None:
        return None
    letter, equation = asked
    body = value.rhs if isinstance(value, sympy.Eq) and value.lhs == letter else value
    if not isinstance(body, sympy.Expr) or not body.free_symbols <= equation.free_symbols - {letter}:
        return None
    positive = [sympy.Gt(symbol, 0) for symbol in sorted(equation.free_symbols - {letter}, key=str)]
    return _told(identical(equation.lhs.subs(letter, body), equation.rhs.subs(letter, body), positive))


def _on_data(given: Given, value: Any) -> Verdict | None:
    """A formula tried on the printed points."""
    data = choices.data_of(given) if isinstance(value, sympy.Eq) else None
    if data is None:
        return None
    verdicts = [choices.gives(value, head, x, y) for head, x, y in data]
    if False in verdicts:
        return "violates"
    # points fix a line or a curve only among the offered ones
    return "satisfies" if None not in verdicts and given.options else None


def _constant(given: Given, value: Any) -> Verdict | None:
    """A constant put into the system, whose solutions are then counted; or into an identity, whose other constants must exist."""
    if isinstance(value, sympy.Eq) and value.lhs.is_Symbol:
        value = value.rhs
    wanted = parameters.wanted_count(given)
    if wanted is not None:
        target, variables, count = wanted
        if not isinstance(target, sympy.Symbol) or not isinstance(value, sympy.Expr) or not value.is_number or not variables:
            return None
        if given.qualifiers & {"positive", "negative", "not", "never", "at least"}:
            return None
        closed = [sympy.Eq(equation.lhs.subs(target, value), equation.rhs.subs(target, value)) for equation in given.equations]
        if any(equation.free_symbols - set(variables) for equation in closed if isinstance(equation, sympy.Eq)):
            return None
        number = count_of(closed, variables)
        return None if number is None else _told(bool(number == count))
    asked = parameters.identity_asked(given)
    if asked is None or isinstance(value, sympy.Tuple):
        return None
    target, system = asked
    return _among(given, system, target, value)


def _function(given: Given, value: Any) -> Verdict | None:
    """The value of a defined function at a stated point."""
    asked = functions.stated_value(given)
    if asked is None or not isinstance(value, sympy.Expr) or not value.is_number:
        return None
    return _told(_same(asked, value))


def _on_graph(given: Given, value: Any) -> Verdict | None:
    """A line or a vertex, tried on the graph that the problem tells of."""
    truth = curves.related(given, value) if given.options else None
    return _told(curves.vertex(given, value) if truth is None else truth)


def _as_told(given: Given, value: Any) -> Verdict | None:
    """A measure, a rate, a circle or a factor, tried on what the problem tells of it."""
    return _told(claims.fits(given, value))


def _solution(given: Given, value: Any) -> Verdict | None:
    asked = solutions.asked_of(given)
    if asked is None or given.constants & set().union(*(part.free_symbols for part in asked[0])):
        return None
    equations, kind, target = asked
    if kind == "point":
        return _point(given, equations, target, value)
    if kind == "value":
        if isinstance(value, sympy.Eq):
            if value.lhs != target:
                return None
            value = value.rhs
        return _among(given, equations, target, value)
    unknowns = symbols_of(equations)
    if kind == "all":
        if len(unknowns) == 1 == len(equations):
            if isinstance(value, sympy.Eq) and value.lhs == unknowns[0]:
                value = value.rhs
            return _among(given, equations, unknowns[0], value)
        order = sympy.Tuple(*unknowns)
        return (
            _point(given, equations, order, value)
            if [symbol.name for symbol in unknowns] in (["x", "y"], ["x", "y", "z"], ["a", "b"])
            else None
        )
    return None


def _point(given: Given, equations: list[Any], pair: Any, value: Any) -> Verdict | None:
    if (
        not isinstance(value, sympy.Tuple)
        or len(value) != len(pair)
        or value.free_symbols
        or list(pair) != sorted(pair, key=str)
        or not all(part.is_Symbol for part in pair)
    ):
        return None
    conditions = [*equations, *given.inequalities]
    if not set().union(*(condition.free_symbols for condition in conditions)) <= set(pair):
        return None
    verdicts = [is_true(condition, dict(zip(pair, value, strict=True))) for condition in conditions]
    if False in verdicts:
        return "violates"
    determined = given.options or (len(equations) >= len(pair) and len(points(equations, list(pair)) or []) == 1)
    return "satisfies" if None not in verdicts and determined else None


def _among(given: Given, equations: list[Any], target: Any, value: Any) -> Verdict | None:
    """One value, or several together, for the target that the equations bind."""
    items = list(value) if isinstance(value, (sympy.FiniteSet, sympy.Tuple)) else [value]
    if not items or not all(isinstance(item, sympy.Expr) and item.is_number for item in items):
        return None
    if given.qualifiers & {"not", "positive", "negative"} - _placed(given):
        return None
    verdicts = [_one(given, equations, target, item) for item in items]
    if "violates" in verdicts:
        return "violates"
    if None in verdicts:
        return None
    allowed = values_of(target, equations, given.inequalities)
    allowed = solutions.restricted(given, allowed) or []
    complete = len(items) == len(allowed) and all(any(equal(item, other) for other in allowed) for item in items)
    one_of_many = bool(
        re.search(r"\b(?:a|possible|could be)\b[^?]*\b(?:values?|solutions?)\b|\bcould be\b", given.question, re.IGNORECASE)
    ) and bool(given.options)
    return "satisfies" if complete or (one_of_many and len(items) == 1 and len(allowed) > 1) else None


def _placed(given: Given) -> set[str]:
    """Qualifiers that restrict the value itself."""
    return {word for word in ("positive", "negative") if given.wants(word)}


def _one(given: Given, equations: list[Any], target: Any, value: Any) -> Verdict | None:
    for word, wrong in (("positive", value.is_nonpositive), ("negative", value.is_nonnegative)):
        if word in _placed(given) and wrong:
            return "violates"
    unknowns = symbols_of(equations)
    if unknowns == [target]:
        verdicts = [
            is_true(condition, {target: value}) for condition in [*equations, *given.inequalities] if condition.free_symbols == {target}
        ]
        if False in verdicts:
            return None if _merely_rounded(value, values_of(target, equations, given.inequalities)) else "violates"
        return "satisfies" if verdicts and None not in verdicts else None
    allowed = values_of(target, equations, given.inequalities)
    if not allowed:
        return None
    if any(_same(value, other) for other in allowed):
        return "satisfies" if witness(equations, given.inequalities, target, value) else None
    if _merely_rounded(value, allowed):
        return None
    return "violates" if _never(equations, target, value) else None


def _same(left: Any, right: Any) -> bool | None:
    if equal(left, right):
        return True
    return None if _merely_rounded(left, [right]) or _merely_rounded(right, [left]) else False


def _merely_rounded(value: Any, exact_values: Sequence[Any]) -> bool:
    """A decimal near an exact value that is none: 0.33 for 1/3 is neither right nor a wrong solution."""
    return any(abs(complex(sympy.N(value - other))) <= _ROUGH_MARGIN * max(1e-3, abs(complex(sympy.N(other)))) for other in exact_values)


def witness(equations: Sequence[Any], conditions: Sequence[Any], target: Any, value: Any) -> bool:
    """Whether a real point is found where every condition holds and the target has this value."""
    letters = symbols_of(equations)
    system = [*equations, sympy.Eq(target, value, evaluate=False)]
    found = points(system, letters)
    if found is not None:
        return any(all_true([*system, *conditions], point) for point in found)
    # letters that the equations leave open are set to small numbers
    for letter in letters:
        for trial in (1, 2, 3, -2):
            at = {letter: sympy.Integer(trial)}
            closed = [sympy.Eq(equation.lhs.subs(at), equation.rhs.subs(at)) for equation in system]
            open_ = [equation for equation in closed if equation != sympy.true]
            if sympy.false in open_ or not open_:
                continue
            for point in points(open_, symbols_of(open_)) or []:
                if all_true([*system, *conditions], {**point, **at}):
                    return True
    return False


def excluded(equations: Sequence[Any]) -> bool:
    """Whether polynomial equations have no common point, not even a complex one (their Gröbner basis is 1)."""
    letters = symbols_of(equations)
    fractions = [sympy.together(equation.lhs - equation.rhs) for equation in equations]
    closed = [sympy.numer(fraction) for fraction in fractions]
    below = sympy.Mul(*{sympy.denom(fraction) for fraction in fractions})
    if not below.is_number:
        # a zero of a denominator is no solution (the trick of Rabinowitsch)
        inverse = sympy.Dummy("z")
        closed.append(below * inverse - 1)
        letters.append(inverse)
    if (
        not letters
        or not all(part.is_polynomial(*letters) for part in closed)
        or any(sympy.total_degree(part, *letters) > 5 for part in closed)
    ):
        return False
    try:
        return bool(sympy.groebner([sympy.expand(part) for part in closed], *letters).exprs == [1])
    except (sympy.PolynomialError, NotImplementedError):
        return False


def _never(equations: Sequence[Any], target: Any, value: Any) -> bool:
    """Whether the target provably never has this value where the equations hold."""
    if excluded([*equations, sympy.Eq(target, value, evaluate=False)]):
        return True
    found = points(equations, symbols_of(equations))
    return found is not None and bool(found) and not any(_same(target.subs(point), value) is not False for point in found)
