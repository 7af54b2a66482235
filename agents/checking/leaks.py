"""The leak gate: whether a hint gives the answer away. Runs inside the sandbox only (it parses formulas a model wrote).

A hint leaks when it names the option's letter or text, or holds a value equal to the answer in any form (0.5, 1/2, 50 %, "one half" written
as a formula). A number that the problem itself prints may be repeated, but not as the end of an equation or after "is".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import sympy

from agents.checking.equality import equal
from agents.checking.values import WORD_NUMBERS, Unreadable, from_latex

_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_RELATION = re.compile(r"(?:=|<|>|\\leq?|\\geq?|\\approx|≈|\\Rightarrow|\\implies|\\to)(?![a-zA-Z])")
_PLAIN_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+(?:\.\d+)?)?\s*\\?%?")
_NAMED = re.compile(r"(?:^|[^\w])(?:=|is|(?<!there )are|equals?|gives?|gets?|makes?|becomes?|leaves|answer:?)\s*\$?\s*$", re.IGNORECASE)


def _text_form(text: str) -> str:
    return re.sub(r"[^a-z0-9+\-*/^=<>.,()]+", " ", re.sub(r"[${}\\]", "", text.lower())).strip()


def _try(text: str) -> Any:
    try:
        return from_latex(text)
    except Unreadable:
        return None


def _percent_forms(text: str) -> list[Any]:
    """`40 %` may stand for 40 and for 2/5."""
    number = _try(re.sub(r"\\?%", "", text))
    return [] if number is None else ([number, number / 100] if "%" in text and isinstance(number, sympy.Expr) else [number])


def _candidates(hint: str) -> list[tuple[str, bool]]:
    """Every piece of the hint that can be a value, with whether it is stated as a result (the right end of an equation, or after "is")."""
    found: list[tuple[str, bool]] = []
    for match in _FORMULA.finditer(hint):
        formula = next(group for group in match.groups() if group)
        sides = [side.strip(" .,;") for side in _RELATION.split(formula)]
        found.append((formula, True))
        found.extend((side, len(sides) > 1 or bool(re.search(_NAMED, hint[: match.start()]))) for side in sides if side)
    bare = _FORMULA.sub(lambda match: " " * len(match[0]), hint)
    found.extend((match[0], bool(re.search(_NAMED, bare[: match.start()]))) for match in _PLAIN_NUMBER.finditer(bare))
    found.extend(
        (match[0], bool(re.search(_NAMED, bare[: match.start()])))
        for match in re.finditer(r"\b(?:" + "|".join(WORD_NUMBERS) + r")\b", bare.lower())
    )
    # numbers inside formulas too: `5 \cdot 3` holds 3, but a coefficient is rarely a result
    for match in _FORMULA.finditer(hint):
        formula = next(group for group in match.groups() if group)
        found.extend((number[0], False) for number in _PLAIN_NUMBER.finditer(formula))
    return found


def _equals(candidate: str, answer: Any) -> bool:
    return any(equal(value, answer) for value in _percent_forms(candidate))


def _answers(answer: str, choice_text: str) -> list[Any]:
    values = [value for value in (_try(text) for text in (answer, choice_text) if text) if value is not None]
    forms: list[Any] = []
    for value in values:
        forms.append(value)
        if isinstance(value, sympy.Eq) and value.lhs.is_Symbol:
            forms.append(value.rhs)
    return forms


def leaks(hint: str, request: Mapping[str, Any]) -> list[str]:
    """The reasons why `hint` leaks; `request` holds `answer`, `choice`, `choice_text` and `problem`."""
    reasons: list[str] = []
    choice, choice_text = request.get("choice"), request.get("choice_text") or ""
    if choice and re.search(rf"\({choice}\)|\b(?:option|choice|letter|answer)s?\s*(?:is|:)?\s*\**\(?{choice}\b", hint, re.IGNORECASE):
        reasons.append("it names the option")
    said = _text_form(hint)
    for text in (choice_text, request["answer"]):
        wanted = _text_form(text)
        if (
            len(wanted) >= 4
            and not re.fullmatch(r"[\d.,\-]+", wanted)
            and wanted not in _text_form(request["problem"].split(choice_text)[0] if choice_text else request["problem"])
            and wanted in said
        ):
            reasons.append("it holds the text of the answer")
            break
    answers = _answers(request["answer"], choice_text)
    stem = re.split(r"\n\s*\(?A\)", request["problem"])[0]
    given = [value for number in _PLAIN_NUMBER.findall(stem) for value in _percent_forms(number)]
    for candidate, stated in _candidates(hint):
        for answer in answers:
            if not _equals(candidate, answer):
                continue
            if stated or not any(equal(value, answer) for value in given):
                reasons.append(f"it holds {candidate.strip()}, which equals the answer")
            break
    parts = next((list(answer) for answer in answers if isinstance(answer, (sympy.Tuple, sympy.FiniteSet)) and len(answer) > 1), [])
    stated_values = [candidate for candidate, stated in _candidates(hint) if stated]
    if parts and all(any(_equals(candidate, part) for candidate in stated_values) for part in parts):
        reasons.append("it holds every part of the answer")
    return list(dict.fromkeys(reasons))[:4]
