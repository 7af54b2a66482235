from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from agents.errors import ConfigurationError
from server.middleware import EscapingFormatter
from server.settings import Settings, load_settings, settings_table


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "missing_api_key"),
        ([("authorization", "Bearer wrong")], "invalid_api_key"),
        ([("authorization", "Basic one")], "invalid_api_key"),
        ([("authorization", "Bearer ")], "invalid_api_key"),
        ([("authorization", "Bearer one"), ("authorization", "Bearer one")], "invalid_api_key"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/models", "/v1/chat/completions"])
async def test_without_a_right_key_nothing_is_told(open_house: Any, headers: list[tuple[str, str]], code: str, path: str) -> None:
    house = await open_house(api_keys="one, two")
    response = await house.client.request("GET" if path.endswith("models") else "POST", path, headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == code and response.json()["error"]["type"] == "authentication_error"


async def test_each_configured_key_opens(open_house: Any) -> None:
    house = await open_house(api_keys="one, two")
    for key in ("one", "two"):
        assert (await house.client.get("/v1/models", headers={"authorization": f"Bearer {key}"})).status_code == 200


async def test_an_open_server_answers_to_no_strange_name_and_no_strange_page(house: Any) -> None:
    rebound = await house.client.get("/v1/models", headers={"host": "evil.example:8000"})
    assert rebound.status_code == 403 and rebound.json()["error"]["code"] == "unknown_host"
    form = await house.client.post("/v1/chat/completions", content=b"{}", headers={"content-type": "text/plain"})
    assert form.status_code == 415
    for host in ("localhost:8000", "127.0.0.1", "[::1]:9"):
        assert (await house.client.get("/v1/models", headers={"host": host})).status_code == 200


async def test_health_names_model_sandbox_index_and_version(house: Any) -> None:
    body = (await house.client.get("/health")).json()
    assert body["status"] == "ok" and body["version"]
    assert body["formulas"]["setter"] in ("latex", "typst")
    assert body["sandbox"] == {"tier": "fake"} and {"state", "name", "url"} <= set(body["model"]) and body["index"]["state"]


async def test_metrics_count_runs_tokens_and_requests_without_names_from_clients(house: Any) -> None:
    await house.chat()
    await house.chat(model="hisolver-animate")
    await house.client.get("/made-up-path-1")
    text = (await house.client.get("/metrics")).text
    assert 'hisolver_runs_total{skill="solve",status="ok"} 1.0' in text
    assert 'hisolver_tokens_total{kind="prompt"} 28.0' in text
    assert 'hisolver_renders_total{source="plain"} 1.0' in text
    assert "hisolver_first_text_seconds_count 2.0" in text
    assert "made-up" not in text and 'route="/v1/chat/completions"' in text


async def test_every_response_has_an_id_and_security_headers(house: Any) -> None:
    good = await house.client.get("/health", headers={"x-request-id": "abc-1"})
    assert good.headers["x-request-id"] == "abc-1"
    odd = await house.client.get("/health", headers={"x-request-id": "a b<script>"})
    assert odd.headers["x-request-id"] != "a b<script>"
    for response in (good, await house.client.get("/nowhere"), await house.client.put("/v1/models")):
        assert (
            response.headers["x-content-type-options"] == "nosniff" and "default-src 'none'" in response.headers["content-security-policy"]
        )


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "/v1/models", 405), ("GET", "/v1/chat/completions", 405), ("GET", "/x", 404)]
)
async def test_unknown_paths_and_methods_have_openais_error_shape(house: Any, method: str, path: str, status: int) -> None:
    response = await house.client.request(method, path)
    assert response.status_code == status and set(response.json()["error"]) == {"message", "type", "param", "code"}


async def test_log_lines_cannot_be_forged(house: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "server.access")
    await house.client.get("/a%0d%0a2026-01-01%20INFO%20root:%20forged%1b[31m", headers={"x-request-id": "ok"})
    formatted = [EscapingFormatter("%(message)s").format(record) for record in caplog.records]
    assert formatted and not any(character in "\r\n\x1b" for line in formatted for character in line)
    record = logging.LogRecord("n", logging.INFO, "f", 1, "thread %s", ("a\r\nb\x1b[2J",), None)
    assert EscapingFormatter("%(message)s").format(record) == r"thread a\r\nb\x1b[2J"


async def test_a_cross_origin_page_needs_to_be_named(open_house: Any) -> None:
    house = await open_house(cors_origins="https://school.example")
    for origin, allowed in (("https://school.example", True), ("https://evil.example", False)):
        response = await house.client.options("/v1/models", headers={"origin": origin, "access-control-request-method": "GET"})
        assert (response.headers.get("access-control-allow-origin") == origin) is allowed


async def test_the_openapi_document_describes_the_chat(house: Any) -> None:
    document = (await house.client.get("/openapi.json")).json()
    body = document["paths"]["/v1/chat/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert {"model", "messages", "stream", "hisolver", "temperature"} <= set(schema["properties"])
    assert "ErrorBody" in document["components"]["schemas"]


def test_settings_name_the_variable_and_never_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_LIMITS__SOLVE_ATTEMPTS", "hunter2")
    with pytest.raises(ConfigurationError, match="HISOLVER_LIMITS__SOLVE_ATTEMPTS") as caught:
        load_settings()
    assert "hunter2" not in caught.value.message


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_API_KEYS", "hunter2,hunter3")
    monkeypatch.setenv("HISOLVER_MODEL_KEY", "hunter4")
    monkeypatch.setenv("HISOLVER_CHECKPOINT_DSN", "postgres://u:hunter5@h/d")
    assert "hunter" not in repr(load_settings())
    assert len(load_settings().api_keys) == 2


def test_an_open_server_on_a_public_address_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="HISOLVER_API_KEYS"):
        load_settings(host="0.0.0.0").check_exposure()
    load_settings(host="0.0.0.0", api_keys="k").check_exposure()
    load_settings(host="0.0.0.0", allow_open=True).check_exposure()
    load_settings(host="::1").check_exposure()


def test_every_setting_is_in_the_table_with_its_meaning() -> None:
    table = settings_table()
    for name, field in Settings.model_fields.items():
        assert f"`HISOLVER_{name.upper()}`" in table and field.description and field.description in table


def test_importing_the_server_makes_checkpoints_strict() -> None:
    program = "import server.runtime\nfrom langgraph.checkpoint.serde import _msgpack\nprint(_msgpack.STRICT_MSGPACK_ENABLED)"
    environment = {name: value for name, value in os.environ.items() if name != "LANGGRAPH_STRICT_MSGPACK"}
    shown = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout == "True\n"


async def test_a_thread_outlives_the_server_and_goes_when_it_is_old(
    open_house: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await open_house(thread_days=1.0)
    await house.chat("P", hisolver={"thread_id": "t"})
    again = await open_house(thread_days=1.0)
    detail = (await again.chat("Q", hisolver={"thread_id": "t"})).json()["hisolver"]["solution"]["verification"]["detail"]
    assert detail == "P|Q"
    await again.runtime.maintain()
    assert (await again.chat("R", hisolver={"thread_id": "t"})).json()["hisolver"]["solution"]["verification"]["detail"] == "P|Q|R"
    import server.threads

    monkeypatch.setattr(server.threads.time, "time", lambda: __import__("datetime").datetime.now().timestamp() + 2 * 86_400)
    await again.runtime.maintain()
    monkeypatch.undo()
    assert (await again.chat("S", hisolver={"thread_id": "t"})).json()["hisolver"]["solution"]["verification"]["detail"] == "S"


async def test_schemas_survive_concurrent_clients(house: Any) -> None:
    answers: list[httpx.Response] = await asyncio.gather(*(house.chat(f"p{n}", stream=n % 2 == 0) for n in range(20)))
    assert {answer.status_code for answer in answers} == {200}
