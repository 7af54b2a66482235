"""The scenes of a corpus that may be retrieved: those that were rendered on the installed Manim."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.index.build import Seen
from retrieval.index.manifest import Manifest
from retrieval.records import Origin, SceneRecord, scene_id
from retrieval.validate.publish import validated_version
from retrieval.whole import write_whole

SCENES, VALIDATED, SUMMARY = "scenes.jsonl", "validated.jsonl", "index.summary.json"


def scenes_of(folder: Path, manim: str) -> tuple[list[SceneRecord], dict[str, Seen]]:
    """The records of `scenes.jsonl` that `validated.jsonl` calls ok for this version of Manim, and what it tells of each.

    Raises `RetrievalError` naming the step that is missing, or file and line of what is no record.
    """
    seen: dict[str, Seen] = {}
    others = 0
    for line, told in _lines(folder / VALIDATED, "validate"):
        if not isinstance(told.get("id"), str) or not isinstance(told.get("ok"), bool):
            raise RetrievalError(f"{folder / VALIDATED}:{line} has no id and ok")
        if told["ok"] and told.get("manim") != manim:
            others += 1
        elif told["ok"]:
            thumbnail = str(told.get("thumbnail") or "")
            seen[told["id"]] = {
                "seconds": float(told.get("seconds") or 0.0),
                "thumbnail": str((folder / thumbnail).absolute()) if thumbnail else "",
            }
    records = []
    for line, told in _lines(folder / SCENES, "preprocess"):
        record = _record(told, f"{folder / SCENES}:{line}")
        if record.id in seen:
            records.append(record)
    if not records:
        more = f" ({others} rendered on another version)" if others else ""
        raise RetrievalError(f"no scene in {folder} rendered on Manim {manim}{more}; run `hisolver corpus validate --corpus {folder}`")
    return records, seen


def write_summary(folder: Path, manifest: Manifest, seconds: float) -> None:
    """What was indexed, and of which version of the corpus, into `index.summary.json`. Raises `RetrievalError`."""
    told = {
        "step": "index",
        "corpus": validated_version(folder),  # empty where another made the files; the index knows them by their content
        "read": manifest.corpus,
        "manim": manifest.manim,
        "embedding": manifest.embedding,
        "scenes": manifest.count,
        "seconds": round(seconds, 1),
    }
    try:
        write_whole(folder / SUMMARY, lambda handle: handle.write(json.dumps(told, indent=1).encode() + b"\n"))
    except OSError as error:
        raise RetrievalError(f"{folder / SUMMARY} cannot be written: {error.strerror}") from error


def _lines(path: Path, step: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                told = json.loads(line)
                if not isinstance(told, dict):
                    raise ValueError("not an object")
                yield number, told
    except FileNotFoundError:
        raise RetrievalError(f"there is no {path}; run `hisolver corpus {step} --corpus {path.parent}`") from None
    except (OSError, ValueError) as error:
        raise RetrievalError(f"{path} cannot be read ({error}); run `hisolver corpus {step} --corpus {path.parent}`") from error


def _record(told: dict[str, Any], where: str) -> SceneRecord:
    """Raises `RetrievalError` for what is no record, or one whose id is not that of its code."""
    try:
        origin = told.get("origin")
        values = {name: told[name] for name in SceneRecord.__dataclass_fields__ if name in told}
        values |= {"origin": Origin(**origin) if origin else None}
        values |= {name: tuple(values[name]) for name in ("uses", "migrated") if name in values}
        record = SceneRecord(**values)
        matches = scene_id(record.code) == record.id
    except (TypeError, AttributeError) as error:
        raise RetrievalError(f"{where} is no scene ({error})") from error
    if not matches:
        raise RetrievalError(f"{where}: the id {record.id} is not that of its code")
    return record
