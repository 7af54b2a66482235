"""The client against a real HTTP endpoint that misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from agents.context import ModelReply, Role
from agents.errors import ModelError, ModelOutputError, ModelUnavailable
from server.engine.client import OpenAIModelClient

MODELS: dict[Role, str] = {"solver": "base", "coder": "adapter", "tutor": "base", "vision": "eyes"}
HELLO = [{"role": "user", "content": "hello"}]
USAGE = {"prompt_tokens": 20, "completion_tokens": 3, "total_tokens": 23, "prompt_tokens_details": {"cached_tokens": 16}}


def chunk(content: str | None = None, *, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    text = {} if content is None else {"content": content}
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "delta": text | delta, "finish_reason": finish}],
    }


def usage_chunk() -> dict[str, Any]:
    return chunk() | {"choices": [], "usage": USAGE}


GOOD: list[Any] = [chunk("Hel"), chunk("lo"), chunk(finish="stop"), usage_chunk(), "[DONE]"]


@dataclass
class Endpoint:
    """Each request takes the next of `plans`, the last one again and again. A plan is an HTTP status with a body, "reset" or "silent" before an
    answer, or the events of a stream, in which "reset", "cut" and numbers (seconds to wait) may stand."""

    plans: list[Any] = field(default_factory=lambda: [GOOD])
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    seen_headers: list[dict[str, str]] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    state = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            state.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            state.seen_headers.append({name.lower(): value for name, value in self.headers.items()})
            plan = state.plans.pop(0) if len(state.plans) > 1 else state.plans[0]
            self.close_connection = True
            if plan == "reset":
                self._reset()
            elif plan == "silent":
                self._watch(30)
            elif isinstance(plan, tuple):
                self._refuse(*plan)
            else:
                self._stream(plan)

        def _refuse(self, status: int, body: str) -> None:
            self.send_response(status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def _stream(self, events: list[Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in events:
                if event == "reset":
                    return self._reset()
                if event == "cut":
                    return
                if isinstance(event, float):
                    if self._watch(event):
                        return
                    continue
                text = f"data: {event if isinstance(event, str) else json.dumps(event)}\n\n"
                self.wfile.write(f"{len(text.encode()):x}\r\n{text}\r\n".encode())
            self.wfile.write(b"0\r\n\r\n")

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def _watch(self, seconds: float) -> bool:
            """Waits, and notes when the client goes away meanwhile."""
            self.connection.settimeout(seconds)
            try:
                if not self.connection.recv(1):
                    state.gone.set()
                    return True
            except TimeoutError:
                return False
            except OSError:
                state.gone.set()
                return True
            return False

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
async def make_client(endpoint: Endpoint) -> AsyncIterator[Callable[..., OpenAIModelClient]]:
    made: list[OpenAIModelClient] = []

    def make(url: str = "", **options: Any) -> OpenAIModelClient:
        made.append(OpenAIModelClient(url or endpoint.url, "sekret", models=MODELS, **({"retries": 2} | options)))
        return made[-1]

    yield make
    for client in made:
        await client.aclose()


async def say(client: OpenAIModelClient, **options: Any) -> ModelReply:
    return await client.chat("solver", HELLO, **({"max_tokens": 9} | options))  # type: ignore[arg-type]


async def test_the_reply_holds_text_and_counts_and_the_pieces_came_one_by_one(make_client: Any, endpoint: Endpoint):
    pieces: list[str] = []
    reply = await say(make_client(), on_text=pieces.append)
    assert pieces == ["Hel", "lo"]
    assert (reply.text, reply.finish_reason) == ("Hello", "stop")
    assert (reply.prompt_tokens, reply.completion_tokens, reply.cached_tokens) == (20, 3, 16)
    assert reply.seconds > 0


async def test_the_request_names_the_roles_model_and_carries_what_was_asked_for(make_client: Any, endpoint: Endpoint):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    await make_client().chat("coder", HELLO, max_tokens=7, temperature=0.5, seed=3, schema=schema, stop=["END"])
    request = endpoint.requests[0]
    assert request["model"] == "adapter"
    assert (request["max_tokens"], request["temperature"], request["seed"], request["stop"]) == (7, 0.5, 3, ["END"])
    assert request["stream"] is True
    assert request["stream_options"] == {"include_usage": True}
    assert request["response_format"]["json_schema"]["schema"] == schema
    await say(make_client())
    assert not {"seed", "stop", "response_format"} & set(endpoint.requests[1])


async def test_nothing_meant_for_openai_itself_is_sent_along(make_client: Any, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-private")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-private")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-private")
    await say(make_client())
    assert endpoint.seen_headers[0]["authorization"] == "Bearer sekret"
    assert "private" not in str(endpoint.seen_headers[0])


async def test_a_proxy_from_the_environment_is_not_asked_for_loopback(make_client: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert (await say(make_client())).text == "Hello"


@pytest.mark.parametrize("field_name", ["reasoning_content", "reasoning"])
async def test_reasoning_is_not_part_of_the_text(make_client: Any, endpoint: Endpoint, field_name: str):
    endpoint.plans = [
        [chunk(**{field_name: "secret thought"}), chunk("<thi"), chunk("nk>secret</think>\n"), chunk("5"), chunk(finish="stop")]
    ]
    pieces: list[str] = []
    assert (await say(make_client(), on_text=pieces.append)).text == "5"
    assert "".join(pieces) == "5"


async def test_an_answer_cut_by_the_token_limit_says_so_and_missing_counts_are_zero(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[chunk("He"), chunk(finish="length"), "[DONE]"]]
    reply = await say(make_client())
    assert (reply.finish_reason, reply.prompt_tokens, reply.cached_tokens) == ("length", 0, 0)


def part(index: int, content: str, finish: str | None = None) -> dict[str, Any]:
    made = chunk(content, finish=finish)
    made["choices"][0]["index"] = index
    return made


async def test_samples_come_from_one_request_and_are_told_apart(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [
        [part(1, "b"), part(0, "a"), part(1, "B", "stop"), part(2, "c", "length"), part(0, "A", "stop"), usage_chunk(), "[DONE]"]
    ]
    replies = await make_client().sample("solver", HELLO, 3, max_tokens=9, temperature=0.5, seed=4)
    assert [(reply.text, reply.finish_reason) for reply in replies] == [("aA", "stop"), ("bB", "stop"), ("c", "length")]
    assert [request["n"] for request in endpoint.requests] == [3]
    assert [reply.prompt_tokens for reply in replies] == [20, 0, 0]


async def test_an_endpoint_that_knows_no_n_is_asked_again_with_other_seeds(make_client: Any, endpoint: Endpoint):
    replies = await make_client().sample("solver", HELLO, 3, max_tokens=9, temperature=0.5, seed=4)
    assert [reply.text for reply in replies] == ["Hello"] * 3
    assert len({request["seed"] for request in endpoint.requests}) == 3


async def test_a_sample_cut_by_the_end_of_the_stream_is_an_error(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[part(0, "a", "stop"), part(1, "b"), "cut"]]
    with pytest.raises(ModelError, match="broke off"):
        await make_client().sample("solver", HELLO, 2, max_tokens=9, temperature=0.5)


async def test_a_model_that_spends_its_tokens_on_reasoning_gets_room_for_it(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[chunk("<th"), chunk("ink>let me see"), chunk(finish="length")], GOOD]
    client = make_client(reasoning_tokens=500)
    assert (await say(client)).text == "Hello"
    await say(client)
    assert [request["max_tokens"] for request in endpoint.requests] == [9, 509, 509]


async def test_a_model_without_reasoning_keeps_to_its_limit(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[chunk(finish="length")]]
    client = make_client(reasoning_tokens=500)
    await say(client)
    await say(client)
    assert [request["max_tokens"] for request in endpoint.requests] == [9, 9]


@pytest.mark.parametrize("failure", [(500, "{}"), (503, "busy"), (429, "{}"), "reset", ["cut"], [chunk(role="assistant"), "reset"]])
async def test_what_fails_before_the_first_token_is_tried_again(make_client: Any, endpoint: Endpoint, failure: Any):
    endpoint.plans = [failure, failure, GOOD]
    assert (await say(make_client())).text == "Hello"
    assert len(endpoint.requests) == 3


@pytest.mark.parametrize("failure", [(500, '{"error": {"message": "out of memory"}}'), (429, "slow down"), "reset", ["cut"]])
async def test_what_keeps_failing_is_unavailable(make_client: Any, endpoint: Endpoint, failure: Any):
    endpoint.plans = [failure]
    with pytest.raises(ModelUnavailable) as caught:
        await say(make_client())
    assert len(endpoint.requests) == 3
    if isinstance(failure, tuple):
        assert str(failure[0]) in caught.value.message
        assert ("out of memory" if failure[0] == 500 else "slow down") in caught.value.message


async def test_the_endpoints_wish_to_wait_is_honoured(make_client: Any, endpoint: Endpoint):
    endpoint.plans, endpoint.headers = [(429, "{}"), GOOD], {"Retry-After": "1"}
    started = time.monotonic()
    await say(make_client())
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, ModelError), (413, ModelError), (422, ModelError), (401, ModelUnavailable), (403, ModelUnavailable), (404, ModelUnavailable)],
)
async def test_a_refusal_is_not_tried_again_and_its_short_message_is_passed_on(
    make_client: Any, endpoint: Endpoint, status: int, kind: type[ModelError]
):
    endpoint.plans = [(status, json.dumps({"error": {"message": "prompt too long\n\x1b[31m" + "x" * 5000}}))]
    with pytest.raises(ModelError) as caught:
        await say(make_client())
    assert type(caught.value) is kind
    assert "prompt too long ?[31m" in caught.value.message
    assert len(caught.value.message) < 500
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    "events", [[chunk("He"), "reset"], [chunk("He"), "cut"], [chunk("He"), "[DONE]"], [chunk(reasoning_content="hm"), "reset"]]
)
async def test_a_stream_that_breaks_off_after_the_first_token_is_an_error_and_not_asked_again(
    make_client: Any, endpoint: Endpoint, events: list[Any]
):
    endpoint.plans = [events]
    with pytest.raises(ModelError, match="broke off") as caught:
        await say(make_client())
    assert not isinstance(caught.value, ModelUnavailable)
    assert len(endpoint.requests) == 1


async def test_a_reply_that_the_endpoint_cannot_parse_is_the_models_fault(make_client: Any, endpoint: Endpoint):
    told = "The model produced output that does not match the expected peg-native format"
    endpoint.plans = [[chunk("He"), {"error": {"message": told, "code": 500}}]]
    with pytest.raises(ModelOutputError, match="peg-native"):
        await say(make_client())
    assert len(endpoint.requests) == 1


async def test_an_error_inside_the_stream_is_told_in_its_own_words(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[chunk("He"), {"error": {"message": "context exceeded", "code": 500}}]]
    with pytest.raises(ModelError, match="context exceeded"):
        await say(make_client())


@pytest.mark.parametrize("events", [["{not json"], [[1, 2]], [{"choices": "x"}], [{"choices": [{"delta": None}]}], ["null"]])
async def test_a_stream_that_is_not_in_openais_form_is_a_model_error(make_client: Any, endpoint: Endpoint, events: list[Any]):
    endpoint.plans = [events]
    with pytest.raises(ModelError):
        await say(make_client(retries=0))


async def test_an_endpoint_that_is_not_there_is_unavailable_and_named(make_client: Any):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
        with pytest.raises(ModelUnavailable, match=url):
            await say(make_client(url, retries=1))


async def test_an_endpoint_that_comes_back_within_the_retries_is_used(make_client: Any, endpoint: Endpoint):
    endpoint.plans = ["reset", "reset", "reset", GOOD]
    assert (await say(make_client(retries=5))).text == "Hello"


@pytest.mark.parametrize(("plan", "kind"), [("silent", ModelUnavailable), ([chunk("He"), 30.0], ModelError)])
async def test_a_call_that_takes_too_long_is_given_up_and_its_connection_closed(
    make_client: Any, endpoint: Endpoint, plan: Any, kind: type[ModelError]
):
    endpoint.plans = [plan]
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"within 0\.5 s") as caught:
        await say(make_client(timeout_s=0.5))
    assert type(caught.value) is kind
    assert time.monotonic() - started < 2
    assert await asyncio.to_thread(endpoint.gone.wait, 2)


@pytest.mark.parametrize("plan", ["silent", [chunk("He"), 30.0]])
async def test_cancelling_a_call_closes_its_connection(make_client: Any, endpoint: Endpoint, plan: Any):
    endpoint.plans = [plan]
    call = asyncio.create_task(say(make_client()))
    while not endpoint.requests:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await asyncio.to_thread(endpoint.gone.wait, 2)


async def test_twenty_calls_at_once_do_not_wait_for_each_other(make_client: Any, endpoint: Endpoint):
    endpoint.plans = [[0.3, *GOOD]]
    client = make_client()
    started = time.monotonic()
    replies = await asyncio.gather(*(say(client) for _ in range(20)))
    assert {reply.text for reply in replies} == {"Hello"}
    assert time.monotonic() - started < 3
