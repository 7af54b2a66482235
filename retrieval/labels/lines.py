"""JSON lines on disk: read with what is wrong counted, written whole or not at all; and the lock that keeps two label commands apart."""

from __future__ import annotations

import fcntl
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from retrieval.errors import LabelError
from retrieval.labels.records import Annotation, Label
from retrieval.whole import write_whole

Row = TypeVar("Row")


def read_rows(path: Path, parse: Callable[[Mapping[str, Any]], Row], broken: Counter[str] | None = None) -> list[Row]:
    """What `parse` makes of every line; nothing where there is no file. Lines that are not what they should be are counted in `broken`, or else raise.

    Raises `LabelError`.
    """
    rows: list[Row] = []
    try:
        with path.open("rb") as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                try:
                    rows.append(parse(json.loads(line)))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    if broken is None:
                        raise LabelError(f"{path}, line {number}, cannot be read ({type(error).__name__}: {error})", "input") from error
                    broken[f"unreadable line in {path.name}"] += 1
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LabelError(f"{path} cannot be read: {error.strerror}", "input") from error
    return rows


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replaces `path` in one step. Raises `LabelError` where the disk does not take it; the old file is then as it was."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    _replace(path, text.encode("utf-8", "replace"))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """The same for one object."""
    _replace(path, (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace"))


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda handle: handle.write(content))
    except OSError as error:
        raise LabelError(f"{path} cannot be written: {error.strerror}") from error


def label_row(label: Label) -> dict[str, Any]:
    return asdict(label)


def read_label(row: Mapping[str, Any]) -> Label:
    """A line of `labels.jsonl` or `machine_labels.jsonl`."""
    rating = row["rating"]
    return Label(
        id=str(row["id"]),
        description=str(row["description"]),
        tags=tuple(str(tag) for tag in row["tags"]),
        rating=None if rating is None else int(rating),
        by=str(row["by"]),
        at=str(row["at"]),
        machine=bool(row["machine"]),
    )


def annotation_row(annotation: Annotation) -> dict[str, Any]:
    return asdict(annotation)


def read_annotation_row(row: Mapping[str, Any]) -> Annotation:
    """A line of `annotations.jsonl`."""
    return Annotation(**{**row, "tags": tuple(row["tags"])})


@contextmanager
def label_lock(corpus: Path) -> Iterator[int]:
    """Holds the corpus for one label command; gives the lock's descriptor, which a child may inherit and so hold as long as it lives.

    Raises `LabelError` at once where another command holds it.
    """
    path = corpus / "labels.lock"
    try:
        corpus.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LabelError(f"{path} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabelError(f"another label command is at work on {corpus}; run this again when it has ended", "busy") from None
        yield handle
    finally:
        os.close(handle)
