"""What labellers said: annotations as Label Studio keeps them, and the labels that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Label:
    """A line of `labels.jsonl`: what `by` said of the scene `id`. `rating` is 1 to 5, None where none was given; `at` is ISO 8601 in UTC."""

    id: str
    description: str
    tags: tuple[str, ...]
    rating: int | None
    by: str
    at: str
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A line of `annotations.jsonl`: one annotation of one person, kept also when it was skipped, or deleted on the server (`deleted_at`).

    `id` is the scene's; `project`, `task` and `annotation` are Label Studio's numbers; `seconds` is how long the labeller took,
    `draft` what the description was filled with.
    """

    id: str
    project: int
    task: int
    annotation: int
    by: str
    created_at: str
    updated_at: str
    skipped: bool
    description: str
    tags: tuple[str, ...]
    rating: int | None
    seconds: float | None = None
    draft: str = ""
    deleted_at: str | None = None

    @property
    def key(self) -> tuple[int, int]:
        return self.project, self.annotation

    @property
    def says_something(self) -> bool:
        """Whether a label follows from it."""
        return not self.skipped and self.deleted_at is None and bool(self.description or self.tags or self.rating)


@dataclass(frozen=True, slots=True)
class Merged:
    """Annotations after a pull, sorted by scene, and how many of them are `new`, `changed`, `deleted` since the last one, or the `same`."""

    annotations: list[Annotation]
    counts: dict[str, int]


def read_result(result: object) -> tuple[str, tuple[str, ...], int | None]:
    """Description, tags and rating from an annotation's `result`, whatever else stands in it."""
    description: list[str] = []
    tags: list[str] = []
    rating: int | None = None
    for region in result if isinstance(result, list) else []:
        value = region.get("value") if isinstance(region, dict) else None
        if not isinstance(value, dict):
            continue
        name = region.get("from_name")
        if name == "description":
            text = value.get("text")
            description += [str(part) for part in (text if isinstance(text, list) else [text]) if isinstance(part, str)]
        elif name == "tags" and isinstance(value.get("choices"), list):
            tags += [str(tag) for tag in value["choices"]]
        elif name == "rating" and isinstance(value.get("rating"), (int, float)):
            rating = int(value["rating"]) or None
    return "\n".join(part.strip() for part in description).strip(), tuple(sorted(set(tags))), rating


def read_annotation(row: Mapping[str, Any], *, project: int, users: Mapping[int, str]) -> Annotation:
    """An annotation as `remote` hands it over, with the fields of its task. `users` gives the address of each user's number."""
    description, tags, rating = read_result(row["result"])
    number = row["completed_by"]
    seconds = row.get("lead_time")
    return Annotation(
        id=str(row["scene_id"]),
        project=project,
        task=int(row["task"]),
        annotation=int(row["annotation"]),
        by=users.get(number) or f"user {number}",
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
        skipped=bool(row["was_cancelled"]),
        description=description,
        tags=tags,
        rating=rating,
        seconds=round(float(seconds), 1) if isinstance(seconds, (int, float)) else None,
        draft=str(row.get("draft") or ""),
    )


def instant(text: str) -> str:
    """A time of the server as ISO 8601 in UTC, so that times compare as text. Raises `ValueError`."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="microseconds")


def merge(known: Iterable[Annotation], pulled: Sequence[Annotation], *, project: int, now: str) -> Merged:
    """`known` brought up to what the server said of `project`: the later change wins; what the server has no more is kept, with `deleted_at`."""
    before = {annotation.key: annotation for annotation in known}
    after = dict(before)
    counts = {"new": 0, "changed": 0, "same": 0, "deleted": 0}
    for annotation in pulled:
        old = before.get(annotation.key)
        if old is None:
            counts["new"] += 1
            after[annotation.key] = annotation
        elif old.deleted_at is not None or annotation.updated_at > old.updated_at:
            counts["changed"] += 1
            after[annotation.key] = annotation
        else:
            counts["same"] += 1
    there = {annotation.key for annotation in pulled}
    for key, old in before.items():
        if old.project == project and key not in there and old.deleted_at is None:
            counts["deleted"] += 1
            after[key] = replace(old, deleted_at=now)
    return Merged(sorted(after.values(), key=lambda one: (one.id, *one.key)), counts)


def labels_of(annotations: Iterable[Annotation]) -> list[Label]:
    """The latest word of every person on every scene, sorted by scene and person."""
    latest: dict[tuple[str, str], Annotation] = {}
    for one in annotations:
        if one.says_something:
            old = latest.get((one.id, one.by))
            if old is None or (one.updated_at, one.key) > (old.updated_at, old.key):
                latest[one.id, one.by] = one
    return [Label(one.id, one.description, one.tags, one.rating, one.by, one.updated_at) for one in (latest[key] for key in sorted(latest))]
