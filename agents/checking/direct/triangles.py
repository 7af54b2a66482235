"""Right triangles with given sides, and sine and cosine of complementary angles. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given, read_formula

_SIDE = re.compile(r"^\s*(?:\\overline\s*\{?)?\s*([A-Z])\s*([A-Z])\s*\}?\s*=\s*(.+)$")
_RATIO = re.compile(r"^\s*\\(sin|cos|tan)\s*\(?\s*(?:\\angle)?\s*([A-Z])\s*\)?\s*(?:=\s*(.+))?$")
_ANGLE = re.compile(r"^\s*(?:m\s*)?(?:\\angle)\s*([A-Z])\s*=\s*90\s*(?:\^\{?\\circ\}?)?\s*$")


def answer(given: Given) -> Direct | None:
    if unexplained(given):
        return None
    if (
        given.tables
        or given.says(r"\b(?:figure|similar|isosceles|midpoint|altitude|circle|bisect|shown)\b")
        or not given.says(r"\bright triangle\b")
    ):
        return None
    sides: dict[frozenset[str], Any] = {}
    ratios: list[tuple[str, str, Any]] = []
    right: set[str] = set()
    vertices: set[str] = set()
    asked_index = re.search(r"\b(?:value of|length of|what is|find|side)(?: side| the)* ⟦(\d+)⟧", given.question, re.IGNORECASE)
    for index, text in enumerate(given.texts):
        bare = re.sub(r"\\(?:left|right|triangle|text|mathrm)(?![a-zA-Z])|[{}](?=[A-Z])", " ", text)
        if (side := _SIDE.match(bare)) and (length := read_formula(side[3])) is not None:
            sides[frozenset(side.group(1, 2))] = length
        elif (ratio := _RATIO.match(bare)) and ratio[3]:
            ratios.append((ratio[1], ratio[2], read_formula(ratio[3])))
        elif angle := _ANGLE.match(bare):
            right.add(angle[1])
        elif asked_index is not None and index == int(asked_index[1]):
            continue
        elif (letters := re.fullmatch(r"\s*([A-Z])\s*([A-Z])\s*([A-Z])\s*", bare)) is not None:
            vertices |= set(letters.groups())
        elif re.fullmatch(r"\s*(?:\\angle\s*)?[A-Z]\s*|\s*90\s*(?:\^\{?\\circ\}?)?\s*", bare) is None:
            return None
    vertices |= set(re.findall(r"[A-Z]", (re.search(r"(?i:triangle) ([A-Z]{3})\b", given.frame) or [""])[0][-3:]))
    if found := re.search(
        r"(?:angle ⟦?(\d+|[A-Z])⟧? is (?:a|the) right angle|right angle(?: is)? at (?:vertex |point )?⟦?(\d+|[A-Z])⟧?|angle ⟦?(\d+|[A-Z])⟧? (?:measures|is) (?:90|⟦\d+⟧))",
        given.frame,
    ):
        name = next(group for group in found.groups() if group)
        letter = re.search(r"[A-Z]\s*$", given.texts[int(name)]) if name.isdigit() else re.match(r"[A-Z]", name)
        right |= {letter[0].strip()} if letter else set()
    if (
        asked_index is None
        or len(vertices) != 3
        or len(right) != 1
        or not right <= vertices
        or any(length is None or not length.is_number for length in sides.values())
    ):
        return None
    corner = next(iter(right))
    asked = re.sub(r"\\(?:left|right|overline)(?![a-zA-Z])|[{}]", " ", given.texts[int(asked_index[1])])
    return _solve(asked, sides, ratios, corner, vertices)


def _solve(
    asked: str, sides: dict[frozenset[str], Any], ratios: list[tuple[str, str, Any]], corner: str, vertices: set[str]
) -> Direct | None:
    first, second = sorted(vertices - {corner})
    hypotenuse, legs = frozenset((first, second)), (frozenset((corner, second)), frozenset((corner, first)))
    if any(side not in (hypotenuse, *legs) for side in sides):
        return None
    # legs[0] lies opposite the angle `first`, legs[1] opposite `second`
    length = _completed(sides, hypotenuse, legs)
    ratio = _RATIO.match(asked)
    if ratio is not None and not ratio[3] and ratio[2] in (first, second):
        opposite, adjacent = legs if ratio[2] == first else legs[::-1]
        if length is not None and not ratios:
            parts = {"sin": (opposite, hypotenuse), "cos": (adjacent, hypotenuse), "tan": (opposite, adjacent)}[ratio[1]]
            return Direct(sympy.simplify(length[parts[0]] / length[parts[1]]), None, "the sides of the right triangle")
        return _from_ratio(ratio[1], ratio[2], ratios) if not sides else None
    side = re.fullmatch(r"\s*([A-Z])\s*([A-Z])\s*", asked)
    if side is not None and length is not None and not ratios and frozenset(side.groups()) in length:
        return Direct(length[frozenset(side.groups())], None, "the theorem of Pythagoras")
    return None


def _completed(
    sides: dict[frozenset[str], Any], hypotenuse: frozenset[str], legs: tuple[frozenset[str], frozenset[str]]
) -> dict[frozenset[str], Any] | None:
    """All three sides from two, None where they make no right triangle."""
    if len(sides) != 2:
        return None
    known = dict(sides)
    if hypotenuse not in known:
        known[hypotenuse] = sympy.sqrt(known[legs[0]] ** 2 + known[legs[1]] ** 2)
    for leg, other in (legs, legs[::-1]):
        if leg not in known:
            known[leg] = sympy.sqrt(known[hypotenuse] ** 2 - known[other] ** 2)
    return {side: sympy.simplify(value) for side, value in known.items()} if all(value.is_positive for value in known.values()) else None


def _from_ratio(name: str, angle: str, ratios: list[tuple[str, str, Any]]) -> Direct | None:
    """One ratio of an acute angle from another one, by a right triangle with that ratio."""
    if len(ratios) != 1 or ratios[0][2] is None or not ratios[0][2].is_positive:
        return None
    given_name, given_angle, value = ratios[0]
    if given_name != "tan" and not (value - 1).is_negative:
        return None
    sine, cosine = {
        "sin": (value, sympy.sqrt(1 - value**2)),
        "cos": (sympy.sqrt(1 - value**2), value),
        "tan": (value / sympy.sqrt(1 + value**2), 1 / sympy.sqrt(1 + value**2)),
    }[given_name]
    if angle != given_angle:
        sine, cosine = cosine, sine
    return Direct(sympy.simplify({"sin": sine, "cos": cosine, "tan": sine / cosine}[name]), None, "the ratios of complementary angles")
