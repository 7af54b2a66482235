"""Circles by radius, diameter or equation, with sectors, chords and tangents; and the unit circle."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from agents.animation.asked.formulas import ANY, trimmed
from agents.animation.asked.triangles import root
from agents.animation.asked.words import angle_of, fraction, length_of, made, points, says, shown, signed, tex, tidy, worked
from agents.animation.kinds import Circle, Kind
from agents.animation.visual import picture

_EQUATION = re.compile(rf"(?<![\w=<>])({ANY}+=(?!=){ANY}+)(?![=<>])")
_WORDS = r"\b(?:circle|sector|circular|radius|diameter|pizza|disc|disk)\b"

Lines = list[tuple[str, str]]


def pi_times(value: float) -> str:
    """`25\\pi`, `\\frac{3}{2}\\pi`."""
    part = Fraction(value).limit_denominator(60)
    if abs(float(part) - value) > 1e-9:
        return f"{tex(value)}\\pi"
    if part.denominator == 1:
        return f"{part.numerator if part.numerator != 1 else ''}\\pi"
    return f"\\frac{{{part.numerator}}}{{{part.denominator}}}\\pi"


def circle(text: str) -> list[Kind]:
    text = tidy(text)
    for written in (trimmed(match[1]) for match in _EQUATION.finditer(text)):
        if "x" not in written or "y" not in written or (kind := picture(f"${written}$", [], "")) is None or not isinstance(kind, Circle):
            continue
        return _touched(text, kind) if says(text, r"\b(?:tangent|touch\w*)\b") else [kind]
    if not says(text, _WORDS) or says(text, r"\bunit circle\b|\b(?:cylinder|cone|sphere|half|quarter|semi\w*)\b"):
        return []
    radius, diameter, angle = length_of(text, "radius", "r"), length_of(text, "diameter"), angle_of(text)
    if radius is None and diameter is not None:
        radius = diameter / 2
    if radius is None or radius <= 0:
        return []
    r = tex(radius)
    data: dict[str, object] = {"kind": "circle", "radius": radius}
    if (name := re.search(r"\b(?:cent(?:re|er)|midpoint)\s+(?:is\s+|at\s+)?([A-Z])\b", text)) is not None:
        data["center_name"] = name[1]
    at = points(text)
    if at and says(text, r"\bcent(?:re|er)"):
        data["center"] = at[0][1:]
    parts: list[dict[str, object]] = [{"kind": "radius"}]
    if diameter is not None:
        parts = [{"kind": "diameter", "label": f"d = {tex(diameter)}"}, {"kind": "radius", "angle": 300}]
    if says(text, r"\b(?:sector|slice|arc)\b") and angle is not None and 5 <= angle <= 355:
        more, lines = _sector(text, radius, angle)
        parts += more
    else:
        if says(text, r"\bchord\b"):
            parts.append({"kind": "chord"})
        elif says(text, r"\btangent\b"):
            parts.append({"kind": "tangent"})
        lines = _whole(text, radius, always="center" not in data)
    formula = lines[0][0] if len(lines) == 1 else ""
    if not lines:
        (h, v) = at[0][1:]
        formula = f"{_shifted('x', h)}^2 + {_shifted('y', v)}^2 = {tex(radius**2)}"
    return shown(made(**data, parts=parts, formula=formula, say=f"A circle with radius {r}."), worked(*lines) if len(lines) > 1 else None)


def _whole(text: str, radius: float, *, always: bool) -> Lines:
    """Circumference and area, as far as they are asked for; `always` the area at least."""
    lines: Lines = []
    if says(text, r"\b(?:circumference|perimeter|around)\b"):
        lines.append((f"C = 2\\pi \\cdot {tex(radius)} = {pi_times(2 * radius)}", "The circumference is 2 pi times the radius."))
    if says(text, r"\barea\b") or (not lines and always):
        lines.append((f"A = \\pi \\cdot {tex(radius)}^2 = {pi_times(radius**2)}", "The area is pi times the radius squared."))
    return lines


def _sector(text: str, radius: float, angle: float) -> tuple[list[dict[str, object]], Lines]:
    """A sector with its arc, chord and area, as far as they are asked for."""
    parts: list[dict[str, object]] = [{"kind": "sector", "angle": 0, "to": angle}]
    share, r, lines = f"\\frac{{{tex(angle)}}}{{360}}", tex(radius), Lines()
    if says(text, r"\barc\b"):
        arc = pi_times(angle / 180 * radius)
        lines.append((f"b = {share} \\cdot 2\\pi \\cdot {r} = {arc}", "The arc is its share of the circumference."))
    if says(text, r"\bchord\b"):
        parts.append({"kind": "chord", "angle": 0, "to": angle})
        chord = root(round(2 * radius**2 * (1 - math.cos(math.radians(angle))), 9))
        lines.append((f"s = 2 \\cdot {r} \\cdot \\sin {tex(angle / 2)}^\\circ = {chord}", "Half the chord is a side of a right triangle."))
    if says(text, r"\barea\b") or not lines:
        area = pi_times(angle / 360 * radius**2)
        lines.append((f"A = {share} \\cdot \\pi \\cdot {r}^2 = {area}", "The sector is its share of the area."))
    return parts, lines


def _touched(text: str, drawn: Circle) -> list[Kind]:
    """A circle with the tangent at a point that lies on it, and the tangent's equation."""
    (h, v), radius = drawn.center or (0.0, 0.0), drawn.radius
    touching = [(x, y) for _, x, y in points(text) if abs(math.hypot(x - h, y - v) - radius) < 1e-6]
    if not touching:
        return [drawn]
    x, y = touching[0]
    angle = math.degrees(math.atan2(y - v, x - h)) % 360
    parts: list[dict[str, object]] = [{"kind": "radius", "angle": angle}, {"kind": "tangent", "angle": angle}]
    parts.append({"kind": "point", "angle": angle, "label": f"({tex(x)}, {tex(y)})"})
    figure = made(**drawn.model_dump() | {"parts": parts, "say": "The tangent stands upright on the radius to the point."})
    if abs(y - v) < 1e-9:
        return shown(
            figure, worked((f"P = ({tex(x)}, {tex(y)})", "The radius is level here."), (f"x = {tex(x)}", "So the tangent is upright."))
        )
    slope = Fraction(-(x - h) / (y - v)).limit_denominator(1000)
    start = Fraction(y).limit_denominator(1000) - slope * Fraction(x).limit_denominator(1000)
    lines: Lines = []
    if abs(x - h) > 1e-9:
        lines.append((f"m_r = \\frac{{{tex(y)} - {signed(v)}}}{{{tex(x)} - {signed(h)}}}", "The slope of the radius."))
    lines.append((f"m = {fraction(slope)}", "The tangent stands upright on it: its slope is the negative reciprocal."))
    lines.append((f"y = {line_in_x(slope, start)}", "It passes through the point."))
    return shown(figure, worked(*lines))


def line_in_x(slope: Fraction, start: Fraction) -> str:
    """`2x - 1`."""
    head = {Fraction(1): "x", Fraction(-1): "-x"}.get(slope, f"{fraction(slope)}x") if slope else ""
    if not start:
        return head or "0"
    return f"{head} {'+' if start > 0 else '-'} {fraction(abs(start))}" if head else fraction(start)


def _shifted(letter: str, by: float) -> str:
    return letter if not by else f"({letter} {'-' if by > 0 else '+'} {tex(abs(by))})"


def unit_circle(text: str) -> list[Kind]:
    text = tidy(text)
    angle = angle_of(text)
    if angle is None or not says(text, r"\bunit circle\b"):
        return []
    say = "The point has the cosine as its x-coordinate and the sine as its y-coordinate."
    return shown(made(kind="unit_circle", angle=angle, say=say))
