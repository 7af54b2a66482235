"""Labels by a model: `machine_labels.jsonl`, every line with `machine: true`. They are drafts for people, and a set of their own where there are no people."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from retrieval.errors import LabelError
from retrieval.labels.lines import label_row, read_label, read_rows, write_rows
from retrieval.labels.records import Label
from retrieval.labels.scenes import LabelScene

NAME = "machine_labels.jsonl"
AT_ONCE = 4
"""Scenes that the model reads at the same time: an engine writes several answers almost as fast as one."""


class NoDescription(Exception):
    """The model has nothing usable to say of this scene. `str()` is the reason that is counted."""


class Describer(Protocol):
    """Says in a sentence or two what a scene shows. `name` is the model's, and stands in every label as `by`."""

    name: str

    async def describe(self, scene: LabelScene) -> str:
        """The description. Raises `NoDescription`; `LabelError` where the model itself is not there."""
        ...


def machine_labels(corpus: Path) -> dict[str, Label]:
    """What is there, by scene, with what an interrupted run left. Raises `LabelError`."""
    rows = read_rows(corpus / NAME, read_label) + read_rows(_part(corpus), read_label, Counter())
    return {label.id: label for label in rows}


async def describe_all(
    corpus: Path,
    scenes: Sequence[LabelScene],
    describer: Describer,
    *,
    again: bool = False,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> tuple[dict[str, Label], Counter[str]]:
    """Describes the scenes that have no machine label (with `again` also those by another model), and publishes all. Returns those of `scenes`, and counts.

    What was said stands on the disk at once: a run that was killed is gone on with. Raises `LabelError`.
    """
    there = machine_labels(corpus)
    # the cheapest first: where time ends it, more are described
    due = sorted(
        (scene for scene in scenes if scene.id not in there or (again and there[scene.id].by != describer.name)),
        key=lambda scene: (len(scene.code), scene.id),
    )
    counts: Counter[str] = Counter({"described": 0, "there before": len(scenes) - len(due)})
    waiting = iter(due)

    async def work() -> None:
        for scene in waiting:
            try:
                text = " ".join((await describer.describe(scene)).split())
            except NoDescription as reason:
                counts[str(reason)] += 1
                continue
            if not text:
                counts["the model said nothing"] += 1
                continue
            label = Label(scene.id, text, (), None, describer.name, datetime.now(UTC).isoformat(timespec="seconds"), machine=True)
            _append(corpus, label_row(label))
            there[scene.id] = label
            counts["described"] += 1
            told(sum(counts.values()) - counts["there before"], len(due))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
    except* LabelError as failed:
        raise next(iter(failed.exceptions)) from None
    finally:
        _publish(corpus, there)
    wanted = {scene.id for scene in scenes}
    return {key: label for key, label in there.items() if key in wanted}, counts


def _publish(corpus: Path, labels: dict[str, Label]) -> None:
    """The file of all, sorted; then what was collected for it may go."""
    if _part(corpus).exists():
        write_rows(corpus / NAME, (label_row(labels[key]) for key in sorted(labels)))
        _part(corpus).unlink(missing_ok=True)


def _append(corpus: Path, row: dict[str, Any]) -> None:
    try:
        corpus.mkdir(parents=True, exist_ok=True)
        with _part(corpus).open("a", encoding="utf-8", errors="replace") as handle:
            # A line that was cut off by a kill stands alone, and is passed over.
            handle.write("\n" + json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        raise LabelError(f"{_part(corpus)} cannot be written: {error.strerror}") from error


def _part(corpus: Path) -> Path:
    return corpus / f"{NAME}.part"
