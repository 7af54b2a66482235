"""Whether what a prompt asks for was really on screen, by the manifest's inventory `shown`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

Alternatives = Sequence[str]
"""One expectation: any of these strings fulfils it."""

_SPELLINGS = (
    ("\\left", ""), ("\\right", ""), ("\\displaystyle", ""), ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\leq", "≤"), ("\\geq", "≥"), ("\\le", "≤"),
    ("\\ge", "≥"), ("<=", "≤"), (">=", "≥"), ("\\cdot", "*"), ("\\times", "*"), ("·", "*"), ("×", "*"), ("−", "-"), ("\\pi", "π"), ("\\theta", "θ"), ("\\alpha", "α"),
    ("\\sqrt", "√"), ("^\\circ", "°"), ("\\degree", "°"), ("\\lvert", "|"), ("\\rvert", "|"), ("\\vert", "|"),
)  # fmt: skip


class Expected(TypedDict):
    """What must be seen: texts (any spelling of TeX or Unicode), and Manim classes."""

    texts: list[list[str]]
    kinds: list[list[str]]


def spelling(text: str) -> str:
    """The text as it is compared: one spelling for TeX and Unicode, no braces, dollars or spaces, lower case."""
    text = re.sub(r"[²³⁴⁵⁶⁷⁸⁹]", lambda match: "^" + unicodedata.normalize("NFKC", match[0]), text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"\\[,;!: ]|\\quad|\\qquad|~", "", text)
    for old, new in _SPELLINGS:
        text = text.replace(old, new)
    return re.sub(r"[{}$\s\\&]", "", text).lower()


def missing(expected: Expected, shown: Iterable[Mapping[str, Any]]) -> list[str]:
    """The expectations that nothing in `shown` fulfils, each by its first alternative."""
    inventory = list(shown)
    kinds = {str(item.get("kind", "")) for item in inventory}
    texts = [spelling(str(item["text"])) for item in inventory if item.get("text")]
    lost = [names[0] for names in expected["kinds"] if not kinds & set(names)]
    return lost + [words[0] for words in expected["texts"] if not any(_stands_in(spelling(word), text) for word in words for text in texts)]


def _stands_in(word: str, text: str) -> bool:
    # `x=5` must not be found in `x=50`, nor `3` in `13`
    before = r"(?<![\w.])" if word[:1].isalnum() else ""
    after = r"(?![\w]|\.\d)" if word[-1:].isalnum() else ""
    return re.search(before + re.escape(word) + after, text) is not None
