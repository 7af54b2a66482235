"""Prompt and code in pairs, with who said so and when: people's in `pairs.jsonl`, a model's in `machine_pairs.jsonl`, never both in one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retrieval.labels.lines import read_label, read_rows, write_rows
from retrieval.labels.machine import machine_labels
from retrieval.labels.records import Label
from retrieval.labels.scenes import LabelScene, read_scenes


def pairs(
    labels: Iterable[Label], scenes: Mapping[str, LabelScene], *, machine: bool, least_rating: int = 0
) -> tuple[list[dict[str, Any]], Counter[str]]:
    """A pair for every label with a description, sorted by scene and person; what is left out is counted by reason.

    `machine` says whose labels are meant; one of the other kind is left out. `least_rating` leaves out worse ones, and those without a rating.
    """
    rows: list[dict[str, Any]] = []
    counts: Counter[str] = Counter({"pairs": 0})
    for label in sorted(labels, key=lambda one: (one.id, one.by)):
        scene = scenes.get(label.id)
        if label.machine is not machine:
            counts["by a machine" if label.machine else "by a person"] += 1
        elif scene is None:
            counts["scene no longer in the corpus"] += 1
        elif not label.description:
            counts["no description"] += 1
        elif (label.rating or 0) < least_rating:
            counts["rated too low or not at all"] += 1
        else:
            counts["pairs"] += 1
            counts["without a known licence"] += not scene.licence
            rows.append(
                {
                    "prompt": label.description,
                    "code": scene.code,
                    "id": label.id,
                    "licence": scene.licence,
                    "source": scene.source,
                    "tags": list(label.tags),
                    "rating": label.rating,
                    "by": label.by,
                    "at": label.at,
                    "machine": label.machine,
                }
            )
    return rows, counts


def pairs_of(corpus: Path, *, machine: bool, least_rating: int = 0) -> tuple[list[dict[str, Any]], Counter[str]]:
    """The same of all labels that lie in the corpus; none where nobody labelled. Raises `LabelError`."""
    scenes = {scene.id: scene for scene in read_scenes(corpus)}
    labels = list(machine_labels(corpus).values()) if machine else read_rows(corpus / "labels.jsonl", read_label)
    return pairs(labels, scenes, machine=machine, least_rating=least_rating)


def write_pairs(corpus: Path, rows: Iterable[Mapping[str, Any]], *, machine: bool) -> Path:
    """Replaces the file of pairs and returns its path. Raises `LabelError`."""
    path = corpus / ("machine_pairs.jsonl" if machine else "pairs.jsonl")
    write_rows(path, rows)
    return path
