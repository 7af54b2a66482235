from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from agents.errors import InputError, ModelError, ModelUnavailable, NoSandbox, StorageError


def chunks(response: httpx.Response) -> list[Any]:
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ") and line != "data: [DONE]"]


async def test_an_answer_carries_the_text_the_usage_of_all_calls_and_the_result_object(house: Any) -> None:
    body = (await house.chat()).json()
    assert body["object"] == "chat.completion"
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Let $x=2$. ", "refusal": None}
    assert body["choices"][0]["finish_reason"] == "stop"
    assert body["usage"] == {
        "prompt_tokens": 14,
        "completion_tokens": 10,
        "total_tokens": 24,
        "prompt_tokens_details": {"cached_tokens": 6},
    }
    extra = body["hisolver"]
    assert set(extra) == {"skill", "thread_id", "solution", "hint", "animation"}
    assert extra["skill"] == "solve" and extra["solution"]["answer"] == "2" and "problem_id" not in extra["solution"]


async def test_a_stream_is_role_then_content_then_finish_then_done(house: Any) -> None:
    response = await house.chat(stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    got = chunks(response)
    assert got[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in got) == "Let $x=2$. "
    assert [chunk["choices"][0]["finish_reason"] for chunk in got[:-1]] == [None] * (len(got) - 1)
    assert got[-1]["choices"][0]["finish_reason"] == "stop" and got[-1]["hisolver"]["skill"] == "solve"
    assert any(chunk.get("hisolver", {}).get("progress", {}).get("stage") == "solve" for chunk in got)
    assert len({chunk["id"] for chunk in got}) == 1
    assert response.text.endswith("data: [DONE]\n\n")
    assert not any("usage" in chunk for chunk in got)


async def test_usage_comes_on_the_stream_only_when_asked_for(house: Any) -> None:
    got = chunks(await house.chat(stream=True, stream_options={"include_usage": True}))
    assert got[-1]["choices"] == [] and got[-1]["usage"]["total_tokens"] == 24
    assert all(chunk["usage"] is None for chunk in got[:-1])


async def test_a_hint_never_carries_the_solution(house: Any) -> None:
    extra = (await house.chat(model="hisolver-hint", hisolver={"hint_level": 3})).json()["hisolver"]
    assert extra["skill"] == "hint" and extra["hint"]["level"] == 3
    assert extra["solution"] is None


async def test_the_quality_of_an_animation_may_be_named_and_holds_for_that_turn(house: Any) -> None:
    named = (await house.chat(model="hisolver-animate", hisolver={"quality": "h"})).json()["hisolver"]["animation"]
    assert named["quality"] == "h" and not {"artifact_id", "manifest_id"} & set(named)
    assert (await house.chat(model="hisolver-animate")).json()["hisolver"]["animation"]["quality"] == "l"


async def test_the_same_first_message_continues_the_same_thread(house: Any) -> None:
    first = (await house.chat("P")).json()["hisolver"]
    again = await house.client.post(
        "/v1/chat/completions",
        json={
            "model": "hisolver",
            "messages": [{"role": "user", "content": "P"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "more"}],
        },
    )
    second = again.json()["hisolver"]
    assert first["thread_id"] == second["thread_id"]
    assert second["solution"]["verification"]["detail"] == "P|more"
    assert again.json()["usage"]["prompt_tokens"] == 14, "usage is this run's, not the thread's"


async def test_a_thread_can_be_named_and_given_back(house: Any) -> None:
    derived = (await house.chat("P")).json()["hisolver"]["thread_id"]
    named = (await house.chat("another", hisolver={"thread_id": derived})).json()["hisolver"]
    assert named["thread_id"] == derived and named["solution"]["verification"]["detail"] == "P|another"
    by_metadata = (await house.chat("third", metadata={"thread_id": derived})).json()["hisolver"]
    assert by_metadata["solution"]["verification"]["detail"] == "P|another|third"


async def test_another_owner_cannot_reach_a_thread_by_its_name(open_house: Any) -> None:
    house = await open_house(api_keys="one,two")
    first = await house.chat("secret", headers={"authorization": "Bearer one"})
    thread_id = first.json()["hisolver"]["thread_id"]
    other = await house.chat("mine", headers={"authorization": "Bearer two"}, hisolver={"thread_id": thread_id})
    assert other.json()["hisolver"]["solution"]["verification"]["detail"] == "mine"
    same = await house.chat("mine", headers={"authorization": "Bearer one"}, hisolver={"thread_id": thread_id})
    assert same.json()["hisolver"]["solution"]["verification"]["detail"] == "secret|mine"


async def test_learners_who_ask_the_same_at_the_same_time_do_not_wait_for_each_other(house: Any) -> None:
    house.model.pause = 0.2
    loop = asyncio.get_running_loop()
    before = loop.time()
    answers = await asyncio.gather(*(house.chat("same") for _ in range(8)))
    assert loop.time() - before < 8 * 6 * 0.2 / 2
    assert len({answer.json()["hisolver"]["thread_id"] for answer in answers}) == 8


async def test_turns_of_one_named_thread_run_one_after_the_other(house: Any) -> None:
    answers = await asyncio.gather(*(house.chat(f"m{n}", hisolver={"thread_id": "lesson"}) for n in range(4)))
    details = sorted((answer.json()["hisolver"]["solution"]["verification"]["detail"] for answer in answers), key=len)
    assert [len(detail.split("|")) for detail in details] == [1, 2, 3, 4], "none was lost"


async def test_parameters_of_other_models_change_nothing(house: Any) -> None:
    response = await house.chat(temperature=0.7, max_tokens=5, tools=[], unknown_field={"a": [1]}, seed=1, stop=["x"])
    assert response.status_code == 200


async def test_text_parts_are_read(house: Any) -> None:
    response = await house.chat([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}])
    assert response.json()["hisolver"]["solution"]["verification"]["detail"] == "one\ntwo"


USER = {"role": "user", "content": "x"}
BAD: list[tuple[Any, int, str, str | None]] = [
    ({"model": "gpt-4", "messages": [USER]}, 404, "model_not_found", "model"),
    ({"model": "hisolver-", "messages": [USER]}, 404, "model_not_found", "model"),
    ({"messages": [USER]}, 400, "missing_required_parameter", "model"),
    ({"model": "hisolver"}, 400, "missing_required_parameter", "messages"),
    ({"model": "hisolver", "messages": []}, 400, "invalid_value", "messages"),
    ({"model": "hisolver", "messages": "x"}, 400, "invalid_type", "messages"),
    ({"model": "hisolver", "messages": [1]}, 400, "invalid_type", "messages[0]"),
    ({"model": "hisolver", "messages": [{"role": "king", "content": "x"}]}, 400, "invalid_value", "messages[0].role"),
    ({"model": "hisolver", "messages": [{"role": "user"}]}, 400, "missing_required_parameter", "messages[0].content"),
    ({"model": "hisolver", "messages": [{"role": "user", "content": 5}]}, 400, "invalid_type", "messages[0].content"),
    ({"model": "hisolver", "messages": [{"role": "user", "content": " \n"}]}, 400, "empty_problem", "messages[0].content"),
    (
        {"model": "hisolver", "messages": [{"role": "user", "content": "x" * 200_000}]},
        400,
        "context_length_exceeded",
        "messages[0].content",
    ),
    ({"model": "hisolver", "messages": [USER, {"role": "assistant", "content": "y"}]}, 400, "invalid_value", "messages"),
    ({"model": "hisolver", "messages": [{"role": "system", "content": "y"}]}, 400, "invalid_value", "messages"),
    (
        {
            "model": "hisolver",
            "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}],
        },
        400,
        "remote_image_refused",
        "messages[0].content[0].image_url",
    ),
    (
        {"model": "hisolver", "messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA"}}]}]},
        400,
        "unsupported_content",
        "messages[0].content[0].type",
    ),
    ({"model": "hisolver", "messages": [USER], "n": 2}, 400, "unsupported_value", "n"),
    ({"model": "hisolver", "messages": [USER], "stream": "yes"}, 400, "invalid_type", "stream"),
    ({"model": "hisolver", "messages": [USER], "hisolver": {"hint_level": 9}}, 400, "invalid_value", "hisolver.hint_level"),
    ({"model": "hisolver", "messages": [USER], "hisolver": {"quality": "8k"}}, 400, "invalid_value", "hisolver.quality"),
    ({"model": "hisolver", "messages": [USER], "hisolver": {"thread_id": ""}}, 400, "invalid_value", "hisolver.thread_id"),
    ({"model": "hisolver", "messages": [USER], "metadata": {"thread_id": 5}}, 400, "invalid_value", "metadata.thread_id"),
    ({"model": "hisolver", "messages": [USER], "response_format": {"type": "json_object"}}, 400, "unsupported_value", "response_format"),
    ([1, 2], 400, "invalid_type", None),
]


@pytest.mark.parametrize(("body", "status", "code", "param"), BAD)
async def test_a_bad_request_gets_openais_error_shape(house: Any, body: Any, status: int, code: str, param: str | None) -> None:
    response = await house.client.post("/v1/chat/completions", json=body)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (status, code, param), error
    assert set(error) == {"message", "type", "param", "code"} and error["type"] == "invalid_request_error"
    assert "pydantic" not in error["message"] and len(error["message"]) < 300
    assert house.model.calls == 0


RAW = [
    b"",
    b"{",
    b'{"model":NaN}',
    b'{"model":"\\ud800"}',
    b"[" * 100_000,
    b"\xff\xfe",
    b'"x"',
    b"null",
    b'{"a":' * 5000 + b"1" + b"}" * 5000,
]


@pytest.mark.parametrize("body", RAW)
async def test_broken_json_is_a_clear_400(house: Any, body: bytes) -> None:
    response = await house.client.post("/v1/chat/completions", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["code"] in ("invalid_json", "invalid_type")


async def test_a_body_over_the_cap_is_refused_before_it_is_read(open_house: Any) -> None:
    house = await open_house(max_body=2000)
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        for _ in range(1_000_000):
            sent += 1000
            yield b" " * 1000

    declared = await house.client.post("/v1/chat/completions", content=b" " * 3000, headers={"content-type": "application/json"})
    undeclared = await house.client.post("/v1/chat/completions", content=endless(), headers={"content-type": "application/json"})
    for response in (declared, undeclared):
        assert response.status_code == 413 and response.json()["error"]["code"] == "request_too_large"
    assert sent < 10_000


async def test_a_slow_body_times_out(open_house: Any) -> None:
    house = await open_house(body_timeout=0.2)

    async def slow() -> Any:
        yield b"{"
        await asyncio.sleep(5)
        yield b"}"

    response = await house.client.post("/v1/chat/completions", content=slow(), headers={"content-type": "application/json"})
    assert response.status_code == 408


FAILURES = [
    (InputError("there is no problem in this text"), 400, "invalid_input"),
    (ModelUnavailable("the model at http://m cannot be reached"), 503, "model_unavailable"),
    (ModelError("the model answered 500"), 502, "model_error"),
    (NoSandbox("install bubblewrap"), 503, "no_sandbox"),
    (StorageError("the disk is full"), 507, "storage_error"),
    (OSError(28, "No space left on device"), 507, "storage_error"),
    (RuntimeError("secret internals"), 500, "internal_error"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("failure", "status", "code"), FAILURES)
async def test_an_early_failure_is_a_real_status(house: Any, failure: Exception, status: int, code: str, stream: bool) -> None:
    house.model.failure = failure
    response = await house.chat(stream=stream)
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert "secret" not in response.text and "Traceback" not in response.text
    house.model.failure = None
    assert (await house.chat()).status_code == 200, "the next request passes"


@pytest.mark.parametrize(("failure", "code"), [(ModelError("cut off"), "model_error"), (RuntimeError("secret"), "internal_error")])
async def test_a_failure_mid_stream_ends_it_with_an_error_and_no_done(house: Any, failure: Exception, code: str) -> None:
    house.model.failure, house.model.failure_after = failure, 2
    response = await house.chat(stream=True)
    assert response.status_code == 200
    got = chunks(response)
    assert got[-1]["error"]["code"] == code
    assert "[DONE]" not in response.text and "secret" not in response.text
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in got[:-1]) == "Let $x=2$"


async def test_a_run_that_takes_too_long_is_stopped(open_house: Any) -> None:
    house = await open_house(request_timeout=0.3)
    house.model.pause = 5
    response = await house.chat()
    assert (response.status_code, response.json()["error"]["code"]) == (504, "timeout")
    assert house.model.cancelled == 1


async def test_a_silent_stream_is_kept_alive_with_comments(open_house: Any) -> None:
    house = await open_house(keepalive=0.1)
    house.model.pause = 0.5
    house.model.words = ["a", "b"]
    response = await house.chat(stream=True)
    assert response.text.count(": keep-alive\n\n") >= 3 and response.text.endswith("data: [DONE]\n\n")


async def test_more_runs_than_allowed_are_told_to_come_back(open_house: Any) -> None:
    house = await open_house(max_runs=1)
    house.model.pause = 0.2
    answers = await asyncio.gather(house.chat("a"), house.chat("b"))
    assert sorted(answer.status_code for answer in answers) == [200, 429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] and refused.json()["error"]["code"] == "server_busy"
    assert (await house.chat("c")).status_code == 200


async def test_the_models_are_the_skills(house: Any) -> None:
    listed = (await house.client.get("/v1/models")).json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["hisolver", "hisolver-solve", "hisolver-hint", "hisolver-animate"]
    assert (await house.client.get("/v1/models/hisolver-hint")).json()["id"] == "hisolver-hint"
    assert (await house.client.get("/v1/models/nope")).json()["error"]["code"] == "model_not_found"
