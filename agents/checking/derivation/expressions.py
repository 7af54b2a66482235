"""Steps that rewrite an expression: brackets or fractions first, then the form that the answer has. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy

from agents.checking.derivation.printing import tex
from agents.checking.direct.equivalence import equivalent_source, source_as_printed
from agents.checking.direct.reading import Direct, Given, read_formula
from agents.checking.direct.sampling import identical
from agents.checking.equality import equal

_MOST_TERMS = 12


def rewritten(given: Given, found: Direct) -> list[str]:
    """An expression in another form: brackets or fractions first, then the form that the answer has."""
    source = equivalent_source(given)
    if source is None or not isinstance(found.value, sympy.Expr):
        return []
    if not equal(source, found.value):
        return _under_conditions(given, source, found.value)
    # SymPy adds up what it reads, so the text itself is asked how the expression was printed
    printed = source_as_printed(given, source) or tex(source)
    steps = [f"Start from ${printed}$."]
    if source.is_polynomial():
        done = sympy.expand(source)
        opened = _opened(printed, given)
        if opened and opened != tex(done):
            if "(" in printed:
                steps.append(f"Multiply out the brackets, where a minus before one turns every sign in it: ${opened}$.")
            steps.append(f"Collect the terms of the same kind: ${tex(done)}$.")
        elif done != source:
            steps.append(f"Multiply out the brackets and collect the terms of the same kind: ${tex(source)} = {tex(done)}$.")
    else:
        done = sympy.together(source)
        inner = next((part.base for part in sympy.Mul.make_args(source) if part.is_Pow and part.exp == -1 and part.base.is_Add), None)
        below = sympy.together(inner) if inner is not None else inner
        if below is not None and below != inner:
            steps.append(f"Bring the fractions below the line to a common denominator: ${tex(inner)} = {tex(below)}$.")
            steps.append(f"Multiply by the reciprocal instead of dividing by the fraction: ${tex(source)} = {tex(done)}$.")
        elif done != source:
            steps.append(f"Bring the fractions to a common denominator: ${tex(source)} = {tex(done)}$.")
    if len(sympy.Add.make_args(done)) > _MOST_TERMS:
        return []
    if not _looks_like(done, found.value):
        steps.append(f"Write it in the form of the answer that is asked for: ${tex(done)} = {tex(found.value)}$.")
    return steps if len(steps) > 1 else []


def _under_conditions(given: Given, source: Any, value: Any) -> list[str]:
    """Equal only where the side conditions hold: the root of a square, say."""
    if not given.inequalities or identical(source, value, given.inequalities) is not True:
        return []
    conditions = " and ".join(f"${tex(condition)}$" for condition in given.inequalities)
    return [
        f"Start from ${source_as_printed(given, source) or tex(source)}$ and pull out what can be: ${tex(source)}$.",
        f"Since {conditions}, this is ${tex(value)}$.",
    ]


def _opened(printed: str, given: Given) -> str:
    """The printed sum with every bracket multiplied out and nothing collected; "" where a part of it cannot be read."""
    terms: list[Any] = []
    for sign, text in _summands(printed):
        value = read_formula(text, given.functions)
        if not isinstance(value, sympy.Expr):
            return ""
        terms += [sign * term for term in sympy.expand(value).as_ordered_terms()]
    if not terms or len(terms) > _MOST_TERMS:
        return ""
    first, *others = (tex(term) for term in terms)
    return first + "".join(f" - {text[1:].strip()}" if text.startswith("-") else f" + {text}" for text in others)


def _summands(latex: str) -> list[tuple[int, str]]:
    """The parts of a sum that stand outside all brackets, each with its sign."""
    parts: list[tuple[int, str]] = []
    depth, sign, begun = 0, 1, ""
    for char in re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", latex):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(char, 0)
        if depth == 0 and char in "+-" and not begun.rstrip().endswith("^"):
            if begun.strip():
                parts.append((sign, begun.strip()))
            sign, begun = (1 if char == "+" else -1), ""
        else:
            begun += char
    return [*parts, (sign, begun.strip())] if begun.strip() else parts


def _looks_like(left: Any, right: Any) -> bool:
    return bool(left == right or tex(left) == tex(right))
