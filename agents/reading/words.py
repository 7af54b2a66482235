"""From the lines that were read to the text of a problem: one sign for each meaning, joined sentences, options on lines of their own, formulas in dollars."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_SIGNS = {
    "−": "-", "–": "-", "—": "-", "‘": "'", "’": "'", "′": "'", "“": '"', "”": '"', "″": '"', "·": r" \cdot ",
    "≤": r" \le ", "≥": r" \ge ", "≠": r" \ne ", "≈": r" \approx ", "±": r" \pm ", "×": r" \times ", "÷": r" \div ", "π": r"\pi ",
    "∞": r"\infty ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "∠": r"\angle ", "△": r"\triangle ", "°": r"^{\circ}",
    "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}", "…": "...",
}  # fmt: skip
_LABEL = re.compile(r"^\s*(?:\(\s*([A-E])\s*\)|([A-E])\s*[).:])\s*(?=\S)")
_INNER_LABEL = re.compile(r"\(\s*([A-E])\s*\)")
_COMMAND = re.compile(r"\\[a-zA-Z]+")
_FUNCTIONS = frozenset(("sin", "cos", "tan", "log", "ln", "lim", "max", "min"))
_LOOK_ALIKE = "CKOPSUVWXYZ"
"""Letters whose capital is the small letter, only larger: alone in a formula the recogniser cannot tell."""


def as_problem(lines: Sequence[str]) -> str:
    """The problem as text: what ran over a line's end is joined, every option keeps a line of its own, formulas stand between dollar signs."""
    blocks: list[str] = []
    if any(re.match(r"\s*\([A-D]\)", line) for line in lines):
        lines = [re.sub(r"^\s*\(([a-e])\)", lambda label: f"({label[1].upper()})", line) for line in lines]
    for line in lines:
        for part in _options(_signs(line)):
            if blocks and _runs_on(blocks[-1], part):
                blocks[-1] += " " + part
            else:
                blocks.append(part)
    return _one_case("\n".join(_in_dollars(block) for block in blocks))


def _signs(line: str) -> str:
    line = "".join(_SIGNS.get(char, char) for char in line)
    line = re.sub(r"\^\{\s*\}|_\{\s*\}", "", line)
    line = re.sub(r"\bIf(?=\d|[a-z]\b|[a-z]\s*[=<>+(-])", "If ", line)
    line = re.sub(r"(?<=[a-z]{2})(?=\d)(?![^{]*\})", " ", line)
    line = re.sub(r"(?<=\d)(?=(?:and|of|is|or|more|what|times|percent)\b)", " ", line)
    line = re.sub(r"(\$\s?\d{1,3})\.(?=\d{3}\b)", r"\1,", line)
    # an italic x with a faint stroke
    line = re.sub(r"(?<=[\d(|])\.[rx](?![a-z])", "x", line)
    line = re.sub(r"\b[rzL]y(?=-plane)", "xy", line)
    line = re.sub(r"(?<![\d,(])(\d{1,3}), (?=\d{3}\b(?!,))", r"\1,", line)
    return re.sub(r"\s+", " ", line).strip()


def _options(line: str) -> list[str]:
    """The line, or its options where several stand in a row."""
    marks = list(_INNER_LABEL.finditer(line))
    letters = [mark[1] for mark in marks]
    in_order = all(ord(b) - ord(a) == 1 for a, b in pairwise(letters))
    if len(marks) >= 2 and in_order:
        ends = [*(mark.start() for mark in marks[1:]), len(line)]
        before = line[: marks[0].start()].strip()
        parts = [f"({mark[1]}) {line[mark.end() : end].strip()}" for mark, end in zip(marks, ends, strict=True)]
        return [before, *parts] if before else parts
    if label := _LABEL.match(line):
        return [f"({label[1] or label[2]}) {line[label.end() :].strip()}"]
    return [line]


def _is_formula(line: str) -> bool:
    bare = _COMMAND.sub(" ", line)
    words = [word for word in re.findall(r"[A-Za-z]{3,}", bare) if word not in _FUNCTIONS]
    return not words and bool(re.search(r"[=<>+\-^]|\\", line))


def _runs_on(before: str, line: str) -> bool:
    if _LABEL.match(line) or _is_formula(line) or (_is_formula(before) and not _LABEL.match(before)):
        return False
    if _LABEL.match(before):
        return bool(re.match(r"[a-z]", line))
    return True


def _tokens(block: str) -> list[str]:
    """The block at its spaces, but not inside braces."""
    tokens, depth, start = list[str](), 0, 0
    for at, char in enumerate(block):
        depth += (char == "{") - (char == "}")
        if char == " " and depth <= 0:
            tokens.append(block[start:at])
            start = at + 1
    tokens.append(block[start:])
    return [token for token in tokens if token]


def _kind(token: str) -> str:
    """word, number, operator, letter, or formula."""
    bare = token.strip(",.;:?!")
    if bare in ("+", "-", "=", "<", ">", "*", "/", "|") or bare in (
        r"\le",
        r"\ge",
        r"\ne",
        r"\approx",
        r"\pm",
        r"\times",
        r"\div",
        r"\cdot",
    ):
        return "operator"
    if re.fullmatch(r"[(\[]?[-+]?\$?-?[\d.,]*\d%?[)\]]?", bare):
        return "number"
    if re.fullmatch(r"[(\[]?[A-Za-z][)\]]?", bare):
        return "letter"
    plain = _COMMAND.sub(" ", re.sub(r"[\^_]\{[^}]*\}", " ", bare))
    words = [word for word in re.findall(r"[A-Za-z]{2,}", plain) if word not in _FUNCTIONS]
    if "'" in bare or '"' in bare:
        return "word"
    if "\\" in bare or "^{" in bare or "_{" in bare:
        return "formula" if not [word for word in words if len(word) > 4] else "word"
    if not words:
        return (
            "formula"
            if re.search(r"[A-Za-z]", bare) or re.search(r"\d\s*[+\-=<>/*]\s*\d|[=<>]", bare) or re.match(r"[(\[]", bare)
            else "word"
        )
    # products of variables such as 4xy or 9mp: short, and beside a digit or an operator
    short = all(len(word) <= 3 for word in words)
    if short and (
        re.search(r"\d[a-z]{2,3}\b", bare)
        or re.search(r"[=<>+]", bare)
        or (re.fullmatch(r"\(?[a-z]{2}\(?[a-z\d]\)?", bare) and "(" in bare[1:])
    ):
        return "formula"
    return "word"


def _in_dollars(block: str) -> str:
    label = _LABEL.match(block)
    head = f"({label[1] or label[2]}) " if label else ""
    tokens = _tokens(block[label.end() :] if label else block)
    kinds = [_kind(token) for token in tokens]
    said: list[str] = []
    at = 0
    while at < len(tokens):
        if kinds[at] == "word":
            said.append(_money(tokens[at]))
            at += 1
            continue
        end, depth = at, 0
        while end < len(tokens) and kinds[end] != "word":
            depth += tokens[end].count("(") - tokens[end].count(")")
            end += 1
            if re.search(r"[,.;:?!]$", tokens[end - 1]) and depth <= 0:
                break
        said.append(_span(tokens[at:end], kinds[at:end], alone=at == 0 and end == len(tokens)))
        at = end
    return head + " ".join(said)


def _span(tokens: Sequence[str], kinds: Sequence[str], *, alone: bool) -> str:
    """A run of numbers, letters and signs: a formula where it says more than a number or an article does."""
    articles = [token in ("a", "A", "I") for token in tokens]
    if kinds[0] == "letter" and articles[0] and len(tokens) > 1 and "operator" not in kinds[1:2] and not re.match(r"[=<>+-]", tokens[1]):
        return tokens[0] + " " + _span(tokens[1:], kinds[1:], alone=False)
    if kinds[-1] == "letter" and articles[-1] and len(tokens) > 1 and "operator" not in kinds[-2:-1]:
        return _span(tokens[:-1], kinds[:-1], alone=False) + " " + tokens[-1]
    text = " ".join(tokens)
    body = text.rstrip(",.;:?!")
    tail = text[len(body) :]
    if body in ("a", "A", "I", "") or (set(kinds) <= {"number"} and "^" not in body) or body in ("-", "+", "/", "|", "*"):
        return _money(text)
    if not alone and len(tokens) > 1 and "formula" not in kinds and "operator" not in kinds and "letter" not in kinds:
        return _money(text)
    body = re.sub(r"(?<!\\)([$%])", r"\\\1", body)
    body = re.sub(r"(?<=\d)[lI](?=\d|$|[^A-Za-z])|(?<![A-Za-z])[lI](?=\d)", "1", body)
    body = re.sub(r"(?<=[\d(,])O(?=[\d),]|$)", "0", re.sub(r"(?<=[\d(,] )O(?=[\d),]|$)", "0", body))
    return f"${body.strip()}${tail}"


def _money(text: str) -> str:
    r"""Amounts of dollars as `$\$12$`, so that no two of them enclose a formula."""
    return re.sub(r"(?<!\\)\$\s?(\d[\d,]*(?:\.\d+)?)", r"$\\$\1$", text)


def _one_case(text: str) -> str:
    """Lone capitals that look like a small letter become that letter where the formulas use it more often."""
    formulas = re.findall(r"\$((?:\\.|[^$\\])+)\$", text)
    letters = Counter(
        letter for formula in formulas for letter in re.findall(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", _COMMAND.sub(" ", formula))
    )
    swap = {big: big.lower() for big in _LOOK_ALIKE if letters[big] and letters[big.lower()] > letters[big]}
    if not swap:
        return text

    def lower(match: re.Match[str]) -> str:
        return re.sub(r"(?<![A-Za-z\\])[A-Z](?![A-Za-z])", lambda letter: swap.get(letter[0], letter[0]), match[0])

    return re.sub(r"\$(?:\\.|[^$\\])+\$", lower, text)
