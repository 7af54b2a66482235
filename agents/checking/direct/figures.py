"""Figures and solids whose measures follow from one length, or change with their lengths. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import quantity
from agents.checking.direct.reading import Direct, Given

LENGTH = sympy.Symbol("s", positive=True)
"""The one length that all measures of a figure follow from."""
NAME_OF_LENGTH = {
    "square": "side",
    "equilateral triangle": "side",
    "circle": "radius",
    "sphere": "radius",
    "cube": "edge",
}
_PI = sympy.pi
OF_ONE_LENGTH: dict[str, dict[str, Any]] = {
    "square": {"side": LENGTH, "side length": LENGTH, "perimeter": 4 * LENGTH, "area": LENGTH**2, "diagonal": sympy.sqrt(2) * LENGTH},
    "equilateral triangle": {"side": LENGTH, "side length": LENGTH, "perimeter": 3 * LENGTH, "area": sympy.sqrt(3) / 4 * LENGTH**2},
    "circle": {"radius": LENGTH, "diameter": 2 * LENGTH, "circumference": 2 * _PI * LENGTH, "area": _PI * LENGTH**2},
    "sphere": {"radius": LENGTH, "diameter": 2 * LENGTH, "volume": _PI * LENGTH**3 * 4 / 3, "surface area": 4 * _PI * LENGTH**2},
    "cube": {
        "edge": LENGTH,
        "edge length": LENGTH,
        "side length": LENGTH,
        "volume": LENGTH**3,
        "surface area": 6 * LENGTH**2,
        "total surface area": 6 * LENGTH**2,
        "area of one face": LENGTH**2,
        "area of each face": LENGTH**2,
        "perimeter of one face": 4 * LENGTH,
        "perimeter of each face": 4 * LENGTH,
    },
}
POWERS: dict[tuple[str, str], dict[str, int]] = {
    ("cylinder", "volume"): {"radius": 2, "height": 1},
    ("cone", "volume"): {"radius": 2, "height": 1},
    ("sphere", "volume"): {"radius": 3},
    ("sphere", "surface area"): {"radius": 2},
    ("cube", "volume"): {"edge": 3},
    ("cube", "surface area"): {"edge": 2},
    ("prism", "volume"): {"length": 1, "width": 1, "height": 1},
    ("triangle", "area"): {"base": 1, "height": 1},
    ("rectangle", "area"): {"length": 1, "width": 1},
    ("square", "area"): {"side": 2},
    ("square", "perimeter"): {"side": 1},
    ("circle", "area"): {"radius": 2},
    ("circle", "circumference"): {"radius": 1},
}
"""For a measure of a figure the power with which each of its lengths enters."""
_SAME_LENGTH = {"diameter": "radius", "edge length": "edge", "side length": "side", "base length": "base"}
_FACTORS = {"twice": 2, "double": 2, "doubled": 2, "triple": 3, "tripled": 3, "quadruple": 4, "quadrupled": 4, "the same": 1}
_FRACTIONS = {"half": 2, "halved": 2, "one half": 2, "one-half": 2, "one third": 3, "one-third": 3, "one fourth": 4, "one-fourth": 4}
_TIMES = {"two": 2, "three": 3, "four": 4, "five": 5}

_Q = r"(⟦\d+⟧|\d+(?:,\d{3})*(?:\.\d+)?)"
_UNIT = r"(?: (?:square |cubic )?([a-z]+))?"
_MEASURE = r"((?:total )?surface area|side length|edge length|volume|area|perimeter|circumference|radius|diameter|diagonal|edge|side)"
_NAMED = r"(?: (?:⟦\d+⟧|[A-Z]\b))?"
_FIGURE = (
    r"(?:right |circular |rectangular )*(square|equilateral triangle|triangle|rectangle|circle|sphere|cube|cylinder|cone|prism)" + _NAMED
)
_KNOWN = re.compile(
    rf"^(?:if )?(?:the {_MEASURE} of (?:(?:a|the|one) )?{_FIGURE} is|an? {_FIGURE} has an? {_MEASURE} of) {_Q}{_UNIT}"
    r"(?:, where ⟦\d+⟧ is a (?:positive )?constant)?[.,]",
    re.IGNORECASE,
)
_WANTED = re.compile(
    rf"^(?:what is|find|which of the following (?:gives|is|represents|expresses)|which expression (?:gives|represents)) the "
    rf"((?:area|perimeter) of (?:one|each) face|{_MEASURE[1:-1]})(?:, in [a-z ]+,)? of (?:the|a|this|that) {_FIGURE}(?:,? in terms of ⟦\d+⟧)?(?:, in [a-z ]+)?\s*[?.]$",
    re.IGNORECASE,
)
_FACTOR = r"(?:twice|double|triple|quadruple|the same|half|one[ -](?:half|third|fourth)(?: of)?|(?:two|three|four|five|\d+) times)"
_LENGTH = r"(?:radius|diameter|height|length|width|base length|base|side length|side|edge length|edge)"
_WITH = re.compile(
    rf"^what is the {_MEASURE}(?:, in [a-z ]+,)? of (?:a|another|the) {_FIGURE} (?:with|that has|whose)"
    rf"((?:,? ?(?:and )?(?:with )?{_FACTOR} (?:the )?{_LENGTH})+)(?: (?:of|as) (?:the )?(?:first )?{_FIGURE})?\s*\?$",
    re.IGNORECASE,
)
_WITH_ONE = re.compile(rf"({_FACTOR}) (?:the )?({_LENGTH})", re.IGNORECASE)
_IS = re.compile(
    rf"^if ((?:,? ?(?:and )?(?:the|its) {_LENGTH} (?:is|are) (?:doubled|tripled|quadrupled|halved|multiplied by {_Q}))+), "
    rf"what is the (?:new )?{_MEASURE}(?:, in [a-z ]+,)?(?: of the (?:new |resulting )?{_FIGURE})?\s*\?$",
    re.IGNORECASE,
)
_IS_ONE = re.compile(rf"(?:the|its) ({_LENGTH}) (?:is|are) (doubled|tripled|quadrupled|halved|multiplied by {_Q})", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    """Only a problem that says one measure of one figure and asks for one, and nothing else."""
    if (asked := measures_asked(given)) is not None:
        figure, known, wanted, value = asked
        length = length_of(figure, known, value)
        if length is None:
            return None
        return Direct(sympy.simplify(OF_ONE_LENGTH[figure][wanted].subs(LENGTH, length)), None, f"the formulas of a {figure}")
    if (change := change_asked(given)) is not None:
        figure, measure, value, factors = change
        by = sympy.Mul(*(factor ** POWERS[figure, measure][name] for name, factor in factors.items()))
        return Direct(sympy.simplify(value * by), None, f"how the {measure} grows with each length")
    return None


def _told(given: Given) -> tuple[str, str, Any, str] | None:
    """The figure, the measure of it that is given, its value, and the rest of the problem."""
    known = _KNOWN.match(given.frame)
    if known is None:
        return None
    measure, figure = (known[1], known[2]) if known[1] else (known[4], known[3])
    value, rest = quantity(given, known[5]), given.frame[known.end() :].strip()
    if value is None or value.is_positive is False or _other_unit(known[6] or "", rest):
        return None
    return figure.lower(), measure.lower(), value, rest


def measures_asked(given: Given) -> tuple[str, str, str, Any] | None:
    """A figure of one length, the measure of it that is given, the one that is asked for, and the value of the first."""
    told = _told(given)
    if told is None:
        return None
    figure, known, value, rest = told
    asked = _WANTED.match(rest)
    if asked is None or asked[2].lower() != figure:
        return None
    wanted, measures = asked[1].lower(), OF_ONE_LENGTH.get(figure, {})
    return (figure, known, wanted, value) if known in measures and wanted in measures and known != wanted else None


def length_of(figure: str, known: str, value: Any) -> Any | None:
    """The one length of the figure for which the measure has this value. Lengths are positive, and so are the constants that stand for them."""
    positive = {symbol: sympy.Symbol(symbol.name, positive=True) for symbol in value.free_symbols}
    lengths = sympy.solve(OF_ONE_LENGTH[figure][known] - value.xreplace(positive), LENGTH)
    return lengths[0].xreplace({new: old for old, new in positive.items()}) if len(lengths) == 1 else None


def change_asked(given: Given) -> tuple[str, str, Any, dict[str, Any]] | None:
    """A figure, its measure before, the value of that, and by what each of its lengths is multiplied."""
    told = _told(given)
    if told is None:
        return None
    figure, known, value, rest = told
    # another figure is described, so that a length of which nothing is said is unknown, not unchanged
    if (changed := _WITH.match(rest)) is not None and changed[2].lower() == figure and (changed[4] or figure).lower() == figure:
        factors, wanted, all_named = {_length(name): _factor(said) for said, name in _WITH_ONE.findall(changed[3])}, changed[1], True
    elif (changed := _IS.match(rest)) is not None and (changed[4] or figure).lower() == figure:
        factors = {_length(name): _times(given, said) for name, said, _ in _IS_ONE.findall(changed[1])}
        wanted, all_named = changed[3], False
    else:
        return None
    powers = POWERS.get((figure, known))
    if powers is None or known != wanted.lower() or None in factors.values() or not set(factors) <= set(powers):
        return None
    return (figure, known, value, factors) if not all_named or set(factors) == set(powers) else None


def _other_unit(unit: str, question: str) -> bool:
    """Whether the answer is wanted in another unit than the given measure has."""
    wanted = re.search(r",? in (?:square |cubic )?([a-z]+)", question)
    return bool(unit and wanted and wanted[1].rstrip("s") != unit.rstrip("s"))


def _length(name: str) -> str:
    return _SAME_LENGTH.get(name.lower(), name.lower())


def _factor(said: str) -> Any:
    said = re.sub(r" of$", "", said.lower())
    if said in _FRACTIONS:
        return sympy.Rational(1, _FRACTIONS[said])
    if said.endswith(" times"):
        count = said.removesuffix(" times")
        return sympy.Integer(_TIMES.get(count) or int(count))
    return sympy.Integer(_FACTORS[said])


def _times(given: Given, said: str) -> Any:
    said = said.lower()
    if said.startswith("multiplied by "):
        factor = quantity(given, said.removeprefix("multiplied by "))
        return factor if factor is not None and factor.is_number else None
    return _factor(said)
