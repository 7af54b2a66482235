"""Rewriting: which option is the same expression, and a formula solved for one of its letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import operates
from agents.checking.direct.reading import Direct, Given
from agents.checking.direct.sampling import identical

_EQUIVALENT = re.compile(
    r"which (?:of the following )?(?:expressions? |forms? |is |are |represents? |gives? |shows? )*(?:correctly )?"
    r"(?:equivalent|equal|an equivalent form|another form|the same as|a simplified form|the simplified form|the result|the factored form|a factored form)\b([^.?]*)",
    re.IGNORECASE,
)
_REWRITE = re.compile(r"^(?:please )?(?:simplify|expand|factori[sz]e|factor|rewrite)\b[^⟦]*⟦(\d+)⟧[^⟦]*$", re.IGNORECASE)
_NEUTRAL = r"(?: (?:the|expressions?|polynomials?|following|two|both|quantity|quantities))*:? "
_COMBINED: tuple[tuple[re.Pattern[str], Callable[[Any, Any], Any], str], ...] = (
    (re.compile(rf"\bsum of\b{_NEUTRAL}⟦(\d+)⟧,? and\b{_NEUTRAL}⟦(\d+)⟧", re.IGNORECASE), lambda a, b: a + b, "({a}) + ({b})"),
    (re.compile(rf"\bproduct of\b{_NEUTRAL}⟦(\d+)⟧,? and\b{_NEUTRAL}⟦(\d+)⟧", re.IGNORECASE), lambda a, b: a * b, "({a}) ({b})"),
    (re.compile(rf"\bsubtract(?:ing|ed)?\b{_NEUTRAL}⟦(\d+)⟧ from\b{_NEUTRAL}⟦(\d+)⟧", re.IGNORECASE), lambda a, b: b - a, "({b}) - ({a})"),
    (re.compile(rf"\badd(?:ing|ed)?\b{_NEUTRAL}⟦(\d+)⟧ (?:to|and)\b{_NEUTRAL}⟦(\d+)⟧", re.IGNORECASE), lambda a, b: a + b, "({a}) + ({b})"),
    (re.compile(rf"\bmultipl(?:ying|ied|y)\b{_NEUTRAL}⟦(\d+)⟧ by\b{_NEUTRAL}⟦(\d+)⟧", re.IGNORECASE), lambda a, b: a * b, "({a}) ({b})"),
)
"""What is done with two printed expressions, and how that is written."""
_OPERATIONS = re.compile(r"\b(?:sum|product|difference|quotient|subtract|add|multipl(?:y|ied)|divid)(?:ing|ed)?\b", re.IGNORECASE)
_IN_TERMS = re.compile(
    r"(?:gives|expresses|shows|represents|is|solved? for|find|express|write|make)\s+⟦(\d+)⟧(?: the subject)?,?\s*(?:correctly )?(?:in terms of|as a function of|the subject)",
    re.IGNORECASE,
)
_SOLVE_FOR = re.compile(r"\bsolve\b[^⟦]*⟦(\d+)⟧ for ⟦(\d+)⟧|\bsolve for ⟦(\d+)⟧(?:[^⟦]*⟦(\d+)⟧)?", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    if (found := _in_terms(given)) is not None:
        return found
    source = equivalent_source(given)
    if source is None:
        return None
    if given.options:
        return _choose(given, source)
    return Direct(sympy.simplify(source), None, "rewriting the expression") if _REWRITE.search(given.question) else None


def equivalent_source(given: Given) -> Any:
    """The expression that is to be rewritten, None where the problem asks for something else."""
    expressions = [
        value
        for value in given.values
        if isinstance(value, sympy.Expr) and not value.is_Symbol and not value.is_number and not isinstance(value, AppliedUndef)
    ]
    match = _EQUIVALENT.search(given.question)
    if match is None:
        rewrite = _REWRITE.search(given.question)
        value = given.at(rewrite[1]) if rewrite else None
        return value if isinstance(value, sympy.Expr) and not given.conditions and not given.options else None
    if len(_OPERATIONS.findall(match[1])) > 1:
        return None
    for pattern, combine, _ in _COMBINED:
        if pair := pattern.search(match[1]):
            left, right = given.at(pair[1]), given.at(pair[2])
            return _closed(given, combine(left, right)) if isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr) else None
    if re.search(r"\b(?:sum|product|difference|quotient|subtract|added|multiplied|divided|times)\b", match[1], re.IGNORECASE):
        return None
    named = re.search(r"(?:to|of|as)\b([^⟦]*)⟦(\d+)⟧", match[1])
    if named is not None:
        if operates(named[1]) or re.search(r"\b(?:square|root|reciprocal|inverse) of\b", match[1], re.IGNORECASE):
            return None
        value = given.at(named[2])
        return _closed(given, value) if isinstance(value, sympy.Expr) else None
    numbers = [value for value in given.values if isinstance(value, sympy.Expr) and value.is_number]
    if len(expressions) == 1 and not given.equations:
        return _closed(given, expressions[0])
    # `(3 + 2i)(1 - i)` with the note that i is the imaginary unit is a number once read
    return numbers[0] if not expressions and len(numbers) == 1 and not given.equations else None


def source_as_printed(given: Given, source: Any) -> str | None:
    """The LaTeX of `equivalent_source` in the problem's own spelling, from one formula or two; None where it is not printed so."""
    if source in given.values:
        return given.texts[given.values.index(source)].strip()
    match = _EQUIVALENT.search(given.question)
    for pattern, _, written in _COMBINED if match else ():
        if pair := pattern.search(match[1] if match else ""):
            return written.format(a=given.texts[int(pair[1])].strip(), b=given.texts[int(pair[2])].strip())
    return None


def any_equal_form_answers(given: Given) -> bool:
    """Whether every equal expression is an answer; not where the problem wants a certain form, or factors."""
    return not re.search(
        r"\bfactor|\bdisplay|\bshow|\breveal|\bconstants?\b|\bforms? (?:that|in which|where|from which)\b", given.question, re.IGNORECASE
    )


def _closed(given: Given, value: Any) -> Any:
    """The expression with the problem's functions put in; None where equations of the problem bind its letters."""
    value = given.apply(value)
    if value.atoms(AppliedUndef) or any(equation.free_symbols & value.free_symbols for equation in given.equations):
        return None
    return value.subs(sympy.Symbol("i"), sympy.I) if given.complex else value


def _choose(given: Given, source: Any) -> Direct | None:
    """The one option that is equal wherever the side conditions hold; an expression of the problem itself counts for nothing."""
    fitting = []
    for option in given.options:
        if not isinstance(option.value, sympy.Expr):
            continue
        value = given.apply(option.value)
        value = value.subs(sympy.Symbol("i"), sympy.I) if given.complex else value
        verdict = identical(source, value, given.inequalities)
        if verdict is None:
            return None
        if verdict:
            fitting.append(option)
    return Direct(fitting[0].value, fitting[0].letter, "comparing the expressions") if len(fitting) == 1 else None


def _in_terms(given: Given) -> Direct | None:
    asked = formula_asked_for(given)
    if asked is None:
        return None
    letter, equation = asked
    try:
        found = sympy.solve(equation, letter)
    except (NotImplementedError, ValueError, TypeError):
        return None
    if len(found) == 2 and given.says(r"\bpositive\b|length|radius|distance|side"):
        positive = {symbol: sympy.Symbol(symbol.name, positive=True) for symbol in equation.free_symbols}
        found = [value for value in found if value.xreplace(positive).is_positive]
    if len(found) != 1:
        return None
    return Direct(sympy.Eq(letter, found[0], evaluate=False), None, "solving the formula")


def formula_asked_for(given: Given) -> tuple[Any, Any] | None:
    """The letter that is asked for in terms of the others, and the one formula that binds it."""
    match = _IN_TERMS.search(given.question) or _SOLVE_FOR.search(given.question)
    if match is None or len(given.equations) != 1:
        return None
    groups = [given.at(group) for group in match.groups() if group]
    letters = [value for value in groups if isinstance(value, sympy.Symbol)]
    equation = given.equations[0]
    if len(letters) != 1 or letters[0] not in equation.free_symbols or len(equation.free_symbols) < 2:
        return None
    named = re.search(r"in terms of((?:[^⟦?]*⟦\d+⟧)+)", given.question, re.IGNORECASE)
    others = {given.at(index) for index in re.findall(r"⟦(\d+)⟧", named[1])} if named else set()
    mentioned = set().union(*(value.free_symbols for value in others if value is not None)) if others else set()
    if mentioned and not equation.free_symbols - {letters[0]} <= mentioned | given.constants:
        return None
    return letters[0], equation
