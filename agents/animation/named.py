"""The functions and curves that a storyboard names, in words, on a label or as the data of a picture: what is drawn must be these."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.animation.asked.formulas import ABOUT_GRAPHS, DEFINED, EQUATION, functions_in, in_x, parsed, trimmed
from agents.animation.asked.words import MAX_CHARS, says, tidy
from agents.animation.expression import parse

_RAISED = str.maketrans({sign: f"^{digit}" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")})
_BETWEEN = re.compile(r"[-\d./π]+\s*[<>]=?\s*[a-zA-Z]\s*[<>]=?\s*[-\d./π]+")
_ENDED = re.compile(r"\s*(?:$|[.,;:!?)\]\"'=&]|[A-Za-z]{2,}|\\(?:text|quad))")
"""Behind a formula that was read whole."""
_CHANGED = (
    r"\b(?:derivativ|invers|shift|translat|reflect|stretch|compress|transform|mov(?:e|es|ed|ing)\b|slid|scal(?:e|ed|ing)\b|reciproc|compos|"
    r"famil|vertical(?:ly)? by|horizontal(?:ly)? by|units? (?:up|down|left|right|to the))"
)
_BASE_TEN = "0.4342944819*log"

Function = Callable[[float], float]
Relation = Callable[[float, float], float]


@dataclass(frozen=True, slots=True)
class Named:
    """A curve as it was named (`text`): a function of x, in each way that it may be meant (a logarithm has two), or a relation that is zero on the
    curve."""

    text: str
    functions: tuple[Function, ...] = ()
    relation: Relation | None = None


def named_in(text: str) -> list[Named]:
    """The functions, lines, circles and edges of regions that a text writes out; empty for a long text, and where what is to be drawn is not what
    is written (the derivative of f, a parabola moved by 2)."""
    if len(text) > MAX_CHARS:
        return []
    text = tidy(text.translate(_RAISED))
    text = re.sub(r"[<>]=?", "=", _BETWEEN.sub(" ", text))
    found: dict[str, Named] = {}
    for match in DEFINED.finditer(text):
        letter = match[2] or "x"
        body = trimmed(in_x(match[3], letter))
        name = f"{match[1]}({letter})" if match[1] else "y"
        if (
            _ENDED.match(text, match.end())
            and not _goes_on(text[: match.start()])
            and (one := _function(f"{name} = {trimmed(match[3])}", body))
        ):
            found.setdefault(body, one)
    for match in EQUATION.finditer(text):
        left, _, right = match[1].partition("=")
        left = re.sub(r"^\s*[a-z]\s+(?=[-\d(xy])", "", left)
        if trimmed(left) != "y" and _ENDED.match(text, match.end()) and (one := _relation(trimmed(left), trimmed(right))):
            found.setdefault(one.text, one)
    if not found and says(text, ABOUT_GRAPHS):
        for written in functions_in(text)[0]:
            if one := _function(f"y = {written.body}", written.body):
                found.setdefault(written.body, one)
    if len(found) == 1 and says(text, _CHANGED):
        return []
    return list(found.values())


def named_by(data: Mapping[str, Any]) -> list[Named]:
    """The curves of a parametric beat: what stands on its label where that is a function, else its own function; the circle on axes."""
    if data.get("kind") == "circle" and data.get("center"):
        (h, k), r = data["center"], float(data["radius"])
        return [Named(f"the circle with radius {r:g} about ({h:g}, {k:g})", relation=lambda x, y: (x - h) ** 2 + (y - k) ** 2 - r * r)]
    if data.get("kind") != "function_graph":
        return []
    letter, labels = str(data.get("x_name") or "x"), list(data.get("labels") or [])
    found = []
    for place, body in enumerate(data.get("functions") or []):
        label = str(labels[place]) if place < len(labels) else ""
        written = _labelled(label, letter) if label else None
        one = written or _function(label or f"y = {body}", str(body))
        if one is not None:
            found.append(one)
    return found


def _goes_on(before: str) -> bool:
    """Whether a formula began before: the end of `3x - y = 2` defines nothing."""
    return re.search(r"(?:[-+*/^)\d]|(?<![a-zA-Z])[a-zA-Z])\s*$", before) is not None


def _labelled(label: str, letter: str) -> Named | None:
    """A label such as `f(t) = 2t + 1` or `2x + 3y = 6` as what it says; None for a name alone."""
    sides = label.split("=")
    if len(sides) != 2 or re.search(r"[<>]|\\[lg]e", label):
        return None
    if re.fullmatch(r"\s*(?:y|[A-Za-z]\s*(?:\\left)?\(\s*[a-z]\s*(?:\\right)?\))\s*", sides[0]):
        try:
            function = parse(sides[1], (letter,))
        except ValueError:
            return None
        return Named(label, (function,)) if "x" in function.variables else None
    return _relation(sides[0], sides[1])


def _function(text: str, body: str) -> Named | None:
    """Read with its letter as x; None for a constant and for what cannot be read."""
    function = parsed(body)
    if function is None or "x" not in function.variables:
        return None
    ways: list[Function] = [function]
    if "log" in body and (other := parsed(re.sub(r"(?<![A-Za-z*])log", _BASE_TEN, body))) is not None:
        ways.append(other)
    if re.search(r"sin|cos|tan", body):
        ways.append(lambda x: function(math.radians(x)))  # an axis in degrees
        ways.append(lambda x: function(math.pi * x))  # and one in multiples of pi
    return Named(text, tuple(ways))


def _relation(left: str, right: str) -> Named | None:
    try:
        first, second = parse(left, ("x", "y")), parse(right, ("x", "y"))
    except ValueError:
        return None
    if first.variables | second.variables != {"x", "y"}:
        return None
    return Named(f"{left.strip()} = {right.strip()}", relation=lambda x, y: first(x, y) - second(x, y))
