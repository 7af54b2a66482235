"""One quantity in another unit, by the rate that the problem prints: `(1 kilometer ≈ 0.6214 miles)`. Runs inside the sandbox only."""

from __future__ import annotations

import re

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given

_Q = r"(\d+(?:,\d{3})*(?:\.\d+)?)"
_RATE = re.compile(
    rf"\(?\s*\b1 ([a-z]+) ?(?:=|≈|equals|is (?:about|approximately|equal to)|is) ?(?:about |approximately )?{_Q} ([a-z]+)\b\s*\.?\s*\)?",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\bhow many ([a-z]+)\b|\bwhat is [^?]*, in ([a-z]+),", re.IGNORECASE)
_NUMBER = re.compile(_Q + r" ?([a-z]+)?", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])(?:\s+|(?=[A-Z]))")
_FREE = frozenset(
    [
        "approximately",
        "about",
        "how",
        "many",
        "what",
        "is",
        "are",
        "was",
        "the",
        "a",
        "an",
        "of",
        "in",
        "to",
        "far",
        "long",
        "high",
        "deep",
        "tall",
        "wide",
    ]
)
"""Words that a question may add to those of the sentence with the number."""
_OTHER = re.compile(
    r"\b(?:per|each|every|square|cubic|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|pair|if|when|figure|table|graph|shown|speed|rate|average|total|both|together|difference|between|through|to)\b",
    re.IGNORECASE,
)
_PLURALS = {"feet": "foot", "inches": "inch"}


def answer(given: Given) -> Direct | None:
    asked = conversion_asked(given)
    if asked is None:
        return None
    number, factor, multiplied, _, _ = asked
    return Direct(number * factor if multiplied else number / factor, None, "the printed rate")


def conversion_asked(given: Given) -> tuple[sympy.Rational, sympy.Rational, bool, str, str] | None:
    """The number to be converted, the rate, whether it is multiplied by it (else divided), and the units of the rate as printed: `1 kilometer`, `miles`.

    Only where the text holds one rate, one other number with one of the two units, and a question right behind it that asks for the same thing in
    the other unit: a word that the sentence with the number does not have (a half, a week, his son) makes it another question."""
    text = re.sub(r"\\(?:approx|cong)\b", "≈", re.sub(r"\\mathrm|[${}]|\\(?:text|left|right)\b", " ", given.stem))
    text = re.sub(r"\s+", " ", text)
    rates = list(_RATE.finditer(text))
    if len(rates) != 1 or given.tables or any(value.free_symbols for value in given.conditions):
        return None
    rate = rates[0]
    rest = f"{text[: rate.start()]} {text[rate.end() :]}".strip()
    one, many, factor = _unit(rate[1]), _unit(rate[3]), _number(rate[2])
    numbers = [(number, _unit(unit or "")) for number, unit in _NUMBER.findall(rest)]
    asked = _ASKED.findall(rest)
    if len(numbers) != 1 or len(asked) != 1 or one == many or factor == 0 or _OTHER.search(rest) or unexplained(given):
        return None
    number, unit = numbers[0]
    wanted = _unit("".join(asked[0]))
    sentences = _SENTENCE.split(rest)
    telling = [place for place, sentence in enumerate(sentences) if number in sentence]
    if len(sentences) < 2 or telling[:1] != [len(sentences) - 2] or not sentences[-1].endswith("?"):
        return None
    known = {_unit(word) for word in [*re.findall(r"[a-z]+", sentences[-2].lower()), *_FREE]} | {one, many}
    if {_unit(word) for word in re.findall(r"[a-z]+", sentences[-1].lower())} - known:
        return None
    if (unit, wanted) not in ((one, many), (many, one)):
        return None
    return _number(number), factor, unit == one, rate[1], rate[3]


def _unit(word: str) -> str:
    word = word.lower()
    return _PLURALS.get(word) or (word[:-1] if word.endswith("s") else word)


def _number(text: str) -> sympy.Rational:
    return sympy.Rational(text.replace(",", ""))
