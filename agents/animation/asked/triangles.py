"""Triangles by the sides and angles that the request names, and similar ones."""

from __future__ import annotations

import math
import re

from agents.animation.asked.words import COMPARED, GIVEN_MEASURE, N, length_of, made, number, numbers, says, shown, tex, tidy, worked
from agents.animation.expression import parse
from agents.animation.kinds import Kind

_UNITS = r"(?:\s*(?:cm|mm|km|m|in|ft|inch(?:es)?|feet|meters?|metres?|miles?|units?|centimeters?|centimetres?)\b)?"
_LEGS = re.compile(
    rf"\b(?:legs?|catheti)\b[^\d]{{0,30}}{N}{_UNITS}[^\d]{{1,12}}{N}|{N}{_UNITS}[^\d]{{1,12}}{N}{_UNITS}[^\d.]{{0,20}}\blegs\b",
    re.IGNORECASE,
)
_THREE = re.compile(rf"{N}{_UNITS}\s*,\s*{N}{_UNITS}\s*,?\s*(?:and\s+)?{N}", re.IGNORECASE)
_TIMES = {"twice": 2.0, "double": 2.0, "doubled": 2.0, "half": 0.5, "triple": 3.0, "three times": 3.0, "four times": 4.0, "two times": 2.0}
_TERM = r"(-?[\d.]*x(?:\s*[-+]\s*\d+(?:\.\d+)?)?|-?\d+(?:\.\d+)?)\s*°?"
_EXPRESSIONS = re.compile(rf"(?<![\w.]){_TERM}\s*,\s*{_TERM}\s*,?\s*(?:and\s+)?{_TERM}")


def triangle(text: str) -> list[Kind]:
    text = tidy(text)
    if (ladder := _ladder(text)) or (shadow := _shadow(text)):
        return ladder or shadow
    if not says(text, r"\b(?:triangle|hypotenuse)\b"):
        return []
    if says(text, r"\bsimilar\b|\benlarge\w*\b|\bscale[d]?\b|\bscale factor\b"):
        return shown(_similar(text))
    if says(text, rf"{GIVEN_MEASURE}|{COMPARED}|\blongest side\b"):
        return []
    bare = re.sub(rf"{N}\s*°", " ", text)
    angles, lengths = [number(found) for found in re.findall(rf"{N}\s*°", text)], numbers(bare)
    if says(text, r"\bangles?\b") and (found := _EXPRESSIONS.search(text)) is not None and "x" in found[0]:
        return _angles_in_x([found[1], found[2], found[3]])
    if says(text, r"\bequilateral\b") and (side := length_of(text, "side", "length") or (lengths[0] if lengths else None)):
        formula = f"A = \\frac{{\\sqrt{{3}}}}{{4}} \\cdot {tex(side)}^2"
        return shown(made(kind="triangle", a=side, b=side, c=side, formula=formula, say=f"All three sides are {tex(side)} long."))
    if says(text, r"\bright(?:-|\s)?(?:angled?)?\s*triangle\b|\bhypotenuse\b|\bpythag|\bright angle\b") and (built := _right(text)):
        return built
    if len(angles) == 1 and not lengths and says(text, r"\bisosceles\b"):
        at_base = says(text, r"\bbase angles?\b(?! s)|\bbottom angles?\b[^.?]{0,15}\d|\beach base\b")
        apex = 180 - 2 * angles[0] if at_base else angles[0]
        side = (180 - apex) / 2
        formula = (
            f"180^\\circ - 2 \\cdot {tex(side)}^\\circ = {tex(apex)}^\\circ"
            if at_base
            else f"\\frac{{180^\\circ - {tex(apex)}^\\circ}}{{2}} = {tex(side)}^\\circ"
        )
        return shown(made(kind="triangle", A=side, B=side, C=apex, formula=formula, say="Both angles at the base are equal."))
    if len(angles) == 2 and sum(angles) < 180 and not lengths:
        third = 180 - sum(angles)
        formula = f"180^\\circ - {tex(angles[0])}^\\circ - {tex(angles[1])}^\\circ = {tex(third)}^\\circ"
        say = "The three angles of a triangle add up to 180 degrees."
        return shown(made(kind="triangle", A=angles[0], B=angles[1], C=third, formula=formula, say=say))
    if len(angles) == 3 and not lengths:
        return shown(made(kind="triangle", A=angles[0], B=angles[1], C=angles[2], say="A triangle with these angles, drawn to scale."))
    if (three := _THREE.search(bare)) is not None and not angles and says(text, r"\bangles?\s+(?:of\s+|are\s+|measur\w+\s+)?\d"):
        return []  # three angles whose signs are missing are no sides
    if three is not None and not angles:
        a, b, c = (number(part) for part in three.groups())
        perimeter = f"P = {tex(a)} + {tex(b)} + {tex(c)} = {tex(a + b + c)}" if says(text, r"\bperimeter\b") else ""
        say = f"A triangle with sides {tex(a)}, {tex(b)} and {tex(c)}, drawn to scale."
        return shown(made(kind="triangle", a=a, b=b, c=c, formula=perimeter, say=say))
    if len(lengths) == 2 and len(angles) == 1 and says(text, r"\bbetween\b|\bincluded\b|\benclos"):
        return _between(lengths[0], lengths[1], angles[0])
    base, height = length_of(text, "base"), length_of(text, "height", "altitude", "high", "tall")
    if base and height:
        leg = math.hypot(base / 2, height)
        formula = f"A = \\frac{{1}}{{2}} \\cdot {tex(base)} \\cdot {tex(height)} = {tex(base * height / 2)}"
        say = f"A triangle with base {tex(base)} and height {tex(height)}."
        return shown(made(kind="triangle", c=base, a=leg, b=leg, side_labels=("", "", tex(base)), formula=formula, say=say))
    return []


def _right(text: str) -> list[Kind]:
    hypotenuse = length_of(text, "hypotenuse")
    legs: list[float] = []
    if (found := _LEGS.search(text)) is not None:
        legs = [number(part) for part in found.groups() if part]
    elif hypotenuse is not None and (leg := length_of(text, "leg", "side")) is not None:
        legs = [leg]
    else:
        lengths = sorted(value for value in numbers(re.sub(rf"{N}\s*°", " ", text)) if value > 0)
        if len(lengths) == 3 and abs(lengths[2] ** 2 - lengths[0] ** 2 - lengths[1] ** 2) < 1e-6:
            legs = lengths[:2]
        elif len(lengths) == 2 and hypotenuse is None:
            legs = lengths
    if len(legs) == 1 and hypotenuse is not None and legs[0] < hypotenuse:
        a, square = legs[0], hypotenuse**2 - legs[0] ** 2
        picture = made(kind="triangle", a=a, c=hypotenuse, C=90, find="b", say="The unknown leg follows from the theorem of Pythagoras.")
        return shown(
            picture,
            worked(
                (f"{tex(a)}^2 + b^2 = {tex(hypotenuse)}^2", "The squares on the legs add up to the square on the hypotenuse."),
                (f"b^2 = {tex(hypotenuse)}^2 - {tex(a)}^2 = {tex(square)}", "Take away the square on the known leg."),
                (f"b = {root(square)}", "Take the root."),
            ),
        )
    if len(legs) != 2:
        return []
    square = legs[0] ** 2 + legs[1] ** 2
    label = re.sub(r"\\sqrt\{(.*)\}", r"√\1", root(square))
    picture = made(
        kind="triangle",
        a=legs[0],
        b=legs[1],
        c=math.sqrt(square),
        C=90,
        side_labels=("", "", label),
        formula=f"{tex(legs[0])}^2 + {tex(legs[1])}^2 = {tex(square)}",
        say=f"A right triangle with legs {tex(legs[0])} and {tex(legs[1])}: the squares on the legs add up.",
    )
    return shown(picture)


def _ladder(text: str) -> list[Kind]:
    """A ladder against a wall: its length, and how far its foot or its top is."""
    long = re.search(rf"{N}{_UNITS}(?:\s*-?\s*(?:long\s+)?)ladder|ladder\b[^.\d]{{0,20}}{N}{_UNITS}\s+long", text, re.IGNORECASE)
    if long is None or not says(text, r"\bladder\b"):
        return []
    ladder = number(next(group for group in long.groups() if group))
    other = next((value for value in numbers(text) if value != ladder), None)
    if other is None or not 0 < other < ladder:
        return []
    square = ladder**2 - other**2
    up = says(text, r"\bhow (?:far up|high|tall)\b")
    given, asked = ("foot", "h") if up else ("height", "d")
    picture = made(
        kind="triangle",
        a=other,
        c=ladder,
        C=90,
        find="b",
        say=f"The wall, the ground and the ladder make a right triangle; the {given} is known.",
    )
    return shown(
        picture,
        worked(
            (f"{tex(other)}^2 + {asked}^2 = {tex(ladder)}^2", "The ladder is the hypotenuse."),
            (f"{asked}^2 = {tex(ladder)}^2 - {tex(other)}^2 = {tex(square)}", "Take away the known square."),
            (f"{asked} = {root(square)}", "Take the root."),
        ),
    )


def _shadow(text: str) -> list[Kind]:
    """Two upright things and their shadows at the same time: heights and shadows are in one ratio."""
    if not says(text, r"\bshadows?\b"):
        return []
    sentences = re.split(r"(?<=[.?!])\s+", text)
    own = [part for part in sentences if re.search(rf"{N}{_UNITS}\s*(?:tall|high)", part)]
    tall = re.search(rf"{N}{_UNITS}\s*(?:tall|high)", own[0]) if len(own) == 1 else None
    pattern = re.compile(rf"\bshadow\b[^\d.?]{{0,22}}{N}|{N}{_UNITS}\s*(?:long\s+)?shadow", re.IGNORECASE)
    shadows = [
        (part in own, number(next(group for group in match.groups() if group))) for part in sentences for match in pattern.finditer(part)
    ]
    if tall is None or len(shadows) != 2 or shadows[0][0] == shadows[1][0] or 0 in (size for _, size in shadows):
        return []  # the known height and its shadow stand in one sentence, the other shadow in another
    height = number(tall[1])
    first, second = (size for _, size in sorted(shadows, key=lambda item: not item[0]))
    found = height * second / first
    return shown(
        worked(
            (
                f"\\frac{{h}}{{{tex(second)}}} = \\frac{{{tex(height)}}}{{{tex(first)}}}",
                "The triangles are similar: height over shadow is the same for both.",
            ),
            (f"h = \\frac{{{tex(height)}}}{{{tex(first)}}} \\cdot {tex(second)}", f"Multiply both sides by {tex(second)}."),
            (f"h = {tex(found)}", "Work it out."),
            title="Similar triangles",
        )
    )


def root(square: float) -> str:
    """The root of a number as LaTeX: a decimal where it ends soon, else with the largest square taken out."""
    value = math.sqrt(square)
    if abs(value - round(value, 2)) < 1e-9:
        return tex(value)
    if square == int(square) and square < 1e6:
        whole = int(square)
        out = max(factor for factor in range(1, math.isqrt(whole) + 1) if whole % factor**2 == 0)
        if out > 1:
            return f"{out}\\sqrt{{{whole // out**2}}}"
    return f"\\sqrt{{{tex(square)}}}"


def _between(a: float, b: float, angle: float) -> list[Kind]:
    square = a * a + b * b - 2 * a * b * math.cos(math.radians(angle))
    picture = made(kind="triangle", a=a, b=b, C=angle, find="c", say="Two sides and the angle between them fix the third side.")
    cosine = f"c^2 = {tex(a)}^2 + {tex(b)}^2 - 2 \\cdot {tex(a)} \\cdot {tex(b)} \\cdot \\cos {tex(angle)}^\\circ"
    return shown(
        picture,
        worked(
            (cosine, "Use the law of cosines."),
            (f"c^2 \\approx {tex(round(square, 2))}", "Work out the right side."),
            (f"c \\approx {tex(round(math.sqrt(square), 2))}", "Take the root."),
        ),
    )


def _angles_in_x(terms: list[str]) -> list[Kind]:
    """Three angles as expressions in x, which add up to 180 degrees."""
    try:
        angles = [parse(term) for term in terms]
    except ValueError:
        return []
    constant = sum(angle(0.0) for angle in angles)
    factor = sum(angle(1.0) for angle in angles) - constant
    if factor <= 0:
        return []
    x = (180 - constant) / factor
    values = [angle(x) for angle in angles]
    whole = " + ".join(f"({term.strip()})" if re.search(r".[-+]", term) else term.strip() for term in terms)
    sign = "+" if constant >= 0 else "-"
    collected = f"{tex(factor)}x {sign} {tex(abs(constant))} = 180" if constant else f"{tex(factor)}x = 180"
    steps = worked(
        (f"{whole} = 180", "The angles of a triangle add up to 180 degrees."),
        (collected, "Collect the terms."),
        *([(f"{tex(factor)}x = {tex(180 - constant)}", "Bring the number to the other side.")] if constant else []),
        (f"x = {tex(x)}", f"Divide by {tex(factor)}."),
    )
    told = ", ".join(f"{tex(value)}°" for value in values)
    return shown(steps, made(kind="triangle", A=values[0], B=values[1], C=values[2], say=f"The angles are {told}."))


def _similar(text: str) -> Kind | None:
    three = _THREE.search(text)
    if three is None:
        return None
    sides = [number(part) for part in three.groups()]
    rest = f"{text[: three.start()]} {text[three.end() :]}"
    ratio = re.search(r"(?<![\w/])(\d+)\s*/\s*(\d+)(?![\w/])", rest)
    scale = number(ratio[1]) / number(ratio[2]) if ratio and number(ratio[2]) else length_of(rest, "scale factor", "factor", "scale")
    scale = scale or next((factor for word, factor in _TIMES.items() if says(rest, rf"\b{word}\b")), None)
    if scale is None and (times := re.search(rf"{N}\s*times\b", rest)):
        scale = number(times[1])
    if scale is None and (other := numbers(rest)):
        # one corresponding side is given: of the smallest, of the largest, or of the first
        shortest, longest = says(rest, r"\b(?:shortest|smallest)\b"), says(rest, r"\b(?:longest|largest|hypotenuse)\b")
        scale = other[0] / (min(sides) if shortest else max(sides) if longest else sides[0])
    if not scale:
        return None
    pairs = " = ".join(f"\\frac{{{tex(side * scale)}}}{{{tex(side)}}}" for side in sides)
    say = f"Every side of the second triangle is {tex(scale)} times as long."
    return made(kind="similar", a=sides[0], b=sides[1], c=sides[2], scale=scale, formula=f"{pairs} = {tex(scale)}", say=say)
