"""Polynomials: remainders, factors and zeros, from a formula, a table or single values (remainder and factor theorem)."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import unexplained
from agents.checking.direct.functions import zeros
from agents.checking.direct.reading import Direct, Given, Option, read
from agents.checking.direct.solving import symbols_of, values_of
from agents.checking.direct.tables import columns

_REMAINDER = re.compile(r"\bremainder\b[^⟦]*⟦(\d+)⟧(?: is)? divided by ⟦(\d+)⟧", re.IGNORECASE)
_FACTOR_OF = re.compile(r"\bfactors? of (?:the )?(?:polynomial |expression |function )?⟦(\d+)⟧", re.IGNORECASE)
_HAS_FACTOR = re.compile(
    r"⟦(\d+)⟧ is a factor of (?:the )?(?:polynomial |expression )?⟦(\d+)⟧|⟦(\d+)⟧ is divisible by ⟦(\d+)⟧", re.IGNORECASE
)
_ZEROS = re.compile(
    r"\b(?:zeros?|roots?|⟦\d+⟧ ?-?intercepts?) of (?:the )?(?:graph of )?(?:the )?(?:polynomial |function |equation )?⟦(\d+)⟧",
    re.IGNORECASE,
)
_VALUE_OF = re.compile(r"\bvalue of ⟦(\d+)⟧", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    if unexplained(given, _REMAINDER):
        return None
    if given.unread or given.inequalities or given.qualifiers - {"real", "distinct", "not", "positive", "negative", "different"}:
        return None
    if (match := _REMAINDER.search(given.question)) is not None and given.at(match[1]) is not None:
        return _remainder(_body(given, given.at(match[1])), given.at(match[2]))
    if (stated := _HAS_FACTOR.search(given.frame)) is not None:
        return _constant(given, stated)
    if re.search(r"\bmust be (?:true|a factor)\b|\bfactor\b", given.question, re.IGNORECASE) and given.options:
        return _factor(given)
    if (match := _ZEROS.search(given.question)) is not None and re.match(
        r"(?:what|find|which of the following (?:gives|lists|shows|are))\b", given.question, re.IGNORECASE
    ):
        return _zeros(given, match[1])
    return None


def _body(given: Given, value: Any) -> Any:
    """The polynomial itself where `value` is `p(x)` or an expression, None otherwise."""
    if isinstance(value, sympy.Symbol) and sympy.Function(value.name) in given.definitions:
        return given.definitions[sympy.Function(value.name)][1]
    if isinstance(value, sympy.Expr):
        value = given.apply(value)
        return None if value.atoms(AppliedUndef) else value
    return None


def _remainder(body: Any, divisor: Any) -> Direct | None:
    letters = symbols_of([part for part in (body, divisor) if isinstance(part, sympy.Expr)])
    if (
        body is None
        or not isinstance(divisor, sympy.Expr)
        or len(letters) != 1
        or divisor.is_number
        or not body.is_polynomial()
        or not divisor.is_polynomial()
    ):
        return None
    return Direct(sympy.rem(sympy.expand(body), sympy.expand(divisor), letters[0]), None, "dividing the polynomials")


def _constant(given: Given, stated: re.Match[str]) -> Direct | None:
    """The constant for which a linear factor divides: the polynomial vanishes at its root."""
    factor, whole = (given.at(stated[1]), given.at(stated[2])) if stated[1] else (given.at(stated[4]), given.at(stated[3]))
    asked = _VALUE_OF.findall(given.question)
    target, body = given.at(asked[-1]) if asked else None, _body(given, whole)
    if (
        body is None
        or not isinstance(factor, sympy.Expr)
        or not isinstance(target, sympy.Symbol)
        or len(factor.free_symbols) != 1
        or given.equations
    ):
        return None
    unknown = next(iter(factor.free_symbols))
    if unknown == target or not body.is_polynomial(unknown) or sympy.degree(factor, unknown) != 1 or body.free_symbols != {unknown, target}:
        return None
    root = sympy.solve(factor, unknown)[0]
    values = values_of(target, [sympy.Eq(body.subs(unknown, root), 0, evaluate=False)])
    return Direct(values[0], None, "the factor theorem") if len(values) == 1 else None


def known_values(given: Given) -> tuple[str, dict[Any, Any]] | None:
    """The name of the one function of which a table or single facts give values, and these by argument."""
    pairs = [(head.func, x, y) for head, rows in columns(given) if isinstance(head, AppliedUndef) for x, y in rows]
    pairs += [
        (fact.lhs.func, fact.lhs.args[0], fact.rhs)
        for fact in given.facts
        if isinstance(fact.lhs, AppliedUndef) and fact.lhs.args[0].is_number and fact.rhs.is_number
    ]
    told = re.search(r"\bvalue of ⟦(\d+)⟧ is (?:equal to )?(⟦\d+⟧|-?\d+)", given.frame, re.IGNORECASE)
    if told and isinstance(given.at(told[1]), AppliedUndef) and given.at(told[1]).args[0].is_number:
        value = given.at(told[2][1:-1]) if told[2].startswith("⟦") else sympy.Integer(told[2])
        pairs.append((given.at(told[1]).func, given.at(told[1]).args[0], value))
    names = {str(name) for name, _, _ in pairs}
    return (names.pop(), {x: y for _, x, y in pairs}) if len(names) == 1 else None


def _factor(given: Given) -> Direct | None:
    found = known_values(given) if about_itself(given) else None
    known = found[1] if found else {}
    match = _FACTOR_OF.search(given.question)
    body = _body(given, given.at(match[1])) if match else None
    if body is None and not known:
        expressions = [
            value
            for value in given.values
            if isinstance(value, sympy.Expr) and not value.is_Symbol and not value.is_number and not value.atoms(AppliedUndef)
        ]
        body = expressions[0] if match is None and len(expressions) == 1 and re.search(r"\bfactor of\b", given.question) else None
    fitting: list[Option] = []
    for option in given.options:
        verdict = _divides(option, body) if body is not None else _follows(option, known, given.functions)
        if verdict is None:
            return None
        if verdict:
            fitting.append(option)
    if len(fitting) != 1:
        return None
    value = fitting[0].value
    return Direct(value if value is not None else sympy.true, fitting[0].letter, "the factor theorem")


def _divides(option: Option, body: Any) -> bool | None:
    if not isinstance(option.value, sympy.Expr) or not body.is_polynomial() or option.value.is_number or not option.value.is_polynomial():
        return None
    return bool(sympy.expand(body).free_symbols >= option.value.free_symbols and sympy.reduced(body, [option.value])[1] == 0)


def _follows(option: Option, known: dict[Any, Any], functions: frozenset[str]) -> bool | None:
    """Whether a statement about the polynomial follows from its known values; what they leave open does not follow."""
    claim = claim_of(option, functions)
    if claim is None:
        return None
    linear, claimed = claim
    root = sympy.solve(linear, next(iter(linear.free_symbols)))[0]
    return root in known and bool(known[root] == claimed)


def _itself(value: Any) -> bool:
    """`p(x)` or `p`, and nothing made of it."""
    return isinstance(value, sympy.Symbol) or (isinstance(value, AppliedUndef) and all(part.is_Symbol for part in value.args))


def about_itself(given: Given) -> bool:
    """Whether a question for a factor, or for what must be true, is about the one polynomial and not about `p(x - 2)` or `p(x) + 1`."""
    calls = [value for value in given.values if isinstance(value, sympy.Expr) and value.atoms(AppliedUndef)]
    asked = re.search(r"\bfactors? of\b[^⟦?]*⟦(\d+)⟧", given.question, re.IGNORECASE)
    if asked is not None and not _itself(given.at(asked[1])):
        return False
    return all(isinstance(call, AppliedUndef) for call in calls)


def claim_of(option: Option, functions: frozenset[str]) -> tuple[Any, Any] | None:
    """The linear divisor and the remainder that an option claims: `x - 2`, `x - 2 is a factor`, or `the remainder when ... is divided by x - 2 is 3`."""
    said = read(option.text, [], functions)
    linear = option.value if isinstance(option.value, sympy.Expr) else None
    claimed: Any = sympy.Integer(0)
    if linear is None and (match := re.match(r"⟦(\d+)⟧ is a factor of ⟦(\d+)⟧", said.frame)) and _itself(said.at(match[2])):
        linear = said.at(match[1])
    elif (
        linear is None
        and (match := re.match(r"The remainder when ⟦(\d+)⟧ is divided by ⟦(\d+)⟧ is (⟦\d+⟧|-?\d+)", said.frame, re.IGNORECASE))
        and _itself(said.at(match[1]))
    ):
        linear = said.at(match[2])
        claimed = said.at(match[3][1:-1]) if match[3].startswith("⟦") else sympy.Integer(match[3])
    if not isinstance(linear, sympy.Expr) or len(linear.free_symbols) != 1 or claimed is None or sympy.degree(linear) != 1:
        return None
    return linear, claimed


def _zeros(given: Given, index: str) -> Direct | None:
    body = _body(given, given.at(index))
    if isinstance(given.at(index), sympy.Eq) and isinstance(given.at(index).lhs, (AppliedUndef, sympy.Symbol)):
        body = given.at(index).rhs
    if body is None or len(body.free_symbols) != 1 or re.search(r"\b(?:sum|product|number|how many|constant)\b", given.question):
        return None
    found = zeros(body, next(iter(body.free_symbols)))
    return Direct(sympy.FiniteSet(*found), None, "finding the zeros") if found else None
