"""Plans the four rungs of a hint ladder from the problem and its solution's steps. Runs inside the sandbox only (it asks the leak gate).

The plan decides what each rung may show: (1) what is asked and given, (2) the moves in words, (3) the set-up, (4) the lines up to the last but
one. Every part has passed the gate, so that the rungs built from it are safe and still belong to this problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.checking.guard import Guard, unguarded
from agents.checking.leaks import leaks
from agents.checking.prose import RELATION, Piece, formulas, plain_maths, without_formulas

_QUESTION = re.compile(
    r"\b(?:what|which|how (?:many|much|far|long|old|often)|find|determine|calculate|compute|solve|simplify|evaluate|factor|expand|write|express)\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"(?:\\?\$\s?)?(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?:\\?%|/\d+)?(?:(?:\s|-)(?!(?:and|or|if|so|but|while|when|what|how|then|who|which|that|is|are|was|were|he|she|it|they|the)\b)[a-z-]+){0,3}"
)
_TRAILING = re.compile(
    r"(?:[\s,;:.=]|\b(?:so|and|or|will|now|be|gives?|gets?|is|are|was|were|because|since|meaning|does|do|spent|has|that|then|thus|to|we|have|which|this|therefore|hence|as|where|means|from|with|at|by|into|of|in|for|the|a|an)\b)+$",
    re.IGNORECASE,
)
_TELLS_OPTION = re.compile(r"\b(?:option|choice|answer)s?\b|\([A-H]\)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MOVES = re.compile(
    r"(?:add|subtract|multiply|divide|replace|find|calculate|compute|solve|simplify|substitute|put|set|use|write|factor|expand|collect|combine|bring|move|"
    r"square|take|swap|rewrite|plug|isolate|start|let|express|convert|count|compare|determine|apply|distribute|cancel|double|halve|work|sum|check)",
    re.IGNORECASE,
)
_ALONE = {"factor", "expand", "simplify"}
"""Moves that one word says."""
_SMALL = {
    "on",
    "at",
    "if",
    "when",
    "there",
    "from",
    "this",
    "that",
    "the",
    "a",
    "an",
    "each",
    "every",
    "both",
    "his",
    "her",
    "their",
    "its",
    "he",
    "she",
    "they",
    "it",
    "we",
    "you",
    "since",
    "to",
    "for",
    "in",
    "after",
}
_OPERATIONS = {
    "multiplication": r"\\times|\\cdot|\*|×",
    "division": r"\\div|/|\\frac|÷",
    "addition": r"\+",
    "subtraction": r"(?<=[\d)}])\s*-",
}
_COUNTS = ("no", "two", "three", "four", "five", "six")
"""How many numbers so many signs join."""
_LABEL = re.compile(r"[A-Z][a-z']*(?: [A-Za-z'-]+){0,6}")
"""What a computation is the value of, where a step is no sentence: `Total cost: $2 + 3 = 5$`."""
_MAX_AMOUNT = 32
"""Of the LaTeX of a formula that stays in a move's words."""
_MAX_TOLD = 180
"""Signs of a step that is shown whole."""
_MAX_GIVEN = 5
_MAX_WORDS = 22


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be shown. `setup` and `carry` are LaTeX, `outline` and `moves` are the solution's moves in words, before and after the last shown line;
    `printed` says that the set-up is what the problem itself prints."""

    asked: str
    given: list[str]
    outline: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    printed: bool = False
    carry: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    operation: str = ""
    """What the first line that is kept back does: "multiplication of two numbers", say; "" where it does not do just one thing with numbers."""
    told: dict[str, str] = field(default_factory=dict)
    """By a line of `carry` the step that reaches it, in the solution's own words, where all of the step may be shown."""


def plan(request: Mapping[str, Any], guard: Guard = unguarded) -> Plan:
    """`request` holds `stem` and `steps` (what each says), and what `leaks` needs. What the gate cannot check under `guard` counts as a leak."""

    def leaking(text: str) -> list[str]:
        found: list[str] = guard(partial(leaks, text, request), ["it could not be checked"])
        return found

    stem = str(request["stem"])
    shown: list[str] = []
    outline: list[str] = []
    moves: list[str] = []
    closed, operation = False, ""
    told: dict[str, str] = {}
    printed = set(_NUMBER.findall(stem))
    for say in request["steps"]:
        words = move_in_words(str(say))
        found, whole = _lines(str(say), leaking)
        found = [line for line in found if RELATION.search(line) or _squeezed(line) not in _squeezed(stem)]  # what is asked is no line
        spoken = len(str(say)) <= _MAX_TOLD and re.search(r"[A-Za-z]{3}", without_formulas(str(say)))
        if not closed and whole and spoken and not _TELLS_OPTION.search(str(say)) and not leaking(str(say)):
            told |= dict.fromkeys(found, f"{str(say).strip().rstrip('.')}.")
        if not closed:
            shown.extend(line for line in found if line not in shown)
        if not whole and not closed:
            operation = _operation(str(say), found)
        closed = closed or not whole
        # a number that is neither in the problem nor in what is shown is a result, which belongs to a later rung
        known = printed | set(_NUMBER.findall(" ".join(shown))) if closed else printed
        if words and (_repeats(words, stem) or words.startswith("start from")):
            continue
        if words and set(_NUMBER.findall(words)) <= known and not _TELLS_OPTION.search(words) and not leaking(words):
            (moves if closed else outline).append(words)
    setup, carry = _parts(shown)
    return Plan(
        asked=asked_in(stem),
        given=[text for text in given_in(stem) if not leaking(text)],
        outline=outline,
        setup=setup,
        printed=bool(setup) and all(_squeezed(line) in _squeezed(stem) for line in setup),
        carry=carry,
        moves=moves,
        operation=operation,
        told={line: step for line, step in told.items() if line in carry},
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[\s${}]", "", text)


def _repeats(words: str, stem: str) -> bool:
    """Whether a step only says again what the problem says: that is no move."""
    return _squeezed(words).lower() in _squeezed(stem).lower()


def _operation(say: str, shown: Sequence[str]) -> str:
    """The one operation of the step's first line that is not shown, with how many numbers it takes."""
    lines = [piece.latex for piece in sorted([*formulas(say), *plain_maths(say)], key=lambda piece: piece.start) if _is_line(piece)]
    hidden = next((line.split("=")[0] for line in lines if line.strip(" .,;") not in shown), "")
    found = {name: len(signs) for name, sign in _OPERATIONS.items() if (signs := re.findall(sign, hidden))}
    if len(found) != 1 or _letters(hidden):
        return ""
    name, count = found.popitem()
    return f"{name} of {_COUNTS[count]} numbers" if count < len(_COUNTS) else name


def asked_in(stem: str) -> str:
    """The sentence that asks, without the conditions before its question word."""
    text = re.sub(r"\$\$(.+?)\$\$", r" \n$\1$\n ", stem.strip(), flags=re.DOTALL)
    sentences = [part.strip() for part in re.split(r"(?<=[.?!])\s+(?=[A-Z$\\])|\n+", text) if part.strip()]
    asking = [part for part in sentences if "?" in part] or [part for part in sentences if _QUESTION.search(without_formulas(part))]
    sentence = str((asking or sentences or [""])[-1])
    asks = [
        match.start()
        for match in re.finditer(
            r"(?:^|(?<=[,;:] ))(?:what|which|how|find|determine|calculate|for (?:what|which))\b", sentence, re.IGNORECASE
        )
    ]
    clause = sentence[asks[-1] :] if asks else sentence
    return clause if clause.count("$") % 2 == 0 else sentence


def given_in(stem: str) -> list[str]:
    """The quantities and formulas that the problem states, in its own words."""
    found: list[str] = [f"${piece.latex.strip(' .,')}$" for piece in formulas(stem) if RELATION.search(piece.latex)]
    bare = without_formulas(stem)
    for match in _GIVEN.finditer(bare):
        text = _TRAILING.sub("", match[0]).strip(" ,")
        if text and not any(text in other for other in found):
            found.append(text if not text.startswith("$") else f"\\{text}")
    return list(dict.fromkeys(found))[:_MAX_GIVEN]


def move_in_words(say: str) -> str:
    """A step without its equations: "Divide by 5: $b = 3$." becomes "Divide by 5", and "Total cost: $2 + 3 = 5$." "work out the total cost"."""
    said, colon, _ = say.partition(": $")
    if name := _named(say):
        return f"work out the {name}" if said.split()[0].isalpha() else f"work out {said}"
    cut = say = said if colon and len(said.split()) > 1 else say
    pieces = [*formulas(say), *plain_maths(say)]
    for piece in sorted(pieces, key=lambda piece: -piece.start):
        if RELATION.search(piece.latex) or len(piece.latex) > _MAX_AMOUNT:
            cut = f"{cut[: piece.start]}¦{cut[piece.end :]}"
    head = cut.split("¦")[0] if len(cut.split("¦")[0].split()) >= 2 else cut.replace("¦", " ")
    words = _TRAILING.sub("", re.sub(r"\*\*", "", re.sub(r"\s+", " ", head))).strip(" ,;:.")
    words = re.sub(r"^(?:(?:so|thus|then|therefore|hence|and|now|finally|also|next)\b[\s,]*)+", "", words, flags=re.IGNORECASE)
    count = len(words.split())
    if count < 4 and not (words and (_MOVES.fullmatch(words.split()[0]) or words.lower() in _ALONE)):
        return ""  # `the owner started` says no move
    if not words or (count < 2 and words.lower() not in _ALONE) or count > _MAX_WORDS or words.count("$") % 2:
        return ""
    first = words.split()[0]
    return words[0].lower() + words[1:] if _MOVES.fullmatch(first) or first.lower() in _SMALL else words


def _named(say: str) -> str:
    """What a step's computation is the value of: "eggs left" of "Eggs left: $16 - 3 = 13$"; "" where the step is a sentence."""
    said, colon, _ = say.partition(": $")
    return f"{said[0].lower()}{said[1:]}" if colon and _LABEL.fullmatch(said) and not _MOVES.match(said) else ""


def _lines(say: str, leaking: Callable[[str], list[str]]) -> tuple[list[str], bool]:
    """The lines of a step that may be shown, in order, and whether all of them may. What follows a line that leaks leaks too."""
    found: list[str] = []
    for piece in sorted([*formulas(say), *plain_maths(say)], key=lambda piece: piece.start):
        if not _is_line(piece):
            continue
        if leaking(f"${piece.latex}$"):
            return found, False
        found.append(piece.latex.strip(" .,;"))
    return found, True


def _is_line(piece: Piece) -> bool:
    """An equation, an inequality or a computation, rather than a name or a number."""
    return bool(RELATION.search(piece.latex) or re.search(r"[\d)}a-z]\s*(?:[-+/]|\\cdot|\\times|\\div)\s*[\d({\\a-z]", piece.latex))


def _parts(shown: Sequence[str]) -> tuple[list[str], list[str]]:
    """The set-up and what is carried out from it. A lone computation is set up without its value, which then comes with the next rung."""
    if not shown:
        return [], []
    # two equations set up together have different letters; one that follows from the other has the same
    together = (len(shown) > 2 and _letters(shown[0]) != _letters(shown[1])) or (len(shown) > 2 and len(_letters(shown[0])) > 1)
    count = 2 if together else 1
    first = [_withheld(line) for line in shown[:count]]
    carry = [line for line, bare in zip(shown[:count], first, strict=True) if line != bare] + list(shown[count:])
    return first, carry[-3:]


def _letters(line: str) -> set[str]:
    return set(re.findall(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])", re.sub(r"\\text\{[^{}]*\}|\\[a-zA-Z]+", " ", line)))


def _withheld(line: str) -> str:
    """`16 - 3 - 4 = 9` without its value."""
    left, _, right = line.rpartition("=")
    computed = (
        left.strip() and re.search(r"\d", left) and re.fullmatch(r"\s*(?:\\?\$)?-?[\d.,]+\s*(?:\\?%)?\s*(?:\\text\{[^{}]*\})?\s*", right)
    )
    return left.strip() if computed and not _letters(left) else line


def rungs_of(made: Plan) -> list[str]:
    """Four rungs that belong to this problem, without any model. A part that the plan lacks leaves its question."""
    new = [text for text in made.given if _squeezed(text) not in _squeezed(made.asked)]
    given = f" You are given {_listed(new)}." if new else ""
    first = f'Read what is asked: "{made.asked}"{given} Which of these do you need, and what is unknown?' if made.asked else ""
    way = [*made.outline, *made.moves]
    if len(way) > 1:
        second = f"A way through: first, {way[0]}; then {'; then '.join(way[1:3])}. Which relation between the quantities does the first move use?"
    elif way:
        second = f"The idea is this: {way[0]}. Which quantities of the problem belong in that?"
    else:
        second = f"Which relation ties {_listed(made.given)} to what is asked?" if made.given else ""
    # whoever is shown a beginning takes it for the whole, unless it is said not to be
    more = "That is the beginning: go on from there until you have what is asked."
    third = f"Set it up: {_formulas(made.setup)}. {more}" if made.setup and not made.printed else ""
    if not third and way:
        third = f"Begin like this: {way[0]}. Write down the line that this gives you, and go on from there until you have what is asked."
    elif not third and made.setup:
        third = f"Begin with {_formulas(made.setup)}. What can you do to it that brings you nearer to what is asked?"
    by = f", which takes one {made.operation}" if made.operation and len(made.moves) == 1 else ""
    if made.moves:
        left = f" What is left to do: {'; then '.join(made.moves[:2])}{by}."
    elif made.operation:
        left = f" One {made.operation} is left: which belong in it?"
    else:
        # the last line is taken for the answer, too
        asked = f' ("{made.asked}")' if made.asked else ""
        left = f" That is not yet what is asked{asked}: one more move leads there. Which one?"
    # a line says more with the words that led to it
    steps = list(dict.fromkeys(made.told[line] for line in made.carry if line in made.told))
    bare = [line for line in made.carry if line not in made.told]
    way_there = f"So far it goes like this. {' '.join(steps)} " if steps else ""
    on = f"Carry it on until you have {_formulas(bare)}." if bare else ""
    fourth = f"{way_there}{on}{left}".replace("  ", " ") if made.carry else ""
    if not fourth and made.moves:
        order = " in this order" if len(made.moves) > 1 else ""
        fourth = (
            f"{('From ' + _formulas(made.setup) + ', c') if made.setup else 'C'}arry it out{order}: {'; then '.join(made.moves[:3])}{by}."
        )
    if not fourth and len(way) > 1 and not made.setup:
        fourth = f"Carry it out in this order: {'; then '.join(way[:3])}. After each, ask whether that is already what is asked."
    elif not fourth and made.operation and not made.setup:
        fourth = f"One {made.operation} leads to what is asked: which numbers of the problem belong in it, and why?"
    elif not fourth and made.setup:
        fourth = f"You have {_formulas(made.setup)}.{left if made.operation else ' Work it out one move at a time, and ask after each: is that already what is asked?'}"
    return [first, second, third, fourth]


def _formulas(lines: Sequence[str]) -> str:
    return _listed([f"${line}$" for line in lines])


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
