"""Which offered option a computed value is. Runs inside the sandbox only.

A small model computes well and picks letters badly, so the letter never comes from the model where a value can be matched.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from agents.checking.equality import equal, plain
from agents.checking.values import Unreadable, from_latex

_ABOUT = re.compile(r"\b(?:closest|approximate(?:ly|s)?|nearest|estimate|roughly)\b", re.IGNORECASE)
_DECIMAL = re.compile(r"-?\d[\d,]*(?:\.(\d+))?")
_NOTHING = re.compile(
    r"\bno (?:real |such )?(?:solutions?|values?)\b|\bnot any (?:solutions?|values?)\b|^\W*(?:none|\\emptyset|\\varnothing)\W*$",
    re.IGNORECASE,
)
"""Options that say that nothing solves the problem."""
_NEAREST_ERROR = 0.12
_NEAREST_MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class Match:
    """`letter` is the one option that fits, None when none or several do; `how` names the rule."""

    letter: str | None
    how: str


def match_option(value: Any, options: list[dict[str, str]], stem: str) -> Match:
    """Tries equality, then rounding to the option's own decimals, then percent, then membership, then "closest" where the stem says so."""
    if value == sympy.S.EmptySet:
        saying = [option["letter"] for option in options if _NOTHING.search(option["text"])]
        return Match(saying[0] if len(saying) == 1 else None, "equal" if len(saying) == 1 else f"{len(saying)} options fit")
    readable: list[tuple[str, str, Any]] = []
    for option in options:
        try:
            readable.append((option["letter"], option["text"], from_latex(option["text"])))
        except Unreadable:
            continue
    if not readable:
        return Match(None, "no option can be computed with")
    value = plain(value)
    rules: list[tuple[str, Callable[[str, Any], bool]]] = [
        ("equal", lambda text, other: equal(value, other)),
        ("rounded", lambda text, other: _rounds_to(value, text, other)),
    ]
    if any("%" in text for _, text, _ in readable) or "percent" in stem.lower():
        rules.append(("percent", lambda text, other: _percent(value, text, other)))
    rules.append(("member", lambda text, other: _member(value, other)))
    for how, rule in rules:
        fitting = [letter for letter, text, other in readable if rule(text, other)]
        if len(fitting) == 1:
            return Match(fitting[0], how)
        if fitting:
            return Match(None, f"{len(fitting)} options fit")
    if _ABOUT.search(stem):
        return _nearest(value, readable)
    return Match(None, "no option fits")


def real_number(value: Any) -> float | None:
    """The value as a decimal; None for what is no real number. `x = 3` counts as 3."""
    if isinstance(value, sympy.Eq) and value.lhs.is_Symbol:
        value = value.rhs
    try:
        number = complex(sympy.N(value))
    except (TypeError, ValueError, AttributeError):
        return None
    return number.real if abs(number.imag) < 1e-9 else None


def _rounds_to(value: Any, text: str, other: Any) -> bool:
    """0.40984 is the option 0.410; whole-number options take no rounding, since that hides wrong answers."""
    number, shown = real_number(value), _DECIMAL.search(text.replace("$", ""))
    target = real_number(other)
    if number is None or target is None or shown is None or not shown[1]:
        return False
    return bool(abs(number - target) <= 0.5000001 * 10 ** -len(shown[1]))


def _percent(value: Any, text: str, other: Any) -> bool:
    number, target = real_number(value), real_number(other)
    if number is None or target is None:
        return False
    return any(abs(number * factor - target) < 1e-9 * max(1.0, abs(target)) for factor in (100.0, 0.01))


def _member(value: Any, other: Any) -> bool:
    """All solutions were computed and the options hold one each ("which of the following is a solution?")."""
    if isinstance(value, (sympy.FiniteSet, sympy.Tuple)) and len(value) > 1 and isinstance(other, (sympy.Expr, sympy.Tuple)):
        if isinstance(value, sympy.Tuple) and isinstance(other, sympy.Tuple):
            return any(isinstance(item, sympy.Tuple) and equal(item, other) for item in value)
        return any(equal(item, other) for item in value)
    return False


def _nearest(value: Any, readable: list[tuple[str, str, Any]]) -> Match:
    number = real_number(value)
    distances = sorted(
        (abs(number - target), abs(target), letter)
        for letter, _, other in readable
        if number is not None and (target := real_number(other)) is not None
    )
    if len(distances) < 2:
        return Match(None, "no option fits")
    (best, size, letter), (second, _, _) = distances[0], distances[1]
    if best <= _NEAREST_ERROR * max(size, 1e-9) and second >= _NEAREST_MARGIN * best:
        return Match(letter, "closest")
    return Match(None, "no option is close enough")
