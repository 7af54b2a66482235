"""Base and tuned model behind an OpenAI-compatible endpoint that serves both by name: vLLM with the adapter, the embedded engine.

Such an endpoint does not say how likely a given text is, so a report through it has neither perplexity nor the use of the prompt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finetune.errors import ReportError
from finetune.report.items import Message
from finetune.report.ports import Answer, Model, Sampling

if TYPE_CHECKING:
    from openai import AsyncOpenAI

AT_ONCE = 8
"""Requests at the same time."""
TIMEOUT_S = 600.0
RETRIES = 4


class EndpointModels:
    """Fits `Generates`. To be closed by `aclose`."""

    def __init__(self, url: str, *, base: str, tuned: str, key: str = "", at_once: int = AT_ONCE, timeout_s: float = TIMEOUT_S) -> None:
        """`url` with its `/v1`; `base` and `tuned` are the names that the endpoint serves. Raises `ReportError` where both are one."""
        from openai import AsyncOpenAI

        if base == tuned:
            raise ReportError(f"base and tuned model have the same name ({base}), so there is nothing to compare")
        self._names: dict[Model, str] = {"base": base, "tuned": tuned}
        self._url, self._at_once = url, asyncio.Semaphore(at_once)
        # a key is always sent: the client would otherwise look for one in the environment
        self._client: AsyncOpenAI = AsyncOpenAI(base_url=url, api_key=key or "none", timeout=timeout_s, max_retries=RETRIES)
        self.batch = at_once * 4

    async def aclose(self) -> None:
        await self._client.close()

    async def check(self) -> None:
        """Raises `ReportError` where the endpoint cannot be reached, refuses the key, or does not list one of the two models."""
        import openai

        try:
            listed = {model.id async for model in self._client.models.list()}
        except openai.APIError as error:
            raise ReportError(f"the endpoint {self._url} does not list its models: {error.message}") from error
        missing = [name for name in self._names.values() if name not in listed]
        if missing:
            raise ReportError(
                f"the endpoint {self._url} does not serve {', '.join(missing)}; it serves {', '.join(sorted(listed)) or 'nothing'}"
            )

    def fits(self, prompt: Sequence[Message], new_tokens: int) -> bool:
        return True

    async def answers(self, model: Model, prompts: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._answer_or_error(model, prompt, sampling)) for prompt in prompts]
        found = [task.result() for task in tasks]
        for one in found:
            if isinstance(one, ReportError):
                raise one
        return [one for one in found if isinstance(one, Answer)]

    async def _answer_or_error(self, model: Model, prompt: Sequence[Message], sampling: Sampling) -> Answer | ReportError:
        """An error as a value: raised in a task group it would come out wrapped, and stop its neighbours half-way."""
        import openai

        messages: list[Any] = [dict(message) for message in prompt]
        try:
            async with self._at_once:
                reply = await self._client.chat.completions.create(
                    model=self._names[model],
                    messages=messages,
                    max_tokens=sampling.max_new_tokens,
                    temperature=sampling.temperature,
                    top_p=sampling.top_p,
                    seed=sampling.seed,
                )
        except openai.APIStatusError as error:
            return ReportError(f"{self._names[model]} at {self._url} refused a prompt (HTTP {error.status_code}): {error.message}")
        except openai.APIError as error:
            return ReportError(f"{self._names[model]} at {self._url} cannot be reached: {error.message}")
        if not reply.choices:
            return ReportError(f"{self._names[model]} at {self._url} gave no answer")
        choice = reply.choices[0]
        text = choice.message.content or ""
        # without a count, words are the nearest to it, for both models alike
        tokens = reply.usage.completion_tokens if reply.usage else len(text.split())
        return Answer(text=text, tokens=tokens, ended=choice.finish_reason == "stop", ran_away=choice.finish_reason == "length")
