"""`agents.context.ModelClient` over any OpenAI-compatible endpoint: the embedded llama.cpp, vLLM, or another."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai

from agents.context import ChatMessage, ModelReply, Role
from agents.errors import ModelError, ModelOutputError, ModelUnavailable
from server.engine.completion import Completion

logger = logging.getLogger(__name__)

MESSAGE_CHARS = 300
MAX_PAUSE_S = 8.0
UNMENDABLE = frozenset({401, 403, 404})
"""Statuses that no retry helps and that the learner cannot help: key, permission, or the model's name is wrong."""
UNREADABLE = "produced output that does not match"
"""What llama.cpp's server says at the end of a stream whose text its own parser of replies does not know: the model's fault, not the endpoint's."""


class OpenAIModelClient:
    """Calls stream always, so that cancelling one closes its connection and the endpoint stops generating.

    `base_url` ends in /v1; `models` gives the model name of each role; `timeout_s` bounds a call with its retries. Connection errors, 429
    and 5xx are tried again `retries` times with growing pauses, but only while no token has come; a 4xx never is. A model that turns out to
    reason gets `reasoning_tokens` beyond the limit of each later call. `bodies` holds what a role's requests carry beside OpenAI's fields.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        models: Mapping[Role, str],
        timeout_s: float = 120.0,
        retries: int = 5,
        reasoning_tokens: int = 4096,
        bodies: Mapping[Role, Mapping[str, Any]] | None = None,
    ) -> None:
        self._base_url = base_url
        self._models = dict(models)
        self._timeout_s = timeout_s
        self._retries = retries
        self._reasoning_tokens = reasoning_tokens
        self._bodies = dict(bodies or {})
        self._room: dict[Role, int] = {}
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            max_retries=0,
            timeout=timeout_s,
            # A proxy from the environment has no business on loopback.
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not is_loopback(base_url)),
        )
        # The SDK takes these from the environment; they are for OpenAI's own service and for nobody else.
        self._client.organization = None
        self._client.project = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

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
        """One call; see `agents.context.ModelClient.chat`. Reasoning (`reasoning_content`, `<think>`) is never part of the text.

        Raises `ModelUnavailable` when the endpoint cannot be reached, keeps failing, refuses the key or the model's name, or sends nothing
        in time; `ModelError` when it refuses the request, or breaks off after the first token.
        """
        extra: dict[str, Any] = {"stop": list(stop)} if stop else {}
        if schema is not None:
            extra["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema), "strict": True}}
        return (await self._complete(role, messages, max_tokens, temperature, seed, extra, on_text))[0]

    async def sample(
        self, role: Role, messages: Sequence[ChatMessage], n: int, *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> list[ModelReply]:
        """`n` completions of one prompt; see `agents.context.ModelClient.sample`. An endpoint that gives fewer is asked again for the rest."""
        replies = await self._complete(role, messages, max_tokens, temperature, seed, {"n": n} if n > 1 else {}, None)
        for number in range(len(replies), n):
            again = await self._complete(role, messages, max_tokens, temperature, None if seed is None else seed + number, {}, None)
            replies.append(again[0])
        return replies[:n]

    async def _complete(
        self,
        role: Role,
        messages: Sequence[ChatMessage],
        max_tokens: int,
        temperature: float,
        seed: int | None,
        extra: Mapping[str, Any],
        on_text: Callable[[str], None] | None,
    ) -> list[ModelReply]:
        """One request. A model that reasons gets room for that beside the tokens of its answer; that it does shows at its first reply."""
        request: dict[str, Any] = {
            "model": self._models[role],
            "messages": list(messages),
            "max_tokens": max_tokens + self._room.get(role, 0),
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
            **extra,
        }
        if role in self._bodies:
            request["extra_body"] = dict(self._bodies[role])
        if seed is not None:
            request["seed"] = seed
        call = Completion(on_text)
        try:
            async with asyncio.timeout(self._timeout_s):
                replies = await self._with_retries(request, call)
                if call.reasoned and role not in self._room:
                    self._room[role] = self._reasoning_tokens
                    if all(reply.finish_reason == "length" and not reply.text.strip() for reply in replies):
                        logger.info("%s reasons: it gets %d tokens more for that", self._models[role], self._reasoning_tokens)
                        request["max_tokens"] = max_tokens + self._reasoning_tokens
                        call = Completion(on_text)
                        replies = await self._with_retries(request, call)
                return replies
        except TimeoutError:
            message = f"the model at {self._base_url} did not finish within {self._timeout_s:g} s"
            raise (ModelError(message) if call.began else ModelUnavailable(message)) from None

    async def _with_retries(self, request: dict[str, Any], call: Completion) -> list[ModelReply]:
        failures = 0
        while True:
            try:
                return await self._once(request, call)
            except openai.APIError as error:
                pause = _pause(error, failures)
                if call.began and UNREADABLE in str(error):
                    raise ModelOutputError(f"the model's answer is not in the form that was asked for: {_short(error)}") from error
                if call.began:
                    raise ModelError(f"the model's answer broke off: {_short(error)}") from error
                if pause is None or failures >= self._retries:
                    raise self._typed(error) from error
                failures += 1
                logger.info("model call failed, attempt %d of %d: %s", failures, self._retries + 1, _short(error))
                await asyncio.sleep(pause)
            except json.JSONDecodeError as error:
                raise ModelError("the endpoint's stream is not in OpenAI's form") from error

    async def _once(self, request: dict[str, Any], call: Completion) -> list[ModelReply]:
        # A dict cannot be matched with one of the SDK's overloads, each of which names every argument.
        create: Any = self._client.chat.completions.create
        stream: openai.AsyncStream[Any] = await create(**request)
        async with aclosing(stream):
            async for chunk in stream:
                call.take(chunk)
        if not call.complete:
            raise _cut_short(stream)
        return call.replies()

    def _typed(self, error: openai.APIError) -> ModelError:
        if isinstance(error, openai.APITimeoutError):
            return ModelUnavailable(f"the model at {self._base_url} did not answer in time")
        if isinstance(error, openai.APIConnectionError):
            return ModelUnavailable(f"the model at {self._base_url} cannot be reached ({_short(error)})")
        if isinstance(error, openai.APIStatusError):
            if error.status_code in UNMENDABLE:
                return ModelUnavailable(f"the model at {self._base_url} refused the call ({error.status_code}): {_short(error)}")
            if error.status_code < 500 and error.status_code != 429:
                return ModelError(f"the model refused the request ({error.status_code}): {_short(error)}")
            return ModelUnavailable(f"the model at {self._base_url} keeps failing ({error.status_code}): {_short(error)}")
        return ModelError(f"the model failed: {_short(error)}")


def _cut_short(stream: openai.AsyncStream[Any]) -> openai.APIConnectionError:
    return openai.APIConnectionError(message="the stream ended before the answer did", request=stream.response.request)


def _pause(error: openai.APIError, failures: int) -> float | None:
    """Seconds to wait before another try; None when another try cannot help."""
    if isinstance(error, openai.APIStatusError):
        if error.status_code < 500 and error.status_code not in (408, 409, 429):
            return None
        wanted = error.response.headers.get("retry-after", "")
        if wanted.isdigit():
            return min(float(wanted), MAX_PAUSE_S)
    elif not isinstance(error, openai.APIConnectionError) and not (error.code or "").startswith("5"):
        return None  # an error inside the stream comes without a status of its own; some endpoints put one into `code`
    return min(MAX_PAUSE_S, 0.25 * 2.0**failures)


def _short(error: openai.APIError) -> str:
    """The endpoint's own words, on one line."""
    said: Any = error.body
    for key in ("error", "message"):
        said = said.get(key, said) if isinstance(said, dict) else said
    text = said if isinstance(said, str) and not said.startswith("<") else ""
    if not text and isinstance(error, openai.APIConnectionError):
        text = str(error.__cause__ or "")
    text = " ".join((text or error.message).split())
    return "".join(char if char.isprintable() else "?" for char in text)[:MESSAGE_CHARS]


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
