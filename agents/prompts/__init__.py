"""Prompts are files: each `NAME.md` is a short conversation under `## system`, `## user` and `## assistant` headings.

What varies stands in `{{field}}` and comes last, so that the stable beginning stays in the engine's prefix cache. Worked examples are turns of
the conversation: a small model copies their form far more reliably than it follows rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

_HEADING = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)
_FIELD = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A parsed prompt file: `turns` are (role, text) pairs in order."""

    name: str
    turns: tuple[tuple[Literal["system", "user", "assistant"], str], ...]

    def messages(self, **fields: str) -> list[Any]:
        """The conversation in OpenAI's shape with every `{{field}}` filled. Raises `KeyError` for a field that is not given."""
        return [{"role": role, "content": _FIELD.sub(lambda match: fields[match[1]], text)} for role, text in self.turns]


@cache
def load(name: str) -> Prompt:
    """Reads `NAME.md`. Raises `FileNotFoundError` for an unknown name and `ValueError` for a file without turns."""
    text = files("agents.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    turns = tuple((cast("Any", role), body.strip()) for role, body in zip(parts[::2], parts[1::2], strict=True))
    if not turns:
        raise ValueError(f"prompt {name!r} has no turns")
    return Prompt(name=name, turns=turns)
