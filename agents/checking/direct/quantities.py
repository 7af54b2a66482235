"""Arithmetic that one sentence asks for outright: a percent of a number, a percent change, the value of a printed number expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import quantity
from agents.checking.direct.reading import Direct, Given

_Q = r"(⟦\d+⟧|\d+(?:,\d{3})*(?:\.\d+)?)"
_PERCENT = r"\s*(?:%|\\%|percent)"
_OF = re.compile(rf"^(?:what is|what number is|find|calculate|compute) {_Q}{_PERCENT} of {_Q}\s*[?.]$", re.IGNORECASE)
_OF_WHAT = re.compile(rf"^(?:if )?{_Q} is {_Q}{_PERCENT} of (?:what number|a number, what is the number)\s*[?.]$", re.IGNORECASE)
_WHAT_PERCENT = re.compile(rf"^(?:what percent(?:age)? of {_Q} is {_Q}|{_Q} is what percent(?:age)? of {_Q})\s*[?.]$", re.IGNORECASE)
_VALUE = re.compile(
    r"^(?:what is|find|compute|calculate|evaluate|simplify)(?: the (?:exact )?value of)?(?: the expression)? ⟦(\d+)⟧\s*[?.]?$",
    re.IGNORECASE,
)


def answer(given: Given) -> Direct | None:
    """Only a problem that is one such sentence and nothing else."""
    sentence = given.frame.strip()
    if match := _OF.match(sentence):
        return _built(given, match, lambda share, whole: share * whole / 100, "percent of a number")
    if match := _OF_WHAT.match(sentence):
        return _built(given, match, lambda part, share: 100 * part / share, "percent of a number")
    if match := _WHAT_PERCENT.match(sentence):
        return _built(given, match, (lambda a, b: 100 * b / a) if match[1] else (lambda a, b: 100 * a / b), "percent of a number")
    if match := _VALUE.match(sentence):
        value: Any = given.at(match[1])
        if isinstance(value, sympy.Expr) and value.is_number and not value.atoms(AppliedUndef) and "%" not in given.texts[int(match[1])]:
            return Direct(sympy.simplify(value), None, "computing the value")
    return None


def _built(given: Given, match: re.Match[str], build: Callable[[Any, Any], Any], method: str) -> Direct | None:
    parts = [quantity(given, group) for group in match.groups() if group]
    if len(parts) != 2 or any(part is None or not part.is_number or part.is_zero for part in parts):
        return None
    return Direct(build(*parts), None, method)
