"""Which of the questions that a tutor asks may be asked, and which step each of them leads to. Pure text, no SymPy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from agents.checking.phrases import asks_for, computed_steps, quantity_of, squeezed
from agents.checking.prose import RELATION, formulas, plain_maths, without_formulas

NAMES_OPTION = re.compile(r"\b(?i:(?:option|choice)s?)\b|(?<![A-Za-z])\([A-H]\)|\bTry (?:I{1,3}|IV)\b")
"""By its letter, or as one of the statements that the options combine."""
TELLS_OPTION = re.compile(rf"{NAMES_OPTION.pattern}|\b(?i:answers?)\b")
_OF_THE_WAY = re.compile(r"\b(?:programs?|steps?|the solution|line \d)\b", re.IGNORECASE)
"""What a question speaks of that is about the tutor's way and not about the problem."""
_SAYS_NOTHING = re.compile(
    r"the|an|of|in|on|for|at|to|from|by|with|and|or|that|this|it|them|they|is|are|be|was|do|does|did|can|will|you|we|how|what|which|where|when|"
    r"solutions?|solv(?:e|ed|ing)|systems?|equations?|find|finding|found|get|given|answer|values?|problem|question|above"
)
"""Words of a question that would be true of any problem."""
_ONE_OF = re.compile(r"\b(?:one|each|every|per)\b", re.IGNORECASE)
"""What is asked of one when all are worked out is another question."""
_QUESTION = re.compile(r"\b(?:how|what|which|why|where|who|can you|do you|does|did)\b", re.IGNORECASE)
_BREAKS_OFF = re.compile(r"(?:\s|\b(?:the|an?|and|or|of)\s*)\?$", re.IGNORECASE)
"""A sentence of which the schema wanted an end: "from the total to ?"."""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MAX_QUESTION = 200


def questions_of(
    asks: Mapping[str, object], steps: Sequence[str], stem: str, asked: str, leaking: Callable[[str], Sequence[str]]
) -> tuple[dict[str, str], dict[int, str]]:
    """Of what is asked (under `relation` what points to the idea, under a step's place what that step answers) what gives nothing away and fits its
    step; and by the place of a step, counted from 1, the question that leads to it, which is the step's own name where nothing fitting was asked."""
    offered = {str(name): " ".join(str(text).split()) for name, text in asks.items()}
    kept = {name: text for name, text in offered.items() if _asks(text, stem) and _fits(name, text, steps) and not leaking(text)}
    unanswered = {number: say for number, say in computed_steps(steps).items() if str(number) in offered and str(number) not in kept}
    named = {
        str(number): question
        for number, say in unanswered.items()
        if (question := _asked_by_name(say)) and _asks(question, stem) and not leaking(question)
    }
    return kept, _by_step(steps, {**named, **kept}, asked)


def _fits(name: str, text: str, steps: Sequence[str]) -> bool:
    """Whether a question is about what its step works out, as far as the step names that; under `relation`, whether it says anything at all, and not that all
    is done ("the expression is already simplified")."""
    if name.isdigit():
        say = steps[int(name) - 1]
        return not (quantity := quantity_of(say)) or (asks_for(text, quantity) and bool(_ONE_OF.search(text)) <= bool(_ONE_OF.search(say)))
    return "already" not in text.lower() and not all(
        _SAYS_NOTHING.fullmatch(word) for word in re.findall(r"[a-z]{2,}", without_formulas(text).lower())
    )


def _asked_by_name(say: str) -> str:
    """The question that a step answers, in the step's own words; "" where it does not name what it works out."""
    quantity = quantity_of(say)
    return f"Can you work out {quantity}?" if quantity else ""


def _by_step(steps: Sequence[str], kept: Mapping[str, str], asked: str) -> dict[int, str]:
    """By the place of a computed step the question that it answers. Where the solution ends with one, that answers what the problem asks, whatever the
    tutor made of it."""
    computed = computed_steps(steps)
    found = {number: kept[str(number)] for number in computed if str(number) in kept and not _same(kept[str(number)], asked)}
    if found and asked and max(computed) == len(steps):
        found[len(steps)] = f"{asked[0].upper()}{asked[1:]}"
    return found


def _asks(text: str, stem: str) -> bool:
    """Whether it is one question about this problem that tells nothing: no formula but the problem's own, no number that had to be worked
    out, no option."""
    pieces = [*formulas(text), *plain_maths(text)]
    return (
        text.endswith("?")
        and text.count("?") == 1
        and bool(_QUESTION.search(text))
        and not _BREAKS_OFF.search(text)
        and len(text) <= _MAX_QUESTION
        and set(_NUMBER.findall(text)) <= set(_NUMBER.findall(stem))
        and not any(RELATION.search(piece.latex) or squeezed(piece.latex) not in squeezed(stem) for piece in pieces)
        and not TELLS_OPTION.search(text)
        and not _OF_THE_WAY.search(text)
    )


def _same(text: str, asked: str) -> bool:
    """Whether a small question is the problem's own in other words: it is as long, and hardly a word is new."""
    ours, theirs = (set(re.findall(r"\w+", words.lower())) for words in (text, asked))
    return len(ours & theirs) >= 0.8 * max(len(ours), len(theirs))
