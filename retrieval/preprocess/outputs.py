"""What the step writes: each file under another name first, then renamed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from retrieval.errors import RetrievalError
from retrieval.preprocess.repository import record_from
from retrieval.records import SceneRecord
from retrieval.whole import write_whole

SCENES, PARQUET, SUMMARY = "scenes.jsonl", "scenes.parquet", "preprocess.summary.json"


def write_scenes(folder: Path, records: Sequence[SceneRecord]) -> str:
    """`scenes.jsonl` and `scenes.parquet`, by id; returns the SHA-256 in hex of the first. Raises `OSError`."""
    ordered = sorted(records, key=lambda record: record.id)
    lines = [json.dumps(asdict(record), ensure_ascii=False).encode("utf-8", "replace") + b"\n" for record in ordered]
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line)
    write_whole(folder / PARQUET, lambda handle: _parquet(ordered, handle))
    write_whole(folder / SCENES, lambda handle: handle.writelines(lines))
    return digest.hexdigest()


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    text = json.dumps(summary, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / SUMMARY, lambda handle: handle.write(text.encode("utf-8")))


def read_scenes(path: Path) -> Iterator[SceneRecord]:
    """The records of a `scenes.jsonl`. Raises `RetrievalError` where it is missing or damaged."""
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                try:
                    yield record_from(json.loads(line))
                except (ValueError, TypeError, AttributeError) as error:
                    raise RetrievalError(f"{path} is damaged at line {number}; run `hisolver corpus preprocess`") from error
    except FileNotFoundError:
        raise RetrievalError(f"there is no {path}; run `hisolver corpus preprocess`") from None


def export_tasks(records: Iterable[SceneRecord], out: Path) -> int:
    """Labelling tasks, `{"data": {"code": ...}}` a line, and how many. One scene stands for its near-duplicates. Raises `OSError`."""
    lines = [
        json.dumps(
            {
                "data": {
                    "code": record.code, "id": record.id, "scene": record.scene, "description": record.description, "source": record.source,
                    "licence": record.licence,
                }
            },
            ensure_ascii=False,
        ).encode("utf-8", "replace")
        + b"\n"
        for record in records
        if record.cluster in ("", record.id)
    ]  # fmt: skip
    write_whole(out, lambda handle: handle.writelines(lines))
    return len(lines)


def _parquet(records: Sequence[SceneRecord], handle: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, words = pa.string(), pa.list_(pa.string())
    origin = pa.struct([(name, text) for name in ("source", "repository", "revision", "path")] + [("line", pa.int64()), ("url", text)])
    schema = pa.schema(
        [(name, text) for name in ("id", "scene", "source", "licence", "description", "code")]
        + [
            ("origin", origin),
            ("flavour", text),
            ("migrated", words),
            ("cluster", text),
            ("uses", words),
            ("needs_latex", pa.bool_()),
            ("three_d", pa.bool_()),
        ]
    )
    rows = [{**asdict(record), "migrated": list(record.migrated), "uses": list(record.uses)} for record in records]
    rows = json.loads(json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace"))  # Parquet holds no lone surrogates
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), handle, compression="zstd")
