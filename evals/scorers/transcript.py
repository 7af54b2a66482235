"""Whether a text that was read says the same as the text that was printed: every number, sign, letter and option in its order, and nearly every word.

Independent of the reader: it knows LaTeX's spelling of a problem, nothing of pictures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypedDict

WORDS_NEEDED = 0.9
"""Share of the printed words that must have been read: a wrong word rarely changes what is to be solved, a wrong number always does."""

_NAMES = {
    r"\leq": "<=", r"\le": "<=", "≤": "<=", r"\geq": ">=", r"\ge": ">=", "≥": ">=", r"\neq": "!=", r"\ne": "!=", "≠": "!=",
    r"\times": "*", "×": "*", r"\cdot": "*", "·": "*", r"\div": "÷", r"\pm": "±", "−": "-", "–": "-", r"\approx": "~", "≈": "~",
    r"\pi": "π", r"\theta": "θ", r"\infty": "∞", r"\ell": "l", r"\angle": "∠", r"\triangle": "△", "²": "^2", "³": "^3", 
    r"\alpha": "α", r"\beta": "β",
}  # fmt: skip
_DROPPED = re.compile(
    r"\\(?:left|right|quad|qquad|displaystyle|dfrac(?=\b)|big|Big|bigl|bigr|,|;|!|:|\\)|\\begin\{[a-z]+\*?\}(?:\{[^}]*\})?|\\end\{[a-z]+\*?\}|&|(?<!\\)\$|~"
)
_FONT = re.compile(r"\\(?:mathrm|text|mathbf|mathit|operatorname|textbf)\s*\{([^{}]*)\}")
_TOKEN = re.compile(r"\\[a-zA-Z]+|<=|>=|!=|\d+(?:,\d{3})*(?:\.\d+)?|\.\d+|[A-Za-z]+(?:['’][a-z]+)?|[^\s\w]|[πθαβ]")
_SHORT = frozenset(
    [
        "of",
        "to",
        "in",
        "is",
        "it",
        "be",
        "as",
        "at",
        "so",
        "we",
        "he",
        "by",
        "or",
        "on",
        "do",
        "if",
        "me",
        "my",
        "up",
        "an",
        "go",
        "no",
        "us",
        "am",
        "ii",
        "iv",
        "vi",
        "cm",
        "km",
        "mm",
        "kg",
        "ft",
        "lb",
        "mi",
        "oz",
        "ml",
        "mr",
        "ms",
        "dr",
        "st",
        "hr",
        "pm",
        "ln",
        "xi",
        "th",
        "nd",
        "rd",
        "tv",
        "ok",
    ]
)
_SILENT = frozenset(".,;:?!\"'’“”‘`{}\\_")


class Reading(TypedDict):
    """`well` is the verdict; `similarity` is over characters without spaces (0 to 1), `words` the share of the printed words that were read;
    `missing` is the first place where numbers and signs part ways."""

    well: bool
    similarity: float
    words: float
    missing: str


def compare(printed: str, read: str) -> Reading:
    """How well `read` says what `printed` says."""
    wanted_signs, wanted_words = tokens(printed)
    signs, words = tokens(read)
    if len({sign for sign in wanted_signs if sign.isalpha()}) == len({sign.lower() for sign in wanted_signs if sign.isalpha()}):
        # no letter is used both large and small, so that a change of case changes nothing
        wanted_signs, signs = [sign.lower() for sign in wanted_signs], [sign.lower() for sign in signs]
    share = _share(wanted_words, words)
    plain_wanted, plain = "".join([*wanted_words, *wanted_signs]), "".join([*words, *signs])
    similarity = SequenceMatcher(None, plain_wanted, plain, autojunk=False).ratio() if plain_wanted else 0.0
    missing = "" if wanted_signs == signs else _parting(wanted_signs, signs)
    return Reading(well=not missing and share >= WORDS_NEEDED and bool(plain), similarity=similarity, words=share, missing=missing)


def tokens(text: str) -> tuple[list[str], list[str]]:
    """The signs of a text (numbers, operators, single letters, `frac`, `sqrt`, `^`), and its words in lower case."""
    text = re.sub(r"\\\\(?![a-zA-Z])", " ", text).replace("\\$", "€").replace("{,}", ",")
    text = re.sub(r"\\([%&#{}])", r"\1", text)
    if text.count("$") % 2 or re.search(r"\$\d[\d,.]*\s+[a-z]{2}", text):
        text = text.replace("$", "€")  # amounts in plain words: no formula begins there
    text = _FONT.sub(r" \1 ", _FONT.sub(r" \1 ", text))
    text = re.sub(r"\^\s*\{?\s*\\circ\s*\}?", " ° ", text)
    text = _DROPPED.sub(" ", text)
    for spelling, name in _NAMES.items():
        text = re.sub(re.escape(spelling) + (r"(?![a-zA-Z])" if spelling.startswith("\\") else ""), f" {name} ", text)
    text = text.replace("^", " ^ ")
    text = re.sub(r"\\d?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", text)
    signs: list[str] = []
    words: list[str] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.startswith("\\"):
            signs.append(token[1:])
        elif token[0].isalpha() and len(token) > 1 and not _is_product(token):
            words.append(token.lower().replace("’", "'"))
        elif token in _SILENT or (match[0] == "-" and _in_word(match, text)):
            continue
        elif token[0].isalpha():
            signs.extend(letter for letter in token if letter not in "aAI" or len(token) > 1 or _beside_sign(match, text))
        else:
            signs.append(token.replace(",", ""))
    return signs, words


def _is_product(token: str) -> bool:
    """Letters that stand for a product, such as mp, xy or ax: English has few words of two letters, and none of three without a vowel."""
    if len(token) == 2:
        return token.lower() not in _SHORT
    return len(token) == 3 and not re.search(r"[aeiouyAEIOUY]", token) and token.lower() not in _SHORT


def _in_word(match: re.Match[str], text: str) -> bool:
    """A hyphen: a word of two letters or more touches it."""
    return bool(re.match(r"[A-Za-z]{2}", text[match.end() :]) or re.search(r"[A-Za-z]{2}$", text[: match.start()]))


def _beside_sign(match: re.Match[str], text: str) -> bool:
    """Whether a lone a, A or I is a letter of a formula or label rather than a word."""
    before, after = text[: match.start()].rstrip(), text[match.end() :].lstrip()
    return bool(re.search(r"[-+=<>*/^(|\d{]$", before) or re.match(r"[-+=<>*/^)|]", after))


def _share(wanted: Sequence[str], words: Sequence[str]) -> float:
    if not wanted:
        return 1.0
    matcher = SequenceMatcher(None, list(wanted), list(words), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks()) / max(len(wanted), len(words))


def _parting(wanted: Sequence[str], signs: Sequence[str]) -> str:
    at = next((i for i, (a, b) in enumerate(zip(wanted, signs, strict=False)) if a != b), min(len(wanted), len(signs)))
    return f"printed {' '.join(wanted[max(0, at - 2) : at + 4]) or 'nothing'!r}, read {' '.join(signs[max(0, at - 2) : at + 4]) or 'nothing'!r}"
