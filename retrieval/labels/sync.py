"""Push and pull: new scenes become tasks; annotations become labels. Both may be run again at any time, and after a kill at any point."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from retrieval.labels.client import LabelServer
from retrieval.labels.lines import annotation_row, label_row, read_annotation_row, read_rows, write_json, write_rows
from retrieval.labels.records import Annotation, labels_of, merge, read_annotation
from retrieval.labels.scenes import LabelScene
from retrieval.labels.tasks import Draft, Media, task_of
from retrieval.validate.publish import validated_version

BATCH = 20
"""Tasks of one request: so many are there wholly or not at all."""
Prepare = Callable[[Sequence[LabelScene]], Awaitable[Mapping[str, Draft]]]
"""Drafts for these scenes, by id; it may render their videos on the way."""


async def push(
    server: LabelServer,
    project: int,
    scenes: Sequence[LabelScene],
    prepare: Prepare,
    media: Media,
    *,
    limit: int | None = None,
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Counter[str]:
    """Makes a task of every scene that has none on the server, `limit` at most. Counts `added`, `there before` and `doubles removed`.

    What is there is asked of the server and nobody else, so that a push that was cut off is gone on with. Raises `LabelError`.
    """
    there = await asyncio.to_thread(_by_scene, server, project)
    new = [scene for scene in scenes if scene.id not in there]
    counts = Counter({"added": 0, "there before": len(scenes) - len(new)})
    chosen = new if limit is None else new[:limit]
    counts["left for later"] = len(new) - len(chosen)
    rest = iter(chosen)
    while batch := list(islice(rest, BATCH)):
        drafts = await prepare(batch)
        tasks = [task_of(scene, drafts[scene.id], media(scene)) for scene in batch]
        counts["added"] += await asyncio.to_thread(server.import_tasks, project, tasks)
        counts.update(
            f"draft {'found' if not task['predictions'] or 'by no model' in task['data']['draft_by'] else 'by a model'}" for task in tasks
        )
        told(counts["added"], len(chosen))
    if counts["added"] or any(len(rows) > 1 for rows in there.values()):
        counts["doubles removed"] = await asyncio.to_thread(remove_doubles, server, project)
    return counts


def remove_doubles(server: LabelServer, project: int) -> int:
    """Takes away all but the first task of a scene, where nobody has begun to work on them: an import whose answer never came may have worked."""
    if all(len(rows) == 1 for rows in _by_scene(server, project).values()):
        return 0
    spare = []
    for rows in _by_scene(server, project, annotations=True).values():
        rows.sort(key=lambda row: (not row["taken"], row["task"]))
        spare += [row["task"] for row in rows[1:] if not row["taken"]]
    spare = server.without_drafts(spare) if spare else []
    if spare:
        server.delete_tasks(spare)
    return len(spare)


def pull(server: LabelServer, project: int, corpus: Path) -> dict[str, Any]:
    """Brings `annotations.jsonl` up to date and writes `labels.jsonl` from it. Returns what is written to `label.summary.json`.

    An annotation that is missing in the listing counts as deleted only where the server says so of itself. Raises `LabelError`, and then has
    written nothing.
    """
    started = time.monotonic()
    path = corpus / "annotations.jsonl"
    known = read_rows(path, read_annotation_row)
    users = server.users()
    pulled: list[Annotation] = []
    unknown: Counter[str] = Counter()
    for task in server.tasks(project, annotations=True):
        if not isinstance(task["scene_id"], str):
            unknown["task without a scene"] += 1
            continue
        for row in task["annotations"]:
            try:
                pulled.append(read_annotation({**task, **row}, project=project, users=users))
            except (ValueError, KeyError, TypeError):
                unknown["unreadable annotation"] += 1
    listed = {annotation.key for annotation in pulled}
    missed = [one for one in known if one.project == project and one.deleted_at is None and one.key not in listed]
    pulled += [one for one in missed if server.annotation_is_there(one.annotation)]
    merged = merge(known, pulled, project=project, now=datetime.now(UTC).isoformat(timespec="microseconds"))
    labels = labels_of(merged.annotations)
    write_rows(path, map(annotation_row, merged.annotations))
    write_rows(corpus / "labels.jsonl", map(label_row, labels))
    summary = {
        "project": project,
        "corpus": validated_version(corpus),
        "seconds": round(time.monotonic() - started, 1),
        "annotations": merged.counts,
        "skipped": sum(one.skipped and one.deleted_at is None for one in merged.annotations),
        "labels": len(labels),
        "scenes": len({label.id for label in labels}),
        "labellers": dict(sorted(Counter(label.by for label in labels).items())),
        "left out": dict(unknown),
    }
    write_json(corpus / "label.summary.json", summary)
    return summary


def _by_scene(server: LabelServer, project: int, *, annotations: bool = False) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for task in server.tasks(project, annotations=annotations):
        if isinstance(task["scene_id"], str):
            found.setdefault(task["scene_id"], []).append(task)
    return found
