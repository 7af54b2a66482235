"""Puts into words what a problem asks and gives, and what a step of its solution does. Pure text, no SymPy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.checking.prose import RELATION, formulas, plain_maths, without_formulas

_QUESTION = re.compile(
    r"\b(?:what|which|how (?:many|much|far|long|old|often)|find|determine|calculate|compute|solve|simplify|evaluate|factor|expand|write|express)\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"(?:\\?\$\s?)?(?<![\w.])(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)(?:\\?%|/\d+)?(?![\d.]*\d)"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty)\b",
    re.IGNORECASE,
)
_SET_NUMBER = re.compile(r"(?<![\\$])\$\s*(\\\$)?\s*(\d[\d,]*(?:\.\d+)?)\s*(\\%)?\s*\$(?!\$)")
"""An amount that is set as a formula: `$40 \\%$`, `$\\$ 4$`."""
_TABLE = re.compile(r"\\begin\s*\{tabular\}.*?\\end\s*\{tabular\}", re.DOTALL)
_NEXT_WORDS = re.compile(r"(?:(?:\s|-)[a-z]+(?:-[a-z]+)*\b(?!'))*")
_NO_NOUN = re.compile(
    r"(?:and|or|if|so|but|while|when|what|how|then|who|which|that|than|is|are|was|were|be|has|have|had|he|she|it|they|the|"
    r"to|from|with|at|by|into|in|on|for|as|more|less|after|before|because|every|this|these|those|there|get|gets|got|buy|buys|"
    r"left|long|old|away|does|do|did|can|will|would|not|of|a|an|per|each|off|during|over|until|since|under|only|also|\w+ed)"
)
"""What follows a number and does not say what is counted."""
_OPERATES = re.compile(r"[\d)}]\s*(?:[-+*/×·÷]|\\(?:cdot|times|div)(?![a-zA-Z]))\s*[\d({\\]|\\d?frac")
_NAMED = re.compile(
    r"(?:the|his|her|their|its|each|every|this|that|total|number|cost|price)\b(?:\s[A-Za-z$'-]+){0,9}",
    re.IGNORECASE,
)
"""What may be said to be something: the noun phrase before "is"."""
_STATED = re.compile(r"(?:\b(?:is|are|was|were|equals?|be|becomes?|will be)|=)\s*$", re.IGNORECASE)
_OPENS = re.compile(
    r"(?:[:,;.(]|\b(?:so|and|thus|then|therefore|hence|gives?|(?:we|you) (?:get|have|obtain)|or|to|as|because|since|write|equation|by|for|into|with|of|in|from|where|that))\s*$",
    re.IGNORECASE,
)
"""What may stand before a formula that is a clause of its own, so that the words before it are whole without it."""
_TRAILING = re.compile(
    r"(?:[\s,;:.=]|\b(?:so|and|or|will|now|be|gives?|gets?|is|are|was|were|because|since|meaning|does|do|spent|has|that|then|thus|to|we|have|which|this|therefore|hence|as|where|means|from|with|at|by|into|of|in|for|the|a|an)\b)+$",
    re.IGNORECASE,
)
_MOVES = re.compile(
    r"(?:add|subtract|multiply|divide|replace|find|calculate|compute|solve|simplify|substitute|put|set|use|write|factor|expand|collect|combine|bring|move|"
    r"square|take|swap|rewrite|plug|isolate|start|let|express|convert|count|compare|determine|apply|distribute|cancel|double|halve|work|sum|check)",
    re.IGNORECASE,
)
_ALONE = {"factor", "expand", "simplify"}
"""Moves that one word says."""
_SMALL = re.compile(
    r"on|at|if|when|there|from|this|that|the|a|an|each|every|both|his|her|their|its|he|she|they|it|we|you|since|to|for|in|after"
)
"""First words that a sentence alone capitalises."""
_LABEL = re.compile(r"[A-Z][a-z']*(?: [A-Za-z'-]+){0,6}")
"""What a computation is the value of, where a step is no sentence: `Total cost: $2 + 3 = 5$`."""
_CLAUSE = re.compile(r"(?:This|That|These|It|He|She|They|We|You|So|Then|Now)\b|[A-Z][a-z']* [a-z]+s (?:an?|the|his|her|its|their|to|for)\b")
"""A sentence that looks like such a label: `Mom places a third of the pieces: ...`."""
_OBJECT = re.compile(r"\b(?:them|it|this|that|these|those)$")
"""What a command ends with, and no label: `Share them: ...`."""
_WORKED_OUT = re.compile(r"(?:work out|calculate|compute|find|determine) ((?!(?:how|what|which|whether)\b).+?)(?: (?:by|using|with) .*)?")
_FILLERS = re.compile(
    r"the|an?|of|in|on|for|at|to|from|by|with|per|each|every|total|number|amount|difference|all|both|and|or|his|her|its|their"
)
"""Words that do not tell one quantity from another."""
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
_DETERMINED = re.compile(r"(?:the|all|both|his|her|their|its|each|every|a|an|total for)\b|[A-Z]")
_MAX_AMOUNT = 32
"""Of the LaTeX of a formula that stays in a move's words."""
_MAX_ASKED = 6
"""Steps that are asked for one by one; where there are more, small questions show no way."""
_MAX_GIVEN = 5
_MAX_WORDS = 22


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
    """The quantities and formulas that the problem states, in its own words, the first `_MAX_GIVEN` of them."""
    found: list[str] = [f"${piece.latex.strip(' .,?')}$" for piece in formulas(stem) if RELATION.search(piece.latex)]
    found = [formula for formula in found if not RELATION.match(formula, 1)]  # half a formula: `$= 100$`
    if _TABLE.search(stem):
        found.append("the numbers of the table")
    bare = without_formulas(
        _SET_NUMBER.sub(lambda set_as: f"{set_as[1] or ''}{set_as[2]}{'%' if set_as[3] else ''}", _TABLE.sub(" ", stem))
    )
    for match in _QUANTITY.finditer(bare):
        words = re.findall(r"[a-z]+(?:-[a-z]+)*", _NEXT_WORDS.match(bare, match.end())[0])  # type: ignore[index]  # matches the empty text too
        between = "-" if bare[match.end() : match.end() + 1] == "-" else " "
        unit = between.join([match[0], " ".join(_noun(words))]) if list(_noun(words)) else match[0]
        if unit and not any(unit in other for other in found):
            found.append(unit if not unit.startswith("$") else f"\\{unit}")
    return list(dict.fromkeys(found))[:_MAX_GIVEN]


def _noun(words: Sequence[str]) -> Iterator[str]:
    """Of the words behind a number those that say what is counted: "apple pies", "pairs of shorts", "miles a week"."""
    index = 0
    while index < min(len(words), 3) and not _NO_NOUN.fullmatch(words[index]):
        yield words[index]
        index += 1
        if words[index - 1].endswith("s") and not words[index - 1].endswith("ss"):
            break
    rest = words[index:]
    if rest[:2] in (["in", "total"], ["in", "all"]):
        yield from rest[:2]
    elif rest[:1] == ["each"]:
        yield "each"
    elif len(rest) > 1 and rest[0] in ("a", "an", "per") and not _NO_NOUN.fullmatch(rest[1]):
        yield rest[0]
        yield from _noun(rest[1:])
    elif len(rest) > 1 and index and rest[0] == "of" and not _NO_NOUN.fullmatch(rest[1]):
        yield "of"
        yield from _noun(rest[1:])


def move_in_words(say: str) -> str:
    """A step without its equations: "Divide by 5: $b = 3$." becomes "Divide by 5", and "Total cost: $2 + 3 = 5$." "work out the total cost"."""
    said, colon, _ = say.partition(": $")
    if name := _named(say):
        return f"work out {name}" if _DETERMINED.match(name) or not name.split()[0].isalpha() else f"work out the {name}"
    if colon and _MOVES.fullmatch(said) and said.lower() not in _ALONE:
        return ""  # `Multiply` what?
    cut = say = said if colon and len(said.split()) > 1 else say
    pieces = [*formulas(say), *plain_maths(say)]
    for piece in sorted(pieces, key=lambda piece: -piece.start):
        if RELATION.search(piece.latex) or len(piece.latex) > _MAX_AMOUNT:
            cut = f"{cut[: piece.start]}¦{cut[piece.end :]}"
    head, formula, _ = cut.partition("¦")
    if len(head.split()) < 2:
        head = cut.replace("¦", " ")
    elif formula and not _OPENS.search(head):
        # `in a week she eats` is nothing without the number behind it
        if not _MOVES.match(head):
            return _said_to_be(head)
        head = head.rpartition(";")[0] or head
    elif not formula and not _MOVES.match(head) and re.search(r"\d", head):
        return ""  # `John has 10 dogs` is a fact
    words = re.sub(r"\*\*", "", re.sub(r"\s+", " ", head)).strip(" ,;:.")
    if formula or head != cut:
        words = _TRAILING.sub("", words).strip(" ,;:.")
    words = re.sub(r"^(?:(?:so|thus|then|therefore|hence|and|now|finally|also|next)\b[\s,]*)+", "", words, flags=re.IGNORECASE)
    count = len(words.split())
    if count < 4 and not (words and (_MOVES.fullmatch(words.split()[0]) or words.lower() in _ALONE)):
        return ""  # `the owner started` says no move
    if re.search(r"\s,", words):
        return ""  # `since , it is simple` has lost its reason
    if re.match(r"this (?:gives|is|means)\b", words, re.IGNORECASE):
        return ""  # what does?
    if not words or (count < 2 and words.lower() not in _ALONE) or count > _MAX_WORDS or words.count("$") % 2:
        return ""
    first = words.split()[0]
    return words[0].lower() + words[1:] if _MOVES.fullmatch(first) or _SMALL.fullmatch(first.lower()) else words


def _said_to_be(head: str) -> str:
    """ "work out the net profit" of "the cost is $3$, so the net profit is"; "" where what is computed has no name."""
    if not _STATED.search(head):
        return ""
    clause = re.split(r"[,;:]\s+(?:so|and|then|thus|hence|which means)?\s*|\b(?:so|then)\s+", _STATED.sub("", head).strip())[-1].strip()
    return f"work out {clause[0].lower()}{clause[1:]}" if _NAMED.fullmatch(clause) else ""


_LABELLED = re.compile(r"\\text\s*\{(?:[Tt]he )?([A-Za-z][A-Za-z' ]{2,60})\}\s*=")
_SAID_TO_BE = re.compile(r"(?:^|, )[Tt]he ([a-z][A-Za-z' ]{2,60}) (?:is|are)$")
"""What is worked out, as solutions in free form name it: as the left side of the formula, or in the sentence before it."""


def computed_steps(steps: Sequence[str]) -> dict[int, str]:
    """The steps that compute a number from numbers, by their place counted from 1: each of them answers a question of its own."""
    return {
        number: say
        for number, say in enumerate(steps, 1)
        if any(
            RELATION.search(piece.latex) and _OPERATES.search(piece.latex) and not letters_in(piece.latex)
            for piece in [*formulas(say), *plain_maths(say)]
        )
    }


def asked_names(steps: Sequence[str]) -> list[str]:
    """What the model is asked for: the relation that helps, and the question that each computed step answers."""
    computed = computed_steps(steps)
    return ["relation", *(str(number) for number in computed if 1 < len(computed) <= _MAX_ASKED)]


def quantity_of(say: str) -> str:
    """What a step works out, by its own name: "the eggs left" of "Eggs left: $16 - 3 = 13$"; "" where it has none."""
    named = _WORKED_OUT.fullmatch(move_in_words(say))
    if named and not re.search(r"[$\d]", named[1]):
        return named[1]
    if labelled := _LABELLED.search(say) or _SAID_TO_BE.search(re.split(r":? \$", say)[0]):
        return f"the {labelled[1][0].lower()}{labelled[1][1:]}"
    return ""


def asks_for(question: str, quantity: str) -> bool:
    """Whether a question names all that tells a quantity from others: every word of weight, up to its ending."""
    said = {_stem_of(word) for word in re.findall(r"[a-z]+", question.lower())}
    return all(_stem_of(word) in said for word in re.findall(r"[a-z]+", quantity.lower()) if not _FILLERS.fullmatch(word))


def _stem_of(word: str) -> str:
    return "left" if word == "remaining" else word[:4]


def letters_in(latex: str) -> set[str]:
    """The names of quantities in a formula."""
    return set(re.findall(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])", re.sub(r"\\text\{[^{}]*\}|\\[a-zA-Z]+", " ", latex)))


def squeezed(text: str) -> str:
    """Without blanks, dollars and braces, for comparing."""
    return re.sub(r"[\s${}]", "", text)


def _named(say: str) -> str:
    """What a step's computation is the value of: "eggs left" of "Eggs left: $16 - 3 = 13$"; "" where the step is a sentence."""
    said, colon, _ = say.partition(": $")
    name = said if re.match(_DAY, said) else f"{said[:1].lower()}{said[1:]}"
    labels = colon and _LABEL.fullmatch(said) and not _MOVES.match(said) and not _CLAUSE.match(said) and not _OBJECT.search(said)
    return name if labels else ""
