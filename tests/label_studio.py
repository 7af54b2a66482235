"""A real Label Studio, started once by its own command, with two people in it. It needs `.venv-labels` (`make test-labels`, some minutes once)."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-labels" / "bin" / "python"
HISOLVER = [sys.executable, "-m", "server.cli"]
START_S = 900


def clean_environment(data: Path, **settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HISOLVER_")}
    return (
        kept | {"HISOLVER_DATA_DIR": str(data), "HISOLVER_CACHE_DIR": str(data / "cache"), "HISOLVER_LABELS_PYTHON": str(PYTHON)} | settings
    )


@dataclass
class Studio:
    """The server. `data` is HiSolver's data folder, `root` the folder that it serves files of."""

    url: str
    data: Path
    root: Path
    ada: httpx.Client
    bob: httpx.Client

    def hisolver(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs `hisolver corpus label ...` and returns what it did."""
        return subprocess.run(
            [*HISOLVER, "corpus", "label", *arguments],
            env=clean_environment(self.data, **settings),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def report(self, *arguments: str, **settings: str) -> dict[str, Any]:
        done = self.hisolver(*arguments, "--json", **settings)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def tasks(self, project: int) -> list[dict[str, Any]]:
        answer = self.ada.get("/api/tasks", params={"project": project, "page_size": 1000, "fields": "all"})
        return list(answer.raise_for_status().json()["tasks"])


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    if not PYTHON.with_name("label-studio").is_file():
        pytest.skip("Label Studio is not installed: `make test-labels` installs it into .venv-labels and runs these tests")
    data = tmp_path_factory.mktemp("studio")
    root = data / "corpora"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = data / "start.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*HISOLVER, "corpus", "label", "start", "--corpus", str(root), "--port", str(port), "--email", "ada@example.com"],
            env=clean_environment(data),
            stdout=out,
            stderr=out,
        )
    try:
        deadline = time.monotonic() + START_S
        while "serves" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "Label Studio did not start in time"
            time.sleep(0.5)
        login = json.loads((data / "label-studio" / "login.json").read_text())
        url = f"http://127.0.0.1:{port}"
        ada = httpx.Client(base_url=url, headers={"Authorization": f"Token {login['key']}"}, timeout=120)
        with ada, sign_up(ada, url, "bob@example.com") as bob:
            yield Studio(url, data, root, ada, bob)
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 143
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server outlived the command that started it"


def sign_up(ada: httpx.Client, url: str, email: str) -> httpx.Client:
    """A second person, as one joins: by the invitation link. Returns a client with that person's key."""
    link = ada.get("/api/invite").raise_for_status().json()["invite_url"]
    with httpx.Client(base_url=url, follow_redirects=True, timeout=120) as page:
        form = page.get(link).raise_for_status().text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token is not None
        page.post(
            link, data={"csrfmiddlewaretoken": token[1], "email": email, "password": "a long enough password"}, headers={"Referer": url}
        )
        key = page.get("/api/current-user/token").raise_for_status().json()["token"]
    return httpx.Client(base_url=url, headers={"Authorization": f"Token {key}"}, timeout=120)


def said(description: str, tags: list[str], rating: int) -> list[dict[str, Any]]:
    """An annotation's result, as the labelling page sends it."""
    return [
        {"id": "d", "from_name": "description", "to_name": "code", "type": "textarea", "value": {"text": [description]}},
        {"id": "t", "from_name": "tags", "to_name": "code", "type": "choices", "value": {"choices": tags}},
        {"id": "r", "from_name": "rating", "to_name": "code", "type": "rating", "value": {"rating": rating}},
    ]


def annotate(person: httpx.Client, task: int, result: list[dict[str, Any]], **more: Any) -> int:
    answer = person.post(f"/api/tasks/{task}/annotations/", json={"result": result, "lead_time": 12.5, **more})
    return int(answer.raise_for_status().json()["id"])
