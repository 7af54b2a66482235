"""HTTP for the chat: POST /v1/chat/completions and GET /v1/models."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

import pydantic_core
from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.openai.errors import ApiError, ErrorBody, from_validation
from server.openai.protocol import ChatCompletion, ChatCompletionRequest, ModelList, model_not_found
from server.openai.serving import ChatService

logger = logging.getLogger(__name__)

T = TypeVar("T")
router = APIRouter(prefix="/v1", tags=["openai"])
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": text}
    for status, text in {
        400: "The request cannot be worked on.",
        401: "The key is missing or wrong.",
        404: "There is no such model.",
        413: "The body is too large.",
        429: "Too many requests at once.",
        502: "The model answered with something unusable.",
        503: "The model or the sandbox cannot be reached.",
        504: "The request took too long.",
        507: "The disk is full.",
    }.items()
}
REQUEST_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChatCompletionRequest"}}}}
}


def _service(request: Request) -> ChatService:
    service: ChatService = request.app.state.service
    return service


@router.get("/models", responses={401: ERRORS[401]})
async def list_models(request: Request) -> ModelList:
    """The models, which are the tutor's skills."""
    request.app.state.gate.owner(request.headers)
    return _service(request).models()


@router.get("/models/{name}", responses={401: ERRORS[401], 404: ERRORS[404]}, response_model=None)
async def get_model(request: Request, name: str) -> Any:
    """One model."""
    request.app.state.gate.owner(request.headers)
    for model in _service(request).models().data:
        if model.id == name:
            return model
    raise model_not_found(name)


@router.post("/chat/completions", responses=ERRORS, response_model=ChatCompletion, openapi_extra=REQUEST_BODY)
async def create_chat_completion(request: Request) -> Response:
    """Answers a chat: the whole answer, or server-sent events with `stream: true`."""
    owner = request.app.state.gate.owner(request.headers)
    request.app.state.gate.check_content_type(request.headers)
    service = _service(request)
    turn = service.prepare(await parse_body(request), owner)
    if not turn.stream:
        completion = await until_disconnect(request, service.complete(turn))
        return Response(completion.model_dump_json(), media_type="application/json")
    events = service.stream(turn)
    try:
        first = await anext(events)
    except BaseException:
        await events.aclose()
        raise
    return EventStream(first, events, send_timeout=request.app.state.settings.send_timeout)


async def parse_body(request: Request) -> ChatCompletionRequest:
    """The body as a request. Broken JSON (also NaN, lone surrogates, deep nesting) and wrong types raise `ApiError` 400."""
    try:
        # A parser with a depth limit, which refuses NaN and lone surrogates; the body's size was bounded while it was read.
        data = pydantic_core.from_json(await request.body(), allow_inf_nan=False)
    except ValueError as error:
        raise ApiError(400, "invalid_json", f"the request's body is not JSON: {error}") from None
    try:
        return ChatCompletionRequest.model_validate(data)
    except ValidationError as error:
        raise from_validation(error) from None


async def until_disconnect(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which is cancelled when the client goes away. Raises `ClientDisconnect` then."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request.receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise ClientDisconnect()
    finally:
        for each in (task, gone):
            each.cancel()
        await asyncio.wait({task, gone})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class SlowReader(Exception):
    """The client does not read what it asked for."""


class EventStream(Response):
    """Server-sent events. Unlike Starlette's streaming response it listens for the client's leaving while nothing is sent, and gives up a client
    that does not read."""

    media_type = "text/event-stream"

    def __init__(self, first: bytes, events: AsyncGenerator[bytes], *, send_timeout: float) -> None:
        super().__init__(headers={"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._first = first
        self._events = events
        self._send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        pump = asyncio.ensure_future(self._pump(send))
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done() and not isinstance(pump.exception(), SlowReader):
                pump.result()
            # Otherwise the response stays unfinished, on which the server closes the connection.
        finally:
            for each in (pump, gone):
                each.cancel()
            await asyncio.wait({pump, gone})
            await self._events.aclose()

    async def _pump(self, send: Send) -> None:
        async def put(body: bytes, more: bool = True) -> None:
            try:
                async with asyncio.timeout(self._send_timeout):
                    await send({"type": "http.response.body", "body": body, "more_body": more})
            except TimeoutError:
                logger.info("a client did not read its stream for %.0f s and was given up", self._send_timeout)
                raise SlowReader from None

        async with aclosing(self._events) as events:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await put(self._first)
            async for chunk in events:
                await put(chunk)
        await put(b"", more=False)
