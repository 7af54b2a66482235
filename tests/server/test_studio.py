"""The real `langgraph dev` server with the real graph, driven through `langgraph_sdk`; the model is the fake endpoint."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[Any], log: Path, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-4000:]
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    raise AssertionError(f"{url} did not answer: {log.read_text()[-4000:]}")


def start(command: list[str], environment: dict[str, str], folder: Path, log: Path) -> subprocess.Popen[Any]:
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT, start_new_session=True)


def end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 15)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[str]:
    model_port, port = free_port(), free_port()
    environment = {**os.environ, "HISOLVER_MODEL_URL": f"http://127.0.0.1:{model_port}/v1", "LANGSMITH_TRACING": "false"}
    model_log, studio_log = tmp_path / "model.log", tmp_path / "studio.log"
    model = start(
        [sys.executable, str(ROOT / "tests" / "fake_endpoint.py"), "--port", str(model_port)], dict(os.environ), tmp_path, model_log
    )
    dev = start(
        [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload", "--allow-blocking", "--port", str(port)],
        environment,
        ROOT,
        studio_log,
    )
    try:
        wait_for(f"http://127.0.0.1:{model_port}/seen", model, model_log)
        wait_for(f"http://127.0.0.1:{port}/ok", dev, studio_log)
        yield f"http://127.0.0.1:{port}"
        print(studio_log.read_text()[-6000:])
    finally:
        end(dev)
        end(model)


@pytest.mark.real
async def test_studio_runs_the_graph_from_json(studio: str) -> None:
    from langgraph_sdk import get_client

    client = get_client(url=studio)
    assert [assistant["graph_id"] for assistant in await client.assistants.search()] == ["tutor"]
    thread = await client.threads.create()
    problem = {"messages": [{"role": "user", "content": "If $2x + 3 = 7$, what is the value of $x$?"}], "skill": "solve"}
    state: Any = await client.runs.wait(thread["thread_id"], "tutor", input=problem, raise_error=False)
    assert state["routed"] == "solve", state
    assert state["solution"]["answer"] == "2" and state["solution"]["verification"]["status"] in ("verified", "unverified")
    history = await client.threads.get_history(thread["thread_id"])
    assert len(history) >= 3, "each step can be looked at and replayed"
