"""A real uvicorn and the real openai SDK, with fake ports behind them."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any

import openai
import pytest

from agents.errors import ModelError, ModelUnavailable

GONE_WITHIN_S = 2.0


def sdk(url: str, key: str = "none") -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, timeout=20)


def ask(client: openai.OpenAI, **more: Any) -> Any:
    return client.chat.completions.create(model="hisolver", messages=[{"role": "user", "content": "What is x?"}], **more)


def test_the_sdk_reads_an_answer_and_our_extra_field(serve: Any) -> None:
    completion = ask(sdk(serve().url), extra_body={"hisolver": {"thread_id": "mine"}})
    assert completion.choices[0].message.content == "Let $x=2$. " and completion.usage.total_tokens == 24
    assert completion.model_extra["hisolver"]["thread_id"] == "mine"


def test_the_sdk_reads_a_stream(serve: Any) -> None:
    chunks = list(ask(sdk(serve().url), stream=True, stream_options={"include_usage": True}))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "Let $x=2$. "
    assert chunks[-1].usage.total_tokens == 24
    assert [chunk for chunk in chunks if chunk.choices][-1].model_extra["hisolver"]["skill"] == "solve"


def test_the_sdk_raises_its_own_errors(serve: Any, model: Any) -> None:
    server = serve(api_keys="one")
    with pytest.raises(openai.AuthenticationError):
        ask(sdk(server.url, "two"))
    client = sdk(server.url, "one")
    assert next(iter(client.models.list())).id == "hisolver"
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="hisolver", messages=[])
    model.failure = ModelUnavailable("down")
    with pytest.raises(openai.InternalServerError) as down:
        ask(client)
    assert down.value.status_code == 503 and down.value.code == "model_unavailable"


def test_the_sdk_raises_on_an_error_in_the_middle_of_a_stream(serve: Any, model: Any) -> None:
    model.failure, model.failure_after = ModelError("the model's stream was cut"), 2
    stream = ask(sdk(serve().url), stream=True)
    got = []
    with pytest.raises(openai.APIError, match="stream was cut") as error:
        for chunk in stream:
            got.append(chunk.choices[0].delta.content or "")
    assert "".join(got) == "Let $x=2$" and error.value.code == "model_error"


def wait_for_cancel(model: Any, since: float) -> float:
    deadline = since + 10
    while not model.cancelled and time.monotonic() < deadline:
        time.sleep(0.02)
    return model.cancelled_at - since if model.cancelled else 10.0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("before", [0.3, 1.6], ids=["while progress is held", "later"])
def test_a_client_that_leaves_stops_the_model_call(serve: Any, model: Any, stream: bool, before: float) -> None:
    model.pause = 60.0
    server = serve()
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    body = json.dumps({"model": "hisolver", "stream": stream, "messages": [{"role": "user", "content": "x"}]})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
    deadline = time.monotonic() + 10
    while not model.calls and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(before)
    assert model.calls == 1 and not model.cancelled
    left = time.monotonic()
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert wait_for_cancel(model, left) < GONE_WITHIN_S
    model.pause = 0.0
    assert ask(sdk(server.url)).choices[0].message.content, "the thread is free again"


def test_a_client_that_does_not_read_is_given_up(serve: Any, model: Any) -> None:
    model.words = ["x" * 100_000] * 400
    model.pause = 0.001
    server = serve(send_timeout=0.5)
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        body = json.dumps({"model": "hisolver", "stream": True, "messages": [{"role": "user", "content": "x"}]})
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        connection.sendall((head + body).encode())
        assert wait_for_cancel(model, time.monotonic()) < 8


def test_a_huge_body_is_refused_without_being_read(serve: Any) -> None:
    server = serve()
    host, _, port = server.url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("content-length", str(1 << 30))
    connection.putheader("content-type", "application/json")
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413 and json.loads(response.read())["error"]["code"] == "request_too_large"
