"""A tutor with fake ports and a small graph that speaks the real one's protocol: what is tested here is the server around it."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime as GraphRuntime
from langgraph.types import Overwrite

from agents.context import Context, ModelReply
from agents.events import Narrator
from agents.state import TutorInput, TutorState, no_usage
from server.app import create_app
from server.artifacts import FileArtifactStore
from server.runtime import Runtime, open_runtime
from server.settings import Settings, load_settings


@dataclass
class FakeModel:
    """Says `words`, one every `pause` seconds. `failure` is raised instead; `cancelled` counts calls that were stopped."""

    words: list[str] = field(default_factory=lambda: ["Let ", "$x=2$", ". "])
    pause: float = 0.0
    failure: BaseException | None = None
    failure_after: int = 0
    calls: int = 0
    cancelled: int = 0
    cancelled_at: float = 0.0

    async def chat(self, role: str, messages: Any, *, on_text: Callable[[str], None] | None = None, **_: Any) -> ModelReply:
        self.calls += 1
        try:
            for index, word in enumerate(self.words):
                if self.failure is not None and index == self.failure_after:
                    raise self.failure
                await asyncio.sleep(self.pause)
                if on_text:
                    on_text(word)
        except asyncio.CancelledError:
            self.cancelled += 1
            self.cancelled_at = time.monotonic()
            raise
        return ModelReply("".join(self.words), "stop", 7, 5, 3, 0.1)


class FakeSandbox:
    tier = "fake"

    async def run(self, job: Any) -> Any:
        raise AssertionError("nothing is run here")


class FakeRenderer:
    async def render(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("nothing is rendered here")

    async def mend(self, *args: Any, **kwargs: Any) -> Any:
        raise AssertionError("nothing is tried out here")


class FakeSearcher:
    async def search(self, text: str, k: int = 5, *, chars: int | None = None) -> list[Any]:
        return []


async def tutor(state: TutorState, runtime: GraphRuntime[Context]) -> dict[str, Any]:
    """Two model calls, streamed text, and the state fields the server reads. Remembers the thread in `ladder`."""
    narrator = Narrator()
    narrator.progress("solve", "solving", attempt=1)
    model = runtime.context.model
    first = await model.chat("solver", [], max_tokens=1, on_text=narrator.say)
    second = await model.chat("solver", [], max_tokens=1)
    skill = state.get("skill") or "solve"
    heard = [*state.get("ladder", []), str(state["messages"][-1].content)]
    animation = None
    if skill == "animate":
        video = runtime.context.work_dir / "video.mp4"
        video.write_bytes(b"0123456789" * 100)
        stored = runtime.context.artifacts.add(video, media_type="video/mp4", owner=runtime.context.owner)
        beats = [{"id": "b1", "source": "plain", "attempts": 1, "errors": []}]
        animation = {
            "status": "rendered",
            "url": stored.url,
            "manifest_url": None,
            "seconds": 1.0,
            "beats": beats,
            "quality": state.get("quality") or "l",
            "manifest_id": "kept inside",
            "artifact_id": stored.id,
        }
    usage = {
        **no_usage(),
        "prompt_tokens": first.prompt_tokens + second.prompt_tokens,
        "completion_tokens": 10,
        "cached_tokens": 6,
        "calls": 2,
    }
    verification = {"status": "verified", "method": "fake", "detail": "|".join(heard)}
    return {
        "routed": skill,
        "messages": [AIMessage("".join(narrator.said))],
        "solution": {"answer": "2", "choice": None, "steps": [], "verification": verification, "problem_id": "p"},
        "hint": {"level": state.get("hint_level") or 1, "of": 4, "text": "think", "leak_checked": True} if skill == "hint" else None,
        "animation": animation,
        "ladder": heard,
        "usage": usage,
        "reply": narrator.said,
    }


async def clear(state: TutorState) -> dict[str, Any]:
    assert isinstance(state["messages"][-1], HumanMessage)
    return {"usage": Overwrite(no_usage())}


def fake_builder() -> StateGraph[Any, Any, Any, Any]:
    builder = StateGraph(TutorState, context_schema=Context, input_schema=TutorInput)
    builder.add_node("clear", clear)
    builder.add_node("tutor", tutor)
    builder.add_edge(START, "clear")
    builder.add_edge("clear", "tutor")
    builder.add_edge("tutor", END)
    return builder


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("HISOLVER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path / "cache"))


@dataclass
class House:
    """An app with its runtime and a client that calls it without a network."""

    runtime: Runtime
    app: Any
    client: httpx.AsyncClient
    settings: Settings
    model: FakeModel

    async def chat(self, content: Any = "What is x?", *, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        body = {"model": "hisolver", "messages": [{"role": "user", "content": content}], **body}
        return await self.client.post("/v1/chat/completions", json=body, headers=headers)


OpenHouse = Callable[..., Awaitable[House]]


@asynccontextmanager
async def fake_runtime(model: FakeModel, tmp_path: Path, **settings: Any) -> AsyncIterator[Runtime]:
    chosen = load_settings(data_dir=tmp_path / "data", **settings)
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    store = FileArtifactStore(chosen.data_dir / "artifacts", base_url=chosen.base_url)
    context = Context(
        model=model,
        searcher=FakeSearcher(),
        sandbox=FakeSandbox(),
        renderer=FakeRenderer(),
        artifacts=store,
        work_dir=work,
        limits=chosen.limits,
    )
    async with open_runtime(chosen, context=context, builder=fake_builder(), service=False) as runtime:
        yield runtime


@pytest.fixture
async def open_house(model: FakeModel, tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Opens a `House` with the given settings."""
    async with AsyncExitStack() as stack:

        async def open_it(**settings: Any) -> House:
            runtime = await stack.enter_async_context(fake_runtime(model, tmp_path, **settings))
            app = create_app(runtime)
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000"))
            return House(runtime, app, client, runtime.settings, model)

        yield open_it


@pytest.fixture
async def house(open_house: OpenHouse) -> House:
    return await open_house()


@dataclass
class LiveServer:
    url: str
    model: FakeModel
    settings: Settings


@pytest.fixture
def serve(model: FakeModel, tmp_path: Path) -> Iterator[Callable[..., LiveServer]]:
    """Starts a real uvicorn on a free port, in a thread, with fake ports."""
    started: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(**settings: Any) -> LiveServer:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        ready: list[Settings] = []

        async def main() -> None:
            async with fake_runtime(model, tmp_path, port=port, **settings) as runtime:
                ready.append(runtime.settings)
                server = uvicorn.Server(
                    uvicorn.Config(create_app(runtime), log_level="warning", access_log=False, timeout_graceful_shutdown=2)
                )
                started[-1:] = [(server, thread)]
                await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
        started.append((None, thread))  # type: ignore[arg-type]
        thread.start()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            server = started[-1][0]
            if server is not None and server.started:
                break
            time.sleep(0.02)
        return LiveServer(f"http://127.0.0.1:{port}", model, ready[0])

    yield start
    for server, thread in started:
        if server is not None:
            server.should_exit = True
        thread.join(10)
