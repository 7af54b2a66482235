"""Answers as people write them: a value with its unit, currency or percent sign, and when two of them are the same. Runs inside the sandbox only.

A unit that only one side names is left aside (`12` answers "how many centimetres?" as well as `12 cm` does); two units must agree, converted where they
measure the same quantity. A percent equals the bare number of percent and the fraction that it is. Sentences are the same when their words are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sympy

from agents.checking.equality import equal
from agents.checking.values import Unreadable, from_latex, from_python

_LENGTH, _TIME, _MASS, _VOLUME, _MONEY, _ANGLE, _SPAN = "length", "time", "mass", "volume", "money", "angle", "months"
_R = sympy.Rational
_TABLE: dict[str, tuple[str, Any]] = {}
for _names, _dimension, _factor in (
    ("m meter meters metre metres", _LENGTH, 1),
    ("cm centimeter centimeters centimetre centimetres", _LENGTH, _R(1, 100)),
    ("mm millimeter millimeters millimetre millimetres", _LENGTH, _R(1, 1000)),
    ("km kilometer kilometers kilometre kilometres", _LENGTH, 1000),
    ("in inch inches", _LENGTH, _R(254, 10000)),
    ("ft foot feet", _LENGTH, _R(3048, 10000)),
    ("yd yard yards", _LENGTH, _R(9144, 10000)),
    ("mi mile miles", _LENGTH, _R(1609344, 1000)),
    ("s sec second seconds", _TIME, 1),
    ("min minute minutes", _TIME, 60),
    ("h hr hrs hour hours", _TIME, 3600),
    ("day days", _TIME, 86400),
    ("week weeks", _TIME, 604800),
    ("month months", _SPAN, 1),
    ("year years yr yrs", _SPAN, 12),
    ("g gram grams", _MASS, 1),
    ("kg kilogram kilograms", _MASS, 1000),
    ("mg milligram milligrams", _MASS, _R(1, 1000)),
    ("lb lbs pound pounds", _MASS, _R(45359237, 100000)),
    ("oz ounce ounces", _MASS, _R(45359237, 1600000)),
    ("L l liter liters litre litres", _VOLUME, _R(1, 1000)),
    ("mL ml milliliter milliliters millilitre millilitres", _VOLUME, _R(1, 1000000)),
    ("gal gallon gallons", "gallons", 1),
    ("dollar dollars USD", _MONEY, 1),
    ("cent cents", _MONEY, _R(1, 100)),
    ("euro euros EUR", "euro", 1),
    ("degree degrees", _ANGLE, sympy.pi / 180),
    ("radian radians rad", _ANGLE, 1),
):
    for _name in _names.split():
        _TABLE[_name] = (_dimension, _factor)

_UNIT = "|".join(sorted(_TABLE, key=len, reverse=True))
_POWER = r"(?:\s*\^?\s*\{?\s*([23²³])\s*\}?)?"
_TAIL = re.compile(rf"(?<=[\d}})\s])\s*(?:(square|cubic|sq\.?|cu\.?)\s+)?({_UNIT})\.?{_POWER}(?:\s*(?:/|per)\s*({_UNIT}){_POWER})?\s*$")
_RATE = re.compile(rf"＄\s*([\d.,]+)\s*(?:/|per|a|an|each)\s*({_UNIT})")
_COUNTED = re.compile(
    r"(-?\d[\d,.]*(?:/\d+)?)\s+(?:[a-z]+ ){0,2}(?!(?:or|and|to|more|less|times|percent|dozen|half|only|remainder|of)$)([a-z]{3,})"
)
_POWERS = {"2": 2, "3": 3, "²": 2, "³": 3, "square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "cu.": 3, None: 1}
_LEAD = re.compile(
    r"^\s*(?:(?:so |thus |therefore )?(?:the )?(?:final |correct |right )?(?:answer|result|solution)\s*(?:is|:|=)\s*|\(?[A-H]\)\s+(?=\S))+",
    re.IGNORECASE,
)
_SUM = re.compile(r"(?<=\$)(?:[\d\s.,+\-*/(){}]|\\(?:[dt]?frac|cdot|times|div)(?![a-zA-Z]))*\d[\s)}]*=\s*(?=-?[\d.\\][^=$]*\$)")
"""`4 + 12 = 16`: an answer that still holds the sum it comes from."""
_DOZEN = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s+dozen\b")
_SETS = {"no solution": sympy.S.EmptySet, "no solutions": sympy.S.EmptySet, "all real numbers": sympy.S.Reals}
_SIGNS = {"€": "euro", "£": "pound sterling", "¥": "yen"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is a SymPy value, None for a sentence; `unit` its dimensions with the factor to base units, None where none is written."""

    value: Any
    unit: tuple[tuple[tuple[str, int], ...], Any] | None
    percent: bool
    words: str
    written: bool = True
    """By a person, where `(1, 2)` is a point; a program prints a list of solutions so, too."""


def read_answer(form: str, text: str) -> Answer:
    """Reads `text`, in the form `latex` or `python`. Raises `Unreadable` where it is neither a value nor a sentence."""
    if form == "python":
        return Answer(from_python(text), None, False, "", written=False)
    text = _DOZEN.sub(lambda match: f"{sympy.Rational(match[1]) * 12}", _LEAD.sub("", text))
    text = _SUM.sub("", text)
    bare = _unwrapped(text)
    percent = bool(re.search(r"\d\s*\\?%|\bpercent\b", bare))
    plain = re.sub(r"[^a-z ]", "", bare.lower()).strip()
    if plain in _SETS:
        return Answer(_SETS[plain], None, False, "")
    number, unit = _split(bare, text)
    try:
        value = from_latex(number if unit is not None else text)
    except Unreadable:
        words = " ".join(re.findall(r"[a-z0-9]+", bare.lower()))
        # a sentence has words; a formula that cannot be read is none
        if len(re.findall(r"[A-Za-z]{2,}", re.sub(r"\\[A-Za-z]+", " ", text))) < 2 or re.search(r"[\^_]", text):
            raise
        return Answer(None, None, False, words)
    return Answer(value, unit, percent, "")


def _unwrapped(text: str) -> str:
    text = re.sub(r"\\(?:text|mathrm|textbf|mathbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    return re.sub(r"\\[,;!: ]|~", " ", text)


def _split(bare: str, text: str) -> tuple[str, tuple[tuple[tuple[str, int], ...], Any] | None]:
    """The number and the unit behind it. `$5 m$` is five times the letter m; `5 m`, `$5$ m` and `$5 \\text{ m}$` are metres."""
    plain = bare.replace("\\$", "＄").strip().rstrip(".")
    sign = next((name for mark, name in _SIGNS.items() if mark in plain), None)
    if sign:
        return re.sub("[€£¥]", "", plain), (((sign, 1),), sympy.Integer(1))
    if rate := _RATE.fullmatch(plain):
        below, divisor = _TABLE[rate[2]]
        return rate[1], (tuple(sorted({_MONEY: 1, below: -1}.items())), 1 / sympy.sympify(divisor))
    if re.search(r"＄\s*\d", plain) and not _TAIL.search(plain.replace("$", " ")):
        return plain.replace("＄", ""), (((_MONEY, 1),), sympy.Integer(1))
    flat = (
        plain.replace("$", " ").replace("＄", " ").replace("^{\\circ}", " degrees").replace("^\\circ", " degrees").replace("°", " degrees")
    )
    match = _TAIL.search(flat)
    if match is None and (counted := _COUNTED.fullmatch(flat.strip())):
        return counted[1], (((f"number of {counted[2].rstrip('s')}", 1),), sympy.Integer(1))
    if (
        match is None
        or not re.search(r"\d|\\pi", flat[: match.start()])
        or re.search(r"[=<>,]|\\[lg]e|\\(?:sin|cos|tan)|\band\b|\bor\b", flat[: match.start()])
    ):
        return text, None
    written_as_letter = re.search(rf"\$[^$]*(?<![A-Za-z]){re.escape(match[2])}[^$]*\$", text) and not re.search(
        r"\\(?:text|mathrm)|\\circ|°", text
    )
    if len(match[2]) == 1 and written_as_letter:
        return text, None
    if re.search(r"\b(?:F|C)\b", flat[match.end() - 1 :]):
        return text, None
    dimension, factor = _TABLE[match[2]]
    power = _POWERS[match[1]] * _POWERS[match[3]]
    dimensions = {dimension: power}
    factor = factor**power
    if match[4]:
        below, divisor = _TABLE[match[4]]
        dimensions[below] = dimensions.get(below, 0) - _POWERS[match[5]]
        factor = factor / divisor ** _POWERS[match[5]]
    if _VOLUME in dimensions:
        dimensions = {_LENGTH: 3 * dimensions.pop(_VOLUME), **dimensions}
    return flat[: match.start()].strip(), (tuple(sorted(dimensions.items())), sympy.sympify(factor))


def same(left: Answer, right: Answer) -> bool:
    """Whether both are the same answer."""
    if left.value is None or right.value is None:
        return left.value is None and right.value is None and left.words == right.words
    if any(
        isinstance(one.value, sympy.Tuple) and isinstance(other.value, sympy.FiniteSet) and one.written and other.written
        for one, other in ((left, right), (right, left))
    ):
        return False  # a point is no list of solutions
    if (left.percent and right.unit is not None) or (right.percent and left.unit is not None):
        return False
    if left.unit is not None and right.unit is not None:
        if left.unit[0] != right.unit[0]:
            return False
        if left.unit[1] != right.unit[1]:
            both = isinstance(left.value, sympy.Expr) and isinstance(right.value, sympy.Expr)
            return both and equal(left.value * left.unit[1], right.value * right.unit[1])
    if equal(left.value, right.value):
        return True
    if left.percent != right.percent and isinstance(left.value, sympy.Expr) and isinstance(right.value, sympy.Expr):
        share, number = (left, right) if left.percent else (right, left)
        return number.unit is None and equal(share.value / 100, number.value)
    return False
