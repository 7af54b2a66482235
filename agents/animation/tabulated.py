"""Tables and lined-up equations in a problem's text: the table as rows for the screen, everything else as words without their markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.animation.latex import as_text, spoken
from agents.checking.tables import TABULAR, rows

MAX_ROWS, MAX_COLUMNS, MAX_CELL = 8, 7, 32
_ARRAY = re.compile(
    r"(?:\$\$?|\\\[|\\\()?\s*\\begin\{(array|aligned|align\*?|cases|gathered|split|eqnarray\*?)\}(.*?)\\end\{\1\}\s*(?:\$\$?|\\\]|\\\))?",
    re.DOTALL,
)
_COLUMNS = re.compile(r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_MARKDOWN = re.compile(r"(?:^[ \t]*\|.*\|[ \t]*(?:\n|$)){2,}", re.MULTILINE)
_LEFT_OVER = re.compile(
    r"\\(?:hline|(?:top|mid|bottom)rule|cline\s*\{[^{}]*\}|(?:begin|end)\s*\{(?:center|table|tabular|array)\}(?:\s*\{[^{}]*\})?)"
)
_BROKEN_ROW = re.compile(r"[^&\n.?!]*(?<!\\)&[^\n]*?\\\\")


def taken_apart(text: str) -> tuple[str, list[list[str]]]:
    """The text without its tables, and the first of them that can be read on a screen, as rows of plain cells; an empty list where there is none.

    Equations in lines (`array`, `aligned`, `cases`) stay in the text, one after the other.
    """
    tables: list[list[list[str]]] = []

    def keep(found: Sequence[Sequence[str]]) -> str:
        tables.append(_plain(found))
        return " "

    text = TABULAR.sub(lambda match: keep(rows(match[1])), text)
    text = _MARKDOWN.sub(lambda match: keep(_markdown(match[0])), text)
    text = _ARRAY.sub(
        lambda match: keep(rows(_COLUMNS.sub("", match[2], 1))) if _is_table(match[1], match[2]) else _lined_up(match[2]), text
    )
    text = _LEFT_OVER.sub(" ", text)
    if "matrix}" not in text:
        text = _BROKEN_ROW.sub(" ", text)  # rows of which the table's beginning or end is lost
    return re.sub(r"[ \t]+", " ", text).strip(), next((table for table in tables if readable(table)), [])


def readable(table: Sequence[Sequence[str]]) -> bool:
    """Whether the rows can be read in a video: few and short cells, two rows and two columns at least."""
    if not 2 <= len(table) <= MAX_ROWS or not 2 <= len(table[0]) <= MAX_COLUMNS:
        return False
    return (
        all(len(cell) <= MAX_CELL for row in table for cell in row)
        and sum(max(map(len, column)) for column in zip(*table, strict=True)) <= 110
    )


def _is_table(environment: str, body: str) -> bool:
    """An array with rules between its columns; without them it lines up equations."""
    columns = _COLUMNS.match(body)
    return environment == "array" and columns is not None and ("|" in columns[1] or "\\hline" in body)


def _lined_up(body: str) -> str:
    bare = _COLUMNS.sub("", body, 1) if body.lstrip().startswith("{") else body
    lines = [line.replace("&", "").strip(" ,;") for line in re.split(r"\\\\(?:\[[^\]]*\])?", bare)]
    return " " + ", ".join(f"${line}$" for line in lines if line) + " "


def _markdown(text: str) -> list[list[str]]:
    lines = [line.strip().strip("|").split("|") for line in text.strip().splitlines()]
    return [[cell.strip() for cell in line] for line in lines if not all(re.fullmatch(r"\s*:?-+:?\s*", cell) for cell in line)]


def _plain(found: Sequence[Sequence[str]]) -> list[list[str]]:
    width = max((len(row) for row in found), default=0)
    return [[_cell(cell) for cell in [*row, *[""] * (width - len(row))]] for row in found]


def _cell(text: str) -> str:
    if text.count("$") % 2:
        text = text.replace("$", "")
    return spoken(as_text(text) if "\\" in text and "$" not in text else text, MAX_CELL + 1).replace(" %", "%")
