"""What a tutor's message in a scripted chat does: its verdict on an answer, the problem it poses, the numbers it speaks of.

Written without `agents`: the tutor's own reading of its messages is what is measured.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from evals.scorers.numbers import find_numbers, implied_numbers, plain

_WRONG = re.compile(
    r"\bnot (?:quite |yet |entirely )?(?:right|correct|the answer|it\b)|\b(?:isn't|wasn't|aren't) (?:quite )?(?:right|correct|it\b)|\bwrong\b|\bincorrect\b|^\W*no\b"
)
_RIGHT = re.compile(
    r"\b(?:that|it|this|answer|result|\d+|[a-d]\)?)(?:'s| is) (?:\w+ )?(?:right|correct)\b|^\W*(?:yes|right|correct|exactly|well done)\b"
)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > 12:
        raise ValueError("not a small whole exponent")
    return Fraction(base ** int(exponent))


_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: _power,
}
_EQUATION = re.compile(r"(?<![\w=.])((?:[-+*/^().\s]|\d)+)=((?:[-+*/^().\s]|\d)+)(?![\w=])")
_TALK = {Fraction(0), Fraction(1), Fraction(2)}
"""Numbers of ordinary talk ("both sides", "one step")."""
_STEP = re.compile(r"\bsteps?\s+\d+(?:\s+(?:to|and)\s+\d+)?", re.IGNORECASE)


def evaluate(expression: str, names: Mapping[str, Fraction] | None = None) -> Fraction:
    """The value of plain arithmetic over numbers and `names`. Raises `ValueError` for anything else."""
    try:
        return _value(ast.parse(expression.replace("^", "**").strip(), mode="eval").body, names or {})
    except (SyntaxError, ZeroDivisionError, KeyError, OverflowError) as error:
        raise ValueError(f"{expression!r} is no arithmetic") from error


def _value(node: ast.expr, names: Mapping[str, Fraction]) -> Fraction:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(str(number))
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return Fraction(_OPERATORS[type(op)](_value(left, names), _value(right, names)))
    raise ValueError("no arithmetic")


def verdict_of(text: str) -> Literal["right", "wrong"] | None:
    """Whether the message calls the learner's answer right or wrong: by its first words, the rest explains."""
    opening = re.split(r"(?<=[.!?])\s", re.sub(r"[*_$]", "", text.strip().lower()), maxsplit=1)[0]
    if _WRONG.search(opening):
        return "wrong"
    return "right" if _RIGHT.search(opening) else None


def posed_in(text: str) -> str:
    """The problem that the message poses as a block quote; "" where it poses none."""
    lines = [re.sub(r"^>[ ]?", "", line) for line in text.splitlines() if line.startswith(">")]
    return "\n".join(lines).strip()


def posed_answer(problem: str, pattern: str, answer: str) -> Fraction | None:
    """The answer of a posed problem by the formula of its kind; None where the problem is of another kind or has no answer."""
    found = re.search(pattern, problem.replace("\n", " "))
    if found is None:
        return None
    try:
        return evaluate(answer, {name: Fraction(value.replace(",", "")) for name, value in found.groupdict().items()})
    except ValueError:
        return None


def wrong_statements(text: str, known: Sequence[str]) -> list[str]:
    """Arithmetic in the text that is false, and numbers that stand neither in the `known` texts nor in true arithmetic."""
    bare = _STEP.sub("step", text)
    allowed = set(_TALK)
    for source in known:
        allowed |= {found.value for found in find_numbers(source)} | implied_numbers(source)
        allowed |= {Fraction(number) for number in re.findall(r"\d+(?:\.\d+)?", source.replace(",", ""))}
    wrong = []
    spoken = plain(bare)
    for match in _EQUATION.finditer(spoken):
        if match[0].lstrip()[:1] in "+-*/" and re.search(r"(?<![a-z])\d*[a-z]\)?\s*$", spoken[: match.start()]):
            continue  # the rest of an equation in a letter, `5y - 8 = 27`
        try:
            left, right = evaluate(match[1]), evaluate(match[2])
        except ValueError:
            continue
        if left != right:
            wrong.append(match[0].strip())
        allowed |= {Fraction(number) for number in re.findall(r"\d+(?:\.\d+)?", match[0])}
    strange = [number for number in re.findall(r"\d+(?:\.\d+)?", spoken) if Fraction(number) not in allowed]
    return wrong + strange


def same_words(text: str, other: str) -> float:
    """The share of three-word sequences of `text` that `other` has too; 0 where there are none."""
    ours, theirs = _triples(text), _triples(other)
    return len(ours & theirs) / len(ours) if ours else 0.0


def _triples(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", re.sub(r"^>.*$", "", text, flags=re.MULTILINE).lower())
    return set(zip(words, words[1:], words[2:], strict=False))
