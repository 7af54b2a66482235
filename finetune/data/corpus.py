"""What the corpus knows of its scenes, read once for all that is made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import DataError
from retrieval.labels.lines import read_rows
from retrieval.preprocess.outputs import SCENES, read_scenes
from retrieval.records import Origin, SceneRecord
from retrieval.validate import publish


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a scene's render ended. `kind`, `message` and `line` are the error's, "" and None where there is none."""

    ok: bool
    kind: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Corpus:
    """`version` names the scenes that render (docs/corpus.md), `manim` what they render on."""

    folder: Path
    scenes: Mapping[str, SceneRecord]
    verdicts: Mapping[str, Verdict]
    version: str
    manim: str


def read_corpus(folder: Path) -> Corpus:
    """Raises `DataError` where a step of the corpus has not run, `retrieval.errors.RetrievalError` where a file is damaged."""
    for name, step in ((SCENES, "preprocess"), (publish.FILE, "validate")):
        if not (folder / name).is_file():
            raise DataError(f"there is no {folder / name}; make it with `hisolver corpus {step}`")
    summary = _summary(folder / publish.SUMMARY)
    return Corpus(
        folder=folder,
        scenes={record.id: record for record in read_scenes(folder / SCENES)},
        verdicts=dict(read_rows(folder / publish.FILE, _verdict)),
        version=str(summary.get("corpus", "")),
        manim=str(summary.get("manim", "")),
    )


def repository_of(origin: Origin | None, source: str) -> str:
    """What must not be parted by a split: the repository, whatever its revision; a distribution, whatever its version."""
    if origin is not None and origin.repository:
        return f"{origin.source}:{origin.repository.partition('==')[0]}".lower()
    # `3b1b/videos@1a2b3c: _2015/eola.py`, `manim 0.22.0: manim.mobject...`
    return "shown:" + source.partition(": ")[0].partition("@")[0].partition(" ")[0].lower()


def leads_back(record: SceneRecord) -> dict[str, Any]:
    """The `origin` of an example made of a scene."""
    origin = record.origin
    place = {} if origin is None else {"repository": origin.repository, "revision": origin.revision, "path": origin.path, "url": origin.url}
    return {"scene": record.id, "name": record.scene, **place}


def _summary(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); make it again with `hisolver corpus validate`") from error
    return found if isinstance(found, dict) else {}


def _verdict(row: Mapping[str, Any]) -> tuple[str, Verdict]:
    error = row.get("error") or {}
    line = error.get("line")
    return str(row["id"]), Verdict(
        row["ok"] is True, str(error.get("kind") or ""), str(error.get("message") or ""), line if isinstance(line, int) else None
    )
