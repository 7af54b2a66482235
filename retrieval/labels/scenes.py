"""Which scenes are worth a person's time: those that render, one of every group of near-duplicates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import LabelError
from retrieval.labels.lines import read_rows


@dataclass(frozen=True, slots=True)
class LabelScene:
    """What labelling needs of a record. `description` is what preprocess found; `thumbnail` a path below the corpus, "" where there is none."""

    id: str
    scene: str
    code: str
    description: str
    source: str
    licence: str
    cluster: str
    thumbnail: str = ""

    @property
    def video(self) -> str:
        """Where its draft video lies below the corpus, if it was rendered."""
        return f"videos/{self.id}.mp4"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`scenes` to label, sorted by id; `left_out` counts the others by reason."""

    scenes: list[LabelScene]
    left_out: Counter[str]


def read_scenes(corpus: Path, left_out: Counter[str] | None = None) -> list[LabelScene]:
    """All of `scenes.jsonl`. Raises `LabelError` where there is none."""
    path = corpus / "scenes.jsonl"
    if not path.is_file():
        raise LabelError(f"there is no {path}; make it with `hisolver corpus collect` and `hisolver corpus preprocess`", "input")
    return read_rows(path, _scene, left_out if left_out is not None else Counter())


def choose(corpus: Path, *, duplicates: bool = False) -> Chosen:
    """The scenes that rendered; of near-duplicates the first that did, unless `duplicates`. Raises `LabelError` where validation has not run."""
    left_out: Counter[str] = Counter()
    scenes = read_scenes(corpus, left_out)
    path = corpus / "validated.jsonl"
    if not path.is_file():
        raise LabelError(f"there is no {path}; make it with `hisolver corpus validate`", "input")
    verdicts = dict(read_rows(path, _verdict, left_out))
    chosen: list[LabelScene] = []
    clusters: set[str] = set()
    for scene in sorted(scenes, key=lambda one: one.id):
        verdict = verdicts.get(scene.id)
        if verdict is None:
            left_out["not validated"] += 1
        elif not verdict.ok:
            left_out["does not render"] += 1
        elif not duplicates and scene.cluster and scene.cluster in clusters:
            left_out["near-duplicate"] += 1
        else:
            clusters.add(scene.cluster)
            chosen.append(_with_thumbnail(scene, corpus, verdict.thumbnail))
    return Chosen(chosen, left_out)


@dataclass(frozen=True, slots=True)
class _Verdict:
    ok: bool
    thumbnail: str


def _verdict(row: Mapping[str, Any]) -> tuple[str, _Verdict]:
    thumbnail = row.get("thumbnail")
    return str(row["id"]), _Verdict(row["ok"] is True, thumbnail if isinstance(thumbnail, str) else "")


def _scene(row: Mapping[str, Any]) -> LabelScene:
    scene = str(row["id"])
    if len(scene) != 16 or not set(scene) <= set("0123456789abcdef"):
        raise ValueError("an id is 16 hex digits")  # it becomes part of a path
    return LabelScene(
        id=scene,
        scene=str(row["scene"]),
        code=str(row["code"]),
        description=str(row["description"]),
        source=str(row["source"]),
        licence=str(row["licence"]),
        cluster=str(row.get("cluster") or ""),
    )


def _with_thumbnail(scene: LabelScene, corpus: Path, named: str) -> LabelScene:
    """The scene with the thumbnail that validation named, or else the one in the usual place; only what lies in `thumbnails/`."""
    for name in (Path(named).name, f"{scene.id}.png"):
        path = f"thumbnails/{name}"
        if name and (corpus / path).is_file() and not (corpus / path).is_symlink():
            return LabelScene(scene.id, scene.scene, scene.code, scene.description, scene.source, scene.licence, scene.cluster, path)
    return scene
