"""Quadrilaterals, solids and points in the plane whose measures the request names."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from agents.animation.asked.circles import line_in_x, pi_times
from agents.animation.asked.triangles import root
from agents.animation.asked.words import (
    COMPARED,
    GIVEN_MEASURE,
    N,
    angle_of,
    fraction,
    length_of,
    made,
    numbers,
    points,
    says,
    shown,
    signed,
    tex,
    tidy,
    worked,
)
from agents.animation.kinds import Kind

_FOUR = re.compile(r"\b(trapezoid|trapezium|parallelogram|rhombus|rectangle|rectangular|square|pentagon|hexagon|octagon)\b", re.IGNORECASE)
_NOT_FLAT = r"x\s*\^|\bcompleting the square\b|\bsquare (?:root|of|meters|feet|cm)\b|\bsquared\b|\b(?:prism|box|pyramid|solid)\b|\bleast[- ]squares?\b"


def quadrilateral(text: str) -> list[Kind]:
    """A quadrilateral or a regular polygon, with its area, or its perimeter where that is asked for."""
    text = tidy(text)
    found = _FOUR.search(text)
    if found is None or says(text, rf"{_NOT_FLAT}|{GIVEN_MEASURE}|{COMPARED}"):
        return []
    shape, lengths = found[1].lower(), numbers(re.sub(rf"{N}\s*°", " ", text))
    if not lengths:
        return []
    if says(text, r"\bdiagonals?\b"):
        return _by_diagonals(lengths) if shape == "rhombus" and len(lengths) == 2 else []
    around = says(text, r"\b(?:perimeter|around|fence)\b") and not says(text, r"\barea\b")
    height = length_of(text, "height", "altitude", "high", "tall")
    a = lengths[0]
    if shape in ("trapezoid", "trapezium"):
        sides = list(lengths)
        if height is None or height not in sides or len(sides) < 3:
            return []
        sides.remove(height)
        base, top = max(sides[:2]), min(sides[:2])
        formula = f"A = \\frac{{{tex(base)} + {tex(top)}}}{{2}} \\cdot {tex(height)} = {tex((base + top) / 2 * height)}"
        say = "The area is the mean of the parallel sides times the height."
        return shown(made(kind="polygon", shape="trapezoid", base=base, top=top, height=height, formula=formula, say=say))
    if shape in ("rectangle", "rectangular"):
        if len(lengths) < 2:
            return []
        width, high = length_of(text, "length", "long", "base"), length_of(text, "width", "wide") or height
        width, high = (width, high) if width and high else (lengths[0], lengths[1])
        area = f"A = {tex(width)} \\cdot {tex(high)} = {tex(width * high)}"
        formula = f"P = 2 \\cdot ({tex(width)} + {tex(high)}) = {tex(2 * (width + high))}" if around else area
        return shown(
            made(
                kind="polygon",
                shape="rectangle",
                base=width,
                height=high,
                formula=formula,
                say=f"A rectangle, {tex(width)} by {tex(high)}.",
            )
        )
    if shape == "square":
        formula = f"P = 4 \\cdot {tex(a)} = {tex(4 * a)}" if around else f"A = {tex(a)}^2 = {tex(a**2)}"
        return shown(made(kind="polygon", shape="square", base=a, formula=formula, say=f"A square with side {tex(a)}."))
    if shape == "parallelogram":
        base, side = length_of(text, "base") or a, length_of(text, "side")
        if height is not None:
            area = f"A = {tex(base)} \\cdot {tex(height)} = {tex(base * height)}"
            say = "The area is the base times the height that stands upright on it."
            drawn: dict[str, object] = {
                "kind": "polygon",
                "shape": "parallelogram",
                "base": base,
                "height": height,
                "side": side,
                "say": say,
            }
            if side is None or not says(text, r"\bperimeter\b"):
                return shown(made(**drawn, formula=area))
            perimeter = f"P = 2 \\cdot ({tex(base)} + {tex(side)}) = {tex(2 * (base + side))}"
            return shown(made(**drawn), worked((area, say), (perimeter, "Opposite sides are equally long.")))
        side = side or (lengths[1] if len(lengths) > 1 else None)
        say = "Opposite sides are parallel and equally long."
        return shown(made(kind="polygon", shape="parallelogram", base=base, side=side, angle=angle_of(text), say=say))
    if shape == "rhombus":
        return shown(made(kind="polygon", shape="rhombus", base=a, angle=angle_of(text) or 60, say=f"All four sides are {tex(a)} long."))
    corners = {"pentagon": 5, "hexagon": 6, "octagon": 8}[shape]
    inner = tex((corners - 2) * 180 / corners)
    formula = f"\\frac{{({corners} - 2) \\cdot 180^\\circ}}{{{corners}}} = {inner}^\\circ"
    say = f"Each inner angle of a regular {shape} is {inner} degrees."
    return shown(made(kind="polygon", shape="regular", n=corners, base=length_of(text, "side", "length") or a, formula=formula, say=say))


def _by_diagonals(lengths: list[float]) -> list[Kind]:
    """A rhombus whose diagonals are given: they halve each other at a right angle."""
    long, short = max(lengths), min(lengths)
    side = math.hypot(long / 2, short / 2)
    angle = 2 * math.degrees(math.atan2(short / 2, long / 2))
    square = (long / 2) ** 2 + (short / 2) ** 2
    figure = made(
        kind="polygon", shape="rhombus", base=side, angle=angle, say=f"The diagonals, {tex(long)} and {tex(short)}, halve each other."
    )
    return shown(
        figure,
        worked(
            (f"a^2 = {tex(long / 2)}^2 + {tex(short / 2)}^2 = {tex(square)}", "Half the diagonals and a side make a right triangle."),
            (f"a = {root(square)}", "Take the root."),
            (
                f"A = \\frac{{{tex(long)} \\cdot {tex(short)}}}{{2}} = {tex(long * short / 2)}",
                "The area is half the product of the diagonals.",
            ),
        ),
    )


def solid(text: str) -> list[Kind]:
    """A body with its measures, then its volume, or its surface where that is asked for."""
    text = tidy(text)
    found = re.search(r"\b(cylinder|cone|sphere|ball|cube|cuboid|box|rectangular prism|pyramid)\b", text, re.IGNORECASE)
    if found is None or says(
        text,
        rf"{GIVEN_MEASURE}|{COMPARED}|\b(?:slant|open|lid|hemi\w*|half|marbles?|balls?|cards?|probability)\b|\bbox[- ]?(?:plot|method|and)\b|\bcubed?\b(?! with| of| that| whose| has)",
    ):
        return []
    word = found[1].lower()
    body = {"ball": "sphere", "cuboid": "box", "rectangular prism": "box"}.get(word, word)
    radius, height = length_of(text, "radius", "r"), length_of(text, "height", "h", "high", "tall", "deep")
    if radius is None and (diameter := length_of(text, "diameter")) is not None:
        radius = diameter / 2
    net, surface = says(text, r"\bnets?\b|\bunfold"), says(text, r"\bsurface\b|\bnets?\b")
    data: dict[str, object] = {"kind": "solid", "body": body, "net": net}
    measures, lines = _measured(text, body, radius, height, surface=surface)
    if not measures:
        return []
    say = f"A {word} with its measures."
    drawn = made(**data, **measures, say=say) or made(**data | {"net": False}, **measures, say=say)
    return shown(drawn, worked(*lines))


def _measured(
    text: str, body: str, radius: float | None, height: float | None, *, surface: bool
) -> tuple[dict[str, float], list[tuple[str, str]]]:
    """The lengths of the body, and the calculation of its volume or surface; nothing where a length is missing."""
    lengths = numbers(text)
    if body in ("cylinder", "cone") and radius and height:
        r, h = tex(radius), tex(height)
        measures = {"radius": radius, "height": height}
        if body == "cone":
            value, general, filled = (
                pi_times(radius**2 * height / 3),
                "V = \\frac{1}{3} \\pi r^2 h",
                f"\\frac{{1}}{{3}} \\pi \\cdot {r}^2 \\cdot {h}",
            )
        elif surface:
            value, general = pi_times(2 * radius**2 + 2 * radius * height), "S = 2\\pi r^2 + 2\\pi r h"
            filled = f"2\\pi \\cdot {r}^2 + 2\\pi \\cdot {r} \\cdot {h}"
        else:
            value, general, filled = pi_times(radius**2 * height), "V = \\pi r^2 h", f"\\pi \\cdot {r}^2 \\cdot {h}"
    elif body == "sphere" and radius:
        measures = {"radius": radius}
        if surface:
            value, general, filled = pi_times(4 * radius**2), "S = 4\\pi r^2", f"4\\pi \\cdot {tex(radius)}^2"
        else:
            value, general, filled = (
                pi_times(4 / 3 * radius**3),
                "V = \\frac{4}{3} \\pi r^3",
                f"\\frac{{4}}{{3}} \\pi \\cdot {tex(radius)}^3",
            )
    elif body == "cube" and lengths:
        a = lengths[0]
        measures = {"width": a}
        value, general, filled = (tex(6 * a * a), "S = 6a^2", f"6 \\cdot {tex(a)}^2") if surface else (tex(a**3), "V = a^3", f"{tex(a)}^3")
    elif body == "box" and len(lengths) >= 3:
        named = length_of(text, "long", "length"), length_of(text, "wide", "width"), height
        a, b, c = (named[0], named[1], named[2]) if named[0] and named[1] and named[2] else (lengths[0], lengths[1], lengths[2])
        measures = {"width": a, "depth": b, "height": c}
        if surface:
            faces = [f"{tex(x)} \\cdot {tex(y)} = {tex(x * y)}" for x, y in ((a, b), (a, c), (b, c))]
            total = f"S = 2({tex(a * b)} + {tex(a * c)} + {tex(b * c)}) = {tex(2 * (a * b + a * c + b * c))}"
            return measures, [*((face, "One pair of faces.") for face in faces), (total, "Each face is there twice.")]
        value, general, filled = tex(a * b * c), "V = l \\cdot w \\cdot h", f"{tex(a)} \\cdot {tex(b)} \\cdot {tex(c)}"
    elif body == "pyramid" and lengths and height:
        a = next((value for value in lengths if value != height), height)
        measures = {"width": a, "depth": a, "height": height}
        value, general = tex(a * a * height / 3), "V = \\frac{1}{3} a^2 h"
        filled = f"\\frac{{1}}{{3}} \\cdot {tex(a)}^2 \\cdot {tex(height)}"
    else:
        return {}, []
    head = general[0]
    return measures, [
        (general, "Start from the formula."),
        (f"{head} = {filled}", "Put the measures in."),
        (f"{head} = {value}", "Work it out."),
    ]


_MOVED = r"\b(?:reflect\w*|rotat\w*|translat\w*|dilat\w*|shift\w*|mov(?:e|ed|ing)|mirror\w*)\b"
"""What happens to a figure that is not drawn here: half of it would be wrong."""


def _line_through(one: tuple[float, float], other: tuple[float, float]) -> list[Kind]:
    """The line through two points, and its equation."""
    (ax, ay), (bx, by) = one, other
    if ax == bx:
        return []
    slope = Fraction(by - ay).limit_denominator(1000) / Fraction(bx - ax).limit_denominator(1000)
    start = Fraction(ay).limit_denominator(1000) - slope * Fraction(ax).limit_denominator(1000)
    spots = [{"x": x, "y": y} for x, y in (one, other)]
    body = f"{float(slope):.10f}*x + ({float(start):.10f})"
    label = f"y = {line_in_x(slope, start)}"
    graph = made(
        kind="function_graph", functions=[body], labels=[label], points=spots, marks=["y_intercept"], say="Two points fix the line."
    )
    lines = [
        (f"m = \\frac{{{tex(by)} - {signed(ay)}}}{{{tex(bx)} - {signed(ax)}}} = {fraction(slope)}", "Rise over run gives the slope."),
        (f"b = {tex(ay)} - {_times(slope, ax)} = {fraction(start)}", "Put one point into the equation."),
        (label, "That is the line."),
    ]
    return shown(graph, worked(*lines))


def _times(slope: Fraction, x: float) -> str:
    factor = fraction(slope) if slope >= 0 else f"({fraction(slope)})"
    return f"{factor} \\cdot {signed(x)}"


def coordinates(text: str) -> list[Kind]:
    """Points in the plane, and between the first two their distance, midpoint and slope, as far as they are asked for."""
    text = tidy(text)
    found = points(text)
    if not found or says(text, rf"\b(?:best[- ]fit|scatter\w*|regression|trend|table)\b|{_MOVED}"):
        return []
    if len(found) == 2 and says(text, r"\bequation\b|\bslope-intercept\b"):
        return _line_through(found[0][1:], found[1][1:])
    spots = [{"x": x, "y": y, "label": name} for name, x, y in found[:6]]
    asked: list[tuple[str, str, str]] = []
    if len(found) >= 2:
        (_, ax, ay), (_, bx, by) = found[:2]
        if says(text, r"\bdistance|\bhow (?:far|long)\b|\blength\b"):
            square = (bx - ax) ** 2 + (by - ay) ** 2
            formula = f"d = \\sqrt{{{tex(abs(bx - ax))}^2 + {tex(abs(by - ay))}^2}} = {root(square)}"
            asked.append(("distance", formula, "The distance is the hypotenuse of a right triangle."))
        if says(text, r"\bmid-?point|\bhalf ?way\b|\bmiddle\b"):
            formula = f"M = \\left(\\frac{{{tex(ax)} + {signed(bx)}}}{{2}}, \\frac{{{tex(ay)} + {signed(by)}}}{{2}}\\right)"
            asked.append(("midpoint", formula, "The midpoint is the mean of the coordinates."))
        if says(text, r"\bslope|\bsteep|\bgradient|\brise\b"):
            slope = Fraction(by - ay).limit_denominator(1000) / Fraction(bx - ax).limit_denominator(1000) if bx != ax else None
            value = "" if slope is None else f" = {fraction(slope)}"
            formula = f"m = \\frac{{{tex(by)} - {signed(ay)}}}{{{tex(bx)} - {signed(ax)}}}{value}"
            asked.append(("slope", formula, "Rise over run gives the slope."))
    closed = len(found) > 2 and says(text, r"\b(?:triangle|quadrilateral|polygon|corners|vertices|rectangle|square|parallelogram)\b")
    joined = closed or bool(asked) or says(text, r"\b(?:line|segment|join|connect)\w*\b")
    data: dict[str, object] = {"kind": "coordinates", "points": spots, "closed": closed, "joined": joined}
    if not asked:
        return shown(made(**data, say="The points in the coordinate plane."))
    return [
        kind
        for show, formula, say in asked
        if (kind := made(**data, show=show, formula=formula, say=say) or made(**data, formula=formula, say=say)) is not None
    ]
