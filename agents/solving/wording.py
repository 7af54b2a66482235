"""What the words of a problem say about its answer, beyond its formulas."""

from __future__ import annotations

import re

_TWO_WAYS = re.compile(
    r"(?:\d[\d./]*|half|twice|two|three|four|five|six|ten|\w+ths?)\s+times\s+(?:more|fewer|less|larger|bigger|greater|higher|longer|smaller)\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\bhow (?:many|much|far|long|old|tall|high)\b[^.?]*\b(?:more|less|fewer|longer|shorter|taller|older|younger|farther|further|heavier|lighter|faster"
    r"|slower|cheaper|bigger|smaller|greater|higher|lower)\b[^.]*\?|\b(?:what is|find|calculate) the (?:\w+ )?difference\b",
    re.IGNORECASE,
)


def two_readings(stem: str) -> str:
    """The words that can be read in two ways ("3 times more": three times as much, or that much on top); "" where there are none.

    An answer that hangs on them may be right, and is never called verified without a formula that says so.
    """
    found = _TWO_WAYS.search(stem)
    return " ".join(found[0].split()) if found else ""


def asks_for_difference(stem: str) -> bool:
    """Whether the question is by how much one amount exceeds another, which is never negative, whichever of them a program takes first."""
    return bool(_DIFFERENCE.search(stem))


_COUNTED = re.compile(r"\bhow (?:many|much|old|far|long|tall|heavy|big|large)\b", re.IGNORECASE)
_BELOW_ZERO = re.compile(
    r"(?<![\d)])[-−]\s?\d|\b(?:negative|below zero|below freezing|minus|loss|debt|overdrawn|degrees?)\b", re.IGNORECASE
)


def asks_for_amount(stem: str) -> bool:
    """Whether what is asked for cannot be less than nothing: "how many", in a story without anything below zero."""
    return bool(_COUNTED.search(stem)) and not _BELOW_ZERO.search(stem)


_MEASURES = re.compile(
    r"(?:second|minute|hour|day|week|month|year|decade|time|inche?|yard|mile|(?:kilo|centi|milli)?met(?:er|re)|acre|hectare|unit|degree|radian"
    r"|(?:milli)?lit(?:er|re)|gallon|quart|pint|cup|ounce|pound|(?:kilo|milli)?gram|tonn?e?|teaspoon|tablespoon|serving|dollar|cent|euro|percent(?:age)?"
    r"|calorie|watt|joule|point|tank|bag|load|pizza|cake|pie)s?|foot|feet|square|cubic|cm|mm|km|kg|ml",
    re.IGNORECASE,
)
"""What may be had in part: of time, length, area and volume, weight, money and food."""
_HOW_MANY = re.compile(
    r"\bhow many\s+(?:(?:more|fewer|less|extra|additional|total|whole|full|of|the|her|his|their|these|those)\s+)*([a-z]+)", re.IGNORECASE
)
_IN_PARTS = re.compile(
    r"\b(?:average\w*|mean|median|expected|per|each|every|rate|ratio|approximate\w*|estimate\w*|about|half|halves|quarters?)\b",
    re.IGNORECASE,
)


def asks_for_count(stem: str) -> bool:
    """Whether what is asked for is a number of things, which is whole: "how many dimes", and neither "how many hours" nor "how many on average"."""
    asked = [
        found for sentence in re.findall(r"[^.?!]*\?", stem) if not _IN_PARTS.search(sentence) for found in _HOW_MANY.findall(sentence)
    ]
    return bool(asked) and not _MEASURES.fullmatch(asked[-1])
