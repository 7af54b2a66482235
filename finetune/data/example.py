"""One example, and how it stands in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

Role = Literal["system", "user", "assistant"]
Task = Literal["code", "repair", "solve", "hint", "chat"]
TASKS: tuple[Task, ...] = ("code", "repair", "solve", "hint", "chat")
OWN = "LicenseRef-own"
"""The licence of what is the user's own: an SPDX identifier for what SPDX does not list."""


class Message(TypedDict):
    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """The fields of docs/finetune.md. `asked` is not written: what sets this example apart from others of its task, so without the worked examples and
    instructions that all its prompts share. Twins and overlap are looked for in it and in the answer."""

    messages: tuple[Message, ...]
    task: Task
    group: str
    source: str
    licence: str
    origin: Mapping[str, Any]
    check: Mapping[str, Any] | None
    asked: str

    @property
    def id(self) -> str:
        return example_id(self.messages)

    @property
    def answer(self) -> str:
        """What is learnt: the last message."""
        return self.messages[-1]["content"]


def example_id(messages: Iterable[Message]) -> str:
    """16 hex digits that depend on nothing but the messages."""
    return hashlib.sha256(json.dumps(list(messages)).encode("ascii")).hexdigest()[:16]


def message(role: Role, content: str) -> Message:
    """Without what no file and no tokenizer takes: lone surrogates and NULs."""
    return {"role": role, "content": content.encode("utf-8", "replace").decode("utf-8").replace("\0", "")}


def as_row(example: Example) -> dict[str, Any]:
    return {
        "id": example.id,
        "messages": list(example.messages),
        "task": example.task,
        "group": example.group,
        "source": example.source,
        "licence": example.licence,
        "origin": dict(example.origin),
        "check": None if example.check is None else dict(example.check),
    }
