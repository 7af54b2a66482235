"""Percents of a price or an amount, and growth by a factor from step to step."""

from __future__ import annotations

import re

from agents.animation.asked.data import straight
from agents.animation.asked.words import N, made, number, numbers, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind

_PERCENT = re.compile(rf"{N}\s*(?:%|\\%|percent\b)", re.IGNORECASE)
_OFF = r"\b(?:off|discount\w*|sale|reduc\w+|less|cheaper|decreas\w+|drops?|falls?|save)\b"
_ON = r"\b(?:savings|compound\w*|tax|tip|increas\w+|more|raise\w*|rises?|grows?|interest|markup|added)\b"
_EVERY = r"(?:\b(?:every|each|per)|(?:%|\bpercent)\s+an?)\s+(hour|day|week|month|year|minute|second)\b"
_ANOTHER_WAY = r"\bsimple interest\b|\bevery\s+(?:\d+|two|three|four|five|six|ten|other)\s"
"""Growth that is no factor in every step."""
_BACKWARDS = (
    r"\b(?:original|before|regular|used to)\b|\bafter (?:an?\s+|the\s+)?[\d.]+\s*(?:%|percent)|(?:%|percent)\s+(?:discount\s+)?to\b"
)
"""Where the amount that is told is the one afterwards."""
_GROWS = {
    r"\bdoubl": 2.0,
    r"\btripl": 3.0,
    r"\bhalf of (?:it|whats?|what's|them|the rest|that)\b|\bhalves\b|\bhalved\b|\bhalf-?life\b": 0.5,
}


def change(text: str) -> list[Kind]:
    """A price or an amount, the percent of it, and what is left or paid then."""
    text = tidy(text)
    percents = [number(match[1]) for match in _PERCENT.finditer(text)]
    if len(percents) != 1 or says(text, rf"{_EVERY}|{_BACKWARDS}|\beach\b|\bsequence\b") or not 0 < percents[0] < 100:
        return []
    amounts = numbers(_PERCENT.sub(" ", text))
    off, on = says(text, _OFF), says(text, _ON)
    if len(amounts) != 1 or amounts[0] <= 0 or off == on:
        return []
    whole, rate = amounts[0], percents[0]
    part = whole * rate / 100
    end = whole - part if off else whole + part
    names = ("before", f"{tex(rate)}%", "after")
    lines = [
        (f"{tex(rate)}\\% \\cdot {tex(whole)} = {tex(part)}", f"{tex(rate)} of every hundred."),
        (f"{tex(whole)} {'-' if off else '+'} {tex(part)} = {tex(end)}", "Take it away." if off else "Add it."),
    ]
    bars = [{"label": name, "value": value} for name, value in zip(names, (whole, part, end), strict=True)]
    say = (
        f"{tex(rate)}% of {tex(whole)} is {tex(part)}, which leaves {tex(end)}."
        if off
        else f"{tex(part)} on top of {tex(whole)} makes {tex(end)}."
    )
    return shown(made(kind="bars", bars=bars, marked=[2], say=say), worked(*lines))


_FROM_TO = re.compile(
    rf"\b(?:from|had|was|were|cost|costs)\s+{N}[^\d]{{1,40}}?\b(?:to|now|is|are|its|it's|today|has)\b[^\d]{{0,20}}?{N}", re.IGNORECASE
)


def rate(text: str) -> list[Kind]:
    """By what percent something changed, from two amounts."""
    text = tidy(text)
    found = _FROM_TO.search(text)
    if found is None or not says(text, r"\bpercent|%") or _PERCENT.search(text) or says(text, r"\b(?:tip|tax|interest|discount|profit)\b"):
        return []
    before, after = number(found[1]), number(found[2])
    if before <= 0 or after < 0 or before == after:
        return []
    gained, percent = after - before, (after - before) / before * 100
    bars = [{"label": "before", "value": before}, {"label": "after", "value": after}]
    sign = "=" if abs(percent - round(percent, 2)) < 1e-9 else "\\approx"
    lines = [
        (f"{tex(after)} - {tex(before)} = {tex(gained)}", "By how much it changed."),
        (f"\\frac{{{tex(gained)}}}{{{tex(before)}}} {sign} {tex(round(gained / before, 4))}", "Compared with what was there before."),
        (f"{sign} {tex(round(percent, 2))}\\%", "In percent."),
    ]
    return shown(made(kind="bars", bars=bars, marked=[1], say=f"From {tex(before)} to {tex(after)}."), worked(*lines))


def growth(text: str) -> list[Kind]:
    """Something that is multiplied by the same number in each step of time: its graph, and a table of it where that is asked for."""
    text = tidy(text)
    unit = re.search(_EVERY, text, re.IGNORECASE)
    if unit is None or says(text, _ANOTHER_WAY):
        return []
    percents = [number(match[1]) for match in _PERCENT.finditer(text)]
    factor = next((value for pattern, value in _GROWS.items() if says(text, pattern)), None)
    if factor is None and len(percents) == 1 and says(text, _OFF) != says(text, _ON):
        factor = 1 + (percents[0] if says(text, _ON) else -percents[0]) / 100
    rest = _PERCENT.sub(" ", text)
    start = re.search(
        rf"\b(?:starts?|begins?|starting|beginning|puts?|with|initial\w*|first|costs?|worth|invest\w*|has|have)\b[^\d.]{{0,25}}{N}",
        rest,
        re.IGNORECASE,
    )
    start = start or re.search(N, rest)
    if factor is None or factor <= 0 or start is None:
        return []
    first = number(start[1])
    span = re.search(
        rf"{N}\s*(?:to|-|until)\s*{N}\s*{unit[1]}s?\b|\b(?:first|for|after|next|in)\s+{N}\s*{unit[1]}s?\b", rest, re.IGNORECASE
    )
    end = next((number(group) for group in (span.groups()[1:] if span else ()) if group), 5.0)
    if not 1 <= end <= 60 or first <= 0:
        return []
    body = f"{tex(first)} * {tex(factor)}^x"
    say = f"In each {unit[1]} it is multiplied by {tex(factor)}."
    marked = re.search(rf"\bafter\s+{N}\s*{unit[1]}", rest, re.IGNORECASE)
    at = number(marked[1]) if marked else end
    spots = [{"x": x, "y": first * factor**x} for x in dict.fromkeys((0.0, at))]
    graph = made(kind="function_graph", functions=[body], x_min=0.0, x_max=end, x_name="t", points=spots, say=say)
    pairs = [(float(step), first * factor**step) for step in range(int(end) + 1)]
    if says(text, r"\btable\b") and len(pairs) <= 7 and not straight(pairs):
        rows = made(kind="scatter", points=pairs, table=True, fit=False, x_name="t", y_name="y", say=say)
        return shown(rows, graph)
    return shown(graph)
