"""Whether a hint gives the final number away: the measure, not the gate (that one lives in `agents.checking.leaks`)."""

from __future__ import annotations

from fractions import Fraction
from typing import TypedDict

from evals.scorers.numbers import Found, find_numbers, implied_numbers

_EVERYDAY = 10
"""Number words up to this one are ordinary English ("the two amounts") and count only where they are stated as the result."""


class Leak(TypedDict):
    """`kind` is number, word, or expression (a computation whose value is the answer); `text` is what stands in the hint."""

    kind: str
    text: str


def final_number(answer: str) -> Fraction:
    """The number of an answer such as `2,125` or `18`. Raises `ValueError`."""
    try:
        return Fraction(answer.replace(",", "").replace("$", "").strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{answer.strip()!r} is no number") from None


def find_leaks(hint: str, answer: Fraction, problem: str) -> list[Leak]:
    """Where `hint` holds `answer` or an equal form of it.

    A number that already stands in the problem (or that its words bring with them) is no leak by itself, only where it is stated as a result;
    a computation is a leak when its value is the answer, unless the problem itself holds that computation.
    """
    given = {found.value for found in find_numbers(problem)} | implied_numbers(problem)
    leaks: list[Leak] = []
    for found in find_numbers(hint):
        if found.value == answer and _counts(found, answer in given):
            leak = Leak(kind=found.kind, text=found.text.strip())
            if leak not in leaks:
                leaks.append(leak)
    return leaks


def _counts(found: Found, given: bool) -> bool:
    if found.stated:
        return True
    return not given and not (found.kind == "word" and found.value <= _EVERYDAY)
