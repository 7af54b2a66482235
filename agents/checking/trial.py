"""Trying numbers, as students do where the options are formulas: a letter of the options gets a number, the problem becomes one with numbers only,
and what it then gives must fit one option. Runs inside the sandbox only.

"Armand sent $m$ messages each hour for 5 hours ... which expression represents the total?" becomes "sent 7 messages ... what is the total?", and 35
is what `5m` gives for m = 7.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.reading import Given, read
from agents.checking.direct.solving import points, symbols_of
from agents.checking.options import real_number

_FORMULA = re.compile(r"(?<!\\)\$((?:\\\$|[^$])+?)\$")
_NUMBERS = (7, 12, 3, 20, 5, 9)
_MOST_LETTERS = 3
_ASKS = re.compile(
    r"\bwhich of (?:the )?following (?:\w+ ){0,3}?(?:(?:best |correctly )?(?:represents?|gives?|shows?|expresses|models?|describes|defines)|(?:is|are) (?:equal to|equivalent to|closest to))\s+(?=[a-z$])",
    re.IGNORECASE,
)
_USED_TO = re.compile(
    r"\bwhich of (?:the )?following (?:systems? of )?(?:equations?|expressions?|functions?) (?:can|could|would|may|might|should) be (?:used|solved) to (?:find|determine|calculate|compute)\s+(?=[a-z$])",
    re.IGNORECASE,
)
_CONSTANT = re.compile(
    r",?\s*\b(?:where|and|if) (?:-?\d+(?:, | and |, and )?)+ (?:is|are) (?:both )?(?:an? )?(?:\w+ )?(?:constants?|positive|negative|integers?)\b"
)
_IN_TERMS = re.compile(r",?\s*\b(?:in terms of|as a function of)\b[^?.]*(?=[?.])", re.IGNORECASE)
_DECIMALS = 4
"""To so many, options must differ in what they give."""
_LARGEST = 1e12


@dataclass(frozen=True, slots=True)
class Trial:
    """`stem` is the problem with numbers; `wanted` the letter whose value answers it ("" where the question itself is a number). `predicted` is what
    each option gives for it, as decimals; `numbers` what was put in."""

    stem: str
    wanted: str
    numbers: dict[str, str] = field(default_factory=dict)
    predicted: dict[str, str] = field(default_factory=dict)


def plan_trial(stem: str, options: Sequence[dict[str, str]]) -> Trial | None:
    """How to try the problem on numbers; None where the options are no formulas or no numbers tell them apart."""
    given = read(stem, list(options))
    if len(given.options) < 2 or any(option.value is None for option in given.options) or given.functions & set(map(str, _letters(given))):
        return None
    wanted, free = _roles(given)
    if wanted is None and not free:
        return None
    if len(free) > _MOST_LETTERS or not all(_lone(letter).search(stem) for letter in free):
        return None
    printed = {int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.])", stem)}
    pool = [number for number in _NUMBERS if number not in printed] or list(_NUMBERS)
    for shift in range(len(pool)):
        numbers = {letter: sympy.Integer(pool[(index + shift) % len(pool)]) for index, letter in enumerate(free)}
        predicted = {option.letter: _predict(option.value, numbers, wanted) for option in given.options}
        found = [value for value in predicted.values() if value is not None]
        if len(found) >= len(predicted) - 1 and len({round(value, _DECIMALS) for value in found}) == len(found) > 1:
            return Trial(
                stem=_with_numbers(stem, numbers, wanted),
                wanted=str(wanted) if wanted is not None else "",
                numbers={str(letter): str(value) for letter, value in numbers.items()},
                predicted={letter: repr(value) for letter, value in predicted.items() if value is not None},
            )
    return None


def _letters(given: Given) -> set[Any]:
    return set().union(*(_free(option.value) for option in given.options))


def _free(value: Any) -> set[Any]:
    parts = value if isinstance(value, tuple) else (value,)
    return set().union(*(part.free_symbols for part in parts))


def _roles(given: Given) -> tuple[Any, list[Any]]:
    """The letter (or call such as P(t)) whose value is wanted, and the letters that get numbers, in order of their appearance in the problem."""
    values = [option.value for option in given.options]
    letters = _letters(given)
    if all(isinstance(value, sympy.Expr) for value in values):
        return None, [] if given.conditions else _ordered(letters, given)
    if all(isinstance(value, sympy.Eq) for value in values):
        heads = {value.lhs for value in values}
        head = next(iter(heads))
        if len(heads) == 1 and (head.is_Symbol or isinstance(head, AppliedUndef)):
            rest = set().union(*(value.rhs.free_symbols for value in values)) - {head}
            return (head, _ordered(rest, given)) if rest and not any(value.rhs.has(head) for value in values) else (None, [])
        if len(letters) == 1:
            return next(iter(letters)), []
        ordered = _ordered(letters, given)
        return (ordered[-1], ordered[:-1]) if len(ordered) == 2 else (None, [])
    if all(isinstance(value, tuple) and all(isinstance(part, sympy.Eq) for part in value) for value in values):
        return (_ordered(letters, given)[0], []) if len(letters) == 2 else (None, [])
    return None, []


def _ordered(letters: set[Any], given: Given) -> list[Any]:
    """By where the problem names each letter; those that it never names come last."""
    text = given.stem

    def place(letter: Any) -> tuple[int, str]:
        found = re.search(rf"\$[^$]*(?<![A-Za-z\\]){re.escape(str(letter))}(?![A-Za-z])[^$]*\$", text)
        return (found.start() if found else len(text), str(letter))

    return sorted(letters, key=place)


def _predict(value: Any, numbers: dict[Any, Any], wanted: Any) -> float | None:
    """What an option gives for the wanted quantity; None where it gives none, or several."""
    if wanted is None:
        return _real(value.subs(numbers))
    unknown = sympy.Symbol("wanted_") if isinstance(wanted, AppliedUndef) else wanted
    equations = [
        sympy.Eq(part.lhs.subs(wanted, unknown).subs(numbers), part.rhs.subs(wanted, unknown).subs(numbers), evaluate=False)
        for part in (value if isinstance(value, tuple) else (value,))
    ]
    found = {_real(point[unknown]) for point in points(equations, symbols_of(equations)) or [] if unknown in point}
    return next(iter(found)) if len(found) == 1 else None


def _real(value: Any) -> float | None:
    number = real_number(value)
    return number if number is not None and abs(number) < _LARGEST else None


def _with_numbers(stem: str, numbers: dict[Any, Any], wanted: Any) -> str:
    """The problem with numbers in place of the letters, and a question about the wanted quantity instead of one about options."""
    text = stem
    for letter, value in numbers.items():
        text = _FORMULA.sub(partial(_put_in, letter=str(letter), value=str(value)), text)
    text = _CONSTANT.sub("", _IN_TERMS.sub("", text))
    asked = _ASKS.search(text) or _USED_TO.search(text)
    if asked is not None:
        text = f"{text[: asked.start()]}{'What is ' if asked[0][0] == 'W' else 'what is '}{text[asked.end() :]}"
    if wanted is not None:
        text += f" Find the value of ${_name(wanted)}$."
    return text


def _name(wanted: Any) -> str:
    return str(wanted.func) if isinstance(wanted, AppliedUndef) else str(sympy.latex(wanted))


def _lone(letter: Any) -> re.Pattern[str]:
    """Where the problem speaks of the letter as a quantity; `$x$-axis` does not."""
    return re.compile(rf"\$\s*{re.escape(str(letter))}\s*\$(?!-)")


def _put_in(match: re.Match[str], *, letter: str, value: str) -> str:
    formula = match[1]
    if match.string[match.end() : match.end() + 1] == "-":
        return match[0]
    if re.fullmatch(rf"\s*{re.escape(letter)}\s*", formula):
        return value
    alone = re.compile(rf"(?<![A-Za-z\\]){re.escape(letter)}(?![A-Za-z])")
    return f"${alone.sub(f' ({value})', formula)}$"
