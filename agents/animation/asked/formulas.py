"""Formulas written out in a sentence: what belongs to them, and the functions that they define."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from agents.animation.asked.words import says
from agents.animation.expression import Expression, parse
from agents.animation.visual import as_line

_WORD = r"\\[a-zA-Z]+|\b(?:sin|cos|tan|sqrt|log|ln|abs|exp|pi)\b"
_SIGN_OR_NUMBER = r"[-+*/^(){}.|√π²³\d\s]"
MATH = rf"(?:{_WORD}|(?<![a-zA-Z])[xe](?![a-zA-Z\d])|{_SIGN_OR_NUMBER})"
"""One piece of a formula in x."""
ANY = rf"(?:{_WORD}|(?<![a-zA-Z])[a-z](?![a-zA-Z\d])|{_SIGN_OR_NUMBER})"
"""One piece of a formula in any letters."""
ENDS = r"(?![\d.]*\s*(?:[-+*/^(=<>]|\d|[a-z](?![a-z])))"
"""Behind a formula: nothing that would still belong to it."""
DEFINED = re.compile(rf"(?:\by|\b([a-zA-Z])\s*\(\s*([a-z])\s*\))\s*=\s*({ANY}+)")
_INSIDE = re.compile(r"(?:[-+*/^)\d]|(?<![a-zA-Z])[a-zA-Z])\s*$")
EQUATION = re.compile(rf"(?<![\w=<>])({ANY}+=(?!=){ANY}+)(?![=<>])")
_BARE = re.compile(rf"(?<![\w=<>^(])({MATH}{{2,}}){ENDS}")
ABOUT_GRAPHS = r"\b(?:graph|plot|curve|parabola|function|sketch|tangent|asymptotes?|under|shade)\b"


@dataclass(frozen=True, slots=True)
class Written:
    """A function: its `body` in x whatever its letter is, its `name` (`y`, `f(t)`), and the formula as it is to be shown, "" for the usual one."""

    body: str
    name: str = "y"
    label: str = ""


def functions_in(text: str) -> tuple[list[Written], str]:
    """At most three functions that a tidy text writes out, and their letter."""
    found: list[Written] = []
    letter = "x"
    for match in DEFINED.finditer(text):
        own = match[2] or "x"
        if not match[1] and _INSIDE.search(text[: match.start()]):
            continue  # the end of `3x - y = 2` defines nothing
        body = trimmed(in_x(match[3], own))
        if not body or parsed(body) is None or (found and own != letter):
            continue
        letter = own
        found.append(Written(body, f"{match[1]}({own})" if match[1] else "y"))
    if letter == "x" and (found or says(text, rf"{ABOUT_GRAPHS}|\blines?\b")):
        found += _lines(text)
    if not found and says(text, ABOUT_GRAPHS):
        found = _bare(text)
    distinct = list(dict.fromkeys(found))[:3]
    varies = any(function.variables for item in distinct if (function := parsed(item.body)) is not None)
    return (distinct, letter) if varies else ([], "x")


def _lines(text: str) -> list[Written]:
    """`2x + 3y = 6` as a function of x."""
    found = []
    for match in EQUATION.finditer(text):
        left, _, right = match[1].partition("=")
        left = re.sub(r"^\s*[a-z]\s+(?=[-\d(x])", "", left)
        formula = f"{trimmed(left)} = {trimmed(right)}"
        if (
            trimmed(left) != "y"
            and set(re.findall(r"(?<![a-zA-Z\\])[a-z](?![a-zA-Z])", formula)) == {"x", "y"}
            and (line := as_line(formula, ("x", "y"))) is not None
        ):
            slope, start = line
            found.append(Written(f"{slope:.10f}*x + ({start:.10f})", label=formula))
    return found


def _bare(text: str) -> list[Written]:
    """`the graph of x^2 - 4`."""
    bodies = [trimmed(match[1]) for match in _BARE.finditer(text)]
    return [
        Written(body)
        for body in bodies
        if "x" in body and re.search(r"[\d^+*/-]|sin|cos|tan|sqrt|log|abs", body) and parsed(body) is not None
    ]


def in_letter(body: str, letter: str) -> str:
    """The body with its x called `letter`, as it is said in a caption."""
    return re.sub(r"(?<![a-zA-Z\\])x(?![a-zA-Z])", letter, body).replace(" * ", " · ")


def in_x(body: str, letter: str) -> str:
    return body if letter == "x" else re.sub(rf"(?<![a-zA-Z\\]){letter}(?![a-zA-Z])", "x", body)


def trimmed(text: str) -> str:
    """Without what belongs to the sentence: a full stop, a bracket that was never opened or closed, a sign at the end."""
    body = text.strip().rstrip(". ").strip()
    while body.count(")") > body.count("("):
        body = body[: body.rindex(")")].strip()
    while body.count("(") > body.count(")"):
        body = body[: body.rindex("(")].strip()
    return re.sub(r"[-+*/^\s]+$", "", body)


def parsed(body: str) -> Expression | None:
    try:
        return parse(body)
    except ValueError:
        return None


def value_at(body: str, x: float) -> float:
    """The function's value, nan where it has none."""
    function = parsed(body)
    return function(x) if function is not None else math.nan
