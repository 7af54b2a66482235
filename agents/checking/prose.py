r"""Finds the mathematics in prose: formulas between dollars or brackets, arithmetic written out in the text, and numbers and computations in words.

Pure text, no SymPy: what is found here is parsed elsewhere, inside the sandbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_BRACKETED = re.compile(r"\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}")
_COMMAND_TEXT = re.compile(r"\\(?:text|mathrm|operatorname|textbf|mathbf)\s*\{[^{}]*\}")
RELATION = re.compile(r"=|<|>|≤|≥|≈|\\(?:leq?|geq?|approx|Rightarrow|implies|to)(?![a-zA-Z])")
_ATOM = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:\s?\\?%)?|(?<![A-Za-z\\])[A-Za-z](?:\^\d)?(?![A-Za-z])|[-+*/^=()<>×·÷−≤≥]"
_RUN = re.compile(rf"(?:{_ATOM})(?:\s*(?:{_ATOM}))*")
_GAP = re.compile(r"(?<=[\d%])\s+(?=[\d(])|(?<=[\d%A-Za-z)])\s+(?=[A-Za-z]\s*(?![\s=+*/^<>×·÷≤≥-]))")

_SMALL = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {word: 10 * value for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_PARTS = {
    "half": 2,
    "halves": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_ANY = rf"(?:{'|'.join([*_SMALL, *_TENS, *_SCALES])})\b"
_SPELLED = re.compile(
    rf"\b(?P<whole>(?:(?:{_ANY})(?:(?:\s+and)?[\s-]+(?={_ANY}))?)+)(?:[\s-]+(?P<part>{'|'.join(_PARTS)})s?\b)?|\b(?P<lone>half)\b",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SPOKEN = [
    (re.compile(pattern, re.IGNORECASE), form)
    for pattern, form in (
        (rf"\bhalf of (?:the )?({_NUMBER})", r"\1/2"),
        (rf"\b(?:a|one)[- ]third of (?:the )?({_NUMBER})", r"\1/3"),
        (rf"\b(?:a|one)[- ](?:quarter|fourth) of (?:the )?({_NUMBER})", r"\1/4"),
        (rf"({_NUMBER})\s*\\?(?:%|percent) of (?:the )?({_NUMBER})", r"\1*\2/100"),
        (rf"\b(?:twice|double) (?:the )?({_NUMBER})", r"2*\1"),
        (rf"\b(?:triple|thrice) (?:the )?({_NUMBER})", r"3*\1"),
        (rf"\bmultipl(?:y|ying) (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? (?:by|with|and) (?:the )?({_NUMBER})", r"\1*\2"),
        (rf"\bdivid(?:e|ing) (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? by (?:the )?({_NUMBER})", r"\1/\2"),
        (rf"\badd(?:ing)? (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? (?:and|to) (?:the )?({_NUMBER})", r"\1+\2"),
        (rf"\bsubtract(?:ing)? (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? from (?:the )?({_NUMBER})", r"\2-\1"),
        (rf"\bsum of (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? and (?:the )?({_NUMBER})", r"\1+\2"),
        (rf"\bproduct of (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? and (?:the )?({_NUMBER})", r"\1*\2"),
        (rf"\bdifference (?:between|of) (?:the )?({_NUMBER})[^.,;?!\d]{{0,24}}? and (?:the )?({_NUMBER})", r"\1-\2"),
        (rf"(?<=\d)\s+(?:times|multiplied by)\s+(?={_NUMBER})", "*"),
        (rf"(?<=\d)\s+(?:divided by|over)\s+(?={_NUMBER})", "/"),
        (rf"(?<=\d)\s+plus\s+(?={_NUMBER})", "+"),
        (rf"(?<=\d)\s+minus\s+(?={_NUMBER})", "-"),
        (rf"(?<=[\da-z])\s+(?:equals|is equal to)\s+(?={_NUMBER})", "="),
    )
]

_DOLLAR = re.compile(r"(?<![\\$])\$(?!\$)")
_CUT = re.compile(r"^\s*[+*/=×÷]|[-+*/=×÷(]\s*$")
"""What begins or ends with a sign stands between two amounts of money: "$4000 + $1000"."""
_MAX_LINES = 24


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of mathematics in a text: as LaTeX, and where it stands."""

    latex: str
    start: int
    end: int


def formulas(text: str) -> list[Piece]:
    """The formulas between delimiters. A dollar before an amount of money opens none: "$2 each and books at $7"."""
    found = [
        Piece(next(group for group in match.groups() if group).strip(), match.start(), match.end()) for match in _BRACKETED.finditer(text)
    ]
    at = 0
    while (start := text.find("$", at)) >= 0:
        if start and text[start - 1] == "\\":
            at = start + 1
            continue
        width = 2 if text.startswith("$$", start) else 1
        stop = text.find("$" * width, start + width)
        while stop > 0 and text[stop - 1] == "\\":  # an amount of money inside the formula
            stop = text.find("$" * width, stop + 1)
        if stop < 0:
            break
        body = text[start + width : stop]
        amount = bool(re.match(r"\d", body)) and bool(_WORD.search(_COMMAND_TEXT.sub("", body)))
        if amount or not body.strip() or "\n\n" in body:
            at = start + width
            continue
        found.append(Piece(body.strip(), start, stop + width))
        at = stop + width
    return sorted(found, key=lambda piece: piece.start)


def with_amounts(line: str, sign: str) -> str:
    """The line with `sign` for every dollar that stands before an amount of money rather than around a formula."""
    around = {place for piece in formulas(line) if not _CUT.search(piece.latex) for place in (piece.start, piece.end - 1)}
    return _DOLLAR.sub(lambda match: match[0] if match.start() in around else sign, line)


def without_formulas(text: str) -> str:
    """The text with every formula blanked out, so that positions stay."""
    chars = list(text)
    for piece in formulas(text):
        chars[piece.start : piece.end] = " " * (piece.end - piece.start)
    return "".join(chars)


def words_of(text: str) -> str:
    """What is left of a step or hint when its formulas are taken out, tidied: the move in words."""
    for piece in reversed(formulas(text)):
        text = f"{text[: piece.start]} {text[piece.end :]}"
    return re.sub(r"\s+", " ", re.sub(r"\s+([.,;:?!])", r"\1", text)).strip()


def as_latex(plain: str) -> str:
    """Arithmetic as typed on a keyboard, written so that a LaTeX parser reads it."""
    for sign, latex in (("−", "-"), ("÷", "/"), ("≤", r"\leq "), ("≥", r"\geq "), ("<=", r"\leq "), (">=", r"\geq ")):
        plain = plain.replace(sign, latex)
    plain = re.sub(r"\*\*", "^", plain)
    plain = re.sub(r"(?<![\w./])(\d+)/(\d+)\s*(?=[A-Za-z(])", r"\\frac{\1}{\2} ", plain)
    plain = re.sub(r"\bsqrt\s*\(([^()]*)\)", r"\\sqrt{\1}", plain)
    return re.sub(r"\s*[*×·]\s*", r" \\cdot ", plain).strip()


def plain_maths(text: str) -> list[Piece]:
    """Arithmetic and equations that stand in the prose without delimiters, such as `5b = 15` or `9 * 2`."""
    found: list[Piece] = []
    bare = without_formulas(text)
    for run in _RUN.finditer(bare):
        at = run.start()
        for part in _GAP.split(run[0]):
            start = bare.index(part, at)
            at = start + len(part)
            body = re.sub(r"^(?:[aAI]\s+(?![=+*/^<>])|[-+*/^=)<>]\s+|[=)*/^])+|(?:\s*[-+*/^=(<>]|\s+[aAI])+$", "", part).strip()
            body = _balanced(body)
            if (
                re.search(r"\d", body)
                and re.search(r"[-+*/^=<>×·÷−≤≥(]|\d\s*[A-Za-z]", body[1:] or body)
                and not re.fullmatch(r"-?[\d.,]+\s*%?", body)
            ):
                found.append(Piece(as_latex(body), start, at))
    return found


def _balanced(body: str) -> str:
    while body.count("(") > body.count(")") and body.startswith("("):
        body = body[1:].strip()
    while body.count(")") > body.count("(") and body.endswith(")"):
        body = body[:-1].strip()
    return body


def spoken_as_signs(text: str) -> str:
    """Computations in words as signs: "multiply 9 by 2" becomes `9*2`, "half of 36" `36/2`. Dollars and LaTeX around bare numbers go."""
    text = re.sub(rf"\$\s*(-?{_NUMBER})\s*(\\?%)?\s*\$", r"\1\2", text)
    text = re.sub(rf"\$(?={_NUMBER}(?:[\s.,;:?!)]|$))(?![^$]*[=+*\\^][^$]*\$)", "", text)
    for pattern, form in _SPOKEN:
        text = pattern.sub(form, text)
    return text


def spelled_numbers(text: str) -> list[tuple[str, int, Fraction]]:
    """Numbers in words: the words, where they start, and the value ("fifteen", "twenty-one", "two thirds", "half")."""
    found: list[tuple[str, int, Fraction]] = []
    for match in _SPELLED.finditer(text):
        if match["lone"]:
            found.append((match[0], match.start(), Fraction(1, 2)))
            continue
        value = Fraction(_whole(match["whole"]))
        part = match["part"]
        found.append((match[0].strip(), match.start(), value / _PARTS[part.lower()] if part else value))
    return found


def _whole(words: str) -> int:
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower().strip()):
        if word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total, current = total + max(current, 1) * _SCALES[word], 0
        else:
            current += _SMALL.get(word, _TENS.get(word, 0))
    return total + current


def split_lines(attempt: str) -> list[str]:
    """The lines of an attempt: line breaks, semicolons, implication arrows, and sentences that hold an equation each."""
    lines: list[str] = []
    for raw in re.split(r"[\n;]+|⇒|→|=>|\\(?:Rightarrow|implies|\\)(?![a-zA-Z])", attempt):
        for part in re.split(
            r"(?<=[\d\w)$])[.,]\s+(?=(?:so|then|therefore|thus|hence|and then|next|now|which)\b)", raw, flags=re.IGNORECASE
        ):
            tidy = re.sub(r"^\s*(?:\(?\d{1,2}[.):]\s+|[-*•]\s+|step\s*\d+\s*[:.)]?\s*)", "", part, flags=re.IGNORECASE).strip(" \t,")
            if tidy:
                lines.append(tidy)
    return lines[:_MAX_LINES]


def formulas_of_line(line: str) -> list[str]:
    """The formulas of a line, as LaTeX."""
    spoken = spoken_as_signs(line)
    found = [piece.latex for piece in formulas(spoken)] + [piece.latex for piece in plain_maths(spoken)]
    if not found and re.fullmatch(r"\s*=?\s*-?[\d.,/]+\s*\\?%?\s*", line):
        found = [as_latex(line)]
    # `x = 3 or x = -1` is one statement: two alternatives
    if len(found) > 1 and re.search(r"\bor\b", line) and all("=" in piece for piece in found):
        found = [" or ".join(found)]
    return [piece for piece in found if piece.strip(" =")]
