"""A product as the area of a rectangle cut into pieces."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.expression import number_text
from agents.animation.kinds.base import Formula, Kind, typeset

_TERM = re.compile(r"\s*([+-]?)\s*(\d+(?:\.\d+)?)?\s*([a-z])?(?:\^\{?(\d)\}?)?\s*")


class AreaModel(Kind):
    """Two or three terms a side, each a number, a letter with a coefficient, or a power of it (`20`, `3x`, `-5`, `x^2`); one letter at most.

    A negative term is drawn as wide as a positive one: the model shows which products there are, not how large.
    """

    stage: ClassVar[str] = "area_model"
    kind: Literal["area_model"] = "area_model"
    rows: list[str] = Field(min_length=1, max_length=3)
    columns: list[str] = Field(min_length=1, max_length=3)
    formula: Formula = ""

    @model_validator(mode="after")
    def _readable(self) -> AreaModel:
        terms = [_term(text) for text in (*self.rows, *self.columns)]
        if len(terms) < 3:
            raise ValueError("an area model needs a sum on at least one side")
        if any(not coefficient for coefficient, _, _ in terms):
            raise ValueError("a side of length zero cannot be drawn")
        if len({letter for _, letter, _ in terms if letter}) > 1:
            raise ValueError("an area model takes one letter")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"frame": "the whole Rectangle", "total": "the product below it"}

    def data(self) -> dict[str, Any]:
        rows, columns = [_term(text) for text in self.rows], [_term(text) for text in self.columns]
        products = [[(a[0] * b[0], a[1] or b[1], a[2] + b[2]) for b in columns] for a in rows]
        powers: dict[int, float] = {}
        for coefficient, _, power in (product for line in products for product in line):
            powers[power] = powers.get(power, 0.0) + coefficient
        letter = next((letter for _, letter, _ in (*rows, *columns) if letter), "")
        total = [(value, letter, power) for power, value in sorted(powers.items(), reverse=True) if value]
        return {
            "rows": [_latex(term) for term in rows],
            "columns": [_latex(term) for term in columns],
            "heights": _lengths(rows),
            "widths": _lengths(columns),
            "products": [[_latex(product) for product in line] for line in products],
            "like": [[product[2] if letter else 0 for product in line] for line in products],
            "total": "".join(_latex(term) if index == 0 or term[0] < 0 else f"+{_latex(term)}" for index, term in enumerate(total)) or "0",
        } | typeset(self.formula)


def _term(text: str) -> tuple[float, str, int]:
    """Coefficient, letter and power. Raises ValueError for anything else."""
    found = _TERM.fullmatch(text)
    if found is None or not (found[2] or found[3]):
        raise ValueError(f"{text!r} is no single term")
    coefficient = float(found[2] or 1) * (-1 if found[1] == "-" else 1)
    if abs(coefficient) > 1e6 or (found[4] and not found[3]):
        raise ValueError(f"{text!r} is no term that can be drawn")
    return coefficient, found[3] or "", int(found[4] or 1) if found[3] else 0


def _latex(term: tuple[float, str, int]) -> str:
    coefficient, letter, power = term
    if not letter or not power:
        return number_text(coefficient)
    head = {1.0: "", -1.0: "-"}.get(coefficient, number_text(coefficient))
    return f"{head}{letter}" + (f"^{{{power}}}" if power > 1 else "")


def _lengths(terms: list[tuple[float, str, int]]) -> list[float]:
    """Shares of a side: to scale among numbers, but no piece too thin for its product; a letter is as long as all numbers of the side together."""
    numbers = [abs(coefficient) for coefficient, letter, _ in terms if not letter]
    raw = [abs(coefficient) if not letter else max(sum(numbers), 1.0) * 1.3 for coefficient, letter, _ in terms]
    floor = 0.24 * sum(raw)
    lifted = [max(length, floor) for length in raw]
    return [length / sum(lifted) for length in lifted]
