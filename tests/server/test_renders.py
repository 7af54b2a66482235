"""Who renders, by setting: refused where it would be open, told by doctor, started by one command."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.errors import ConfigurationError, NoSandbox
from agents.rendering import ManimRenderer
from agents.rendering.across.client import DaskRenderer
from agents.sandbox import probe
from server.cli import run
from server.doctor import examine
from server.ports import Ports
from server.renders import build_renderer, certificates, examine_scheduler
from server.settings import load_settings

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def sandboxed() -> None:
    try:
        probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")


@pytest.fixture
def house() -> Iterator[tuple[str, str]]:
    """A scheduler and a worker in processes of their own: the address, and where the worker tells its health."""
    port, health = free_port(), f"127.0.0.1:{free_port()}"
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    commands = (
        ["dask", "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
        ["server.cli", "render-worker", address, "--slots", "3", "--health", health],
    )
    made = [
        subprocess.Popen([sys.executable, "-m", *command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for command in commands
    ]
    try:
        assert made[1].stdout is not None
        assert made[1].stdout.readline().startswith("rendering 3 at a time for")
        yield address, health
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.wait(40)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["render-worker"], "name the scheduler"),
        (["render-worker", "local"], "name the scheduler"),
        (["render-worker", "tcp://10.1.2.3:8786"], "without TLS"),
        (["render-worker", "tls://renders:8786"], "HISOLVER_RENDER_TLS_CA"),
        (["render-worker", "nonsense"], "no scheduler"),
        (["render-worker", "tcp://127.0.0.1:1", "--slots", "0"], "--slots"),
    ],
)
def test_a_worker_that_could_not_be_safe_is_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert words in shown.err and shown.err.count("\n") == 1 and shown.out == ""


def test_certificates_are_named_together_or_not_at_all(tmp_path: Path) -> None:
    assert certificates(load_settings()) is None
    with pytest.raises(ConfigurationError, match="together"):
        certificates(load_settings(render_tls_ca=tmp_path / "ca.pem"))


def test_unset_variables_that_arrive_empty_are_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CA", "CERT", "KEY"):
        monkeypatch.setenv(f"HISOLVER_RENDER_TLS_{name}", "")
    assert certificates(load_settings()) is None


def test_by_default_this_process_renders_without_dask_and_an_open_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox: Any = object()
    assert isinstance(build_renderer(load_settings(), sandbox)[0], ManimRenderer)
    assert isinstance(build_renderer(load_settings(render_scheduler="local"), sandbox)[0], DaskRenderer)
    with pytest.raises(ConfigurationError, match="without TLS"):
        build_renderer(load_settings(render_scheduler="tcp://10.0.0.1:8786"), sandbox)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    build_renderer(load_settings(), sandbox)
    with pytest.raises(ConfigurationError, match=r"setup\.sh scale"):
        build_renderer(load_settings(render_scheduler="local"), sandbox)


def test_the_server_without_the_setting_does_not_load_dask() -> None:
    program = "import sys, server.ports, server.renders, agents.rendering; sys.exit('distributed' in sys.modules or 'dask' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.real
async def test_the_servers_renderer_renders_through_dask_in_this_process(sandboxed: None, tmp_path: Path) -> None:
    ports = Ports(load_settings(render_scheduler="local", render_slots=1, warm_sandboxes=0))
    try:
        context = ports.build_context()
        source = "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.add(Square())\n        self.wait(0.5)\n"
        report = await context.renderer.render(source, out=tmp_path / "out.mp4")
        assert report["ok"] and (tmp_path / "out.mp4").stat().st_size > 1000
        assert ports._across is not None and await ports._across.workers() == (1, 1, 0)
    finally:
        await ports.aclose()


@pytest.mark.real
def test_doctor_tells_of_the_scheduler_and_its_workers_and_a_worker_of_its_health(sandboxed: None, house: tuple[str, str]) -> None:
    address, health = house
    found = {finding.name: finding for finding in examine(load_settings(render_scheduler=address))}["renders"]
    assert found.ok and f"{address} answers; 1 workers render 3 scenes at a time" in found.detail and found.mend == ""
    assert httpx.get(f"http://{health}/health").status_code == 200


@pytest.mark.real
def test_doctor_names_a_scheduler_that_is_not_there(sandboxed: None) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    ok, detail, mend = examine_scheduler(load_settings(render_scheduler=address))
    assert not ok and address in detail and "start the scheduler" in mend
    assert "renders" not in {finding.name for finding in examine(load_settings())}
