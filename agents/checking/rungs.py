"""Words the four rungs of a ladder from its plan, without any model: each shows its own part of the way, and asks for what comes next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.checking.ladder import Plan
from agents.checking.phrases import letters_in, squeezed
from agents.checking.prose import RELATION, without_formulas

SAFE = (
    "Read the last sentence of the problem again: which quantity is asked for, and which quantities are given?",
    "Which equation, formula or definition ties what is given to what is asked for? Write it down before you put any numbers in.",
    "Give the unknown a letter, put the given numbers into that relation, and write the equation that results.",
    "Now simplify your equation one move at a time until the unknown stands alone, then check that it is really what the question asks for.",
)
"""Rungs that can leak nothing: they hold no number and no letter of the problem. The very last resort."""
_TRY_NUMBERS = (
    "Take one of the options and put it into the problem in place of what is asked. Does everything that the problem says hold? "
    "If not, is the option too large or too small?",
    "Try the other options in the same way, and write down for each what does not hold. Which one is left?",
)
_TRY_EXPRESSIONS = (
    "Choose an easy number for each letter of the problem, and work out what is asked with these numbers.",
    "Now put the same numbers into each option: which ones come to what you have worked out? If more than one does, choose other numbers and try again.",
)
_TRY_STATEMENTS = (
    "Compare the options with each other: in what do they differ? Look in the problem for what decides that.",
    "Go through the options one by one, and cross out each that does not agree with something the problem says. Which one is left?",
)
_MORE = "That is the beginning: go on from there until you have what is asked."
"""Whoever is shown a beginning takes it for the whole, unless it is said not to be."""


def rungs_of(made: Plan) -> list[str]:
    """Four rungs that belong to this problem: what is asked, which way leads there, how it begins, how it goes up to the last move.
    "" where the plan holds nothing for a rung."""
    return [_asked(made), _way(made), _beginning(made), _carried_out(made)]


def safe_rungs(options: Sequence[str]) -> tuple[str, ...]:
    """Four rungs that hold nothing of the problem, for where nothing of it may be shown. With options they lead to what students do without any
    solution: try these."""
    if not options:
        return SAFE
    bare = [re.sub(r"\\text\{[^{}]*\}", " ", text) for text in options]
    if any(RELATION.search(text) or len(re.findall(r"[A-Za-z]{3,}", without_formulas(text))) > 2 for text in bare):
        return (*SAFE[:2], *_TRY_STATEMENTS)
    return (*SAFE[:2], *(_TRY_EXPRESSIONS if all(letters_in(text) for text in bare) else _TRY_NUMBERS))


def _asked(made: Plan) -> str:
    if not made.asked:
        return ""
    new = [text for text in made.given if squeezed(text) not in squeezed(made.asked)]
    given = f" You are given {_listed(new)}." if new else ""
    which = "Which of these do you need, and what is unknown?" if new else "What is unknown, and what do you know about it?"
    return f'Read what is asked: "{made.asked}"{given} {which}'


def _way(made: Plan) -> str:
    relation = f"{made.kept['relation']} " if "relation" in made.kept else ""
    moves = [*made.outline, *made.moves]
    if len(made.questions) > 1:
        numbered = " ".join(f"({number}) {text}" for number, text in enumerate(made.questions, 1))
        return f"{relation}Smaller questions lead to what is asked; answer one after another: {numbered}"
    if len(moves) > 1:
        return f"{relation}A way through: first, {moves[0]}; then {'; then '.join(moves[1:3])}. Which quantities does the first move need?"
    if relation:
        return relation.strip()
    if moves:
        return f"The idea is this: {moves[0]}. Which quantities of the problem belong in that?"
    return f"Which relation ties {_listed(made.given)} to what is asked?" if made.given else ""


def _beginning(made: Plan) -> str:
    moves = [*made.outline, *made.moves]
    if not made.setup and len(made.questions) > 1:
        takes = f" It takes one {_taking(made)}." if made.operation and made.upcoming == made.questions[0] else ""
        return f"Begin with the first question: {made.questions[0]}{takes} Work it out, then answer the next one: {made.questions[1]}"
    if made.into:
        return f"Put {_formulas(made.setup)} into ${made.into}$. {_MORE}"
    if made.setup and not made.printed:
        if not made.begins:
            return f"Set it up: {_formulas(made.setup)}. {_MORE}"
        following = made.questions[1:][: made.questions[:1] == [made.begins]]
        then = f"Work it out, then answer the next question: {following[0]}" if following else _MORE
        return f"{made.begins} Set it up: {_formulas(made.setup)}. {then}"
    if moves:
        return f"Begin like this: {moves[0]}. Write down the line that this gives you, and go on from there until you have what is asked."
    if made.setup:
        return f"Begin with {_formulas(made.setup)}. What can you do to it that brings you nearer to what is asked?"
    return ""


def _carried_out(made: Plan) -> str:
    moves = [*made.outline, *made.moves]
    by = f", which takes one {_taking(made)}" if made.operation and len(made.moves) == 1 else ""
    if made.carry:
        # a line says more with the words that led to it
        steps = list(dict.fromkeys(made.told[line] for line in made.carry if line in made.told))
        bare = [line for line in made.carry if line not in made.told]
        parts = [
            f"So far it goes like this. {' '.join(steps)}" if steps else "",
            f"Carry it on until you have {_formulas(bare)}." if bare else "",
        ]
        return " ".join(part for part in [*parts, _left(made, by)] if part)
    if len(made.questions) > 1 and not made.setup:
        return f'Once you can say "{made.questions[-2]}", put that into the last question: {made.questions[-1]} Which numbers belong together in it?'
    if made.moves:
        order = " in this order" if len(made.moves) > 1 else ""
        start = f"{_formulas(made.setup)} in ${made.into}$" if made.into else _formulas(made.setup)
        begin = f"From {start}, carry" if made.setup else "Carry"
        return f"{begin} it out{order}: {'; then '.join(made.moves[:3])}{by}."
    if len(moves) > 1 and not made.setup:
        return f"Carry it out in this order: {'; then '.join(moves[:3])}. After each, ask whether that is already what is asked."
    if made.operation and not made.setup:
        return f"One {made.operation} leads to what is asked: which numbers of the problem belong in it, and why?"
    if made.setup:
        rest = _left(made, by) if made.operation else "Work it out one move at a time, and ask after each: is that already what is asked?"
        return f"You have {_formulas(made.setup)}. {rest}"
    return ""


def _left(made: Plan, by: str) -> str:
    """What is still to be done after the lines that are shown."""
    if made.upcoming:
        takes = f" It takes one {_taking(made)}." if made.operation else ""
        return f"Now answer this with what you have: {made.upcoming}{takes}"
    if made.moves:
        return f"What is left to do: {'; then '.join(made.moves[:2])}{by}."
    if made.operation:
        return f"One {made.operation} is left: {f'{made.takes}.' if made.takes else 'which belong in it?'}"
    # the last line is taken for the answer, too
    asked = f' ("{made.asked}")' if made.asked else ""
    return f"That is not yet what is asked{asked}: one more move leads there. Which one?"


def _taking(made: Plan) -> str:
    """The operation that comes next, and what it is done with where that is known."""
    return f"{made.operation}: {made.takes}" if made.takes else made.operation


def _formulas(lines: Sequence[str]) -> str:
    return _listed([f"${line}$" for line in lines])


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
