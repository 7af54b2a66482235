"""Graphs of functions that the request writes out, with what it wants to see of them."""

from __future__ import annotations

import math
import re

from agents.animation.asked.data import straight
from agents.animation.asked.formulas import Written, functions_in, in_letter, parsed, value_at
from agents.animation.asked.words import N, angle_of, listed, made, number, points, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind
from agents.animation.kinds.curves import grid, snapped, zeros

_BOUND = r"(-?(?:\d+(?:\.\d+)?)?\s*\*?\s*(?:\\?pi|π)(?:\s*/\s*\d+)?|-?\d+(?:\.\d+)?)"
_FROM_TO = re.compile(
    rf"\b(?:from|between|for)\s+(?:x\s*=\s*)?{_BOUND}\s*(?:to|and|up to|until|<=?\s*x\s*<=?)\s*(?:x\s*=\s*)?{_BOUND}|\[\s*{_BOUND}\s*,\s*{_BOUND}\s*\]",
    re.IGNORECASE,
)
_AT = re.compile(
    rf"\b(?:at|where|when|for|in)\s+(?:the\s+point\s+(?:where\s+)?|point\s+)?(?:x\s*=\s*{N}|[A-Z]?\s*\(\s*{N}\s*[,;|])", re.IGNORECASE
)


def graph(text: str) -> list[Kind]:
    """One to three functions on axes, with what the request wants to see of them."""
    text = tidy(text)
    functions, letter = functions_in(text)
    if not functions or re.search(r"[<>]", text) or says(text, r"\bpiecewise\b"):
        return []  # a region, or a function for some values only
    if len(functions) > 1 and says(text, r"\b(?:area|shade\w*|region)\b"):
        return []  # what lies between two curves is not drawn here
    if says(text, r"\btable\b|\bvalues? for\b") and len(functions) == 1 and (table := _table(text, functions[0].body, letter)):
        return table
    bodies = [function.body for function in functions]
    data: dict[str, object] = {
        "kind": "function_graph",
        "functions": bodies,
        "labels": [function.label for function in functions],
        "x_name": letter,
    }
    marks, extra, work = _marks(text, len(functions)), list[str](), list[Kind | None]()
    named = [(x, y, name) for name, x, y in points(text)]
    if (tangent := re.search(r"\btangent\b", text, re.IGNORECASE)) and (at := _AT.search(text, tangent.end()) or _AT.search(text)):
        touch = number(at[1] or at[2])
        data["tangent_at"] = touch
        named.append((touch, value_at(bodies[0], touch), ""))
        extra.append(f"the tangent at {letter} = {tex(touch)}")
        marks = [mark for mark in marks if mark != "crossing"]
    ends = _span(text)
    between = r"\b(?:between|under|above)\b[^.?]{0,40}\bx[- ]?axis\b"
    if not ends and len(bodies) == 1 and says(text, between) and says(text, r"\b(?:area|shade\w*)\b"):
        ends = _zeros_of(bodies[0])
    if len(ends) == 2 and ends[0] < ends[1]:
        if says(text, r"\b(?:area|shade\w*|region|integral|under)\b"):
            data["area"] = (ends[0], ends[1])
            extra.append(f"the area from {tex(ends[0])} to {tex(ends[1])}")
            work.append(_integral(bodies[0], letter, ends[0], ends[1]))
        else:
            data |= {"x_min": ends[0], "x_max": ends[1]}
    if letter == "t" and "x_min" not in data and says(text, r"\blands?\b|\bground\b|\bhow high\b|\bseconds?\b"):
        landing = [x for x in _zeros_of(bodies[0]) if x > 0]
        if landing:
            data |= {"x_min": 0.0, "x_max": round(landing[-1] * 1.1, 3)}  # time begins at zero, and the flight ends there
    if letter != "x" and (after := re.search(rf"\b(?:after|at)\s+(?:{letter}\s*=\s*)?{N}", text)) is not None:
        named.append((number(after[1]), value_at(bodies[0], number(after[1])), ""))
    data["points"] = [
        {"x": x, "y": y, "label": f"{name} ({tex(x)}, {tex(y)})" if name else ""} for x, y, name in named if _on_a_curve(x, y, bodies)
    ][:3]
    names = [_said(function, letter) for function in functions]
    shown_too = [*(_MARKED[mark] for mark in marks), *extra]
    say = f"The graph{'s' if len(names) > 1 else ''} of {listed(names)}" + (f", with {listed(shown_too)}." if shown_too else ".")
    if len(functions) == 1:
        data["y_name"] = functions[0].name
    drawn = made(**data, marks=marks, say=say) or made(**data, say=say) or made(kind="function_graph", functions=bodies, say=say)
    return shown(drawn, *work)


def _said(function: Written, letter: str) -> str:
    formula = function.label or f"{function.name} = {in_letter(function.body, letter)}"
    return f"${formula}$"  # a caption sets formulas as it can: x², not x^2


_MARKED = {
    "zeros": "its zeros",
    "vertex": "its turning point",
    "y_intercept": "the point where it meets the y-axis",
    "asymptotes": "its asymptotes",
    "axis_of_symmetry": "its axis of symmetry",
    "crossing": "the points where they meet",
}


def _zeros_of(body: str) -> list[float]:
    function = parsed(body)
    return zeros(function, -50.0, 50.0) if function is not None else []


def _span(text: str) -> list[float]:
    """From where to where."""
    if (first := re.search(rf"\bfirst {N}\b", text)) is not None and says(
        text, r"\bfirst \S+ (?:hours?|years?|days?|seconds?|minutes?|weeks?|months?)"
    ):
        return [0.0, number(first[1])]
    span = _FROM_TO.search(text)
    return [bound for group in (span.groups() if span else ()) if group and (bound := _bound(group)) is not None]


def _integral(body: str, letter: str, low: float, high: float) -> Kind | None:
    """The size of the area, by Simpson's rule, where the curve stays above the axis."""
    expression = parsed(body)
    if expression is None:
        return None
    values = [expression(x) for x in grid(low, high, 2000)]
    if not all(math.isfinite(value) and value >= -1e-9 for value in values):
        return None
    area = (high - low) / 6000 * (values[0] + values[-1] + 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2]))
    equals = "=" if abs(area - snapped(area)) < 1e-6 else "\\approx"
    whole = f"\\int_{{{tex(low)}}}^{{{tex(high)}}} ({body}) \\, d{letter}"
    return worked(
        (f"A = {whole}", "The area under the curve is the integral of the function."),
        (
            f"A {equals} {tex(area)}",
            "Its value is the area.",
        ),
    )


def _table(text: str, body: str, letter: str) -> list[Kind]:
    """A table of whole numbers with the values of the function, and its points."""
    ends = _span(text)
    low, high = (ends[0], ends[1]) if len(ends) == 2 and ends[0] < ends[1] else (-2.0, 2.0)
    xs = [low + step for step in range(int(high - low) + 1)]
    pairs = [(x, value) for x in xs if math.isfinite(value := value_at(body, x))]
    if not 2 <= len(pairs) <= 7:
        return []
    say = f"Each row of the table is a point of the graph of $y = {body}$."
    table = made(kind="scatter", points=pairs, table=True, fit=straight(pairs), x_name=letter, y_name="y", say=say)
    curve = (
        None
        if straight(pairs)
        else made(kind="function_graph", functions=[body], x_name=letter, say=f"The points lie on the graph of $y = {body}$.")
    )
    return shown(table, curve)


def _marks(text: str, count: int) -> list[str]:
    marks = []
    if says(
        text,
        r"\b(?:zeros?|roots?|x-?\s*intercepts?)\b|cross\w*(?: the)? x-?\s*axis|(?:meets?|cuts?|hits?)(?: the)? x-?\s*axis|\blands?\b|\bhits? the ground\b",
    ):
        marks.append("zeros")
    if says(text, r"\b(?:vert(?:ex|ices)|turning|maxim\w+|minim\w+|highest|lowest|extrem\w+|peak|top|bottom)\b|\bhow high\b"):
        marks.append("vertex")
    if says(
        text,
        r"\bx[- ]?axis and (?:the )?y[- ]?axis\b|\bboth axes\b|\by-?\s*intercepts?\b|cross\w*(?: the)? y-?\s*axis|(?:meets?|cuts?|hits?)(?: the)? y-?\s*axis",
    ):
        marks.append("y_intercept")
    if says(text, r"\b(?:ax[ei]s of symmetry|symmetry axis|line of symmetry|mirror line)\b"):
        marks.append("axis_of_symmetry")
    if says(text, r"\basymptot"):
        marks.append("asymptotes")
    if count > 1 and says(text, r"\b(?:meet|intersect\w*|cross\w*|in common|equal|solution|same|solve|system|substitut\w*)\b"):
        marks.append("crossing")
    return marks


def _on_a_curve(x: float, y: float, bodies: list[str]) -> bool:
    return any(abs(value_at(body, x) - y) < 1e-6 for body in bodies)


def _bound(text: str) -> float | None:
    if "pi" in text or "π" in text:
        degrees = angle_of(text)
        return math.radians(degrees) if degrees is not None else None
    return float(text)
