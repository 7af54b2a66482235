"""Against a server that speaks the protocol over HTTP: what is asked, what is understood, what fails how."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from finetune.errors import ReportError
from finetune.report.endpoint import EndpointModels
from finetune.report.ports import Answer, Sampling, Scores

PROMPT = ({"role": "system", "content": "Be short."}, {"role": "user", "content": "Hello"})


@dataclass
class Served:
    url: str = ""
    finish: str = "stop"
    status: int = 200
    usage: bool = True
    pause: float = 0.0
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    running: int = 0
    most: int = 0


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...

        def reply(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            # who was cancelled has gone
            with contextlib.suppress(BrokenPipeError):
                self.end_headers()
                self.wfile.write(data)

        def do_GET(self) -> None:
            state.keys.append(self.headers.get("Authorization", ""))
            models = [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in ("plain", "mine")]
            self.reply(state.status, {"object": "list", "data": models} if state.status == 200 else {"error": {"message": "no"}})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                state.asked.append(asked)
                state.keys.append(self.headers.get("Authorization", ""))
                state.running += 1
                state.most = max(state.most, state.running)
            threading.Event().wait(state.pause)
            with lock:
                state.running -= 1
            if state.status != 200:
                self.reply(state.status, {"error": {"message": "the prompt is too long"}})
                return
            text = f"{asked['model']} says {asked['messages'][-1]['content']}"
            body = {"id": "1", "object": "chat.completion", "created": 1, "model": asked["model"]}
            choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": state.finish}
            usage = {"usage": {"prompt_tokens": 3, "completion_tokens": 17, "total_tokens": 20}} if state.usage else {}
            self.reply(200, {**body, "choices": [choice], **usage})

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


async def test_each_model_is_asked_by_its_name_with_the_same_settings(served: Served) -> None:
    models = EndpointModels(served.url, base="plain", tuned="mine", key="secret")
    await models.check()
    assert await models.answers("base", [PROMPT], Sampling(50, seed=3)) == [Answer("plain says Hello", 17, True, False)]
    assert await models.answers("tuned", [PROMPT], Sampling(50, seed=3)) == [Answer("mine says Hello", 17, True, False)]
    await models.aclose()
    base, tuned = ({key: value for key, value in asked.items() if key != "model"} for asked in served.asked)
    assert base == tuned
    assert base["messages"] == [dict(message) for message in PROMPT] and (base["max_tokens"], base["temperature"], base["seed"]) == (
        50,
        0.0,
        3,
    )
    assert set(served.keys) == {"Bearer secret"}


@pytest.mark.parametrize(("finish", "ended", "away"), [("stop", True, False), ("length", False, True), ("content_filter", False, False)])
async def test_why_an_answer_ended_is_what_the_endpoint_says(served: Served, finish: str, ended: bool, away: bool) -> None:
    served.finish, served.usage = finish, False
    models = EndpointModels(served.url, base="plain", tuned="mine")
    (answer,) = await models.answers("base", [PROMPT], Sampling(5))
    assert (answer.ended, answer.ran_away, answer.tokens) == (ended, away, 3)
    await models.aclose()


async def test_answers_keep_their_order_and_no_more_are_asked_for_at_once_than_said(served: Served) -> None:
    served.pause = 0.05
    models = EndpointModels(served.url, base="plain", tuned="mine", at_once=3)
    prompts = [({"role": "user", "content": str(number)},) for number in range(9)]
    answers = await models.answers("base", prompts, Sampling(5))
    assert [answer.text.split()[-1] for answer in answers] == [str(number) for number in range(9)]
    assert served.most == 3
    await models.aclose()


async def test_a_model_that_is_not_served_is_known_before_anything_is_asked(served: Served) -> None:
    models = EndpointModels(served.url, base="plain", tuned="his")
    with pytest.raises(ReportError, match="does not serve his; it serves mine, plain"):
        await models.check()
    await models.aclose()
    assert not served.asked


async def test_a_refused_prompt_ends_the_report_with_the_endpoints_words(served: Served) -> None:
    served.status = 400
    models = EndpointModels(served.url, base="plain", tuned="mine")
    with pytest.raises(ReportError, match=r"plain at .* refused a prompt \(HTTP 400\).*the prompt is too long"):
        await models.answers("base", [PROMPT] * 3, Sampling(5))
    served.status = 401
    with pytest.raises(ReportError, match="does not list its models"):
        await models.check()
    await models.aclose()


async def test_nobody_at_the_endpoint_is_an_error_of_ours() -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    models = EndpointModels(url, base="plain", tuned="mine", timeout_s=1)
    models._client = models._client.with_options(max_retries=0)
    with pytest.raises(ReportError, match="cannot be reached"):
        await models.answers("base", [PROMPT], Sampling(5))
    await models.aclose()


async def test_who_is_cancelled_leaves_no_call_behind(served: Served) -> None:
    served.pause = 2
    models = EndpointModels(served.url, base="plain", tuned="mine")
    task = asyncio.create_task(models.answers("base", [PROMPT], Sampling(5)))
    while not served.asked:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 1)
    await models.aclose()


def test_a_model_is_not_compared_with_itself_and_an_endpoint_scores_nothing() -> None:
    with pytest.raises(ReportError, match="nothing to compare"):
        EndpointModels("http://127.0.0.1:1/v1", base="a", tuned="a")
    assert not isinstance(EndpointModels("http://127.0.0.1:1/v1", base="a", tuned="b"), Scores)
