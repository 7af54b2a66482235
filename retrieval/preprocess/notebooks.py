"""A notebook as one module: its code cells in order, `%%manim` cells among them."""

from __future__ import annotations

import ast
import json
import re
import warnings

from retrieval.preprocess.decoding import Unreadable

KEPT_MAGICS = frozenset({"manim", "time", "timeit", "capture", "prun", "manim_slides"})
MAGIC_LINE = re.compile(r"^\s*(%|!|\?)|\?\s*$")


def module_of(text: str) -> str:
    """The Python of a notebook; a cell that does not parse is left out alone. Raises `Unreadable`: `notebook`."""
    try:
        notebook = json.loads(text)
        cells = notebook["cells"] if "cells" in notebook else [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        sources = [_source(cell) for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Unreadable("notebook") from None
    return "\n\n".join(source for source in map(_python, sources) if source)


def _source(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _python(source: str) -> str:
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[first].lstrip().startswith("%%"):
        magic = lines[first].lstrip()[2:].split(None, 1)
        if not magic or magic[0] not in KEPT_MAGICS:
            return ""
        lines = lines[first + 1 :]
    code = "\n".join(lines)
    if _parses(code):
        return code
    code = "\n".join(_without_magic(line) for line in lines)
    return code if _parses(code) else ""


def _without_magic(line: str) -> str:
    """Where a line is for IPython alone, `pass` at its depth: it may be the only line of a block."""
    return line[: len(line) - len(line.lstrip())] + "pass" if MAGIC_LINE.search(line) and line.strip() else line


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
