"""`hisolver corpus label start` with a stand-in for the program that it starts: how it comes up, fails and ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

START = [sys.executable, "-m", "server.cli", "corpus", "label", "start"]
SERVES = """#!{python}
import http.server, os, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{{}}")
print(os.getpid(), sorted(os.environ), sys.argv, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Health).serve_forever()
"""


def install(folder: Path, program: str) -> dict[str, str]:
    """An environment's `bin` with that as label-studio. Returns the environment variables for our command."""
    (folder / "bin").mkdir(parents=True)
    path = folder / "bin" / "label-studio"
    path.write_text(program.format(python=sys.executable))
    path.chmod(0o755)
    return dict(os.environ) | {"HISOLVER_LABELS_PYTHON": str(folder / "bin" / "python")}


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def serving(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(environment: dict[str, str], port: int) -> subprocess.Popen[str]:
    """The command, once it says that it serves."""
    command = subprocess.Popen([*START, "--port", str(port)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert command.stdout is not None and f"http://127.0.0.1:{port}" in command.stdout.readline()
    return command


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_the_server_ends_with_the_command_however_that_ends(tmp_path: Path, port: int, number: signal.Signals, code: int) -> None:
    command = start(install(tmp_path / "venv", SERVES), port)
    assert serving(port)
    command.send_signal(number)
    assert command.wait(60) == code
    deadline = time.monotonic() + 10
    while serving(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not serving(port)


def test_the_login_stays_the_same_and_no_secret_is_on_the_command_line(tmp_path: Path, port: int) -> None:
    environment = install(tmp_path / "venv", SERVES) | {"HISOLVER_MODEL_KEY": "secret"}
    folder = tmp_path / "data" / "label-studio"
    logins = []
    for _ in range(2):
        command = start(environment, port)
        command.terminate()
        command.wait(60)
        logins.append(json.loads((folder / "login.json").read_text()))
    assert logins[0] == logins[1] and (folder / "login.json").stat().st_mode & 0o777 == 0o600
    said = (folder / "server.log").read_text()
    assert logins[0]["password"] not in said and logins[0]["key"] not in said  # it prints its arguments
    assert "LABEL_STUDIO_PASSWORD" in said and "HISOLVER_MODEL_KEY" not in said


def test_a_server_that_does_not_come_up_is_told_with_its_last_words(tmp_path: Path, port: int) -> None:
    environment = install(tmp_path / "venv", "#!/bin/sh\necho no such table >&2\nexit 7\n")
    done = subprocess.run([*START, "--port", str(port)], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3 and "code 7" in done.stderr and "no such table" in done.stderr and done.stdout == ""


def test_what_is_not_installed_and_a_port_that_is_taken_are_told(tmp_path: Path) -> None:
    environment = install(tmp_path / "venv", SERVES)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [*START, "--port", str(taken.getsockname()[1])], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 2 and "--port" in done.stderr
    (tmp_path / "venv" / "bin" / "label-studio").unlink()
    done = subprocess.run([*START, "--port", "1"], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2 and "scripts/labels.sh" in done.stderr
