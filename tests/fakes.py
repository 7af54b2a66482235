"""Fakes that come in through ports. They answer by what is asked, so that calls may run side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.context import Artifact, ModelReply, Scene


@dataclass
class PromptedModel:
    """Answers a call by the beginning of its system prompt: `answers` maps a word of it to a list of replies, used in turn, the last one for ever."""

    answers: dict[str, list[Any]]
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def chat(
        self, role: str, messages: Sequence[Any], *, max_tokens: int, on_text: Callable[[str], None] | None = None, **_: Any
    ) -> ModelReply:
        system = str(messages[0]["content"])
        name = next(key for key in self.answers if key in system)
        self.asked.append((name, str(messages[-1]["content"])))
        replies = self.answers[name]
        answer = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(answer, Exception):
            raise answer
        if on_text is not None:
            for start in range(0, len(answer), 3):
                on_text(answer[start : start + 3])
        return ModelReply(answer, "stop", prompt_tokens=10, completion_tokens=5, cached_tokens=2, seconds=0.01)

    async def sample(self, role: str, messages: Sequence[Any], n: int, **options: Any) -> list[ModelReply]:
        return [await self.chat(role, messages, **options) for _ in range(n)]


class NoScenes:
    async def search(self, text: str, k: int = 5, *, chars: int | None = None) -> list[Scene]:
        return []


class NoRenderer:
    async def render(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is rendered in this test")

    async def mend(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("nothing is tried out in this test")


class NoArtifacts:
    def add(self, path: Path, *, media_type: str, owner: str) -> Artifact:
        raise AssertionError("nothing is kept in this test")

    def find(self, artifact_id: str, *, owner: str) -> None:
        return None

    def announce(self, of: Artifact, *, media_type: str, owner: str) -> Artifact:
        raise AssertionError("nothing is kept in this test")
