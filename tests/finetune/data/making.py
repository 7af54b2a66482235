"""A corpus by hand, and examples made of two strings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.data.example import OWN, Example, message
from retrieval.records import scene_id

RENDERED = {"ok": True, "error": None}


def example(asked: str, answer: str, *, group: str = "", licence: str = OWN) -> Example:
    return Example(
        (message("user", asked), message("assistant", answer)), "chat", group or asked, "test", licence, {"by": "test"}, None, asked
    )


def scene(name: str, body: str) -> str:
    return f"from manim import *\n\n\nclass {name}(Scene):\n    def construct(self):\n        {body}\n"


def failed(kind: str, message_: str, line: int | None = None) -> dict[str, Any]:
    return {"ok": False, "error": {"kind": kind, "message": message_, "line": line}}


def record(code: str, *, name: str = "Shown", repository: str = "someone/scenes", path: str = "a.py", **fields: Any) -> dict[str, Any]:
    made = {
        "id": scene_id(code),
        "scene": name,
        "source": f"{repository}@1a2b3c4: {path}",
        "licence": "MIT",
        "description": "",
        "code": code,
        "origin": {"source": "github", "repository": repository, "revision": "1a2b3c4", "path": path, "line": 4, "url": ""},
        "flavour": "community",
        "migrated": [],
        "cluster": scene_id(code),
        "uses": [],
        "needs_latex": False,
        "three_d": False,
    }
    return {**made, **fields}


def pair(row: Mapping[str, Any], prompt: str, **fields: Any) -> dict[str, Any]:
    made = {"prompt": prompt, "tags": [], "rating": 4, "by": "ann", "at": "2026-01-01", "machine": False}
    return {**made, **{name: row[name] for name in ("code", "id", "licence", "source")}, **fields}


def write_corpus(
    folder: Path,
    scenes: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    *,
    pairs: Sequence[Mapping[str, Any]] = (),
    machine_pairs: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """`scenes` are records with their verdicts."""
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder / "scenes.jsonl", [row for row, _ in scenes])
    write_lines(folder / "validated.jsonl", [{"id": row["id"], "manim": "0.22.0", **verdict} for row, verdict in scenes])
    (folder / "validate.summary.json").write_text(json.dumps({"corpus": "0123456789abcdef", "manim": "0.22.0"}))
    if pairs:
        write_lines(folder / "pairs.jsonl", pairs)
    if machine_pairs:
        write_lines(folder / "machine_pairs.jsonl", machine_pairs)
    return folder


def write_lines(path: Path, rows: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path
