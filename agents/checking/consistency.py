"""Whether what a model says about a solution agrees with that solution. Runs inside the sandbox only.

Every equation in the text must be known from the problem or the solution, be true for the values found there, or be true by itself; every other number
must stand in the problem or the solution; and what is said to have been done must be what was done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.logic.boolalg import Boolean

from agents.checking.equality import equal
from agents.checking.moves import read

_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?")
_BARE_EQUATION = re.compile(r"(?<![\w$])[-+(]?[\w.]+(?:\s*[-+*/^=()]\s*[\w.()]+)*\s*=\s*[-+(]?[\w.]+(?:\s*[-+*/^()]\s*[\w.()]+)*")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_HARMLESS = {"0", "1", "2"}
"""Numbers of ordinary talk: "both sides", "one x", "two unknowns"."""
_AMOUNT = r"\$?(?P<amount>-?\d+(?:\.\d+)?)\$?(?!\.?\d|[\w^{\\])"
_SAID = (
    re.compile(rf"\b(?P<verb>multipl|divid|increas|decreas|reduc)\w*\b[^.;,]{{0,40}}?\bby\s+{_AMOUNT}", re.IGNORECASE),
    re.compile(rf"\b(?P<verb>add|subtract)\w*\b\s+{_AMOUNT}", re.IGNORECASE),
    re.compile(rf"(?<![\w^\\.]){_AMOUNT}\s+(?P<passive>is|was|gets|being|must be|can be)\s+(?P<verb>add|subtract)ed\b", re.IGNORECASE),
)
_DESCRIBES = re.compile(r"\b(?:is|was|gets|being)\s+$", re.IGNORECASE)
_INVERSE = {"add": "subtract", "subtract": "add", "multiply": "divide", "divide": "multiply"}
_VERBS = {
    "add": "add",
    "subtract": "subtract",
    "multipl": "multiply",
    "divid": "divide",
    "increas": "add",
    "decreas": "subtract",
    "reduc": "subtract",
}
_PLAIN_SIGNS = {ord("−"): "-", ord("·"): "*", ord("×"): "*", **{ord(sign): f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}}
_GOES_ON_BEFORE = re.compile(r"[^\w\s.,;:!?]$|\d$|(?<![A-Za-z])[A-Za-z]$")
"""A sign, a number or a single letter: what comes then is the rest of a formula."""
_GOES_ON_AFTER = re.compile(r"[^\w\s.,;:!?]")
MAX_FORMULAS = 12
_DEGREE = 4


def formulas(text: str) -> list[str]:
    """The formulas of a text: between dollars, and equations written plainly."""
    found = [match[1].strip().rstrip(".,;") for match in _FORMULA.finditer(text)]
    return found + [match[0].strip() for match in _BARE_EQUATION.finditer(_FORMULA.sub(" ; ", text)) if re.search(r"\d", match[0])]


def contradictions(text: str, known: Sequence[str], moves: Sequence[Mapping[str, str]]) -> list[str]:
    """Why the text cannot be shown, one reason a statement; empty where everything in it is borne out by the `known` texts and the `moves` made."""
    facts = [value for source in known for formula in formulas(source) for value in _sides(formula)]
    values = _values(facts)
    reasons = []
    borne_out: set[str] = set()
    for formula in formulas(text)[:MAX_FORMULAS]:
        if not re.search(r"[=<>]|\\(?:le|ge|ne)", formula):
            continue
        if any(_holds(value, facts, values) is False for value in _sides(formula)):
            reasons.append(f"${formula}$ does not follow from the solution")
        else:
            borne_out |= set(_NUMBER.findall(formula))
    allowed = (
        {_plain(number) for source in known for number in _NUMBER.findall(source)} | {_plain(number) for number in borne_out} | _HARMLESS
    )
    allowed |= {_plain(number) for made in moves for number in _NUMBER.findall(made.get("amount", ""))}
    reasons += [
        f"the number {number} is not in the solution" for number in dict.fromkeys(_NUMBER.findall(text)) if _plain(number) not in allowed
    ]
    made = {(step.get("kind", ""), step.get("amount", "")) for step in moves if step.get("amount")}
    told = {said for source in known for said, _ in _said(source)}
    for said, describes in _said(text):
        if made and said not in made | told and not (describes and (_INVERSE[said[0]], said[1]) in made):
            reasons.append(f"to {said[0]} by {said[1]} is not what was done")
    return reasons


def on_screen(texts: Sequence[str], known: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands in a picture of a solution: the formulas that contradict it, and the numbers that are found neither there nor in the problem.

    A formula contradicts where it is false by itself, or false for every value that the `known` texts give its letters; about letters that they
    give no value nothing is said, since a picture may name things of its own.
    """
    facts = [value for source in known for formula in formulas(source) for value in _sides(formula)]
    values = _with_roots(_values(facts), facts)
    wrong: list[str] = []
    for formula in dict.fromkeys(formula for text in texts for formula in _whole_formulas(text)):
        if re.search(r"[=<>]|\\(?:le|ge|ne)", formula) and any(_refuted(value, facts, values) for value in _sides(formula)):
            wrong.append(formula)
    allowed = {_plain(number) for source in known for number in _NUMBER.findall(source)} | _HARMLESS
    strange = [number for text in texts for number in _NUMBER.findall(text) if _plain(number) not in allowed]
    return wrong, list(dict.fromkeys(strange))


def _whole_formulas(text: str) -> list[str]:
    """The formulas between dollars, and equations in words of which no part stands before or behind: of "y² + 16 y + 64 = −20" no end is one."""
    found = [match[1].strip().rstrip(".,;") for match in _FORMULA.finditer(text)]
    words = _FORMULA.sub(" ; ", text).translate(_PLAIN_SIGNS)
    for match in _BARE_EQUATION.finditer(words):
        before, after = words[: match.start()].rstrip(), words[match.end() :].lstrip()
        if not _GOES_ON_BEFORE.search(before) and not _GOES_ON_AFTER.match(after):
            found.append(match[0].strip().rstrip("."))
    return found


def _with_roots(values: dict[Any, list[Any]], facts: Sequence[Any]) -> dict[Any, list[Any]]:
    """The same with all real roots of the equations that hold one of these letters alone: a solution may name only the root that was asked for."""
    for fact in facts:
        if not isinstance(fact, sympy.Eq) or len(fact.free_symbols) != 1 or fact.atoms(AppliedUndef):
            continue
        (symbol,) = fact.free_symbols
        difference = sympy.expand(fact.lhs - fact.rhs)
        if symbol in values and difference.is_polynomial(symbol) and 1 < sympy.degree(difference, symbol) <= _DEGREE:
            values[symbol] = [*values[symbol], *(root for root in sympy.roots(difference, symbol) if root.is_real)]
    return values


def _refuted(value: Any, facts: Sequence[Any], values: Mapping[Any, Sequence[Any]]) -> bool:
    if value == sympy.false:
        return True
    if not isinstance(value, Boolean) or not value.free_symbols <= set(values) or value.atoms(AppliedUndef):
        return False  # about something that the texts give no value
    return _holds(value, facts, values) is False


def _said(text: str) -> list[tuple[tuple[str, str], bool]]:
    """What the text says is done and with which number; with whether it only describes what stands there ("$x$ is multiplied by 3", "1 is added to $x$")."""
    found = []
    for pattern in _SAID:
        for match in pattern.finditer(text):
            passive = "passive" in pattern.groupindex
            near = text[max(match.start() - 16, 0) : match.end() + 20 * passive]
            describes = (passive or bool(_DESCRIBES.search(text[: match.start()]))) and not re.search(r"\bsides?\b", near)
            found.append(((_VERBS[match["verb"].lower()], match["amount"]), describes))
    return found


def _plain(number: str) -> str:
    bare = number.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


def _sides(formula: str) -> list[Any]:
    """The relations of a formula; each link of a chain `a = b = c` by itself."""
    parts = formula.split("=")
    if len(parts) > 2 and not re.search(r"[<>]|\\(?:le|ge|ne)", formula):
        return [value for left, right in pairwise(parts) if (value := read(f"{left}={right}")) is not None]
    value = read(formula)
    return [] if value is None else [value]


def _values(facts: Sequence[Any]) -> dict[Any, list[Any]]:
    """The numbers that the facts give for single letters; several where a letter has several solutions."""
    found: dict[Any, list[Any]] = {}
    for fact in facts:
        if isinstance(fact, sympy.Eq) and fact.lhs.is_Symbol and fact.rhs.is_number:
            found.setdefault(fact.lhs, []).append(fact.rhs)
    return found


def _holds(value: Any, facts: Sequence[Any], values: Mapping[Any, Sequence[Any]]) -> bool | None:
    """True or False for a relation that can be decided; None for what is no relation."""
    if value in (sympy.true, sympy.false):
        return bool(value)
    if not isinstance(value, Boolean):
        return None
    if any(_same(value, fact) for fact in facts if isinstance(fact, Boolean)):
        return True
    if isinstance(value, sympy.Eq) and equal(value.lhs, value.rhs):
        return True
    letters = [symbol for symbol in value.free_symbols if symbol in values]
    choices: list[dict[Any, Any]] = [{}]
    for symbol in letters:
        choices = [{**choice, symbol: number} for choice in choices for number in values[symbol]][:16]
    return any(_true_at(value, choice) for choice in choices)


def _same(left: Any, right: Any) -> bool:
    """Equal as far as SymPy can tell: it cannot compare every pair of relations."""
    try:
        return equal(left, right)
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return False


def _true_at(value: Any, at: Mapping[Any, Any]) -> bool:
    if isinstance(value, sympy.Eq):
        left, right = value.lhs.subs(at), value.rhs.subs(at)
        return bool(not (left.free_symbols | right.free_symbols) and equal(left, right))
    return bool(value.subs(at) == sympy.true)
