"""Takes a posted problem apart: the stem, the options, and an identity that spelling of white space does not change."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TypedDict


class OptionText(TypedDict):
    letter: str
    text: str


class ParsedProblem(TypedDict):
    id: str
    text: str
    stem: str
    options: list[OptionText]


# "(A) 3", "A) 3", "A. 3" and "**A)** 3", at the start of a line.
_MARK = re.compile(r"^[ \t]*(?:[-*][ \t]+)?\**(?:\(([A-Ha-h])\)|([A-H])[.):])\**[ \t]*", re.MULTILINE)
# The same inside a line, only in brackets: "What is x? (A) 3 (B) 4 (C) 5".
_INLINE_MARK = re.compile(r"(?<![\w$)])\(([A-H])\)[ \t]*")


def _split(text: str, mark: re.Pattern[str]) -> tuple[str, list[OptionText]]:
    """Options count only as a run A, B, C ... of at least two, each with a text; the last such run of the text wins."""
    found = [(match.start(), match.end(), next(group for group in match.groups() if group).upper()) for match in mark.finditer(text)]
    starts = [index for index, (_, _, letter) in enumerate(found) if letter == "A"]
    for start in reversed(starts):
        run = [found[start]]
        for candidate in found[start + 1 :]:
            if ord(candidate[2]) != ord(run[-1][2]) + 1:
                break
            run.append(candidate)
        if len(run) < 2:
            continue
        ends = [begin for begin, _, _ in run[1:]] + [len(text)]
        options = [
            OptionText(letter=letter, text=text[end:stop].strip().rstrip(";,")) for (_, end, letter), stop in zip(run, ends, strict=True)
        ]
        if all(option["text"] for option in options):
            return text[: run[0][0]].strip(), options
    return text, []


def parse_problem(text: str) -> ParsedProblem:
    """Splits `text` into stem and options; without recognisable options the stem is the whole text."""
    cleaned = "".join(char for char in unicodedata.normalize("NFC", text) if char in "\n\t" or unicodedata.category(char)[0] != "C").strip()
    stem, options = _split(cleaned, _MARK)
    if not options:
        stem, options = _split(cleaned, _INLINE_MARK)
    identity = hashlib.sha256(" ".join(cleaned.split()).encode()).hexdigest()[:16]
    return ParsedProblem(id=identity, text=cleaned, stem=stem, options=options)


_PICKING = re.compile(
    r"\bwhich of the following|\bwhich (?:\w+ ){0,2}(?:equations?|expressions?|inequalit\w+|systems?|statements?|graphs?|tables?|functions?|conclusions?)\b|must be true|could be\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{4,}")
_UNIT_WORD = re.compile(
    r"^(?:meters?|metres?|feet|inch(?:es)?|miles?|kilomet\w+|centimet\w+|yards?|seconds?|minutes?|hours?|days?|weeks?|months?|years?|dollars?|cents?|pounds?|ounces?|grams?|kilograms?|lit(?:er|re)s?|gallons?|degrees?|percent|square|cubic|units?|zero|none|three|four|five|seven|eight|nine)$",
    re.IGNORECASE,
)

_UNIT_TAIL = re.compile(r"\\circ|[{~\s](?:cm|mm|km|kg|ft|in|mi|m|g|F|C|L)\b")


def options_are_values(problem: ParsedProblem) -> bool:
    """Whether the answer can be worked out without looking at the options, because each is a value and the stem asks for one.

    Then the options are kept from the model: it computes well and picks letters badly, so it is given nothing to pick from.
    """
    if not problem["options"] or not all(len(option["text"]) <= 60 for option in problem["options"]):
        return False
    texts = [re.sub(r"\\(?:text|mathrm)\b", "", option["text"]) for option in problem["options"]]
    if not all(_UNIT_WORD.match(word) for text in texts for word in _WORD.findall(text)):
        return False
    numbers_only = not any(
        re.search(r"\(.*,.*\)", text) or re.search(r"(?<![\\a-zA-Z])[a-zA-Z]\b", _UNIT_TAIL.sub("", text)) for text in texts
    )
    return numbers_only or not _PICKING.search(problem["stem"])


def options_can_be_computed(problem: ParsedProblem) -> bool:
    """Whether a computed value could be one of the options: at least one of them is no sentence."""
    texts = [re.sub(r"\\[a-zA-Z]+", " ", option["text"]) for option in problem["options"]]
    return any(all(_UNIT_WORD.match(word) for word in _WORD.findall(text)) for text in texts)


_POINT = re.compile(
    r"\bordered (?:pairs?|triples?)\b|\\?\(\s*[xyab]\s*,\s*[xyab]\s*\\?\)|\bsolutions? (?:to|of) the (?:\w+ )?system\b", re.IGNORECASE
)
_ONE_VALUE = re.compile(r"\b(?:values? of|coordinates? of|how many|how much|number of)\b", re.IGNORECASE)


def asks_for_point(stem: str) -> bool:
    """Whether all coordinates of a system's solution are asked for, rather than one of them or a value made of them."""
    return bool(_POINT.search(stem)) and not _ONE_VALUE.search(stem)
