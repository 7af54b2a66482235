"""The answer in a model's words, before anybody judges it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LONGEST = 400
"""Characters of an answer: whoever says more has not answered."""
_MARKED = re.compile(r"^\s*####\s*(.+?)\s*$", re.MULTILINE)
_TOLD = re.compile(r"\b(?:final |correct |right )?(?:answer|result|solution)\b(?:\s+is)?\s*[:=]?\s*(?P<value>[^\n]+)", re.IGNORECASE)
_BARE = re.compile(r"^\W*([A-H])\W*$")
_LETTER = re.compile(r"\b(?:answer|option|choice)\b(?:\s+is)?\s*[:=]?\s*\W{0,3}([A-H])\b(?![a-z'])", re.IGNORECASE)
_NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?(?:/\d+)?%?")


def answer_in(text: str) -> str:
    """What the model gives as its answer: behind `####`, in `\\boxed{}`, behind "the answer is", or the last line, or the last number of a long one.

    The last of each counts; "" where there is nothing.
    """
    if marked := _MARKED.findall(text):
        return str(marked[-1])[:LONGEST]
    if (boxed := _boxed(text)) is not None:
        return boxed[:LONGEST]
    if told := list(_TOLD.finditer(text)):
        return _tidy(told[-1]["value"])
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    if len(lines[-1].split()) <= 8:
        return _tidy(lines[-1])
    numbers = _NUMBER.findall(lines[-1])
    return numbers[-1] if numbers else _tidy(lines[-1])


def letter_in(text: str, options: Sequence[Mapping[str, str]]) -> str | None:
    """The letter of an option that the model names, the last one; None where it names none."""
    known = {str(option.get("letter", "")).upper() for option in options}
    named = [match[1].upper() for match in _LETTER.finditer(text)]
    bare = _BARE.match(answer_in(text))
    chosen = bare[1].upper() if bare else named[-1] if named else None
    return chosen if chosen in known else None


def _boxed(text: str) -> str | None:
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth = 0
    for at in range(start + len("\\boxed"), len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start + len("\\boxed{") : at]
    return None


def _tidy(value: str) -> str:
    return value.strip().strip("*").strip().removesuffix(".")[:LONGEST]
