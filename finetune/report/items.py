"""The held-out examples of a data set, as the report asks them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import DataError

SPLIT, LEARNT = "test.jsonl", "train.jsonl"
Message = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """`prompt` is all that the model is shown, `completion` what the data set has for an answer, `check` how an answer is judged (None: not at all)."""

    id: str
    prompt: tuple[Message, ...]
    completion: str
    task: str
    check: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class DataSet:
    """`version` as in `dataset.json`, or 16 hex digits of the held-out file where there is none; `held_out` counts the items before a limit,
    `other_tasks` those that are left out because of their task."""

    name: str
    version: str
    items: tuple[Item, ...]
    held_out: int
    other_tasks: int = 0


def load_items(folder: Path, limit: int | None = None, tasks: Collection[str] = ()) -> DataSet:
    """The test split in the order of the items' ids; with a limit the first so many of them, so that a longer report holds a shorter one's items.
    `tasks` are those whose items are wanted; none named is all.

    The ids are hashes: their order says nothing of what the examples are. Raises `DataError` for a split that is missing, damaged, empty, or not apart
    from what was learnt.
    """
    path = folder / SPLIT
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); make a data set with `hisolver finetune data`") from error
    found: dict[str, Item] = {}
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip():
            continue
        item = _item(line, f"{path}, line {number}")
        if item.id in found:
            raise DataError(f"{path}, line {number}: {item.id} is there twice")
        found[item.id] = item
    if not found:
        raise DataError(f"{path} holds no examples, so nothing can be proved; make a data set with more groups")
    _apart(folder / LEARNT, found)
    ordered = [found[name] for name in sorted(found) if not tasks or found[name].task in tasks]
    if not ordered:
        there = ", ".join(sorted({item.task for item in found.values()}))
        raise DataError(f"{path} holds no example of {', '.join(sorted(tasks))}; its tasks are: {there}")
    described = _described(folder / "dataset.json")
    return DataSet(
        name=str(described.get("name") or folder.resolve().name),
        version=str(described.get("version") or hashlib.sha256(data).hexdigest()[:16]),
        items=tuple(ordered if limit is None else ordered[:limit]),
        held_out=len(found),
        other_tasks=len(found) - len(ordered),
    )


def _apart(path: Path, held_out: Mapping[str, Item]) -> None:
    """Raises `DataError` where an example is on both sides; twins are the business of whoever split the data set."""
    if not path.is_file():
        return
    both = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                both += _item(line, f"{path}, line {number}").id in held_out
    if both:
        raise DataError(
            f"{both} of the {len(held_out)} held-out examples are in {path.name} too, so they prove nothing; split the data set anew"
        )


def _described(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise DataError(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise DataError(f"{path} is damaged: it is no object")
    return found


def _item(line: bytes, where: str) -> Item:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise DataError(f"{where} is damaged: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("id"), str) or not found["id"]:
        raise DataError(f"{where} is no example: it has no id")
    messages, check = found.get("messages"), found.get("check")
    if not isinstance(messages, list) or len(messages) < 2 or not all(_is_message(message) for message in messages):
        raise DataError(f"{where}: messages must be at least a prompt and an answer, each with role and content")
    if messages[-1]["role"] != "assistant" or not messages[-1]["content"].strip():
        raise DataError(f"{where}: the last message must be the assistant's, and not empty")
    if check is not None and (not isinstance(check, dict) or not isinstance(check.get("kind"), str)):
        raise DataError(f"{where}: check must be null or an object with a kind")
    if check is not None and check["kind"] == "answer" and not isinstance(check.get("answer"), str):
        raise DataError(f"{where}: a check of the kind answer needs the answer as text")
    prompt: Sequence[Message] = [{"role": message["role"], "content": message["content"]} for message in messages[:-1]]
    return Item(found["id"], tuple(prompt), messages[-1]["content"], str(found.get("task") or "chat"), check)


def _is_message(found: Any) -> bool:
    return isinstance(found, dict) and found.get("role") in ("system", "user", "assistant") and isinstance(found.get("content"), str)
