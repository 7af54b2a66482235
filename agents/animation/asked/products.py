"""Products of sums as the pieces of a rectangle, and the way back: factoring."""

from __future__ import annotations

import re

from agents.animation.asked.words import made, says, shown, tidy, worked
from agents.animation.kinds import Kind

_MONIC = re.compile(r"(?<![\w^])x\s*\^\s*\{?2\}?\s*([-+])\s*(\d*)\s*x\s*([-+])\s*(\d+)(?![\d.]*\s*[x=])")


def _factored(text: str) -> list[Kind]:
    """`x^2 + 9x + 20` as a rectangle with whole sides; nothing where there are none."""
    found = _MONIC.search(text)
    if found is None or re.search(r"[-\d*/^(]\s*$", text[: found.start()]):
        return []
    b, c = int(found[2] or 1) * (-1 if found[1] == "-" else 1), int(found[4]) * (-1 if found[3] == "-" else 1)
    pair = next(((p, b - p) for p in range(-abs(c), abs(c) + 1) if p and p * (b - p) == c), None)
    if pair is None:
        return []
    p, q = sorted(pair)
    rows, columns = (f"x {'+' if value > 0 else '-'} {abs(value)}" for value in (p, q))
    lines = [
        (
            f"{p} \\cdot {q} = {c}".replace(f"\\cdot {q}", f"\\cdot ({q})" if q < 0 else f"\\cdot {q}"),
            "Two numbers whose product is the last term,",
        ),
        (f"{p} + {q} = {b}" if q >= 0 else f"{p} + ({q}) = {b}", "and whose sum is the number before x."),
        (f"({rows})({columns})", "They are the sides of the rectangle."),
    ]
    return shown(_area(rows, columns), worked(*lines))


_BRACKETS = re.compile(r"\(([^()]{3,40})\)\s*[*×]?\s*\(([^()]{3,40})\)")
_SQUARED = re.compile(r"\(([^()]{3,40})\)\s*\^\s*\{?2\}?(?!\d)")
_TERM = re.compile(r"\d+[a-z]?(?:\^\d)?|[a-z](?:\^\d)?")


def _is_sum(side: str) -> bool:
    """Whether it is two or three single terms."""
    terms = re.split(r"[-+]", side.replace(" ", "").removeprefix("-"))
    return 2 <= len(terms) <= 3 and all(_TERM.fullmatch(term) for term in terms)


def area_model(text: str) -> list[Kind]:
    """A product of two sums as the pieces of a rectangle."""
    text = tidy(text)
    model = says(text, r"\barea (?:model|diagram)\b|\bbox method\b")
    if not model and not says(text, r"\brectangle\b.*\bfactor|\bfactor\w*\b.*\brectangle\b|\bmultipl|\bexpand|\bproduct\b|\bfoil\b"):
        return []
    if says(text, r"\bfactor") and (factored := _factored(text)):
        return factored
    if (pair := _BRACKETS.search(text)) is not None and _is_sum(pair[1]) and _is_sum(pair[2]):
        return shown(_area(pair[1], pair[2]))
    if (square := _SQUARED.search(text)) is not None and _is_sum(square[1]):
        return shown(_area(square[1], square[1]))
    whole = re.search(r"\b(\d{2})\s*(?:×|\*|times|x)\s*(\d{1,2})\b", text)
    if whole is None or not model:
        return []
    rows, columns = (f"{int(part) // 10 * 10}+{int(part) % 10}" if int(part) > 9 and int(part) % 10 else part for part in whole.groups())
    return shown(_area(rows, columns))


def _area(rows: str, columns: str) -> Kind | None:
    def terms(text: str) -> list[str]:
        return re.findall(r"-?[^-+]+", text.replace(" ", ""))

    say = "Every term of one side meets every term of the other."
    formula = f"({rows.strip()})({columns.strip()})"
    return made(kind="area_model", rows=terms(rows), columns=terms(columns), formula=formula, say=say)
