"""Numbers, points and quantities in a request that was typed in words."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

from agents.animation.kinds import Kind, load
from agents.animation.kinds.curves import shown_number

N = r"(-?\d+(?:,\d{3})*(?:\.\d+)?)"
"""A number as a group of a pattern."""
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12}
_POINT = re.compile(rf"(?:\b([A-Z])\s*(?:=|at|is)?\s*)?\(\s*{N}\s*[,;|]\s*{N}\s*\)")
_PI = re.compile(
    r"(-?\d*(?:\.\d+)?)\s*\*?\s*(?:\\?pi|π)(?:\s*/\s*(\d+))?|\\frac\s*\{\s*(-?\d*)\s*\\pi\s*\}\s*\{\s*(\d+)\s*\}", re.IGNORECASE
)


MAX_CHARS = 400
"""A longer text explains a topic; its numbers are no wish."""
GIVEN_MEASURE = r"\b(?:area|perimeter|volume|circumference)\s*(?:of|is|=|:)?\s*(?:about\s*)?\d"
"""A measure that is given: what is drawn here is asked for its measures."""
COMPARED = (
    r"\b(?:more|less|longer|shorter|wider|taller|greater|smaller) than\b|\btimes (?:as|its|the|longer)\b|\b(?:twice|half) (?:as|its|the)\b"
)
"""A length that is told by another one."""


def tidy(text: str) -> str:
    """One spelling of signs, without dollars; number words before nouns stay words."""
    text = re.sub(r"^\s*\d{1,2}[.)]\s+", " ", text, flags=re.MULTILINE)  # the numbers of a list
    text = text.replace("²", "^2").replace("³", "^3")
    text = re.sub(r"\b(in|ft|cm|mm|km|yd|mi|min|sec|hr|hrs)\.(?=\s+[a-z])", r"\1", text)
    text = text.translate({0x2212: "-", 0x2013: "-", 0xD7: "×", 0xA0: " "})
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?|\\degree|(?<=\d)\s*degrees?\b", "°", text)
    text = text.replace("\\$", " dollars ").replace("$", " ")
    text = re.sub(r"\\(?:left|right|,|;|!|quad)(?![a-z])", "", text)
    text = re.sub(r"\\(?:leq?|leqslant)(?![a-z])|≤", "<=", text)
    text = re.sub(r"\\(?:geq?|geqslant)(?![a-z])|≥", ">=", text)
    text = text.replace("\\lt", "<").replace("\\gt", ">").replace("\\cdot", "*").replace("\\times", "×")
    return re.sub(r"\s+", " ", text).strip()


def number(text: str) -> float:
    return float(text.replace(",", ""))


def count(text: str) -> int | None:
    """`3` or `three`."""
    return int(text) if text.isdigit() else _WORDS.get(text.lower())


def numbers(text: str) -> list[float]:
    return [number(found) for found in re.findall(rf"(?<![\w.]){N}", text)]


def says(text: str, pattern: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


_ADJECTIVES = ("long", "wide", "high", "tall", "deep")


def length_of(text: str, *names: str) -> float | None:
    """The number that belongs to one of these names: `radius 3`, `radius of 3 cm`, `r = 3`, `a 3 cm radius`, `3 cm wide`."""
    for name in names:
        after = re.search(
            rf"\b{name}s?\b(?:\s+(?:of|is|are|equal to|equals|measuring|length|about)|\s*[=:])*\s*{N}(?!\s*°)", text, re.IGNORECASE
        )
        before = re.search(rf"{N}\s*(?:[a-z]{{1,12}}\s+)?(?:-\s*)?\b{name}s?\b", text, re.IGNORECASE)
        found = before if name in _ADJECTIVES else after or before
        if found:
            return number(found[1])
    return None


def angle_of(text: str) -> float | None:
    """The first angle, in degrees; a multiple of pi counts too."""
    if found := re.search(rf"{N}\s*°", text):
        return number(found[1])
    if found := _PI.search(text):
        head, below = (found[1] or found[3] or "1"), (found[2] or found[4] or "1")
        return math.degrees(float("-1" if head == "-" else head) * math.pi / float(below))
    return None


def points(text: str) -> list[tuple[str, float, float]]:
    """Points in brackets, with their names."""
    return [(found[1] or "", number(found[2]), number(found[3])) for found in _POINT.finditer(text)]


def listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""


def tex(value: float) -> str:
    """A number as LaTeX."""
    return shown_number(value).replace("−", "-")


def fraction(value: Fraction) -> str:
    """A whole number or a fraction as LaTeX."""
    sign = "-" if value < 0 else ""
    return str(value.numerator) if value.denominator == 1 else f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"


def signed(value: float) -> str:
    """In brackets where it is negative."""
    return tex(value) if value >= 0 else f"({tex(value)})"


def shown(*kinds: Kind | None) -> list[Kind]:
    """Those that can be drawn; nothing where the first, the picture itself, cannot."""
    return [kind for kind in kinds if kind is not None] if kinds and kinds[0] is not None else []


def worked(*lines: tuple[str, str], title: str = "") -> Kind | None:
    """A calculation of at least two lines, each with what is said of it."""
    steps = [{"latex": latex, "say": say} for latex, say in lines]
    return made(kind="equation_steps", title=title, lines=steps, mark_last=True) if len(steps) > 1 else None


def made(**data: object) -> Kind | None:
    """The beat; None where it cannot be drawn."""
    try:
        return load(data)
    except ValueError:
        return None
