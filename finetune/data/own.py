"""Examples from files of the user's own."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.data.checks import one_answer
from finetune.data.example import OWN, TASKS, Example, Task, message
from finetune.data.rows import Unusable, messages_of
from finetune.data.tables import read_table
from finetune.errors import DataError


def own(path: Path, dropped: Counter[str]) -> tuple[list[Example], Counter[str]]:
    """Task `chat`, or the row's `task`; and how many rows of which form there were. A row may say its `group`, `licence` and `check`.

    Rows that cannot be used are counted in `dropped`. Raises `DataError` for a file that cannot be read or is empty, of which no row has an answer, or of
    which nearly all have the same.
    """
    examples: list[Example] = []
    forms: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for number, row in read_table(path):
        try:
            form, messages = messages_of(row)
        except Unusable as reason:
            reasons[str(reason)] += 1
            continue
        forms[form] += 1
        examples.append(_example(path, number, row, messages))
    if not examples:
        told = "; ".join(f"{count} rows: {reason}" for reason, count in reasons.most_common()) or "it has no rows"
        raise DataError(f"{path} has nothing to learn from: {told}")
    one_answer([example.answer for example in examples], str(path))
    dropped.update(reasons)
    return examples, forms


def _example(path: Path, number: int, row: Mapping[str, Any], messages: tuple[Any, ...]) -> Example:
    task: Task = row["task"] if row.get("task") in TASKS else "chat"
    asked = "\n".join(turn["content"] for turn in messages[:-1] if turn["role"] != "system")
    group = _word(row, "group") or _word(row, "repository") or f"row:{hash_of(asked)}"
    return Example(
        messages=messages,
        task=task,
        group=f"own:{group}",
        source=_word(row, "source") or path.name,
        licence=_word(row, "licence") or _word(row, "license") or OWN,
        origin={"by": "a file of one's own", "file": path.name, "row": number},
        check=_check(row.get("check")),
        asked=asked,
    )


def hash_of(text: str) -> str:
    """16 hex digits of a text, whatever its case and spaces: the same question is the same group."""
    return hashlib.sha256(" ".join(text.lower().split()).encode("utf-8", "replace")).hexdigest()[:16]


def _word(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return message("user", value)["content"].strip() if isinstance(value, str) else ""


def _check(value: object) -> dict[str, Any] | None:
    """What the row says of how an answer is judged, where it is of the contract's form."""
    if not isinstance(value, Mapping):
        return None
    if value.get("kind") == "render":
        return {"kind": "render"}
    options = value.get("options") or []
    if value.get("kind") != "answer" or not isinstance(value.get("answer"), str) or not isinstance(options, list):
        return None
    if not all(isinstance(one, Mapping) and isinstance(one.get("letter"), str) and isinstance(one.get("text"), str) for one in options):
        return None
    return {"kind": "answer", "answer": value["answer"], "options": [{"letter": one["letter"], "text": one["text"]} for one in options]}
