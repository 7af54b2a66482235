"""Constants that make an equation or system have no, one or infinitely many solutions, and identities that hold for all values of a variable."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solving import coefficients, count_of, distinct, is_true, symbols_of

_NONE = r"\bno (?:real )?(?:solutions?|values?)\b|\bnot have (?:a|any) (?:real )?solutions?\b|\bdo(?:es)? not intersect\b|\bnever intersect\b|\bare parallel\b"
_MANY = r"\binfinite(?:ly many)?\b (?:number of )?solutions?\b|\btrue for (?:all|every|any)\b|\ball real numbers are solutions\b"
_ONE = r"\bexactly one (?:distinct )?(?:real )?solutions?\b|\bonly one (?:real )?solution\b|\bone distinct real solution\b|\bintersects? (?:\S+ ){0,6}(?:at|in) exactly one point\b"
_TWO = r"\b(?:exactly )?two (?:distinct |different )?(?:real )?solutions\b"
_IDENTITY = r"\bfor all (?:real )?values? of\b|\bfor every (?:real )?value of\b|\btrue for all\b|\bfor all ⟦\d+⟧|\bis equivalent to\b|\bcan be (?:re)?written (?:as|in the form)\b"
_ASKED = re.compile(
    r"(?:values? (?:of|for)(?: the (?:constant|expression|product|sum))?|what is|find|which of the following (?:could be|is)(?: the value of)?|value of)\s+(?:the constant )?⟦(\d+)⟧",
    re.IGNORECASE,
)


def answer(given: Given) -> Direct | None:
    target = _target(given)
    if target is None:
        return None
    if is_identity(given):
        return _identity(given, target)
    wanted = wanted_count(given)
    if wanted is None:
        return None
    if given.qualifiers & {"positive", "negative"} and not (given.wants("positive") or given.wants("negative")):
        return None  # the sign may be the solution's
    variables, count = wanted[1:]
    values = [value for value in _for_count(given.equations, variables, target, count) if _allowed(given, value)]
    if len(values) == 1:
        return Direct(values[0], None, "counting the solutions")
    return _tried(given, variables, target, count) if given.options else None


def _target(given: Given) -> Any:
    """The expression in constants that is asked for, None where the problem is none of this family."""
    targets = [given.at(index) for index in _ASKED.findall(given.question)]
    target = targets[-1] if targets else None
    if not isinstance(target, sympy.Expr) or target.is_number or given.unread or given.definitions or unexplained(given):
        return None
    allowed = {"real", "distinct", "different", "positive", "negative", "not", "never", "at least"}
    return None if given.qualifiers - allowed else target


def is_identity(given: Given) -> bool:
    """Whether the problem states an equation for all values of a variable."""
    return given.says(_IDENTITY) and not given.says(_NONE)


def identity_asked(given: Given) -> tuple[Any, list[Any]] | None:
    """What is asked for in an identity, and the equations between the constants that it stands for."""
    target = _target(given)
    system = identity_system(given, target) if target is not None and is_identity(given) else None
    if system is None or given.qualifiers - {"real"} or not target.free_symbols <= set(symbols_of(system)):
        return None
    return target, system


def wanted_count(given: Given) -> tuple[Any, list[Any], Any] | None:
    """The constant asked for, the variables, and how many solutions in them the problem wants."""
    target = _target(given)
    counts = [count for count, pattern in ((0, _NONE), (1, _ONE), (2, _TWO), (sympy.oo, _MANY)) if given.says(pattern)]
    if target is None or is_identity(given) or len(counts) != 1 or given.inequalities or not given.equations:
        return None
    variables = [symbol for symbol in symbols_of(given.equations) if symbol not in target.free_symbols and symbol not in given.constants]
    return target, variables, counts[0]


def _tried(given: Given, variables: list[Any], target: Any, count: Any) -> Direct | None:
    """The one option that, put in for the constant, leaves so many real solutions."""
    if not isinstance(target, sympy.Symbol) or len(variables) not in (1, 2):
        return None
    fitting = []
    for option in given.options:
        if not isinstance(option.value, sympy.Expr) or not option.value.is_number:
            return None
        number = count_of(
            [sympy.Eq((equation.lhs - equation.rhs).subs(target, option.value), 0) for equation in given.equations], variables
        )
        if number is None:
            return None
        if number == count:
            fitting.append(option)
    return Direct(fitting[0].value, fitting[0].letter, "trying the options") if len(fitting) == 1 else None


def _allowed(given: Given, value: Any) -> bool:
    if "positive" in given.qualifiers and "negative" not in given.qualifiers:
        return bool(value.is_positive)
    if "negative" in given.qualifiers and "positive" not in given.qualifiers:
        return bool(value.is_negative)
    return True


def _for_count(equations: list[Any], variables: list[Any], target: Any, count: Any) -> list[Any]:
    """The values of `target` for which the equations have `count` solutions in `variables`."""
    if len(equations) == 1 and len(variables) == 1:
        return _one_equation(equations[0], variables[0], target, count)
    if len(equations) == 2 and len(variables) == 2:
        rows = linear(equations, variables)
        if rows is not None:
            return _lines(rows, target, count)
        reduced = _substituted(equations, variables)
        return _one_equation(sympy.Eq(reduced[0], 0, evaluate=False), reduced[1], target, count) if reduced and count != sympy.oo else []
    return []


def linear(equations: list[Any], variables: list[Any]) -> list[list[Any]] | None:
    """The rows `a, b, c` of `ax + by = c`, None where an equation is not linear in the variables."""
    rows = []
    for equation in equations:
        try:
            polynomial = sympy.Poly(sympy.expand(equation.lhs - equation.rhs), *variables)
        except sympy.PolynomialError:
            return None
        if polynomial.total_degree() != 1:
            return None
        rows.append([polynomial.coeff_monomial(variable) for variable in variables] + [-polynomial.coeff_monomial(1)])
    return rows


def _lines(rows: list[list[Any]], target: Any, count: Any) -> list[Any]:
    """Parallel lines have no common point, equal lines have all."""
    (a, b, c), (d, e, f) = rows
    parallel, same = [a * e - b * d], [a * e - b * d, a * f - c * d, b * f - c * e]
    if count == 0:
        return [value for value, solution in _roots(parallel, target) if any(sympy.simplify(part.subs(solution)) != 0 for part in same)]
    if count == sympy.oo:
        return [value for value, _ in _roots(same, target)]
    return []


def _substituted(equations: list[Any], variables: list[Any]) -> tuple[Any, Any] | None:
    """One polynomial equation in one variable, where one equation gives the other variable outright."""
    for first, second in (equations, equations[::-1]):
        for variable, rest in ((variables[0], variables[1]), (variables[1], variables[0])):
            try:
                solved = sympy.solve(first, variable)
            except (NotImplementedError, ValueError, TypeError):
                continue
            polynomial = (
                sympy.Poly(sympy.expand(first.lhs - first.rhs), variable) if (first.lhs - first.rhs).is_polynomial(variable) else None
            )
            if (
                len(solved) == 1
                and polynomial is not None
                and polynomial.degree() == 1
                and polynomial.LC().is_number
                and solved[0].is_polynomial(rest)
            ):
                reduced = sympy.expand((second.lhs - second.rhs).subs(variable, solved[0]))
                if reduced.is_polynomial(rest):
                    return reduced, rest
    return None


def _one_equation(equation: Any, variable: Any, target: Any, count: Any) -> list[Any]:
    difference = sympy.expand(equation.lhs - equation.rhs)
    if not difference.is_polynomial(variable):
        return []
    parts = sympy.Poly(difference, variable)
    if parts.degree() == 0 and count == sympy.oo:
        return [value for value, _ in _roots([difference], target)]
    if parts.degree() == 1:
        slope, constant = parts.coeff_monomial(variable), parts.coeff_monomial(1)
        if count == 0:
            return [value for value, solution in _roots([slope], target) if sympy.simplify(constant.subs(solution)) != 0]
        return [value for value, _ in _roots([slope, constant], target)] if count == sympy.oo else []
    if parts.degree() == 2 and count == 1 and parts.LC().is_number:
        return [value for value, _ in _roots([sympy.discriminant(parts)], target)]
    return []


def _roots(closed: list[Any], target: Any) -> list[tuple[Any, dict[Any, Any]]]:
    """The values of `target` where all expressions vanish, each with the solution that gives it."""
    letters = symbols_of([part for part in closed if part.free_symbols] or [target])
    if not target.free_symbols <= set(letters):
        return []
    try:
        solutions = sympy.solve(closed, letters, dict=True)
    except (NotImplementedError, ValueError, TypeError):
        return []
    found = []
    for solution in solutions:
        value = sympy.simplify(target.subs(solution))
        if value.free_symbols or value.is_real is False:
            return []
        found.append((value, solution))
    values = distinct(value for value, _ in found)
    return [next(pair for pair in found if pair[0] == value) for value in values if any(pair[0] == value for pair in found)]


def identity_system(given: Given, target: Any) -> list[Any] | None:
    """The equations between constants that follow from an identity in the problem's variables, with its other equations."""
    named = re.search(r"for (?:all|every|any)(?: real)?(?: values? of)? ⟦(\d+)⟧", given.frame, re.IGNORECASE)
    stated = re.search(
        r"⟦(\d+)⟧(?:,| above)? (?:is equivalent to|can be (?:re)?written (?:as|in the form))(?: the expression)? ⟦(\d+)⟧",
        given.frame,
        re.IGNORECASE,
    )
    if stated is None and given.says(
        r"\bexpression is equivalent to ⟦|\bexpression (?:above|given) (?:is equivalent to|can be (?:re)?written (?:as|in the form)) ⟦"
    ):
        first = next(
            (
                index
                for index, value in enumerate(given.values)
                if isinstance(value, sympy.Expr) and not value.is_Symbol and not value.is_number
            ),
            None,
        )
        second = re.search(r"(?:equivalent to|(?:re)?written (?:as|in the form)) ⟦(\d+)⟧", given.frame, re.IGNORECASE)
        pair = (given.at(str(first)), given.at(second[1])) if first is not None and second else None
    else:
        pair = (given.at(stated[1]), given.at(stated[2])) if stated else None
    others = list(given.equations)
    if pair is not None:
        if not all(isinstance(side, sympy.Expr) for side in pair):
            return None
        identity = pair[0] - pair[1]
    else:
        wide = [
            equation
            for equation in others
            if named and isinstance(given.at(named[1]), sympy.Symbol) and given.at(named[1]) in equation.free_symbols
        ]
        if len(wide) != 1:
            return None
        others.remove(wide[0])
        identity = wide[0].lhs - wide[0].rhs
    if named is not None:
        variables = [given.at(named[1])]
    else:
        constants = given.constants | target.free_symbols
        variables = [symbol for symbol in symbols_of([identity]) if symbol not in constants and symbol.name in ("x", "y", "t", "n")]
    if not variables or not all(isinstance(variable, sympy.Symbol) for variable in variables) or target.free_symbols & set(variables):
        return None
    parts = coefficients(identity, variables)
    return None if parts is None else [sympy.Eq(part, 0, evaluate=False) for part in parts] + others


def _identity(given: Given, target: Any) -> Direct | None:
    system = identity_system(given, target)
    if system is None or not target.free_symbols <= set(symbols_of(system)):
        return None
    try:
        solutions = sympy.solve(system, symbols_of(system), dict=True)
    except (NotImplementedError, ValueError, TypeError):
        return None
    values = []
    for solution in solutions:
        value = sympy.simplify(target.subs(solution))
        if value.free_symbols:
            return None
        if (
            value.is_real is not False
            and not any(is_true(condition, solution) is False for condition in given.inequalities)
            and _allowed(given, value)
        ):
            values.append(value)
    values = distinct(values)
    if not values:
        return None
    plural = bool(re.search(r"\b(?:values|two possible)\b", given.question))
    if len(values) > 1 and not plural and not given.options:
        return None
    return Direct(values[0] if len(values) == 1 else sympy.FiniteSet(*values), None, "comparing coefficients")
