"""`agents.context.ModelClient` over any OpenAI-compatible endpoint: the embedded llama.cpp, vLLM, or another."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import openai

from agents.context import ChatMessage, ModelReply, Role
from agents.errors import ModelError, ModelUnavailable
from server.engine.thinking import ThinkFilter

logger = logging.getLogger(__name__)

MESSAGE_CHARS = 300
MAX_PAUSE_S = 8.0
UNMENDABLE = frozenset({401, 403, 404})
"""Statuses that no retry helps and that the learner cannot help: key, permission, or the model's name is wrong."""


class OpenAIModelClient:
    """Calls stream always, so that cancelling one closes its connection and the endpoint stops generating.

    `base_url` ends in /v1; `models` gives the model name of each role; `timeout_s` bounds a call with its retries. Connection errors, 429
    and 5xx are tried again `retries` times with growing pauses, but only while no token has come; a 4xx never is.
    """

    def __init__(self, base_url: str, api_key: str, *, models: Mapping[Role, str], timeout_s: float = 120.0, retries: int = 5) -> None:
        self._base_url = base_url
        self._models = dict(models)
        self._timeout_s = timeout_s
        self._retries = retries
        self._client = openai.AsyncOpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            max_retries=0,
            timeout=timeout_s,
            # A proxy from the environment has no business on loopback.
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not _is_loopback(base_url)),
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
        request: dict[str, Any] = {
            "model": self._models[role],
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if seed is not None:
            request["seed"] = seed
        if stop:
            request["stop"] = list(stop)
        if schema is not None:
            request["response_format"] = {"type": "json_schema", "json_schema": {"name": "reply", "schema": dict(schema), "strict": True}}
        call = _Call(on_text)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._with_retries(request, call)
        except TimeoutError:
            message = f"the model at {self._base_url} did not finish within {self._timeout_s:g} s"
            raise (ModelError(message) if call.began else ModelUnavailable(message)) from None

    async def _with_retries(self, request: dict[str, Any], call: _Call) -> ModelReply:
        failures = 0
        while True:
            try:
                return await self._once(request, call)
            except openai.APIError as error:
                pause = _pause(error, failures)
                if call.began:
                    raise ModelError(f"the model's answer broke off: {_short(error)}") from error
                if pause is None or failures >= self._retries:
                    raise self._typed(error) from error
                failures += 1
                logger.info("model call failed, attempt %d of %d: %s", failures, self._retries + 1, _short(error))
                await asyncio.sleep(pause)
            except json.JSONDecodeError as error:
                raise ModelError("the endpoint's stream is not in OpenAI's form") from error

    async def _once(self, request: dict[str, Any], call: _Call) -> ModelReply:
        # A dict cannot be matched with one of the SDK's overloads, each of which names every argument.
        create: Any = self._client.chat.completions.create
        stream: openai.AsyncStream[Any] = await create(**request)
        async with aclosing(stream):
            async for chunk in stream:
                call.take(chunk)
        if not call.finish_reason:
            raise _cut_short(stream)
        return call.reply()

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


class _Call:
    """What one call has given so far."""

    def __init__(self, on_text: Callable[[str], None] | None) -> None:
        self._on_text = on_text
        self._filter = ThinkFilter()
        self._pieces: list[str] = []
        self._started = time.monotonic()
        self._usage: Any = None
        self.began = False
        self.finish_reason = ""

    def take(self, chunk: Any) -> None:
        if getattr(chunk, "usage", None) is not None:
            self._usage = chunk.usage
        for choice in getattr(chunk, "choices", None) or ():
            delta = getattr(choice, "delta", None)
            content = getattr(delta, "content", None)
            # Reasoning counts as begun: it was paid for, and asking again would cost it twice.
            self.began = self.began or bool(content or getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None))
            if isinstance(content, str):
                self._say(self._filter.feed(content))
            if reason := getattr(choice, "finish_reason", None):
                self.finish_reason = str(reason)

    def reply(self) -> ModelReply:
        self._say(self._filter.flush())
        details = getattr(self._usage, "prompt_tokens_details", None)
        return ModelReply(
            text=self._filter.without_stray_end("".join(self._pieces)),
            finish_reason="length" if self.finish_reason == "length" else "stop",
            prompt_tokens=getattr(self._usage, "prompt_tokens", None) or 0,
            completion_tokens=getattr(self._usage, "completion_tokens", None) or 0,
            cached_tokens=getattr(details, "cached_tokens", None) or 0,
            seconds=time.monotonic() - self._started,
        )

    def _say(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            if self._on_text is not None:
                self._on_text(text)


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


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
