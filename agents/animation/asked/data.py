"""Data that the request lists: bars, histograms, points with a line of fit, tables, sets and experiments."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from agents.animation.asked.words import N, count, length_of, made, number, numbers, points, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind
from agents.animation.kinds.curves import nice_step
from agents.animation.kinds.tree import of_stages, taken_out

_PAIR = re.compile(
    rf"([A-Za-z][A-Za-z'-]*(?: [A-Za-z'-]+)?)\s*(?:[:=]|is|has|with|had|sold|got)?\s*{N}(?!\s*[:=]|\d)|{N}\s+([A-Za-z][A-Za-z'-]*)"
)
_CLASS = re.compile(
    rf"{N}\s+(?:[a-z]+\s+){{0,4}}?(?:between|from|in|of|for)?\s*{N}\s*(?:and|to|-)\s*{N}(?!\s*[:=])|{N}\s*(?:-|to)\s*{N}\s*[:=]\s*{N}",
    re.IGNORECASE,
)
_LIST = re.compile(rf"{N}(?:\s*(?:,|;|\band\b|\s)+\s*{N}){{4,}}")
_SMALL = {
    "of",
    "and",
    "a",
    "the",
    "with",
    "for",
    "chart",
    "bar",
    "bars",
    "graph",
    "draw",
    "show",
    "make",
    "there",
    "are",
    "in",
    "on",
    "to",
    "from",
    "plot",
    "number",
    "sold",
    "data",
    "our",
    "class",
    "survey",
}


def bars(text: str) -> list[Kind]:
    text = tidy(text)
    if not says(text, r"\bbar (?:chart|graph|diagram)\b|\bbars? for\b|\bcolumn chart\b"):
        return []
    tail = text.split(":", 1)[1] if ":" in text and len(numbers(text.split(":", 1)[1])) >= 2 else text
    found: list[tuple[str, float]] = []
    for label, value, first, after in _PAIR.findall(tail):
        name = " ".join(word for word in (label or after).split() if word.lower() not in _SMALL)
        if name:
            found.append((name, number(value or first)))
    if not 2 <= len(found) <= 8:
        return []
    if says(text, r"\b(?:mean|average)\b"):
        values = [value for _, value in found]
        whole = " + ".join(tex(value) for value in values)
        lines = [
            (f"\\frac{{{whole}}}{{{len(values)}}}", "Add all values and share them equally."),
            (f"\\frac{{{tex(sum(values))}}}{{{len(values)}}} = {tex(sum(values) / len(values))}", "That is the mean."),
        ]
        rows = [{"label": name, "value": value} for name, value in [*found, ("mean", sum(values) / len(values))]]
        say = f"The last bar is the mean, {tex(sum(values) / len(values))}."
        return shown(made(kind="bars", bars=rows, marked=[len(found)], say=say), worked(*lines))
    top = max(found, key=lambda item: item[1])
    drawn = [{"label": name, "value": value} for name, value in found]
    return shown(made(kind="bars", bars=drawn, say=f"The tallest bar is {top[0]} with {tex(top[1])}."))


def histogram(text: str) -> list[Kind]:
    """From classes with their counts, or from the raw values."""
    text = tidy(text)
    if not says(text, r"\bhistogram\b"):
        return []
    classes = []
    for match in _CLASS.finditer(text):
        how_many, low, high = match.group(1, 2, 3) if match[1] else match.group(6, 4, 5)
        classes.append((number(low), number(high), int(number(how_many))))
    classes.sort()
    raw = max((match[0] for match in _LIST.finditer(text)), key=len, default="")
    if len(classes) >= 2 and not raw:
        width, step = classes[0][1] - classes[0][0], classes[1][0] - classes[0][0]
        if width <= 0 or step <= 0 or any(abs(high - low - width) > 1.01 for low, high, _ in classes):
            return []
        slots = round((classes[-1][0] - classes[0][0]) / step) + 1
        counts = [0] * slots
        for low, _, how_many in classes:
            counts[min(slots - 1, round((low - classes[0][0]) / step))] += how_many
        return _histogram(classes[0][0], step, counts)
    values = numbers(raw)
    if len(values) < 5:
        return []
    rest = text.replace(raw, " ")
    finest = 1.0 if all(value == int(value) for value in values) else 0.0
    step = length_of(rest, "width", "bins of", "classes of", "groups of", "intervals of") or max(
        finest, nice_step(max(values) - min(values) or 1.0, 6)
    )
    begin = re.search(rf"\b(?:start\w*|begin\w*)\s+(?:at|with|from)\s+{N}", rest, re.IGNORECASE)
    start = number(begin[1]) if begin and number(begin[1]) <= min(values) else step * math.floor(min(values) / step)
    counts = [0] * (math.floor((max(values) - start) / step) + 1)
    for value in values:
        counts[math.floor((value - start) / step)] += 1
    return _histogram(start, step, counts)


def _histogram(start: float, width: float, counts: Sequence[int]) -> list[Kind]:
    most = max(counts)
    where = list(counts).index(most)
    low = start + width * where
    say = f"{sum(counts)} values in all; most of them, {most}, lie between {tex(low)} and {tex(low + width)}."
    return shown(made(kind="histogram", start=start, width=width, counts=list(counts), marked=[where], say=say))


def scatter(text: str) -> list[Kind]:
    """Points with a line of fit, or a table with its graph."""
    text = tidy(text)
    fit = says(text, r"\b(?:best[- ]fit|line of fit|regression|trend ?line|scatter\w*)\b")
    table = says(text, r"\btable\b")
    pairs = [(x, y) for _, x, y in points(text)] or _columns(text)
    if not (fit or table) or len(pairs) < 2:
        return []
    if table and not fit:
        say = "Each row of the table is a point of the graph."
        return shown(made(kind="scatter", points=pairs, table=len(pairs) <= 7, fit=straight(pairs), say=say))
    asked = re.search(rf"\b(?:predict\w*|estimate\w*|expect\w*)\b[^\d]*?{N}", text, re.IGNORECASE)
    at = number(asked[1]) if asked else None
    return shown(made(kind="scatter", points=pairs, fit=True, at=at, say="The line of best fit runs as close to all points as a line can."))


def _columns(text: str) -> list[tuple[float, float]]:
    """`x: 0, 1, 2 and y: 1, 3, 5`."""
    row = rf"\s*(?:[:=]|values?(?: are)?)?\s*((?:{N}\s*(?:,|and|\s)\s*)*{N})"
    xs, ys = (re.search(rf"\b{letter}{row}", text) for letter in "xy")
    if xs is None or ys is None:
        return []
    first, second = numbers(xs[1]), numbers(ys[1])
    return list(zip(first, second, strict=True)) if len(first) == len(second) else []


def straight(pairs: Sequence[tuple[float, float]]) -> bool:
    """Whether all points lie on one line that is not upright."""
    (ax, ay), (bx, by) = pairs[0], pairs[-1]
    return bx != ax and all(abs((y - ay) * (bx - ax) - (by - ay) * (x - ax)) < 1e-9 for x, y in pairs)


_SOME = r"\s+(?:[a-z]+\s+){0,4}"
_VERBS = r"(?:take|study|play|like|speak|own|have|drink|read|prefer|eat|learn|watch|chose|choose|are in|do|joined)s?"


def venn(text: str) -> list[Kind]:
    """Two sets by how many are in each and in both."""
    text = tidy(text)
    both = re.search(rf"{N}{_SOME}both\b|\bboth\b\s*(?:[:=]|is|are)?\s*{N}", text, re.IGNORECASE)
    if both is None:
        return []
    rest = f"{text[: both.start()]} ; {text[both.end() :]}"
    outside = re.search(rf"{N}{_SOME}(?:neither|none)\b|\b(?:neither|none)\b[^\d.;]{{0,20}}{N}", rest, re.IGNORECASE)
    rest = rest.replace(outside[0], " ; ") if outside else rest
    total = re.search(
        rf"\b(?:of|among|out of|group of|class of|in all|total(?: of)?)\s+(?:the\s+)?{N}|{N}\s+(?:[a-z]+\s+)?(?:in all|altogether|in total)"
        rf"|^[^.,:]*?{N}\s+(?:students|people|pupils|kids|children|friends)(?=[.:]|\s+(?:were|are|in|answered|took))",
        rest,
        re.IGNORECASE,
    )
    rest = rest.replace(total[0], " ; ") if total else rest
    sets = re.findall(rf"{N}\s+(?:[a-z]+\s+){{0,3}}?(?:{_VERBS}|in)\s+(?:the\s+|a\s+|only\s+)?([A-Za-z][\w'-]*)", rest, re.IGNORECASE)
    sets = sets or re.findall(rf"{N}\s+(?:in\s+)?([A-Za-z][\w'-]*)", rest)
    if len(sets) < 2:
        return []
    (one, first), (two, second) = sets[:2]
    shared, left, right = number(both[1] or both[2]), number(one), number(two)
    if not says(text, r"\bonly\b"):
        left, right = left - shared, right - shared
    around = number(outside[1] or outside[2]) if outside else None
    if around is None and total is not None:
        around = number(next(group for group in total.groups() if group)) - left - right - shared
    if left < 0 or right < 0 or (around is not None and around < 0):
        return []
    say = f"{tex(shared)} belong to both, {tex(left)} to {first} only and {tex(right)} to {second} only."
    return shown(made(kind="venn", names=(first, second), left=left, both=shared, right=right, outside=around, say=say))


_COLORS = "red|blue|green|white|black|yellow|orange|purple|pink|brown|gold|silver"
_FACES = r"(?:of\s+(?:them|which)\s+)?(?:parts?\s+|sections?\s+)?(?:says?|are|is|shows?|reads?|marked|labell?ed|with)?\s*(?:an?\s+)?"
_COUNTED = re.compile(rf"\b(\d+)\s+{_FACES}({_COLORS}|[A-Z]{{3,}}|wins?|loses?|winning|losing)\b")
_COIN = {"heads": 1, "tails": 1}


def tree(text: str) -> list[Kind]:
    """Coins, spinners and marbles, one after the other, with or without putting back."""
    text = tidy(text)
    coins = says(text, r"\bcoins?\b")
    if not says(text, r"\btree\b") and not (coins and says(text, r"\b(?:toss|flip)\w*")):
        return []
    found = re.search(r"\b(\w+)\s+(?:times|tosses|flips|coins|draws)\b", text, re.IGNORECASE)
    draws = 1 if says(text, r"\bonce\b") and not says(text, r"\btwice\b|\btwo\b") else (count(found[1]) if found else None) or 2
    if not 1 <= draws <= 3 or says(text, r"\b(?:die|dice|biased|unfair|weighted|loaded)\b|\bcoin\b.*%|%.*\bcoin\b"):
        return []
    bag = {name.lower(): int(how_many) for how_many, name in _COUNTED.findall(text)}
    if coins and len(bag) >= 2:
        coin_first = text.lower().index("coin") < text.lower().index(next(iter(bag)))
        first, second = (_COIN, bag) if coin_first else (bag, _COIN)
        marked = [f"{a}-{b}" for a in first for b in second if says(text, rf"\b{a}\b\s*(?:and|,|then)\s*(?:an?\s+)?\b{b}\b")]
        say = "What comes second does not depend on what came first."
        return shown(made(kind="tree", branches=of_stages([first, second]), marked=marked, say=say))
    if coins:
        say = f"Each of the {2**draws} ends has the same probability."
        return shown(made(kind="tree", branches=of_stages([_COIN] * draws), marked=_wanted(text, list(_COIN), draws), say=say))
    if not 2 <= len(bag) <= 3:
        return []
    put_back = r"\bwith replacement\b|\bput(?:s|ting)?\b[^.]{0,15}\bback\b|\breplac(?:es?|ed|ing)\b(?! with)|\breturn(?:s|ed)?\b|\bspin\w*|\broll\w*"
    back = says(text, put_back) and not says(text, r"\bwithout\b|\bnot (?:put|replac|return)|\bdon't (?:put|replac|return)")
    say = "Nothing is taken out, so each time is like the first." if back else "The first stays out, so the second draw has one less."
    branches = of_stages([bag] * draws) if back else taken_out(bag, draws)
    return shown(made(kind="tree", branches=branches, marked=_wanted(text, list(bag), draws), say=say))


def _wanted(text: str, labels: Sequence[str], draws: int) -> list[str]:
    """The paths that the request asks about."""
    if draws < 2:
        return []
    for label in labels:
        name = label.rstrip("s")
        if says(text, rf"\b(?:both|two|all|only)\b[^.]{{0,20}}\b{name}|\b{label} (?:both|all) times\b|\b(?:two|three) {name}"):
            return ["-".join([label] * draws)]
    if draws == 2 and len(labels) == 2 and says(text, r"\bone of each\b|\bdifferent\b|\bexactly (?:one|once)\b|\bonly once\b"):
        return [f"{labels[0]}-{labels[1]}", f"{labels[1]}-{labels[0]}"]
    return []
