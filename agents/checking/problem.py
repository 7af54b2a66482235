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
