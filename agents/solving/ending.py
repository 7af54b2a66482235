"""Where worked steps end: some name the right option though their own derivation came to something else."""

from __future__ import annotations

import re

from agents.checking.judge import Judgement
from agents.worked import states_result

_RELATION = re.compile(r"[=<>,≤≥≠]|\\(?:[lg]eq?(?:slant)?|neq?|[lg]t|approx|in|pm|mp|cup|infty)(?![A-Za-z])|\\\{")
_WORDS = re.compile(r"\\(?:text|mathrm|operatorname)\s*\{[^}]*\}|\\[A-Za-z]+")


def ends_elsewhere(index: int, text: str, judgement: Judgement, known: str) -> str | None:
    """The LaTeX at which the steps in `text`, those of candidate `index`, end, where that is no way of writing `known` or of any option; None where it may be one.

    Only values of the same shape are held against each other, two numbers or two expressions in the same letters: steps may well end in an
    equation whose root is the answer, or in the property that a sentence states. `judgement` holds the readings of `agents.solving.votes.cast`
    for candidates that named a letter; others have none, and never end elsewhere.
    """
    letters = _letters(known)
    if letters is None:
        return None
    names = {name for name, reading in judgement["readings"].items() if reading["latex"] == known}
    same = {name for pair in judgement["equal"] if names & set(pair) for name in pair}
    for place in range(states_result(text)):
        name = f"{index}.{place}"
        reading = judgement["readings"].get(name)
        if reading is None or not reading["readable"]:
            continue
        if reading["option"] or reading["how"].endswith("options fit") or name in same or name in names:
            return None
        if _letters(reading["latex"]) == letters:
            return reading["latex"]
    return None


def _letters(latex: str) -> frozenset[str] | None:
    """The letters of an expression, none for a number; None for what is no single expression."""
    return None if not latex or _RELATION.search(latex) else frozenset(re.findall(r"[A-Za-z]", _WORDS.sub(" ", latex)))
