"""The rows of a file of one's own, whatever it is written in: JSON lines, JSON, CSV, TSV, Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.data.text import decoded
from finetune.errors import DataError

_BATCH = 1000


def read_table(path: Path) -> Iterator[tuple[int, Any]]:
    """Each row with its number: the line of a text file, the place in any other, both from 1. Raises `DataError` for what is not there, empty, not in that
    format, or broken off, with the line."""
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty")
    match path.suffix.lower():
        case ".parquet":
            return _parquet(path)
        case ".csv" | ".tsv":
            return _separated(path, "\t" if path.suffix.lower() == ".tsv" else ",")
        case ".json" | ".jsonl" | ".ndjson":
            return _json(path)
        case other:
            raise DataError(f"{path}: {other or 'a name without an ending'} is not read; give .jsonl, .json, .csv, .tsv or .parquet")


def _json(path: Path) -> Iterator[tuple[int, Any]]:
    """A list, an object that holds one, or an object a line, whatever the file is called."""
    text = decoded(path)
    if not text.strip():
        raise DataError(f"{path} is empty")
    if path.suffix.lower() == ".json" or text.lstrip().startswith("["):
        try:
            whole = json.loads(text)
        except ValueError as error:
            if text.lstrip().startswith("["):
                raise DataError(f"{path} cannot be read as JSON: {error}") from None
        except RecursionError:
            raise DataError(f"{path} is nested too deeply") from None
        else:
            lists = [value for value in whole.values() if isinstance(value, list)] if isinstance(whole, dict) else []
            one_row = isinstance(whole, dict) and ({"messages", "conversations"} & whole.keys() or len(lists) != 1)
            yield from enumerate(
                [whole] if one_row else lists[0] if isinstance(whole, dict) else whole if isinstance(whole, list) else [whole], 1
            )
            return
    # newlines only: JSON may hold other ends of lines inside its strings
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{path}, line {number}, is not JSON ({error}); was the file cut off?") from None


def _separated(path: Path, delimiter: str) -> Iterator[tuple[int, Any]]:
    csv.field_size_limit(2**27)
    reader = csv.DictReader(io.StringIO(decoded(path), newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if None in row or None in row.values():
                raise DataError(
                    f"{path}, line {reader.line_num}, has {'more' if None in row else 'fewer'} columns than the first line names"
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}, cannot be read as CSV: {error}") from None


def _parquet(path: Path) -> Iterator[tuple[int, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(_BATCH):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error
