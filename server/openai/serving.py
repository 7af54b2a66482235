"""Runs a turn for a chat completion: whole, or as a stream of server-sent events."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from langchain_core.messages import AnyMessage

from agents.errors import TutorError
from agents.rendering.report import Quality
from agents.state import AnimateBy, Skill, TurnKind, Usage
from server.metrics import Metrics
from server.openai.errors import ApiError, error_body, to_api_error
from server.openai.pictures import PictureLimits
from server.openai.protocol import (
    MODELS,
    AssistantMessage,
    ChatCompletion,
    ChatCompletionRequest,
    Choice,
    CompletionUsage,
    Model,
    ModelList,
    ModelListExtra,
    PromptTokensDetails,
    RoleInfo,
)
from server.runtime import Event, FinalEvent, Runtime

logger = logging.getLogger(__name__)

HOLD_S = 1.0
"""How long progress alone is held back: a run that fails within it (model down, no sandbox) still gets a real HTTP status."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A checked request, ready to run."""

    model: str
    skill: Skill | None
    messages: list[AnyMessage]
    pictures: Mapping[str, bytes]
    owner: str
    thread_id: str | None
    user: str
    hint_level: int | None
    animate_by: AnimateBy | None
    quality: Quality | None
    stream: bool
    include_usage: bool
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))


class ChatService:
    """Behaviour behind the routes, without HTTP."""

    def __init__(self, runtime: Runtime, metrics: Metrics) -> None:
        self._runtime = runtime
        self._metrics = metrics
        self._settings = runtime.settings
        self._running = 0
        self._started = int(time.time())

    def models(self) -> ModelList:
        return ModelList(
            data=[Model(id=name, created=self._started) for name in MODELS],
            hisolver=ModelListExtra(roles={role: RoleInfo.model_validate(told) for role, told in self._runtime.roles().items()}),
        )

    def prepare(self, request: ChatCompletionRequest, owner: str) -> Turn:
        """Checks what the shapes cannot say. Raises `ApiError`."""
        skill = request.skill()
        request.check_supported()
        options = request.hisolver
        settings = self._settings
        limits = PictureLimits(settings.picture_bytes, settings.picture_pixels)
        messages, pictures = request.history(settings.limits.problem_chars, limits)
        return Turn(
            model=request.model,
            skill=skill,
            messages=messages,
            pictures=pictures,
            owner=owner,
            thread_id=request.thread_id,
            user=request.user or "",
            hint_level=options.hint_level if options else None,
            animate_by=options.animate_by if options else None,
            quality=options.quality if options else None,
            stream=bool(request.stream),
            include_usage=bool(request.stream_options and request.stream_options.include_usage),
        )

    async def complete(self, turn: Turn) -> ChatCompletion:
        """The whole answer at once. Raises `ApiError`, `TutorError` or `TimeoutError`."""
        async with aclosing(self._events(turn)) as events:
            async for event in events:
                if event["type"] == "final":
                    return ChatCompletion(
                        id=turn.id,
                        created=turn.created,
                        model=turn.model,
                        choices=[Choice(message=AssistantMessage(content=event["text"]))],
                        usage=_usage(event["usage"]),
                        hisolver=dict(event["result"]),
                    )
        raise TutorError("the run ended without an answer")

    async def stream(self, turn: Turn) -> AsyncGenerator[bytes]:
        """Server-sent events: role, text and progress, finish with the `hisolver` object, usage if asked for, [DONE].

        Nothing is yielded before the run has shown that it works; errors until then are raised. Later ones end the stream as an `error` event
        without [DONE], which OpenAI's clients raise.
        """
        queue: asyncio.Queue[Event | BaseException] = asyncio.Queue(maxsize=512)

        async def produce() -> None:
            # The queue decouples the run from timeouts on waiting for it: a timed-out read must not cancel the run.
            try:
                async with aclosing(self._events(turn)) as events:
                    async for event in events:
                        await queue.put(event)
            except (TutorError, ApiError, TimeoutError) as error:
                await queue.put(error)
            except Exception as error:
                logger.exception("a run failed unexpectedly")
                await queue.put(error)

        async with _task(produce()):
            waiting: list[Event] = []
            deadline = time.monotonic() + HOLD_S
            while True:
                try:
                    async with asyncio.timeout(max(deadline - time.monotonic(), 0.0)):
                        item = await queue.get()
                except TimeoutError:
                    break
                if isinstance(item, BaseException):
                    raise item
                waiting.append(item)
                if item["type"] in ("text", "final"):
                    break
            yield self._chunk(turn, {"role": "assistant", "content": ""})
            for event in waiting:
                for chunk in self._chunks(turn, event):
                    yield chunk
            finished = bool(waiting) and waiting[-1]["type"] == "final"
            while not finished:
                try:
                    async with asyncio.timeout(self._settings.keepalive):
                        item = await queue.get()
                except TimeoutError:
                    yield b": keep-alive\n\n"
                    continue
                if isinstance(item, BaseException):
                    yield _sse(error_body(to_api_error(item)))
                    return
                for chunk in self._chunks(turn, item):
                    yield chunk
                finished = item["type"] == "final"
            yield b"data: [DONE]\n\n"

    async def _events(self, turn: Turn) -> AsyncGenerator[Event]:
        """The run's events, counted and bounded in time. Raises `ApiError` 429, `TutorError` or `TimeoutError`."""
        if self._running >= self._settings.max_runs:
            raise ApiError(429, "server_busy", "too many requests are being worked on; try again shortly", headers=(("retry-after", "5"),))
        self._running += 1
        started = time.monotonic()
        status, first_text = "cancelled", True
        skill: TurnKind | Literal["routed"] = turn.skill or "routed"
        try:
            async with (
                asyncio.timeout(self._settings.request_timeout),
                aclosing(
                    self._runtime.turn(
                        turn.messages,
                        skill=turn.skill,
                        thread_id=turn.thread_id,
                        owner=turn.owner,
                        user=turn.user,
                        hint_level=turn.hint_level,
                        animate_by=turn.animate_by,
                        quality=turn.quality,
                        pictures=turn.pictures,
                    )
                ) as events,
            ):
                async for event in events:
                    if event["type"] == "text" and first_text:
                        first_text = False
                        self._metrics.first_text.observe(time.monotonic() - started)
                    if event["type"] == "final":
                        status, skill = "ok", event["result"]["skill"] or skill
                        self._count(event)
                    yield event
        except (TutorError, ApiError, TimeoutError) as error:
            status = to_api_error(error).code
            raise
        except Exception:
            status = "internal_error"
            raise
        finally:
            self._running -= 1
            self._metrics.runs.labels(skill, status).inc()
            self._metrics.run_seconds.labels(skill).observe(time.monotonic() - started)

    def _count(self, event: FinalEvent) -> None:
        for kind in ("prompt_tokens", "completion_tokens", "cached_tokens"):
            self._metrics.tokens.labels(kind.removesuffix("_tokens")).inc(event["usage"][kind])
        if animation := event["result"]["animation"]:
            for beat in animation["beats"]:
                self._metrics.renders.labels(beat["source"]).inc(beat["attempts"])

    def _chunks(self, turn: Turn, event: Event) -> list[bytes]:
        if event["type"] == "text":
            return [self._chunk(turn, {"content": event["text"]})]
        if event["type"] == "started":
            return [self._chunk(turn, {}, hisolver={"thread_id": event["thread_id"]})]
        if event["type"] == "progress":
            progress = {"stage": event["stage"], "detail": event["detail"], "data": event["data"]}
            return [self._chunk(turn, {}, hisolver={"progress": progress})]
        last = [self._chunk(turn, {}, finish="stop", hisolver=dict(event["result"]))]
        if turn.include_usage:
            last.append(_sse({**self._head(turn), "choices": [], "usage": _usage(event["usage"]).model_dump()}))
        return last

    def _head(self, turn: Turn) -> dict[str, Any]:
        return {"id": turn.id, "object": "chat.completion.chunk", "created": turn.created, "model": turn.model}

    def _chunk(self, turn: Turn, delta: dict[str, Any], *, finish: str | None = None, hisolver: dict[str, Any] | None = None) -> bytes:
        chunk = {**self._head(turn), "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}
        if turn.include_usage:
            chunk["usage"] = None
        if hisolver is not None:
            chunk["hisolver"] = hisolver
        return _sse(chunk)


def _sse(data: Any) -> bytes:
    # ASCII escapes: neither a line separator nor a lone surrogate that a model wrote can break the frame.
    return b"data: " + json.dumps(data, separators=(",", ":")).encode("ascii") + b"\n\n"


def _usage(usage: Usage) -> CompletionUsage:
    return CompletionUsage(
        prompt_tokens=usage["prompt_tokens"],
        completion_tokens=usage["completion_tokens"],
        total_tokens=usage["prompt_tokens"] + usage["completion_tokens"],
        prompt_tokens_details=PromptTokensDetails(cached_tokens=usage["cached_tokens"]),
    )


@asynccontextmanager
async def _task(work: Any) -> AsyncIterator[None]:
    """Runs `work` beside the block and has it cancelled and gone when the block ends."""
    task: asyncio.Task[None] = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
