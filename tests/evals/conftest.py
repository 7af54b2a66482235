"""A tiny server that speaks HiSolver's HTTP contract, in a thread, with an answer of the test's choosing."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


@dataclass
class Answer:
    """What the server streams: the text in pieces, then the `hisolver` object; or an error instead; or a cut after the text."""

    text: str = "1. Think.\n"
    hisolver: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    error: str = "server_error"
    stream_error: str = ""
    cut: bool = False
    delay_s: float = 0.0


@dataclass
class FakeHiSolver:
    """`answer` maps (model, messages) to an `Answer`; `files` are the artifacts; `seen` is every request body."""

    url: str = ""
    key: str = ""
    model_name: str = "fake"
    answer: Callable[[str, list[dict[str, str]]], Answer] = lambda model, messages: Answer()
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    seen: list[dict[str, Any]] = field(default_factory=list)
    models: tuple[str, ...] = ("hisolver", "hisolver-solve", "hisolver-hint", "hisolver-animate")

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/models", self.list_models),
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
                Route("/v1/artifacts/{name}", self.artifact),
                Route("/health", lambda request: JSONResponse({"status": "ok", "model": {"name": self.model_name}})),
            ]
        )

    def _refused(self, request: Request) -> bool:
        return bool(self.key) and request.headers.get("authorization") != f"Bearer {self.key}"

    async def list_models(self, request: Request) -> Response:
        if self._refused(request):
            return JSONResponse({"error": {"message": "no", "type": "authentication_error", "code": "invalid_api_key", "param": None}}, 401)
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def artifact(self, request: Request) -> Response:
        found = self.files.get(request.path_params["name"])
        return Response(found[1], media_type=found[0]) if found else JSONResponse({"error": {"message": "gone"}}, 404)

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.seen.append(body)
        if self._refused(request):
            return JSONResponse({"error": {"message": "no", "type": "authentication_error", "code": "invalid_api_key", "param": None}}, 401)
        answer = self.answer(body["model"], body["messages"])
        if answer.status != 200:
            error = {"message": "this is why", "type": answer.error, "param": None, "code": "some_code"}
            return JSONResponse({"error": error}, answer.status)

        async def stream() -> AsyncIterator[bytes]:
            def chunk(delta: dict[str, Any], **extra: Any) -> bytes:
                return (
                    b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **extra}).encode() + b"\n\n"
                )

            yield chunk({"role": "assistant", "content": ""})
            yield b": keep-alive\n\n"
            yield chunk({}, hisolver={"progress": {"stage": "solve", "detail": "solving", "data": {}}})
            await asyncio.sleep(answer.delay_s)
            for start in range(0, len(answer.text), 8):
                yield chunk({"content": answer.text[start : start + 8]})
            if answer.stream_error:
                yield (
                    b"data: "
                    + json.dumps({"error": {"message": "lost", "type": answer.stream_error, "code": "x", "param": None}}).encode()
                    + b"\n\n"
                )
                return
            if answer.cut:
                return
            yield chunk({}, hisolver=answer.hisolver)
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, "prompt_tokens_details": {"cached_tokens": 60}}
            yield b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"
            yield b"data: [DONE]\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")


@pytest.fixture
def server() -> Iterator[FakeHiSolver]:
    fake = FakeHiSolver()
    running = uvicorn.Server(uvicorn.Config(fake.app(), port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the fake server did not start"
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}"
    yield fake
    running.should_exit = True
    thread.join(timeout=10)


@pytest.fixture
def make_answer() -> type[Answer]:
    return Answer


@pytest.fixture(autouse=True)
def quiet_home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """inspect-ai keeps traces in the user's data folder and reads a .env file: tests get a folder of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg-cache"))
    monkeypatch.chdir(tmp_path)
