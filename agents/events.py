"""Progress events: what nodes tell the caller while they work (LangGraph's `custom` stream mode).

Text events make up the visible answer; progress events are for people who wait. Both are plain dictionaries.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from langgraph.config import get_stream_writer


class TextEvent(TypedDict):
    """A piece of the visible answer. The concatenation of all of them is the assistant's message."""

    type: Literal["text"]
    text: str


class ProgressEvent(TypedDict):
    """A stage reached: `stage` is a stable word (solve, program, check, hint, storyboard, beat, assemble), `detail` a line for people."""

    type: Literal["progress"]
    stage: str
    detail: str
    data: dict[str, Any]


class Narrator:
    """Streams the visible answer and keeps what was said, so that the node can return it as its part of `reply`."""

    def __init__(self) -> None:
        self._write = get_stream_writer()
        self.said: list[str] = []

    def say(self, text: str) -> None:
        if text:
            self.said.append(text)
            self._write(TextEvent(type="text", text=text))

    def parts(self) -> list[str]:
        """What was said, as one part of `reply`; empty when nothing was."""
        return ["".join(self.said)] if self.said else []

    def progress(self, stage: str, detail: str, **data: Any) -> None:
        self._write(ProgressEvent(type="progress", stage=stage, detail=detail, data=data))
