"""Whether what a prompt asks for was really on screen, by the manifest's inventory `shown`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

Alternatives = Sequence[str]
"""One expectation: any of these strings fulfils it."""

_SPELLINGS = (
    ("\\left", ""), ("\\right", ""), ("\\displaystyle", ""), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\leq", "≤"), ("\\geq", "≥"), ("\\le", "≤"),
    ("\\ge", "≥"), ("<=", "≤"), (">=", "≥"), ("\\cdot", "*"), ("\\times", "*"), ("·", "*"), ("×", "*"), ("−", "-"), ("\\pi", "π"), ("\\theta", "θ"), ("\\alpha", "α"),
    ("\\sqrt", "√"), ("^\\circ", "°"), ("\\degree", "°"), ("\\lvert", "|"), ("\\rvert", "|"), ("\\vert", "|"),
)  # fmt: skip


class Expected(TypedDict):
    """What must be seen: texts (any spelling of TeX or Unicode), Manim classes, and texts that must come up one after the other."""

    texts: list[list[str]]
    kinds: list[list[str]]
    order: NotRequired[list[list[str]]]


def spelling(text: str) -> str:
    """The text as it is compared: one spelling for TeX and Unicode, no braces, dollars or spaces, lower case."""
    text = re.sub(r"[²³⁴⁵⁶⁷⁸⁹]", lambda match: "^" + unicodedata.normalize("NFKC", match[0]), text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\\[,;!: ]|\\quad|\\qquad|~", " ", text)
    text = _apart(text)
    for old, new in _SPELLINGS:
        text = text.replace(old, new)
    return re.sub(r"[{}$\s\\&]", "", text).lower()


def _apart(text: str) -> str:
    """Without spaces, but for a bar where one keeps a word from its neighbour: `after 2 hours` holds a 2, and `3 x` is `3x`."""
    out = ""
    for token in text.split():
        is_word = re.match(r"[a-zA-Z]{2,}", token) or re.search(r"(?<![\\a-zA-Z])[a-zA-Z]{2,}$", out)
        out += f"|{token}" if out and is_word and re.search(r"\w$", out) and re.match(r"\w", token) else token
    return out


def missing(expected: Expected, shown: Iterable[Mapping[str, Any]]) -> list[str]:
    """The expectations that nothing in `shown` fulfils, each by its first alternative."""
    inventory = list(shown)
    kinds = {str(item.get("kind", "")) for item in inventory}
    texts = [spelling(str(item["text"])) for item in inventory if item.get("text")]
    lost = [names[0] for names in expected["kinds"] if not kinds & set(names)]
    lost += [words[0] for words in expected["texts"] if not any(_stands_in(spelling(word), text) for word in words for text in texts)]
    order = expected.get("order", [])
    return lost if _in_order(order, inventory) else [*lost, f"in order: {', '.join(words[0] for words in order)}"]


def _in_order(order: Sequence[Alternatives], inventory: Sequence[Mapping[str, Any]]) -> bool:
    """Whether each text is there and comes up later than the one before it."""
    begun = -1.0
    for words in order:
        times = [
            float(item.get("from_s") or 0.0)
            for item in inventory
            if item.get("text") and any(_stands_in(spelling(word), spelling(str(item["text"]))) for word in words)
        ]
        later = [time for time in times if time > begun]
        if not later or min(times) <= begun:
            return False
        begun = min(later)
    return True


def _stands_in(word: str, text: str) -> bool:
    # `x=5` must not be found in `x=50`, nor `3` in `13`
    before = r"(?<![\w.])" if word[:1].isalnum() else ""
    after = r"(?![\w]|\.\d)" if word[-1:].isalnum() else ""
    return re.search(before + re.escape(word) + after, text) is not None
