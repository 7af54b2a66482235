"""Tables of LaTeX as rows of cells, and as a small model reads them best: one row a line, cells between bars. Pure text, no SymPy."""

from __future__ import annotations

import re

TABULAR = re.compile(
    r"(?:\\begin\{center\}\s*)?\\begin\{tabular\}\s*\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}(.*?)\\end\{tabular\}(?:\s*\\end\{center\})?", re.DOTALL
)
"""A whole tabular; its rows are the one group."""
_RULES = re.compile(r"\\hline|\\(?:top|mid|bottom)rule|\\cline\s*\{[^{}]*\}")
_STACKED = re.compile(r"\$?\s*\\begin\{array\}\s*\{[^{}]*\}(.*?)\\end\{array\}\s*\$?", re.DOTALL)
_SPAN = re.compile(r"\\multi(row|column)\s*\{\s*(\d+)\s*\}\s*\{[^{}]*\}\s*\{([^{}]*)\}")


def readable(text: str) -> str:
    """The text with every tabular as a table of Markdown; all else as it was."""
    return TABULAR.sub(lambda match: f"\n\n{_markdown(rows(match[1]))}\n\n", text)


def rows(body: str) -> list[list[str]]:
    """The cells of a tabular's rows, without rules; a cell over several columns stands in each of them."""
    body = _STACKED.sub(lambda match: " ".join(_bare(part) for part in re.split(r"\\\\", match[1])), _RULES.sub(" ", body))
    lines = re.split(r"\\\\(?:\[[^\]]*\])?", body)
    return [[cell for part in re.split(r"(?<!\\)&", line) for cell in _spanned(part)] for line in lines if line.strip()]


def _markdown(table: list[list[str]]) -> str:
    width = max((len(row) for row in table), default=0)
    lines = [f"| {' | '.join([*row, *[''] * (width - len(row))])} |" for row in table]
    return "\n".join([*lines[:1], f"|{'---|' * width}", *lines[1:]])


def _spanned(cell: str) -> list[str]:
    span = _SPAN.search(cell)
    if span is None:
        return [_bare(cell)]
    return [_bare(span[3])] * (int(span[2]) if span[1] == "column" else 1)


def _bare(cell: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\\(?:text|mathrm|textbf)\s*\{([^{}]*)\}", r"\1", cell)).strip()
