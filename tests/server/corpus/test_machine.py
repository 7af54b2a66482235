"""`hisolver corpus label machine` as a user runs it, against an endpoint that speaks OpenAI's API."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from retrieval.labels.machine import AT_ONCE
from tests.retrieval.labels.corpora import write_corpus

ROOT = Path(__file__).parents[3]
MACHINE = [sys.executable, "-m", "server.cli", "corpus", "label", "machine", "--json"]


@pytest.fixture
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    served = subprocess.Popen([sys.executable, str(ROOT / "tests" / "fake_endpoint.py"), "--port", str(port), "--latency", "0.5"])
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                httpx.post(f"{url}/control", json={"reply": json.dumps({"shows": "A pie in three parts."})}).raise_for_status()
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        yield url
    finally:
        served.kill()
        served.wait()


@pytest.mark.real
def test_scenes_are_described_once_though_the_command_was_killed(endpoint: str, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    environment = dict(os.environ) | {"HISOLVER_MODEL_URL": f"{endpoint}/v1", "HISOLVER_TUTOR_MODEL": "some-model"}
    first = subprocess.Popen([*MACHINE, "--corpus", str(corpus)], env=environment, stdout=subprocess.DEVNULL)
    part = corpus / "machine_labels.jsonl.part"
    deadline = time.monotonic() + 120
    while not (part.exists() and part.read_text().count("{") >= 2) and time.monotonic() < deadline and first.poll() is None:
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert 2 <= part.read_text().count("{") < 6, "it was not killed in the middle"
    done = subprocess.run([*MACHINE, "--corpus", str(corpus)], env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["by"] == "some-model" and report["described"] + report["there before"] == 6 and report["there before"] >= 2
    rows = [json.loads(line) for line in (corpus / "machine_labels.jsonl").read_text().splitlines()]
    assert len({row["id"] for row in rows}) == len(rows) == 6
    assert all(row["machine"] is True and row["by"] == "some-model" and row["description"] == "A pie in three parts." for row in rows)
    assert httpx.get(f"{endpoint}/seen").json()["calls"] <= 6 + AT_ONCE  # those that the kill cut off, again
    assert not part.exists() and not (corpus / "labels.jsonl").exists()


@pytest.mark.real
def test_an_endpoint_that_is_down_is_one_line(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    environment = dict(os.environ) | {"HISOLVER_MODEL_URL": "http://127.0.0.1:9/v1", "HISOLVER_MODEL_TIMEOUT": "5"}
    done = subprocess.run([*MACHINE, "--corpus", str(corpus)], env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 3 and done.stderr.count("\n") == 1 and "127.0.0.1:9" in done.stderr, done.stderr
    assert not (corpus / "machine_labels.jsonl").exists()
