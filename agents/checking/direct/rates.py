"""Linear formulas of a story: what one more of this adds to that, and the value that two of them share. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import operates, quantity
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.solving import points

_ADDITIONAL = re.compile(
    r"\bhow many (?:additional|more) ([a-z]+(?: [a-z]+)?)\b[^?]*\b(?:for|to make|to get|to [a-z]+) (?:each|every|one|an) (?:additional|more) ([a-z]+)\b[^?]*\?",
    re.IGNORECASE,
)
_HOW_MUCH = re.compile(
    r"\bby how much does (?:the value of )?⟦(\d+)⟧ (increase|decrease) (?:when|if|for|as|each time) (?:the value of )?⟦(\d+)⟧ (?:is )?increase[sd] by (⟦\d+⟧|\d+(?:\.\d+)?)\s*\?",
    re.IGNORECASE,
)
_WHEN_EQUAL = re.compile(
    r"\bwhat (?:is|was|will be) the ([a-z]+)\b[^?]*\bwhen it (?:is|was|will be|equals|equaled) (?:equal to |the same as )?the ([a-z]+)\b[^?]*\?",
    re.IGNORECASE,
)
_CHANGED = re.compile(r"\b(?:figure|table|discount|tax|percent|twice|half|times|not)\b|%", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    return _slope(given) or _shared(given)


def _formulas_only(given: Given) -> bool:
    """Whether the problem tells nothing but equations."""
    others = given.unread or given.inequalities or given.facts or given.definitions or given.tables
    return not others and not _CHANGED.search(given.frame)


def growth_asked(given: Given) -> tuple[Any, Any, Any, Any, bool] | None:
    """The letter that grows, the one that it grows with and by how much, the first as a linear formula of the second, and whether the question is by how
    much it decreases."""
    if len(given.equations) != 1 or not _formulas_only(given):
        return None
    if match := _HOW_MUCH.search(given.question):
        dependent, free, by = given.at(match[1]), given.at(match[3]), quantity(given, match[4])
    elif match := _ADDITIONAL.search(given.question):
        dependent, free, by = _counting(given, match[1]), _counting(given, match[2]), sympy.Integer(1)
    else:
        return None
    equation = given.equations[0]
    if dependent is None or free is None or by is None or not by.is_number or equation.free_symbols != {dependent, free}:
        return None
    solved = sympy.solve(equation, dependent)
    if len(solved) != 1 or not solved[0].is_polynomial(free) or sympy.degree(solved[0], free) != 1:
        return None
    return dependent, free, by, solved[0], match.re is _HOW_MUCH and match[2].lower() == "decrease"


def _slope(given: Given) -> Direct | None:
    """By how much one letter grows with the other."""
    asked = growth_asked(given)
    if asked is None:
        return None
    _, free, by, body, falling = asked
    grown = sympy.expand(body.coeff(free, 1) * by) * (-1 if falling else 1)
    return Direct(grown, None, "the slope of the formula") if grown.is_positive else None


def _counting(given: Given, noun: str) -> Any:
    """The letter that counts this: the formula printed right before the noun."""
    word = re.escape(noun.split()[0].rstrip("s"))
    found = {given.at(index) for index in re.findall(rf"⟦(\d+)⟧ {word}", given.frame, re.IGNORECASE)}
    letter = found.pop() if len(found) == 1 else None
    return letter if isinstance(letter, sympy.Symbol) else None


def _shared(given: Given) -> Direct | None:
    """`b = ...` and `c = ...` in one common letter, and what the one is when it equals the other."""
    asked = shared_asked(given)
    if asked is None:
        return None
    first, second, letter = asked
    found = points([first, second, sympy.Eq(first.lhs, second.lhs)], [first.lhs, second.lhs, letter])
    return Direct(found[0][first.lhs], None, "setting the two equal") if found is not None and len(found) == 1 else None


def shared_asked(given: Given) -> tuple[Any, Any, Any] | None:
    """The two formulas that are to give the same, and their common letter."""
    match = _WHEN_EQUAL.search(given.question)
    if (
        len(given.equations) != 2
        or not _formulas_only(given)
        or match is None
        or match[1].lower() != match[2].lower()
        or operates(match[0])
    ):
        return None  # what is compared must be of one kind, so that the common value is what is asked for
    first, second = given.equations
    letters = {first.lhs, second.lhs}
    common = first.rhs.free_symbols | second.rhs.free_symbols
    if len(letters) != 2 or not all(letter.is_Symbol for letter in letters) or len(common) != 1 or letters & common:
        return None
    return first, second, next(iter(common))
