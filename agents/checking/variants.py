"""The same problem with other numbers, as text: which numbers may change, and what stands in their place. Pure; whether the new problem has a good
answer is computed elsewhere."""

from __future__ import annotations

import ast
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

from agents.checking.problem import OptionText

Difficulty = Literal["same", "harder", "easier"]
_NUMBER = re.compile(r"(?<![\w.\\])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d]|\.\d)")
_NAME_BEFORE = re.compile(
    r"(?:\b(?:triangle|figure|fig\.?|table|step|problem|question|exercise|part|case|line|point|circle|angle|model|plan|option|group|class|grade|room|number|no\.?|day|week|year|chapter|page|stage|level|type|store|shop|team|machine|car|train|bus|route|phase|round|quadrant|in|since|by)\s*#?\s*\$?|#|\^\s*\{?\s*-?|_\s*\{?\s*)$",
    re.IGNORECASE,
)
_NAME_ONLY_YEARS = re.compile(r"\b(?:in|since|by)\s*\$?$", re.IGNORECASE)
_ORDINAL_AFTER = re.compile(r"^(?:st|nd|rd|th)\b|^-(?:digit|sided|dimensional|gon)\b", re.IGNORECASE)
_CONVERSION = re.compile(
    r"^\$?\s*(?:minutes?|hours?|days?|months?|weeks?|inches|feet|seconds?|grams?|meters?|cents|centimeters?)\s+(?:in|per|make|are in|=)\b|^\s*(?:°|\^\s*\{?\s*\\circ|degrees?\b)",
    re.IGNORECASE,
)
_SPELLED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_IMPLIED = {word: value for value, word in enumerate(_SPELLED)} | {"twenty": 20, "thirty": 30, "fifty": 50, "hundred": 100}
_IMPLIED |= {
    "half": 2,
    "twice": 2,
    "double": 2,
    "doubled": 2,
    "pair": 2,
    "pairs": 2,
    "both": 2,
    "couple": 2,
    "third": 3,
    "triple": 3,
    "thrice": 3,
}
_IMPLIED |= {"quarter": 4, "quarters": 4, "dozen": 12, "square": 2, "squared": 2, "cubed": 3}


class Slot:
    """One number of the text that may change: where it stands, its value, and whether it is a percentage."""

    __slots__ = ("end", "percent", "start", "text", "value")

    def __init__(self, start: int, end: int, text: str, *, percent: bool) -> None:
        self.start, self.end, self.text, self.percent = start, end, text, percent
        self.value = Fraction(text.replace(",", ""))


def find_slots(stem: str) -> list[Slot]:
    """The numbers that may change. Numbers in names ("triangle 2"), exponents, ordinals, years, conversions, 0 and 1 stay, and so does every value that
    the text also says in a word: replaced in one place only, it would contradict the other."""
    words = set(re.findall(r"[a-z]+", stem.lower()))
    fixed = {Fraction(value) for word, value in _IMPLIED.items() if word in words} | {Fraction(0), Fraction(1)}
    slots = []
    for match in _NUMBER.finditer(stem):
        before, after = stem[: match.start()], stem[match.end() :]
        slot = Slot(match.start(), match.end(), match[0], percent=bool(re.match(r"\s*(?:\\?%|percent\b)", after)))
        named = _NAME_BEFORE.search(before[-24:])
        if named and _NAME_ONLY_YEARS.search(before[-12:]) and not re.fullmatch(r"(?:1[0-9]|20)\d\d", match[0]):
            named = None
        if named or _ORDINAL_AFTER.match(after) or _CONVERSION.match(after) or (slot.percent and slot.value == 100):
            fixed.add(slot.value)
            continue
        slots.append(slot)
    return [slot for slot in slots if slot.value not in fixed]


def draw_numbers(slots: Sequence[Slot], seed: int, difficulty: Difficulty) -> dict[Fraction, Fraction]:
    """A new value for every value of the slots: same decimals, similar size, in the same order, percentages below 100. Empty where none was found."""
    dice = random.Random(f"variant {seed}")  # noqa: S311 - repeatable, so that a test can say what it gets
    low, high = {"same": (0.6, 1.7), "harder": (1.5, 4.0), "easier": (0.3, 0.9)}[difficulty]
    values = sorted({slot.value for slot in slots})
    percents = {slot.value for slot in slots if slot.percent}
    decimals = {slot.value: len(slot.text.partition(".")[2]) for slot in slots}
    for _ in range(40):
        drawn: dict[Fraction, Fraction] = {}
        for value in values:
            places = decimals[value]
            unit = Fraction(1, 10**places)
            roundness = next((step for step in (1000, 100, 50, 25, 10, 5) if places == 0 and value > 2 * step and value % step == 0), 1)
            unit *= roundness
            new = round(float(value) * dice.uniform(low, high) / float(unit)) * unit
            if places == 0 and value <= 12:
                new = Fraction(max(2, int(value) + dice.choice((-3, -2, -1, 1, 2, 3)) + {"same": 0, "harder": 3, "easier": -1}[difficulty]))
            if value in percents and not 0 < new < 100:
                new = Fraction(dice.choice((5, 10, 15, 20, 25, 30, 35, 40, 60, 75, 80)))
            drawn[value] = max(new, unit)
        changed = sum(value != new for value, new in drawn.items())
        ordered = [drawn[value] for value in values]
        if changed and ordered == sorted(ordered) and len(set(ordered)) == len(ordered):
            return drawn
    return {}


def write_number(value: Fraction, like: str) -> str:
    """The value in the spelling of the number it replaces: its decimals, and its thousands separators."""
    places = len(like.partition(".")[2])
    text = f"{float(value):,.{places}f}" if places else f"{int(value):,}"
    return text if "," in like or (int(value) >= 10_000 and "," in text and len(like) > 4) else text.replace(",", "")


def fill(stem: str, slots: Sequence[Slot], drawn: Mapping[Fraction, Fraction]) -> str:
    """The text with the new numbers in the slots."""
    parts, at = [], 0
    for slot in sorted(slots, key=lambda slot: slot.start):
        parts += [stem[at : slot.start], write_number(drawn[slot.value], slot.text)]
        at = slot.end
    return "".join([*parts, stem[at:]])


class _Replace(ast.NodeTransformer):
    def __init__(self, drawn: Mapping[Fraction, Fraction]) -> None:
        self.drawn = drawn

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        node.left = self.visit(node.left)
        if not (isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant)):
            node.right = self.visit(node.right)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = _fraction(node)
        if value is None or value not in self.drawn:
            return node
        new = self.drawn[value]
        number: int | float = int(new) if new.denominator == 1 and isinstance(node.value, int) else float(new)
        return ast.copy_location(ast.Constant(number), node)


def _fraction(node: ast.AST) -> Fraction | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return Fraction(str(node.value))
    return None


def _constants(code: str) -> Counter[Fraction]:
    """The numbers of a program, exponents left out."""
    tree = ast.parse(code)
    exponents = {id(node.right) for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)}
    return Counter(value for node in ast.walk(tree) if id(node) not in exponents and (value := _fraction(node)) is not None)


def slots_in_code(slots: Sequence[Slot], code: str) -> list[Slot]:
    """The slots whose value stands in the program as plainly as in the text, so that both can be changed together."""
    try:
        used = _constants(code)
    except SyntaxError:
        return []
    told = Counter(slot.value for slot in slots)
    percents = {slot.value for slot in slots if slot.percent}
    return [
        slot
        for slot in slots
        if (used[slot.value] or (slot.value in percents and used[slot.value / 100]))
        and (used[slot.value] <= told[slot.value] or slot.value > 12)
    ]


def fill_code(code: str, slots: Sequence[Slot], drawn: Mapping[Fraction, Fraction]) -> str:
    """The program with the same numbers changed; a percentage also where it stands as a decimal fraction."""
    full = dict(drawn) | {slot.value / 100: drawn[slot.value] / 100 for slot in slots if slot.percent}
    return ast.unparse(_Replace(full).visit(ast.parse(code))) + "\n"


_VALUE_OPTION = re.compile(
    r"^(?P<before>\$?(?:\\\$)?\s*)(?P<number>-?\d[\d,]*(?:\.\d+)?)(?P<after>\s*(?:\\?%|\\circ|°)?\s*\$?(?:\s*[a-z ]{1,24})?)\.?$"
)


def rebuild_options(options: Sequence[OptionText], old: Fraction, new: Fraction, seed: int) -> list[OptionText]:
    """Options around the new answer, each as far from it as its model was from the old one; every other time mirrored, so that the letter tells nothing.

    Empty where the options are no plain numbers, the old answer is not exactly one of them, or no sensible set results.
    """
    found = [_VALUE_OPTION.match(option["text"].strip()) for option in options]
    if not found or not all(found):
        return []
    values = [Fraction(match["number"].replace(",", "")) for match in found if match]
    if values.count(old) != 1:
        return []
    for sign in (1, -1) if seed % 2 else (-1, 1):
        built = [new + sign * (value - old) for value in values]
        if old and all((value / old).denominator == 1 or (old / value if value else Fraction(1, 2)).denominator == 1 for value in values):
            built = [new * value / old for value in values]
        if min(values) >= 0 and min(built) < 0:
            continue
        if all(value.denominator == 1 for value in values) and any(value.denominator != 1 for value in built):
            continue
        if len(set(built)) == len(built):
            order = sorted(built) if values == sorted(values) else built
            shapes = [match for match in found if match]
            return [
                OptionText(letter=option["letter"], text=f"{shape['before']}{_plain(value, shape['number'])}{shape['after']}")
                for option, shape, value in zip(options, shapes, order, strict=True)
            ]
    return []


def _plain(value: Fraction, like: str) -> str:
    sign = "-" if value < 0 else ""
    places = len(like.partition(".")[2])
    if places == 0 and value.denominator != 1:
        return f"{float(value):g}"
    return sign + write_number(abs(value), like.lstrip("-"))


_NEEDS_OPTIONS = re.compile(
    r"\bof the following\b|\bwhich (?:option|choice|answer|of these|statement|graph|table)\b|\bshown below\b|\boptions?\b", re.IGNORECASE
)


def needs_options(stem: str) -> bool:
    """Whether the question makes no sense without something to choose from."""
    return bool(_NEEDS_OPTIONS.search(stem))
