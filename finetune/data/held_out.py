"""Held-out sets as files: JSON lines of any shape, JSON, and programs. What they hold is compared, and never becomes an example."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from finetune.data.overlap import Item
from finetune.data.text import decoded
from finetune.errors import DataError

SUFFIXES = frozenset({".jsonl", ".json", ".py", ".csv", ".parquet"})
SHARED = frozenset({"id", "kind", "split", "family", "font", "source", "licence", "license", "group", "task", "origin", "subfield", "difficulty", "place",
                    "role", "from", "label", "version", "check", "expect", "relevant"})  # fmt: skip
"""Fields that say something of an item and are none of its text."""


def read_held_out(paths: Iterable[Path]) -> list[Item]:
    """The items of files, and of all files in folders; a folder's programs are one set. Raises `DataError` for what is not there, cannot be read, or is
    empty, since a check against nothing would pass everything."""
    items: list[Item] = []
    for path in paths:
        found = list(_items(path))
        if not found:
            raise DataError(f"{path} holds no held-out items (JSON, JSON lines, CSV, Parquet or Python)")
        items += found
    return items


def _items(path: Path) -> Iterator[Item]:
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in SUFFIXES and file.is_file():
                name = file.relative_to(path)
                yield from _of_file(file, str(name.parent) if file.suffix == ".py" and len(name.parts) > 1 else str(name))
    elif path.is_file():
        yield from _of_file(path, path.name)
    else:
        raise DataError(f"there is no {path}, whose items no example may hold")


def _of_file(path: Path, name: str) -> Iterator[Item]:
    if path.suffix.lower() == ".py":
        yield Item(name, path.stem, (decoded(path),))
        return
    for number, row in _rows(path):
        texts = tuple(dict.fromkeys(text for text in _texts(row) if text.strip()))
        if texts:
            identifier = row.get("id") if isinstance(row, Mapping) else None
            yield Item(name, str(identifier or f"row {number}"), texts)


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    from finetune.data.tables import read_table

    suffix = path.suffix.lower()
    if suffix in (".csv", ".parquet"):
        yield from read_table(path)
        return
    text = decoded(path)
    try:
        if suffix == ".json":
            whole = json.loads(text)
            yield from enumerate(whole if isinstance(whole, list) else [whole], 1)
            return
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield number, json.loads(line)
    except ValueError as error:
        raise DataError(f"{path} cannot be read as JSON: {error}") from error


def _texts(value: Any) -> Iterator[str]:
    """All prose and code in a row. Of a conversation with instructions in front only the last question and answer, since the instructions are shared."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        turns = value.get("messages") or value.get("conversations")
        if isinstance(turns, list) and turns:
            yield from _texts(turns[-2:])
            return
        for key, inner in value.items():
            if key not in SHARED:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
