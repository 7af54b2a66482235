r"""Does the sums of a worked solution over again, and puts what they really come to where a small model wrote something else.

A model that reads a story rightly and writes `175 + 140 + 280 = 695` knows what to compute; a calculator is what it lacks (Cobbe et al., "Training
Verifiers to Solve Math Word Problems", 2021, give their models one). Pure text and exact fractions: nothing is executed. What is no plain computation
with numbers is left as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from agents.checking.arithmetic import MIXED_NUMBER, rounds_to, value_of
from agents.checking.prose import with_amounts

_NUMBER = r"\d{1,3}(?:(?:\{,\}|,)\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TOKEN = re.compile(rf"(?<![\w.])(?<!\d,)(?:{_NUMBER})(?![\w]|[.,]\d|\{{,\}}\d)")
_LINK = re.compile(r"(?<![<>!:=])=(?!=)|(?P<near>\\approx(?![a-zA-Z])|≈)")
_RESULT = re.compile(rf"\s*(?:\\?\$)?\s*(?P<number>-?(?:{_NUMBER}))(?![\d.]*\d)(?!\s*(?:[ap]\.?m\b|o'clock|:\d))")
_GOES_ON = re.compile(
    r"\s*(?:\\text\s*\{[^{}]*\}|[A-Za-z]+\s*)?(?:[-−–+*/^×÷·(%_!]|\.+\s?\\?%|\\(?!text|mathrm|quad|qquad|right|[,;:!\\)\]$])|[A-Za-z]\b(?<=\d.))"
)
"""After a number: it begins another computation, is a percentage, or counts a letter."""
_NUMBERED = re.compile(r"\s*(?:\*\*)?(?:step\s*)?\d{1,2}[.):]\s", re.IGNORECASE)
_BOUNDARY = re.compile(
    r"(?<!\\)\$+|[:;]|,\s|(?<!\d)\.\s|(?<=\d)\.\s+(?=[A-Z])|\*\*|\\(?:Rightarrow|implies|to)(?![a-zA-Z])|\\q?quad|\\\\|&|\\[(\[]"
)
_TEXT = re.compile(r"\\(?:text|mathrm)\s*\{[^{}]*\}")
_RATE = re.compile(r"(?<=[\d)])\s*/\s*[A-Za-z]{3,}\b")
_NO_UNIT = r"(?!(?:and|or|of|plus|minus|times|by|from|is|are|to|than|over|then|so|mod|because|since|but|if|as|which|that)\b)"
_UNIT = re.compile(
    rf"(?<=[\d)])\s+{_NO_UNIT}[A-Za-z]{{2,}}(?:\s+{_NO_UNIT}[A-Za-z]+){{0,3}}\s*(?=[-−–+*/×÷·)]|\\(?:times|cdot|div)(?![a-zA-Z])|$)"
)
_TIMES = r"\*|×|·|\\times(?![a-zA-Z])|\\cdot(?![a-zA-Z])"
_PERCENT_OF = re.compile(rf"(\d+(?:\.\d+)?)\s*\\?%\s*(?:of\b(?:\s+the\b)?|(?:{_TIMES}))")
_PART_OF_SUM = re.compile(r"%\s*of\b[^=]*[-−–+]")
"""Of the first number only, or of the whole sum?"""
_WORDS = re.compile(r"(?<!\\)\b[A-Za-z]{2,}\b")
_BINDS = re.compile(
    r"and|or|of|plus|minus|times|by|from|over|than|to|am|pm|sin|cos|tan|log|ln|sqrt|abs|max|min|gcd|lcm|mod|average|mean|squared|cubed",
    re.IGNORECASE,
)
"""Words after which the rest of a line is not the whole computation."""
_OPERATION = re.compile(r"[\d)}]\s*(?:[-−–+*/×÷·]|\\(?:times|cdot|div)(?![a-zA-Z]))|\\[dt]?frac")
_DIFFERENCE = re.compile(r"[\d)a-z]\s*[-−–]\s*\$?\s*\d")
_PRODUCT = re.compile(r"[*×·/÷(]|\\(?:times|cdot|div|[dt]?frac)(?![a-zA-Z])")
"""A difference by itself may be taken the other way round: `480 - 520 = 40`."""
_CLOSE = Fraction(1, 50)
"""By which share a decimal may miss its computation: numbers before it were rounded."""
_CONVERSIONS = frozenset([7, 12, 24, 60, 100, 1000, 3600])
"""`2 \\times 60` minutes = 2 hours: days, months, hours, minutes, cents, grams, seconds."""
_SCALED = re.compile(r"\b(?:cents?|percent|thousands?|millions?)\b|%", re.IGNORECASE)
_MAX_DECIMALS = 4
_MAX_DIGITS = 12


class _Computation(NamedTuple):
    """`computation = number`: where the number stands, as it is printed, what it is, and what the computation comes to."""

    start: int
    end: int
    number: str
    shown: Fraction
    value: Fraction
    fits: bool


def recalculated(text: str, stem: str) -> str:
    """The worked solution (Markdown with LaTeX) with its sums done right. A wrong result is put right where it stands and wherever it is used later,
    unless the problem (`stem`) or another computation has the same number for its own."""
    own = {_read(match[0]) for match in _TOKEN.finditer(stem)}
    instead: dict[Fraction, Fraction] = {}
    lines: list[str] = []
    for line in text.splitlines():
        line, done = _with(line, instead), 0
        while slip := next((found for found in _computations(line) if not found.fits and found.start >= done), None):
            if slip.shown not in own:
                instead[slip.shown] = slip.value
            put = line[: slip.start] + _written(slip.value)
            line, done = put + _with(line[slip.end :], instead), len(put)
        right = {found.shown for found in _computations(line)}
        own |= right - set(instead.values())
        instead = {wrong: value for wrong, value in instead.items() if wrong not in right}
        lines.append(line)
    return "\n".join(lines)


def computes_wrongly(line: str) -> bool:
    """Whether one of the sums in a line is not what the line says."""
    return any(not found.fits for found in _computations(line))


def _with(line: str, instead: Mapping[Fraction, Fraction]) -> str:
    """The line with other numbers in place of those that were computed wrongly; the number of a step is none."""
    if not instead:
        return line
    numbered = _NUMBERED.match(line)
    keep = numbered.end() if numbered else 0

    def put(match: re.Match[str]) -> str:
        right = instead.get(_read(match[0]))
        return match[0] if right is None or right < 0 else _written(right)

    return line[:keep] + _TOKEN.sub(put, line[keep:])


def _computations(line: str) -> list[_Computation]:
    found: list[_Computation] = []
    blank = with_amounts(line, " ")
    for link in _LINK.finditer(blank):
        result = _RESULT.match(blank, link.end())
        if result is None or _GOES_ON.match(blank, result.end()):
            continue
        begin = max((match.end() for match in _BOUNDARY.finditer(blank, 0, link.start())), default=0)
        if re.search(r"\d:\d*\s*$", blank[max(0, begin - 3) : begin]):
            continue  # a time of day
        left = blank[begin : link.start()]
        value = _meant(_LINK.sub("\0", left).split("\0"))
        if value is None or max(abs(value.numerator), value.denominator) >= 10**_MAX_DIGITS:
            continue
        number, shown = result["number"], _read(result["number"])
        unit = re.match(r"\s*(?:\\text\s*\{\s*)?([A-Za-z]+)", blank[result.end() :])
        converts = bool(_SCALED.search(blank)) or (unit is not None and bool(_WORDS.search(left)) and unit[1] not in left)
        fits = (
            _fits(value, number, shown, near=bool(link["near"]), converts=converts)
            or (value == -shown and bool(_DIFFERENCE.search(left)) and not _PRODUCT.search(left))
            or _in_other_brackets(left, shown)
        )
        found.append(_Computation(result.start("number"), result.end("number"), number, shown, value, fits))
    return found


def _meant(sides: Sequence[str]) -> Fraction | None:
    """What the first side of a chain comes to that says the same as the last: in `2 * 40 + 3 * 40 = 80 + 100 = 180` a part was computed wrongly, while
    `16 - 3 = 13 - 4 = 9` goes on from what it found."""
    value = _value(sides[-1])
    for before, after in zip(reversed(sides[:-1]), reversed(sides[1:]), strict=True):
        meant = _value(before) if value is not None else None
        first = _TOKEN.match(after.strip(" ($"))
        if meant is None or (first is not None and _read(first[0]) == meant):
            break
        value = meant
    return value


def _value(side: str) -> Fraction | None:
    """What a side comes to, units and the words before it left out; None where it is more than a computation with numbers."""
    if MIXED_NUMBER.search(side):
        return None
    numbered = _NUMBERED.match(side)
    text = _TEXT.sub(" ", side[numbered.end() :] if numbered else side)
    if _PART_OF_SUM.search(text):
        return None
    text = _PERCENT_OF.sub(r"(\1/100) * ", _UNIT.sub(" ", _RATE.sub("", text)))
    words = list(_WORDS.finditer(text))
    if words:
        last = words[-1]
        if _BINDS.fullmatch(last[0]) or text[last.end() : last.end() + 1] == "(":
            return None
        text = text[last.end() :]
    text = text.strip()
    if not re.match(r"[\d($\\]|-\d", text) or not _OPERATION.search(text):
        return None
    return value_of(text)


def _fits(value: Fraction, number: str, shown: Fraction, *, near: bool, converts: bool) -> bool:
    """Whether the number may stand for the computation: exactly, rounded, rounded up to a whole one, computed from rounded numbers, or in another unit."""
    if value == shown or rounds_to(value, number.replace("{,}", "").replace(",", ""), shown):
        return True
    if shown.denominator == 1 and value.denominator != 1 and abs(value - shown) < 1:
        return True
    if converts and shown and (value / shown in _CONVERSIONS or shown / value in _CONVERSIONS):
        return True
    return (near or "." in number) and abs(value - shown) <= _CLOSE * abs(value)


def _in_other_brackets(left: str, shown: Fraction) -> bool:
    """Whether the number is what `80 + 90 / 2` and `28 / 1/5` come to with the brackets that people leave out: around a sum that is divided, and around a
    fraction that something is divided by."""
    text = re.sub(r"\\div(?![a-zA-Z])|÷", "/", left)
    return any(
        _value(bracketed) == shown
        for bracketed in (re.sub(r"(\d[\d\s+.]*\+[\d\s+.]*\d)\s*/", r"(\1) /", text), re.sub(r"/\s*(\d+\s?/\s?\d+)", r"/ (\1)", text))
        if bracketed != text
    )


def _read(number: str) -> Fraction:
    return Fraction(number.replace("{,}", "").replace(",", ""))


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    decimal = f"{float(value):.{_MAX_DECIMALS}f}"
    return decimal.rstrip("0") if Fraction(decimal) == value else decimal
