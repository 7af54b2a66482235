"""What has come of a streamed chat completion so far: one text for each choice, without reasoning, and the token counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from agents.context import ModelReply
from server.engine.thinking import ThinkFilter


class _Choice:
    """One of the completions of a call."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._filter = ThinkFilter()
        self._pieces: list[str] = []
        self.finish_reason = ""

    def take(self, content: str) -> None:
        self._say(self._filter.feed(content))

    @property
    def reasoned(self) -> bool:
        return self._filter.found

    def text(self) -> str:
        self._say(self._filter.flush())
        return self._filter.without_stray_end("".join(self._pieces))

    def _say(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            if self._on_text is not None:
                self._on_text(text)


class Completion:
    """Collects the chunks of one request. `on_text` hears the first choice as it grows.

    `began` is set with the first token, visible or not; `reasoned` with the first that belongs to a reasoning channel or a `<think>` block.
    """

    def __init__(self, on_text: Callable[[str], None] | None = None) -> None:
        self._on_text = on_text
        self._choices: dict[int, _Choice] = {}
        self._usage: list[Any] = []
        self._started = time.monotonic()
        self.began = False
        self.reasoned = False

    def take(self, chunk: Any) -> None:
        if getattr(chunk, "usage", None) is not None:
            self._usage.append(chunk.usage)
        for choice in getattr(chunk, "choices", None) or ():
            index = getattr(choice, "index", 0) or 0
            made = self._choices.setdefault(index, _Choice(self._on_text if index == 0 else None))
            delta = getattr(choice, "delta", None)
            content = getattr(delta, "content", None)
            reasoning = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
            # Reasoning counts as begun: it was paid for, and asking again would cost it twice.
            self.began = self.began or bool(content or reasoning)
            if isinstance(content, str):
                made.take(content)
            self.reasoned = self.reasoned or bool(reasoning) or made.reasoned
            if reason := getattr(choice, "finish_reason", None):
                made.finish_reason = str(reason)

    @property
    def finished(self) -> int:
        """How many choices came to their end."""
        return sum(bool(choice.finish_reason) for choice in self._choices.values())

    @property
    def complete(self) -> bool:
        """Whether there is a choice, and none was cut by the end of the stream."""
        return bool(self._choices) and self.finished == len(self._choices)

    def replies(self) -> list[ModelReply]:
        """The choices that came to their end, in order; the counts of the whole request stand in the first."""
        done = [choice for _, choice in sorted(self._choices.items()) if choice.finish_reason]
        prompt, completion, cached = self._counts()
        return [
            ModelReply(
                text=choice.text(),
                finish_reason="length" if choice.finish_reason == "length" else "stop",
                prompt_tokens=0 if number else prompt,
                completion_tokens=0 if number else completion,
                cached_tokens=0 if number else cached,
                seconds=time.monotonic() - self._started,
            )
            for number, choice in enumerate(done)
        ]

    def _counts(self) -> tuple[int, int, int]:
        """llama.cpp sends a count for each choice, others one for all. The prompt was read once either way."""
        prompt = max((getattr(usage, "prompt_tokens", None) or 0 for usage in self._usage), default=0)
        completion = sum(getattr(usage, "completion_tokens", None) or 0 for usage in self._usage)
        details = [getattr(usage, "prompt_tokens_details", None) for usage in self._usage]
        cached = min((getattr(detail, "cached_tokens", None) or 0 for detail in details), default=0)
        return prompt, completion, cached
