"""Fractions as parts of equal bars, and amounts shared in a ratio."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from fractions import Fraction

from agents.animation.asked.words import N, made, number, numbers, says, shown, tex, tidy, worked
from agents.animation.kinds import Kind

_FRACTION = re.compile(r"(?<![\w./])(\d{1,2})\s*/\s*(\d{1,2})(?![\w/])")
_SUM = re.compile(r"(?<![\w./])(\d{1,2})\s*/\s*(\d{1,2})\s*([-+])\s*(\d{1,2})\s*/\s*(\d{1,2})(?![\w/])")


def part_bars(text: str) -> list[Kind]:
    """Fractions as parts of equal bars, their sum, or a ratio."""
    text = tidy(re.sub(r"\\[dt]?frac\s*\{(\d+)\}\s*\{(\d+)\}", r"\1/\2", text))
    if re.search(r"\d\s+\d{1,2}\s*/\s*\d", text):
        return []  # a mixed number
    about_bars = says(text, r"\bfraction|\bbars?\b|\bstrips?\b|\bcompare|\bequivalent|\blarger|\bbigger|\bgreater")
    if (part := re.search(r"(?<![\w./])(\d{1,2})\s*/\s*(\d{1,2})\s+of\s+(\d{1,2})\s*/\s*(\d{1,2})(?![\w/])", text)) is not None:
        return _part_of(*(int(number) for number in part.groups()))
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


def _part_of(a: int, b: int, c: int, d: int) -> list[Kind]:
    """A fraction of a fraction: the parts of the one are cut into those of the other."""
    whole = b * d
    if not (0 < a <= b and 0 < c <= d) or whole > 24:
        return []
    bars = [{"label": f"{c}/{d} = {c * b}/{whole}", "parts": whole, "filled": c * b}]
    bars.append({"label": f"{a}/{b} of it", "parts": whole, "filled": a * c})
    answer = Fraction(a * c, whole)
    lines = [
        (f"{_frac(a, b)} \\cdot {_frac(c, d)} = \\frac{{{a} \\cdot {c}}}{{{b} \\cdot {d}}}", f"Cut every part of {c}/{d} into {b}."),
        (f"{_frac(a, b)} \\cdot {_frac(c, d)} = {_frac(a * c, whole)}", f"Take {a} of each {b}."),
    ]
    if answer.denominator != whole:
        lines.append((f"{_frac(a * c, whole)} = {_frac(answer.numerator, answer.denominator)}", "Shorten it."))
    return shown(made(kind="part_bars", bars=bars, say=f"{a}/{b} of {c}/{d}."), worked(*lines))


def _alike(one: tuple[int, int], two: tuple[int, int]) -> list[Kind]:
    """Two fractions in parts of the same size; nothing where these are too many to be drawn."""
    (a, b), (c, d) = one, two
    whole = math.lcm(b, d)
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
    whole = math.lcm(b, d)
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


def _ratio(text: str) -> list[Kind]:
    """Equal parts shared in a ratio, with what a part is worth where the whole or one share is given."""
    ratio = re.search(r"\bratio\b[^\d]{0,40}(\d{1,2})\s*(?::|to)\s*(\d{1,2})|(\d{1,2})\s*:\s*(\d{1,2})", text, re.IGNORECASE)
    if re.search(r"\d\s*:\s*\d+\s*:\s*\d", text):
        return _shares(text)
    if (
        ratio is None
        or says(text, r"\d\s+(?:more|fewer|less)\b|\bdifference\b")
        or not says(text, r"\bratio\b|\bbars?\b|\bshare|\bmix|\bparts?\b|\brecipe\b")
    ):
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


def _shares(text: str) -> list[Kind]:
    """A whole shared in a ratio of three or four."""
    found = re.search(r"\d{1,2}(?:\s*:\s*\d{1,2}){2,3}", text)
    if found is None:
        return []
    parts = [int(part) for part in found[0].split(":")]
    named = re.search(r"\b([A-Za-z]+(?:, [A-Za-z]+)+,? and [A-Za-z]+)\b", text)
    labels = re.split(r",? and |, ", named[1]) if named else []
    labels = labels if len(labels) == len(parts) else [f"share {place}" for place in range(1, len(parts) + 1)]
    total = next((value for value in numbers(text.replace(found[0], " ")) if value > sum(parts)), None)
    if not all(parts) or total is None:
        return []
    each = total / sum(parts)
    return shown(_ratio_bars(labels, parts, each, f"{sum(parts)} equal parts share {tex(total)}, so each is {tex(each)}."))


def _ratio_bars(labels: Sequence[str], parts: Sequence[int], each: float | None, say: str) -> Kind | None:
    rows = [{"label": label, "parts": size, "filled": size} for label, size in zip(labels, parts, strict=True)]
    return made(kind="part_bars", mode="ratio", bars=rows, each=each, say=say)
