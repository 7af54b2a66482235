"""Tables printed as text: LaTeX tabulars and Markdown, as columns of values over one variable. Runs inside the sandbox only."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.reading import Given, read_formula
from agents.checking.tables import rows


def columns(given: Given) -> list[tuple[Any, list[tuple[Any, Any]]]]:
    """For each dependent quantity of a table its pairs with the first variable: `(f(x), [(0, 3), (2, 1)])`. Empty where a cell is no number."""
    found = []
    for table in given.tables:
        found_rows = rows(table)
        if len(found_rows) < 2 or len({len(row) for row in found_rows}) != 1 or len(found_rows[0]) < 2:
            continue
        for layout in (found_rows, [list(column) for column in zip(*found_rows, strict=True)]):
            heads = [_head(cell, given) for cell in layout[0]]
            numbers = [[read_formula(cell.replace("$", "")) if cell.strip("$ ") else None for cell in row] for row in layout[1:]]
            if (
                isinstance(heads[0], sympy.Symbol)
                and None not in heads
                and all(value is not None and value.is_number for row in numbers for value in row)
            ):
                found += [(head, [(row[0], row[index]) for row in numbers]) for index, head in enumerate(heads) if index]
                break
    return found


def _head(cell: str, given: Given) -> Any:
    text = cell.replace("$", "").strip()
    call = re.fullmatch(r"([A-Za-z])\s*\(\s*([a-z])\s*\)", text)
    if call:
        return sympy.Function(call[1])(sympy.Symbol(call[2]))
    value = read_formula(text, given.functions) if text else None
    return value if isinstance(value, (sympy.Symbol, AppliedUndef)) else None
