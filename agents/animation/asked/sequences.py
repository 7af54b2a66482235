"""Sequences by their terms, by a rule, or told as a story."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from agents.animation.asked.words import N, count, fraction, made, number, numbers, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind

_ROW = re.compile(rf"\bfirst\s+[a-z]+\s+(?:of\s+[^.,\d]{{1,30}})?(?:has|have|had|is|was|holds|costs?|with)\s+{N}", re.IGNORECASE)
_MORE = re.compile(rf"\b{N}\s+(more|less|fewer)\b", re.IGNORECASE)
_START = re.compile(rf"\b(?:start|begin)\w*\s+(?:with|at|from)\s+{N}|\bfirst term\s*(?:is|of|=|:)?\s*{N}|\ba_?1\s*=\s*{N}", re.IGNORECASE)
_STEP = re.compile(rf"\b(?:difference|adds?|adding|grows? by|increas\w+ by|goes up by)\s*(?:is|of|=|:)?\s*{N}", re.IGNORECASE)
_DOWN = re.compile(rf"\b(?:decreas\w+ by|subtract\w*|goes down by|drops by)\s*{N}", re.IGNORECASE)
_RATIO = re.compile(r"\b(?:ratio|multipl\w+ by|times)\s*(?:is|of|=|:)?\s*(-?\d+/\d+|-?\d+(?:\.\d+)?)", re.IGNORECASE)
_GROWTH = {r"\bdoubl": 2.0, r"\btripl": 3.0, r"\bhal(?:f|ves|ved)\b": 0.5}


def sequence(text: str) -> list[Kind]:
    """Terms one after the other, and the one that is asked for."""
    text = tidy(text)
    if rows := _rows(text):
        return rows
    if says(text, r"%|\bpercent\b|\b(?:plus|minus)\s+\d|\bthen (?:add|subtract)"):
        return []
    if not says(text, r"\bsequence|\bterms?\b|\bpattern|\bseries\b|\bdoubl|\btripl|\bprogression"):
        return []
    asked = re.search(r"\b(\d+)(?:st|nd|rd|th) term\b", text)
    which = int(asked[1]) if asked else None
    some = re.search(r"\bfirst (\w+) terms\b", text, re.IGNORECASE)
    size = min(7, max(3, (count(some[1]) if some else None) or 5))
    rule: dict[str, float] = {}
    lists = [numbers(match[0]) for match in re.finditer(rf"{N}(?:\s*,\s*{N}){{2,}}", text)]
    if len(lists) > 1:
        each = [_sequence(terms[0], law, min(7, max(4, len(terms))), None) for terms in lists[:3] if (law := _law_of(terms))]
        return shown(*each) if len(each) == len(lists[:3]) else []
    if lists:
        terms = lists[0]
        rule = _law_of(terms)
        first, size = terms[0], max(min(7, len(terms)), size)
    elif (start := _START.search(text)) is not None:
        first = number(next(group for group in start.groups() if group))
        rule = _rule(text)
    if not rule:
        return []
    inside = which if which is not None and which <= 7 else None
    return shown(_sequence(first, rule, max(size, inside or 0), inside), _far_term(first, rule, which) if which and which > 7 else None)


def _rows(text: str) -> list[Kind]:
    """`The first row has 18 seats and every row 3 more`: a sequence told as a story, with a far term and the sum up to it."""
    start, more = _ROW.search(text), _MORE.search(text)
    if start is None or more is None or not says(text, r"\b(?:each|every|next|after)\b"):
        return []
    first, step = number(start[1]), number(more[1]) * (1 if more[2].lower() == "more" else -1)
    asked = re.search(r"\b(?:row|day|week|month|year|step|level|term|round)\s+(\d+)\b|\b(\d+)(?:st|nd|rd|th)\s+[a-z]+", text, re.IGNORECASE)
    which = int(asked[1] or asked[2]) if asked else None
    inside = which if which is not None and which <= 7 else None
    law = {"step": step}
    last = first + ((which or 1) - 1) * step
    total = None
    if which is not None and says(text, r"\b(?:in all|altogether|total|together|sum)\b"):
        total = worked(
            (f"S = \\frac{{{which}}}{{2}} \\cdot ({tex(first)} + {tex(last)})", "The mean of first and last, as often as there are terms."),
            (f"S = {tex(which * (first + last) / 2)}", "Work it out."),
        )
    return shown(_sequence(first, law, max(5, inside or 0), inside), _far_term(first, law, which) if which else None, total)


def _law_of(terms: Sequence[float]) -> dict[str, float]:
    """What leads from each term to the next; empty where no one step or ratio does."""
    steps = {round(b - a, 9) for a, b in itertools.pairwise(terms)}
    ratios = {round(b / a, 9) for a, b in itertools.pairwise(terms) if a}
    return {"step": steps.pop()} if len(steps) == 1 else {"ratio": ratios.pop()} if len(ratios) == 1 else {}


def _rule(text: str) -> dict[str, float]:
    """What is done from term to term."""
    if (ratio := _RATIO.search(text)) is not None:
        return {"ratio": float(Fraction(ratio[1]))}
    for pattern, factor in _GROWTH.items():
        if says(text, pattern):
            return {"ratio": factor}
    if (step := _STEP.search(text)) is not None:
        return {"step": number(step[1])}
    return {"step": -number(down[1])} if (down := _DOWN.search(text)) is not None else {}


def _sequence(first: float, rule: dict[str, float], size: int, asked: int | None) -> Kind | None:
    if "step" in rule:
        say = f"From term to term {tex(abs(rule['step']))} is {'added' if rule['step'] >= 0 else 'taken away'}."
    else:
        say = f"Each term is {tex(rule['ratio'])} times the one before."
    return made(kind="sequence", first=first, **rule, count=size, asked=asked, formula=_law(first, rule), say=say)


def _law(first: float, rule: dict[str, float]) -> str:
    if "step" in rule:
        return f"a_n = {tex(first)} {'+' if rule['step'] >= 0 else '-'} (n - 1) \\cdot {tex(abs(rule['step']))}"
    return f"a_n = {tex(first)} \\cdot {_base(rule['ratio'])}^{{n-1}}"


def _far_term(first: float, rule: dict[str, float], n: int) -> Kind | None:
    """A term too far out to be drawn, by its formula."""
    if "step" in rule:
        sign, size = "+" if rule["step"] >= 0 else "-", tex(abs(rule["step"]))
        filled, value = f"{tex(first)} {sign} {n - 1} \\cdot {size}", first + (n - 1) * rule["step"]
    else:
        filled, value = f"{tex(first)} \\cdot {_base(rule['ratio'])}^{{{n - 1}}}", first * rule["ratio"] ** (n - 1)
    if abs(value) >= 1e9:
        return None
    return worked(
        (_law(first, rule), "Each step adds one more change."),
        (f"a_{{{n}}} = {filled}", f"The term of number {n} comes after {n - 1} steps."),
        (f"a_{{{n}}} = {tex(value)}", "Work it out."),
    )


def _base(ratio: float) -> str:
    value = Fraction(ratio).limit_denominator(100)
    if value.denominator == 1:
        return str(value.numerator) if value > 0 else f"({value.numerator})"
    return f"\\left({fraction(value)}\\right)"
