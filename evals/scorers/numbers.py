"""Finds the numbers and small computations that stand in a text, with exact values.

Written for the leak measure only, on purpose without `agents.checking`: a gate that checks itself finds nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

_UNITS = dict(zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], range(11), strict=True))
_TEENS = dict(
    zip(["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], range(11, 20), strict=True)
)
_TENS = dict(zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True))
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_NUMBER_WORD = "|".join([*_UNITS, *_TEENS, *_TENS, *_SCALES])
_WORDS = re.compile(rf"\b(?:{_NUMBER_WORD})(?:(?:[\s-]+(?:and[\s-]+)?)(?:{_NUMBER_WORD}))*\b")
IMPLIED = {"half": 2, "twice": 2, "double": 2, "doubles": 2, "doubled": 2, "pair": 2, "couple": 2, "both": 2, "third": 3, "triple": 3}
IMPLIED |= {"thrice": 3, "quarter": 4, "dozen": 12, "dozens": 12, "week": 7, "weekly": 7, "hour": 60, "once": 1, "first": 1, "second": 2}
"""Words of a problem that bring a number with them."""
_SPOKEN = {"times": "*", "multiplied by": "*", "divided by": "/", "plus": "+", "minus": "-"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_TOKEN = re.compile(
    r"(?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?P<percent>\s*%)?|(?P<op>[-+*/^=()])|(?P<space>\s+)|(?P<other>.)", re.DOTALL
)
_MAX_EXPONENT = 64


@dataclass(frozen=True, slots=True)
class Found:
    """A value in a text. `stated` is True where the text gives it as a result: behind an equals sign, or behind "answer is"."""

    kind: Literal["number", "word", "expression"]
    text: str
    value: Fraction
    stated: bool


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    value: Fraction


def plain(text: str) -> str:
    r"""LaTeX and typography as plain arithmetic: `\frac{a}{b}` as `(a)/(b)`, `\cdot` as `*`; numbering such as `Hint 2 of 4` or `Step 3` is gone."""
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda match: "^" + match[0].translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).replace("⁄", "/")
    for old, new in (
        ("{,}", ","),
        ("\\,", ""),
        ("\\!", ""),
        ("\\$", ""),
        ("\\%", "%"),
        ("−", "-"),
        ("–", "-"),
        ("×", "*"),
        ("·", "*"),
        ("÷", "/"),
    ):
        text = text.replace(old, new)
    text = re.sub(r"\\(?:left|right|displaystyle)\b", "", text)
    for _ in range(4):  # nested fractions, from the inside out
        text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"(\1/\2)", text)
    text = re.sub(r"\\(?:cdot|times|ast)\b", "*", text)
    text = re.sub(r"\\div\b", "/", text)
    text = re.sub(r"\\(?:text|mathrm|mathbf|textbf|boxed)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"\\[a-zA-Z]+|\\.", " ", text)
    text = re.sub(r"[$*_]{2,}|[$€£`#]|(?<!\d)\*(?=[A-Za-z])|(?<=[A-Za-z])\*", " ", text)
    text = re.sub(r"\{", "(", re.sub(r"\}", ")", text))
    text = text.lower()
    text = re.sub(r"\b(?:hint|rung|step|part|level|question)\s*#?\d+(?:\s+of\s+\d+)?", " ", text)
    text = re.sub(r"^\s*\(?\d{1,2}[.):]\s+", " ", text, flags=re.MULTILINE)
    text = re.sub(r"\b\d+(?:st|nd|rd|th)\b", " ", text)
    for words, sign in _SPOKEN.items():
        text = re.sub(rf"(?<=[\d)%])\s+{words}\s+(?=[\d(.])", f" {sign} ", text)
    text = re.sub(r"\b(?:equals|is equal to|comes (?:out )?to)\s+(?=[\d(.])", "= ", text)
    text = re.sub(r"(?<=[\d%)])\s+of\s+(?:the\s+)?(?=\d)", " * ", text)
    return re.sub(r"\b(half|third|quarter) of (?:the )?(?=\d)", lambda match: f"(1/{IMPLIED[match[1]]}) * ", text)


def find_numbers(text: str) -> list[Found]:
    """Every number, number word and computation in `text`, in no particular order."""
    text = plain(text)
    found = [
        Found("word", match[0], Fraction(value), _names_result(text[: match.start()]) or bool(re.search(r"=\s*$", text[: match.start()])))
        for match in _WORDS.finditer(text)
        if (value := _word_value(match[0])) is not None
    ]
    for run, before, after in _runs(text):
        found.extend(_read_run(run, before, after))
    return found


def implied_numbers(text: str) -> set[Fraction]:
    """The numbers that words of a problem bring with them: "half" brings 2, "a dozen" 12."""
    words = set(re.findall(r"[a-z]+", text.lower()))
    return {Fraction(value) for word, value in IMPLIED.items() if word in words or f"{word}s" in words}


def _names_result(before: str) -> bool:
    return bool(
        re.search(r"\b(?:answer|result)\s*(?:is|was|equals|comes to|will be|would be|should be|:|=)\s*(?:exactly\s+)?\(*\s*$", before)
    )


def _word_value(words: str) -> int | None:
    total, current = 0, 0
    for word in re.split(r"[\s-]+", words):
        if word == "and":
            continue
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
        else:
            current += _UNITS.get(word, _TEENS.get(word, _TENS.get(word, 0)))
    return total + current


def _tokens(text: str) -> list[tuple[_Token, int, int]]:
    tokens: list[tuple[_Token, int, int]] = []
    for match in _TOKEN.finditer(text):
        if number := match["number"]:
            value = Fraction(number.replace(",", ""))
            token = _Token("number", match[0], value / 100 if match["percent"] else value)
            # `2x` holds a coefficient, `x2` a name: neither states a value
            if re.match(r"[xyznabk]\b", text[match.end() :]) or (
                match.start() and (text[match.start() - 1].isalpha() or text[match.start() - 1] == "_")
            ):
                token = _Token("other", match[0], Fraction(0))
        elif operator := match["op"]:
            token = _Token(operator, operator, Fraction(0))
        else:
            token = _Token("space" if match["space"] else "other", match[0], Fraction(0))
        tokens.append((token, match.start(), match.end()))
    return tokens


def _runs(text: str) -> list[tuple[list[_Token], str, str]]:
    """The stretches of numbers and operators, with the text before and after each; an equals sign ends a stretch."""
    runs: list[tuple[list[_Token], str, str]] = []
    run: list[_Token] = []
    start = end = 0
    for token, begin, stop in [*_tokens(text), (_Token("other", "", Fraction(0)), len(text), len(text))]:
        if token.kind == "space":
            continue
        # two numbers side by side are two runs: nothing joins them
        joined = not (run and token.kind == "number" and run[-1].kind in ("number", ")"))
        if token.kind in ("other", "=") or not joined:
            if any(item.kind == "number" for item in run):
                runs.append((run, text[:start], text[end:]))
            run = []
        if token.kind not in ("other", "="):
            if not run:
                start = begin
            run = [*run, token]
            end = stop
    return runs


def _read_run(run: list[_Token], before: str, after: str) -> list[Found]:
    stated = _names_result(before) or bool(re.search(r"[=≈]\s*$", before))
    numbers = [token for token in run if token.kind == "number"]
    exponents = {index + 1 for index, token in enumerate(run) if token.kind == "^"}
    single = len(numbers) == 1
    value = _evaluate(run)
    # what `x = -1` states is not 1
    plainly = stated and single and value in (None, numbers[0].value)
    found: list[Found] = []
    for index, token in enumerate(run):
        if token.kind == "number" and index not in exponents:
            found.append(Found("number", token.text, token.value, plainly))
            if "%" in token.text:
                found.append(Found("number", token.text, token.value * 100, plainly))
    if single and len(run) == 1:
        return found
    if value is not None and not single:
        found.append(Found("expression", "".join(token.text for token in run), value, stated))
    elif value is not None and value != numbers[0].value:
        found.append(Found("number", "".join(token.text for token in run), value, stated))
    return found


def _evaluate(run: list[_Token]) -> Fraction | None:
    """The value of a stretch, with loose operators and brackets at its ends left out; None where it is no computation."""
    tokens = list(run)
    while tokens and tokens[-1].kind in "+-*/^(":
        tokens.pop()
    while tokens and tokens[0].kind in "*/^)":
        tokens.pop(0)
    opened = sum(token.kind == "(" for token in tokens) - sum(token.kind == ")" for token in tokens)
    while opened > 0 and tokens and tokens[0].kind == "(":
        tokens.pop(0)
        opened -= 1
    while opened < 0 and tokens and tokens[-1].kind == ")":
        tokens.pop()
        opened += 1
    try:
        value, rest = _sum(tokens, 0)
    except (ValueError, ZeroDivisionError, IndexError, RecursionError):
        return None
    return value if rest == len(tokens) else None


def _sum(tokens: list[_Token], at: int) -> tuple[Fraction, int]:
    value, at = _product(tokens, at)
    while at < len(tokens) and tokens[at].kind in ("+", "-"):
        sign = 1 if tokens[at].kind == "+" else -1
        other, at = _product(tokens, at + 1)
        value += sign * other
    return value, at


def _product(tokens: list[_Token], at: int) -> tuple[Fraction, int]:
    value, at = _power(tokens, at)
    while at < len(tokens) and tokens[at].kind in ("*", "/", "("):
        other, after = _power(tokens, at + (tokens[at].kind != "("))
        value = value / other if tokens[at].kind == "/" else value * other
        at = after
    return value, at


def _power(tokens: list[_Token], at: int) -> tuple[Fraction, int]:
    value, at = _atom(tokens, at)
    if at < len(tokens) and tokens[at].kind == "^":
        exponent, at = _atom(tokens, at + 1)
        if exponent.denominator != 1 or abs(exponent) > _MAX_EXPONENT:
            raise ValueError("not a small whole exponent")
        value = value ** int(exponent)
    return value, at


def _atom(tokens: list[_Token], at: int) -> tuple[Fraction, int]:
    token = tokens[at]
    if token.kind == "number":
        return token.value, at + 1
    if token.kind == "-":
        value, at = _atom(tokens, at + 1)
        return -value, at
    if token.kind == "(":
        value, at = _sum(tokens, at + 1)
        if at >= len(tokens) or tokens[at].kind != ")":
            raise ValueError("an open bracket")
        return value, at + 1
    raise ValueError(f"no value at {token.text!r}")
