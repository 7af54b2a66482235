"""Says why a problem has no answer: contradictory, underdetermined, ambiguous, beyond the limits, or without a question. Runs inside the sandbox only.

Every diagnosis is proved (an inconsistent system by its Gröbner basis, an open value by two different examples) and made only where the whole
text is understood: a learner who is told that a sound problem is broken is worse off than one who is told nothing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import sympy

from agents.checking.conditions import excluded, witness
from agents.checking.direct import solutions
from agents.checking.direct.frames import quantity
from agents.checking.direct.reading import Given, read
from agents.checking.direct.solving import symbols_of, values_of
from agents.checking.values import Unreadable, from_latex

Kind = Literal["contradictory", "unsolvable", "underdetermined", "ambiguous", "too_large", "no_question"]

MAX_DIGITS = 10_000
"""Numbers with more digits are not written out."""
MAX_FORMULA = 2_000
"""Characters of one formula; a longer one is not computed with."""

_TOWER = re.compile(r"(?<![\w.])(\d+)((?:\s*\}*\s*\^\s*[{(\s]*\d+)+)")
_QUOTIENT = re.compile(r"(?<![\w.)}/^])(\d+)\s*(÷|\\div\b|/)\s*(\d+)\s*(?:\\left\s*)?\(")
_FACTORIAL = re.compile(r"(?<![\w.])(\d+)\s*!")
_POWER_OF_SUM = re.compile(r"[+-][^()+-]*\)\s*\^\s*\{?\s*(\d{4,})")
_ABOUT_SIZE = re.compile(
    r"\b(?:digits?|remainder|divided|divisible|mod|modulo|larger|greater|bigger|compare|logarithm|log|zeros|factors?|simplest|power of|between)\b|\\log|\\ln|\\bmod|\\pmod",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(
    r"(?:a|all|an|and|are|as|be|both|by|calculate|compute|determine|equal|equals|equation|equations|find|following|for|from|given|"
    r"gives|have|has|if|in|is|it|let|number|numbers|of|pair|please|point|real|satisfies|satisfy|satisfying|simultaneous|"
    r"simultaneously|solution|solutions|solve|such|suppose|system|that|the|then|there|these|this|to|true|two|unknown|unknowns|us|"
    r"value|values|variable|variables|we|what|when|where|which|with|above|below|possible|i|need|help|me|can|you)"
)
_ASKING = re.compile(
    r"\?|\b(?:what|which|how|why|who|when|where|find|solve|determine|compute|calculate|evaluate|simplify|expand|factor|factori[sz]e|prove|show|explain|estimate|write|express|graph|plot|draw|sketch"
    r"|convert|give|list|state|name|describe|round|complete|help|tell|work out|differentiate|integrate|is|are|can|could|does|do|add|subtract|multiply|divide|hint|animate|verify|check|use|justify|choose|select|identify)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:the|an?|and|has|have|had|of|his|her|their|with|buys|gets|gave|more)\b", re.IGNORECASE)
_Q = r"(⟦\d+⟧|\d+(?:\.\d+)?)"
_UNIT = r"(?:\s*(?:cm|mm|m|km|in|ft|inches|feet|units?|meters?|centimeters?))?"
_SIDES = re.compile(
    rf"\btriangle\b[^.?]*\bsides?\b(?:[^.?\d⟦]*\blengths?\b)?(?: of| are| is| measuring)*:? {_Q}{_UNIT}, {_Q}{_UNIT},? and {_Q}{_UNIT}(?! times)",
    re.IGNORECASE,
)
_ANGLES = re.compile(
    rf"\btriangle\b[^.?]*\bangles?\b(?: of| are| measuring| measure| measures)*:? {_Q}(?:°| degrees)?, {_Q}(?:°| degrees)?,? and {_Q}(?:°| degrees)?",
    re.IGNORECASE,
)
_DOUBTING = re.compile(
    r"\b(?:can|could|possible|impossible|exists?|whether|why|which|true|how many|ratio|explain|not|is there|extended|exterior)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`reason` is one line for a learner, with formulas in dollars."""

    kind: Kind
    reason: str


def diagnose(stem: str) -> Diagnosis | None:
    """Why this problem has no answer, or None where it may have one or where that cannot be proved."""
    if (large := _too_large(stem)) is not None:
        return large
    if (unclear := _ambiguous(stem)) is not None:
        return unclear
    given = read(stem, [])
    if (silent := _no_question(given)) is not None:
        return silent
    if (shape := _impossible_triangle(given)) is not None:
        return shape
    if not _understood(given):
        return None
    if (plain := _never_true(given)) is not None:
        return plain
    asked = solutions.asked_of(given)
    if asked is None:
        return None
    equations, kind, target = asked
    if kind not in ("value", "point", "all") or not equations:
        return None
    if (broken := _contradictory(given, equations)) is not None:
        return broken
    return _underdetermined(given, equations, target) if kind == "value" else None


def _understood(given: Given) -> bool:
    """Whether the frame has only words that say nothing about the numbers, so that all conditions are among the formulas."""
    rest = re.sub(r"⟦\d+⟧", " ", given.frame.lower())
    return (
        all(map(_PLAIN_WORD.fullmatch, re.findall(r"[a-z]+", rest)))
        and not re.search(r"\d", rest)
        and given.questions <= 1
        and not given.complex
    )


def _never_true(given: Given) -> Diagnosis | None:
    """An equation such as `x = x + 1`, which is false as it stands."""
    texts = [text for text, value in zip(given.texts, given.values, strict=True) if value == sympy.false and re.search(r"[A-Za-z]", text)]
    equations = [text for text in texts if text.count("=") == 1 and not re.search(r"[<>]|\\[lgn]e", text)]
    return Diagnosis("contradictory", f"No number makes ${equations[0].strip()}$ true.") if equations and len(given.texts) <= 3 else None


def _too_large(stem: str) -> Diagnosis | None:
    for formula in re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", stem, re.DOTALL) or [(stem, "")]:
        if len("".join(formula)) > MAX_FORMULA and not re.search(r"[A-Za-z]{4,} [A-Za-z]{2,} [A-Za-z]{2,}", "".join(formula)):
            terms = len(re.findall(r"[+-]", "".join(formula))) + 1
            return Diagnosis("too_large", f"The formula has about {terms} terms; that is more than can be computed within the limits.")
    if _ABOUT_SIZE.search(stem):
        return None
    for match in _TOWER.finditer(stem):
        tower = [int(number[:12]) for number in (match[1], *re.findall(r"\d+", match[2]))]
        if _digits(tower) > MAX_DIGITS:
            shown = re.sub(r"\s+", "", match[0])
            return Diagnosis(
                "too_large",
                f"The number ${_balanced(shown)}$ has more digits than can be written down, so it cannot be computed within the limits.",
            )
    for match in _FACTORIAL.finditer(stem):
        if len(match[1]) > 4:
            return Diagnosis(
                "too_large", f"The number ${match[1]}!$ has more than {MAX_DIGITS:,} digits, so it cannot be computed within the limits."
            )
    if (power := _POWER_OF_SUM.search(stem)) and re.search(r"\bexpand|\bmultipl|\bsimplif", stem, re.IGNORECASE):
        return Diagnosis(
            "too_large",
            f"Written out, the power ${power[1]}$ of a sum has more than {power[1]} terms, which cannot be computed within the limits.",
        )
    return None


def _ambiguous(stem: str) -> Diagnosis | None:
    """A quotient before a bracket that is multiplied without a sign, as in 8 ÷ 2(2 + 2). A fraction such as 1/2(a + b) is read as one."""
    for match in _QUOTIENT.finditer(stem):
        over, under = int(match[1]), int(match[3])
        inside = re.match(r"[^()]+(?=\))", stem[match.end() :])
        if inside is None or under == 0 or (match[2] == "/" and over % under):
            continue
        factor = re.sub(r"\\right\s*$", "", inside[0]).strip()
        ways = [f"\\frac{{{over}}}{{{under}}}({factor})", f"\\frac{{{over}}}{{{under}({factor})}}"]
        try:
            values = [sympy.expand(from_latex(way)) for way in ways]
        except (Unreadable, TypeError, AttributeError):  # a factor that is no expression
            continue
        if values[0] == values[1]:
            continue
        shown = [f"${way} = {sympy.latex(value)}$" if value.is_Number else f"${way}$" for way, value in zip(ways, values, strict=True)]
        return Diagnosis(
            "ambiguous",
            f"${over} \\div {under}({factor})$ can be read in two ways, as {shown[0]} and as {shown[1]}: brackets would tell which.",
        )
    return None


def _digits(tower: list[int]) -> float:
    """Decimal digits of a power tower, infinite where even their number is beyond counting."""
    exponent = 1
    for number in reversed(tower[1:]):
        if exponent * math.log10(max(number, 1)) > 12:
            return math.inf if tower[0] > 1 else 1
        exponent = number**exponent
    return exponent * math.log10(max(tower[0], 1)) + 1


def _balanced(text: str) -> str:
    return text + "}" * (text.count("{") - text.count("}"))


def _no_question(given: Given) -> Diagnosis | None:
    letters = any(value is not None and getattr(value, "free_symbols", None) for value in given.values) or given.unread or given.tables
    formulas = bool(given.texts) and not given.frame.replace("⟦", "").strip("0123456789⟧ .,")
    if letters or formulas or _ASKING.search(given.stem) or len(_ENGLISH.findall(given.frame)) < 2 or len(given.frame.split()) < 4:
        return None
    return Diagnosis("no_question", "The text says what is given, but not what is to be found: there is no question in it.")


def _impossible_triangle(given: Given) -> Diagnosis | None:
    if _DOUBTING.search(given.frame):
        return None
    if match := _SIDES.search(given.frame):
        sides = _numbers(given, match)
        if sides and sides[0] + sides[1] <= sides[2]:
            a, b, c = (sympy.latex(side) for side in sides)
            return Diagnosis(
                "contradictory",
                f"No triangle has sides ${a}$, ${b}$ and ${c}$: the two shorter sides together must be longer than the longest.",
            )
    if match := _ANGLES.search(given.frame):
        angles = _numbers(given, match)
        if angles and sum(angles) != 180:
            return Diagnosis(
                "contradictory",
                f"The angles add up to ${sympy.latex(sum(angles))}^\\circ$, but the angles of a triangle always add up to $180^\\circ$.",
            )
    return None


def _numbers(given: Given, match: re.Match[str]) -> list[Any]:
    values = [quantity(given, group) for group in match.groups()]
    return sorted(values) if all(value is not None and value.is_Rational and value.is_positive for value in values) else []


def _printed(equations: list[Any]) -> str:
    shown = [f"${sympy.latex(equation)}$" for equation in equations]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _contradictory(given: Given, equations: list[Any]) -> Diagnosis | None:
    for size in (1, 2, 3):
        for few in combinations(equations, size):
            if excluded(list(few)):
                if size == 1:
                    return Diagnosis("contradictory", f"No number makes {_printed(list(few))} true.")
                return Diagnosis("contradictory", f"{_printed(list(few))} contradict each other: no values make them true together.")
    letters = symbols_of(equations)
    if len(equations) == len(letters) == 1 and not given.inequalities:
        unknown = sympy.Dummy(letters[0].name, real=True)
        difference = (equations[0].lhs - equations[0].rhs).subs(letters[0], unknown)
        try:
            found = sympy.solveset(difference, unknown, sympy.S.Reals)
        except (NotImplementedError, ValueError, TypeError):
            return None
        if found == sympy.S.EmptySet:
            return Diagnosis("unsolvable", f"{_printed(equations)} has no real solution.")
    return None


def _underdetermined(given: Given, equations: list[Any], target: Any) -> Diagnosis | None:
    asked = sympy.latex(target)
    missing = target.free_symbols - set(symbols_of([*equations, *given.inequalities]))
    if missing:
        name = sympy.latex(sorted(missing, key=str)[0])
        return Diagnosis("underdetermined", f"The value of ${asked}$ is not determined: the problem says nothing about ${name}$.")
    if values_of(target, equations, given.inequalities) or given.inequalities:
        return None
    found = [value for value in map(sympy.Integer, (0, 1, 2, 3, 5, -1, 10, 20, -10)) if witness(equations, (), target, value)]
    if len(found) < 2:
        return None
    return Diagnosis(
        "underdetermined",
        f"The value of ${asked}$ is not determined: {_printed(equations)} can be true with ${asked} = {found[0]}$ and also with ${asked} = {found[1]}$.",
    )
