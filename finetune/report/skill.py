"""An unrelated skill that tuning must not cost: small sums and simple instructions, made by a seeded program and checked by computation.

They are of mixed difficulty on purpose, so that a model of 135M parameters can do some of them, and one of 7B not all without care: where the base can do
none, forgetting would not show. None of them is taken from a benchmark.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

from finetune.report.items import Item
from finetune.report.ports import Verdict

ITEMS = 100
NEW_TOKENS = 48
"""Of an answer. Longer ones are cut: what counts is in the first line."""
TASK = "skill"
_WORDS = [
    "apple",
    "river",
    "stone",
    "window",
    "garden",
    "silver",
    "pencil",
    "orange",
    "mountain",
    "basket",
    "candle",
    "yellow",
    "market",
    "bridge",
    "forest",
    "hammer",
    "island",
    "jacket",
    "kitchen",
    "lantern",
    "mirror",
    "needle",
    "ocean",
    "pepper",
    "rabbit",
    "sugar",
    "ticket",
    "valley",
    "winter",
    "anchor",
]
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_Made = tuple[str, dict[str, Any], str]


def make(count: int = ITEMS, seed: int = 0) -> tuple[Item, ...]:
    """`count` different items, the kinds in turn; the same for the same seed."""
    draw = random.Random(f"skill-{seed}")  # noqa: S311 - items, no secrets
    makers = (_copy, _sum, _more, _upper, _next, _difference, _letter, _product, _object, _larger)
    made: dict[str, tuple[dict[str, Any], str]] = {}
    turn = 0
    while len(made) < count:
        text, check, answer = makers[turn % len(makers)](draw)
        if text not in made:
            made[text] = (check, answer)
            turn += 1
    return tuple(
        Item(f"skill-{seed}-{index:03d}", ({"role": "user", "content": text},), answer, TASK, check)
        for index, (text, (check, answer)) in enumerate(made.items())
    )


def verdict(item: Item, text: str) -> Verdict:
    """By the first line of the answer that is not empty. Raises `KeyError` for an item that is none of this module's."""
    check = item.check or {}
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return Verdict(_RULES[check["kind"]](line, text, check["expect"]))


def _number(line: str, _: str, expect: Any) -> bool:
    # "3 + 4 = 7": the result stands last
    found = _NUMBER.findall(line.replace(",", ""))
    return bool(found) and float(found[-1]) == expect


def _word(line: str, _: str, expect: Any) -> bool:
    return str(expect) in re.findall(r"[A-Za-z]+", line)


def _object_with(_: str, text: str, expect: Any) -> bool:
    # models like to fence what is JSON
    start, end = text.find("{"), text.find("}")
    try:
        return bool(0 <= start < end and json.loads(text[start : end + 1]) == expect)
    except ValueError:
        return False


_RULES: dict[str, Callable[[str, str, Any], bool]] = {"number": _number, "word": _word, "object": _object_with}


def _sum(draw: random.Random) -> _Made:
    a, b = draw.randint(1, 20), draw.randint(1, 20)
    return f"What is {a} + {b}?", {"kind": "number", "expect": a + b}, f"{a} + {b} = {a + b}"


def _difference(draw: random.Random) -> _Made:
    a, b = draw.randint(10, 60), draw.randint(1, 9)
    return f"What is {a} - {b}?", {"kind": "number", "expect": a - b}, f"{a} - {b} = {a - b}"


def _product(draw: random.Random) -> _Made:
    a, b = draw.randint(2, 12), draw.randint(2, 12)
    return f"What is {a} times {b}?", {"kind": "number", "expect": a * b}, f"{a} times {b} is {a * b}"


def _next(draw: random.Random) -> _Made:
    start, step = draw.randint(1, 20), draw.randint(1, 5)
    shown = ", ".join(str(start + step * index) for index in range(4))
    right = start + 4 * step
    return f"Which number comes next: {shown}? Answer with the number only.", {"kind": "number", "expect": right}, str(right)


def _larger(draw: random.Random) -> _Made:
    a, b = draw.sample(range(1, 100), 2)
    return f"Which number is larger, {a} or {b}? Answer with that number only.", {"kind": "number", "expect": max(a, b)}, str(max(a, b))


def _copy(draw: random.Random) -> _Made:
    word = draw.choice(_WORDS)
    other = draw.choice(_WORDS)
    return f"Repeat these two words: {word} {other}", {"kind": "word", "expect": other}, f"{word} {other}"


def _upper(draw: random.Random) -> _Made:
    word = draw.choice(_WORDS)
    return f"Write this word in capital letters: {word}", {"kind": "word", "expect": word.upper()}, word.upper()


def _letter(draw: random.Random) -> _Made:
    word = draw.choice(_WORDS)
    return f'What is the first letter of the word "{word}"?', {"kind": "word", "expect": word[0]}, word[0]


def _more(draw: random.Random) -> _Made:
    word, other = draw.sample(_WORDS, 2)
    text = f"Maria has a {word} and Tom has a {other}. What does Tom have? Answer in one short sentence."
    return text, {"kind": "word", "expect": other}, f"Tom has a {other}."


def _object(draw: random.Random) -> _Made:
    word, value = draw.choice(_WORDS), draw.randint(1, 99)
    text = f'Write a JSON object with one key, "{word}", whose value is the number {value}. Write nothing else.'
    return text, {"kind": "object", "expect": {word: value}}, json.dumps({word: value})
