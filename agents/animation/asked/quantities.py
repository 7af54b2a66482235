"""Fractions, ratios, products, sequences and journeys with the numbers that the request gives."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction

from agents.animation.asked.words import N, count, made, number, numbers, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind

_FRACTION = re.compile(r"(?<![\w./])(\d{1,2})\s*/\s*(\d{1,2})(?![\w/])")
_SUM = re.compile(r"(?<![\w./])(\d{1,2})\s*/\s*(\d{1,2})\s*([-+])\s*(\d{1,2})\s*/\s*(\d{1,2})(?![\w/])")


def part_bars(text: str) -> list[Kind]:
    """Fractions as parts of equal bars, their sum, or a ratio."""
    text = tidy(re.sub(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}", r"\1/\2", text))
    about_bars = says(text, r"\bfraction|\bbars?\b|\bstrips?\b|\bcompare|\bequivalent|\blarger|\bbigger|\bgreater")
    if about_bars and (found := _SUM.search(text)) is not None:
        return _sum(*(int(part) for part in found.group(1, 2, 4, 5)), sign=found[3])
    pairs = dict.fromkeys((int(a), int(b)) for a, b in _FRACTION.findall(text))
    fractions = [(a, b) for a, b in pairs if 0 < a <= b <= 24]
    if len(fractions) == 2 and about_bars and says(text, r"\bdenominator") and (alike := _alike(*fractions)):
        return alike
    if fractions and about_bars:
        formula = ""
        if len(fractions) == 2:
            one, two = (Fraction(*pair) for pair in fractions)
            formula = f"{_frac(*fractions[0])} {'=' if one == two else '>' if one > two else '<'} {_frac(*fractions[1])}"
        rows = [{"label": f"{a}/{b}", "parts": b, "filled": a} for a, b in fractions[:4]]
        return shown(
            made(kind="part_bars", bars=rows, formula=formula, say="All bars are equally long, so the coloured parts can be compared.")
        )
    return _ratio(text)


def _alike(one: tuple[int, int], two: tuple[int, int]) -> list[Kind]:
    """Two fractions in parts of the same size; nothing where these are too many to be drawn."""
    (a, b), (c, d) = one, two
    whole = b * d // _common(b, d)
    first, second = a * whole // b, c * whole // d
    if whole > 24:
        return []
    rows = [{"label": f"{x}/{y} = {n}/{whole}", "parts": whole, "filled": n} for (x, y), n in ((one, first), (two, second))]
    sign = "=" if first == second else ">" if first > second else "<"
    lines = [
        (f"{_frac(a, b)} = {_frac(first, whole)}", f"Cut each part into {whole // b}."),
        (f"{_frac(c, d)} = {_frac(second, whole)}", f"Cut each part into {whole // d}."),
        (f"{_frac(a, b)} {sign} {_frac(c, d)}", "Now the parts can be counted."),
    ]
    return shown(made(kind="part_bars", bars=rows, say="Parts of the same size can be compared by counting."), worked(*lines))


def _frac(top: int, bottom: int) -> str:
    return f"\\frac{{{top}}}{{{bottom}}}"


def _sum(a: int, b: int, c: int, d: int, *, sign: str) -> list[Kind]:
    """Two fractions brought to one denominator, drawn and worked out."""
    if not b or not d:
        return []
    whole = Fraction(1, b).denominator * Fraction(1, d).denominator // _common(b, d)
    first, second = a * whole // b, c * whole // d
    total = first + second if sign == "+" else first - second
    bars = [{"label": f"{a}/{b} = {first}/{whole}", "parts": whole, "filled": first}]
    bars.append({"label": f"{c}/{d} = {second}/{whole}", "parts": whole, "filled": second})
    if 0 <= total <= whole:
        bars.append({"label": "together" if sign == "+" else "left", "parts": whole, "filled": total})
    answer = Fraction(total, whole)
    lines = [(f"{_frac(a, b)} {sign} {_frac(c, d)}", "The parts are of different size.")]
    lines.append((f"{_frac(first, whole)} {sign} {_frac(second, whole)}", f"Cut both into parts of which {whole} make a whole."))
    lines.append((_frac(total, whole), "Now the parts can be counted."))
    if answer.denominator != whole:
        lines.append((_frac(answer.numerator, answer.denominator) if answer.denominator > 1 else str(answer.numerator), "Shorten it."))
    return shown(made(kind="part_bars", bars=bars, say="Parts of the same size can be counted together."), worked(*lines))


def _common(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def _ratio(text: str) -> list[Kind]:
    """Equal parts shared in a ratio, with what a part is worth where the whole or one share is given."""
    ratio = re.search(r"\bratio\b[^\d]{0,40}(\d{1,2})\s*(?::|to)\s*(\d{1,2})|(\d{1,2})\s*:\s*(\d{1,2})", text, re.IGNORECASE)
    if ratio is None or not says(text, r"\bratio\b|\bbars?\b|\bshare|\bmix|\bparts?\b|\brecipe\b"):
        return []
    first, second = (int(part) for part in ratio.groups() if part)
    if not first or not second:
        return []
    named = re.search(
        r"\b([A-Za-z]+)\s+(?:paint\s+)?(?:to|and|:)\s+([A-Za-z]+)\b(?=[^.]{0,30}\bratio\b|[^.]{0,40}\d\s*(?::|to)\s*\d)", text
    )
    labels = (named[1], named[2]) if named else ("first", "second")
    rest = text.replace(ratio[0], " ")
    for label, parts in zip(labels, (first, second), strict=True):
        known = re.search(rf"{N}\s*(?:[a-z]{{1,12}}\s+)?(?:of\s+)?{label}\b", rest, re.IGNORECASE) if named else None
        if known is not None and number(known[1]) >= parts:
            each = number(known[1]) / parts
            return shown(_ratio_bars(labels, (first, second), each, f"{parts} parts are {known[1]}, so each is {tex(each)}."))
    total = next((value for value in numbers(rest) if value > first + second), None)
    if total is None:
        return shown(_ratio_bars(labels, (first, second), None, f"{first + second} equal parts in all."))
    each = total / (first + second)
    return shown(_ratio_bars(labels, (first, second), each, f"{first + second} equal parts share {tex(total)}, so each is {tex(each)}."))


def _ratio_bars(labels: Sequence[str], parts: Sequence[int], each: float | None, say: str) -> Kind | None:
    rows = [{"label": label, "parts": size, "filled": size} for label, size in zip(labels, parts, strict=True)]
    return made(kind="part_bars", mode="ratio", bars=rows, each=each, say=say)


_TERM = r"[-+]?\s*\d*\s*[a-z]?(?:\^\d)?"
_SIDE = rf"\(\s*({_TERM}(?:\s*[-+]{_TERM})+)\s*\)"


def area_model(text: str) -> list[Kind]:
    """A product of two sums as the pieces of a rectangle."""
    text = tidy(text)
    model = says(text, r"\barea (?:model|diagram)\b|\bbox method\b")
    if not model and not says(text, r"\brectangle\b|\bmultipl|\bexpand|\bproduct\b|\bfoil\b"):
        return []
    if (pair := re.search(rf"{_SIDE}\s*[*×]?\s*{_SIDE}", text)) is not None:
        return shown(_area(pair[1], pair[2]))
    if (square := re.search(rf"{_SIDE}\s*(?:\^\s*\{{?2\}}?|²)", text)) is not None:
        return shown(_area(square[1], square[1]))
    whole = re.search(r"\b(\d{2})\s*(?:×|\*|times|x)\s*(\d{1,2})\b", text)
    if whole is None or not model:
        return []
    rows, columns = (f"{int(part) // 10 * 10}+{int(part) % 10}" if int(part) > 9 and int(part) % 10 else part for part in whole.groups())
    return shown(_area(rows, columns))


def _area(rows: str, columns: str) -> Kind | None:
    def terms(text: str) -> list[str]:
        return re.findall(r"-?[^-+]+", text.replace(" ", ""))

    say = "Every term of one side meets every term of the other."
    formula = f"({rows.strip()})({columns.strip()})"
    return made(kind="area_model", rows=terms(rows), columns=terms(columns), formula=formula, say=say)


_START = re.compile(rf"\b(?:start|begin)\w*\s+(?:with|at|from)\s+{N}|\bfirst term\s*(?:is|of|=|:)?\s*{N}|\ba_?1\s*=\s*{N}", re.IGNORECASE)
_STEP = re.compile(rf"\b(?:difference|adds?|adding|grows? by|increas\w+ by|goes up by)\s*(?:is|of|=|:)?\s*{N}", re.IGNORECASE)
_DOWN = re.compile(rf"\b(?:decreas\w+ by|subtract\w*|goes down by|drops by)\s*{N}", re.IGNORECASE)
_RATIO = re.compile(r"\b(?:ratio|multipl\w+ by|times)\s*(?:is|of|=|:)?\s*(-?\d+/\d+|-?\d+(?:\.\d+)?)", re.IGNORECASE)
_GROWTH = {r"\bdoubl": 2.0, r"\btripl": 3.0, r"\bhal(?:f|ves|ved)\b": 0.5}


def sequence(text: str) -> list[Kind]:
    """Terms one after the other, and the one that is asked for."""
    text = tidy(text)
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
    return f"\\left({'-' if value < 0 else ''}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}\\right)"


_SPEED = re.compile(
    rf"{N}\s*(km/h|kph|mph|m/s|km per hour|kilomet(?:er|re)s per hour|miles per hour|miles an hour|met(?:er|re)s per second|feet per second|ft/s)",
    re.IGNORECASE,
)
_UNIT = {"k": ("km", "h"), "m": ("mi", "h"), "f": ("ft", "s")}
_DISTANCE = re.compile(rf"{N}\s*(?:km|kilomet\w+|miles?|mi|m|meters?|metres?|feet|ft)\b", re.IGNORECASE)
_SPAN = re.compile(rf"\b(?:for|after|in)\s+{N}\s*(?:h|hours?|s|seconds?|minutes?)\b", re.IGNORECASE)
_LATER = re.compile(rf"{N}\s*(?:h|hours?|minutes?|s|seconds?)\s+(?:later|after|head start)", re.IGNORECASE)


def motion(text: str) -> list[Kind]:
    """One or two travellers with their speeds, towards each other, one after the other, or for a time."""
    text = tidy(text)
    speeds = [(number(match[1]), match[2].lower()) for match in _SPEED.finditer(text)]
    if not 1 <= len(speeds) <= 2:
        return []
    unit = speeds[0][1]
    length, time = ("m", "s") if unit == "m/s" or unit.startswith("met") else _UNIT[unit[0]]
    units = {"length_unit": length, "time_unit": time}
    rest = _SPEED.sub(" ", text)
    apart, hours, later = _DISTANCE.search(rest), _SPAN.search(rest), _LATER.search(rest)
    names = _travellers(text, len(speeds))
    if len(speeds) == 1:
        speed = speeds[0][0]
        if hours is None and (apart is None or speed <= 0):
            return []
        span = number(hours[1]) if hours is not None else number(apart[1]) / speed if apart is not None else 0.0
        say = f"At {tex(speed)} {length}/{time} it covers {tex(speed * span)} {length} in {tex(span)} {time}."
        return shown(made(kind="motion", travellers=[{"name": names[0], "speed": speed}], time=span, **units, say=say))
    one, two = speeds[0][0], speeds[1][0]
    if apart is not None and says(text, r"\btowards?\b|\bmeet|\bopposite ends\b|\beach other\b") and not says(text, r"\bcatch|\bovertak"):
        gap = number(apart[1])
        formula = f"\\frac{{{tex(gap)}}}{{{tex(one)} + {tex(two)}}} = {tex(gap / (one + two))}"
        say = f"Together they close {tex(one + two)} {length} each {'hour' if time == 'h' else 'second'}."
        pair: list[dict[str, object]] = [{"name": names[0], "speed": one}, {"name": names[1], "start": gap, "speed": -two}]
        return shown(made(kind="motion", travellers=pair, **units, formula=formula, say=say))
    slow, fast = (0, 1) if one < two else (1, 0)
    ahead: list[dict[str, object]] = [{"name": name, "speed": speed} for name, (speed, _) in zip(names, speeds, strict=True)]
    if apart is not None:
        ahead[slow]["start"] = number(apart[1])
    elif later is not None:
        ahead[fast]["delay"] = number(later[1])
    elif hours is not None:
        return shown(
            made(kind="motion", travellers=ahead, time=number(hours[1]), **units, say="Both start together; the faster one gets further.")
        )
    else:
        return []
    return shown(made(kind="motion", travellers=ahead, **units, say="The faster one catches up."))


def _travellers(text: str, wanted: int) -> list[str]:
    """What moves; numbered where several are alike."""
    nouns = r"rabbit|dog|cat|horse|turtle|snail|fox|hare|tortoise|swimmer|skater|scooter|jogger|train|car|bus|cyclist|runner|truck|bike|boat|walker|plane|hiker|ship"
    named = re.findall(
        rf"\b(?:a|an|the|one|another|two)\s+((?:red|blue|fast|slow|first|second)\s+)?({nouns})(?:e?s)?\b", text, re.IGNORECASE
    )
    people = re.findall(r"\b([A-Z][a-z]+)\s+(?:runs|walks|drives|rides|cycles|travels|jogs|starts|leaves)\b", text)
    found = list(dict.fromkeys([*people, *(f"{adjective}{noun}".lower() for adjective, noun in named)]))
    if len(found) >= wanted:
        return found[:wanted]
    return [f"{found[0]} {number}" for number in range(1, wanted + 1)] if found else ["first", "second"][:wanted]
