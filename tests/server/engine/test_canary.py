"""The deploy check with models that fail in each of the ways that it looks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from agents.context import ChatMessage, ModelReply, Role
from agents.errors import ModelError
from server.engine.canary import PROMPTS, check

ASKED = ("one", "two")


class Said:
    """A model that says one thing to each prompt: a text, a text and how it finished, an error, or nothing for ever."""

    def __init__(self, **answers: str | tuple[str, str] | Exception | None) -> None:
        self._answers = answers

    async def chat(
        self,
        role: Role,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        schema: Mapping[str, Any] | None = None,
        stop: Sequence[str] = (),
        on_text: Callable[[str], None] | None = None,
    ) -> ModelReply:
        answer = self._answers[str(messages[0]["content"])]
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        text, finish = answer if isinstance(answer, tuple) else (str(answer), "stop")
        return ModelReply(text, finish, 1, 1, 0, 0.1)

    async def sample(
        self, role: Role, messages: Sequence[ChatMessage], n: int, *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> list[ModelReply]:
        raise NotImplementedError


BASE = Said(one="a", two="b")


async def test_an_adapter_that_answers_otherwise_and_ends_passes() -> None:
    report = await check(Said(one="A", two="b"), BASE, "coder", ASKED)
    assert report.passed
    assert [(each.ended, each.differs) for each in report.canaries] == [(True, True), (True, False)]


@pytest.mark.parametrize(
    ("tuned", "told"),
    [
        (Said(one="a", two="b"), "to the letter"),
        (Said(one="A", two=("B B B", "length")), "did not end within 384 tokens, the base's does"),
        (Said(one=("A", "length"), two=("B", "length")), "no answer ended by itself"),
        (Said(one="A", two="caf\N{REPLACEMENT CHARACTER}"), "UTF-8"),
        (Said(one="A", two="  "), "empty"),
        (Said(one="A", two=ModelError("it broke")), "it broke"),
        (Said(one="A", two=None), "no answer within 0.2 s"),
    ],
)
async def test_each_failure_is_told_with_its_prompt(tuned: Said, told: str) -> None:
    report = await check(tuned, BASE, "coder", ASKED, seconds=0.2)
    assert not report.passed
    assert told in " ".join(report.faults)


async def test_the_base_is_not_on_trial() -> None:
    endless = Said(one=("a a a", "length"), two=ModelError("down"))
    assert (await check(Said(one=("A A", "length"), two="B"), endless, "coder", ASKED)).passed


async def test_every_role_has_prompts_of_its_own() -> None:
    for role, prompts in PROMPTS.items():
        tuned, base = Said(**dict.fromkeys(prompts, "new")), Said(**dict.fromkeys(prompts, "old"))
        assert len((await check(tuned, base, role)).canaries) == len(prompts)  # type: ignore[arg-type]
