"""Real schedulers and real `hisolver render-worker` processes on loopback, and a sandbox that remembers what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.rendering.across.client import DaskRenderer
from agents.sandbox import Job, Outcome

ROOT = Path(__file__).parents[4]
START_S = 90.0
"""Seconds that a process of ours has to come up, on a machine that is busy."""


@dataclass
class WatchedSandbox:
    """Runs jobs in `inner` (the real sandbox) and counts them: begun, now running, cancelled. `linger` is how many seconds it takes to end one."""

    inner: Any
    tier: str = "bubblewrap"
    begun: int = 0
    running: int = 0
    cancelled: int = 0
    linger: float = 0.0

    async def run(self, job: Job) -> Outcome:
        self.begun += 1
        self.running += 1
        try:
            outcome: Outcome = await self.inner.run(job)
            return outcome
        except asyncio.CancelledError:
            self.cancelled += 1
            await asyncio.sleep(self.linger)
            raise
        finally:
            self.running -= 1


@dataclass
class Process:
    """A process of ours whose output is kept; it ends with the test."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    def sandboxes(self) -> list[psutil.Process]:
        """Everything that runs below it: bwrap and what is inside."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(self.pid).children(recursive=True)
        return []

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self.process.wait(20)

    def until_said(self, words: str) -> None:
        until(lambda: any(words in line for line in self.said) or self.process.poll() is not None, START_S)
        assert any(words in line for line in self.said), f"{words!r} was not said: {self.said[-20:]}"


def until(true: Callable[[], Any], within: float) -> float:
    """Waits, blocking, until `true()`; gives the seconds that it took and fails after `within`."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < within, f"not within {within} s"
        time.sleep(0.05)
    return time.monotonic() - started


async def soon(true: Callable[[], Any], within: float) -> float:
    """The same without blocking the event loop."""
    started = time.monotonic()
    while not true():
        assert time.monotonic() - started < within, f"not within {within} s"
        await asyncio.sleep(0.02)
    return time.monotonic() - started


@pytest.fixture
def wait_until():
    return soon


@pytest.fixture
def watched(real_sandbox) -> WatchedSandbox:
    return WatchedSandbox(real_sandbox)


@pytest.fixture
async def across() -> AsyncIterator[Callable[..., DaskRenderer]]:
    """Makes renderers that are closed after the test."""
    made: list[DaskRenderer] = []

    def make(*given: Any, **named: Any) -> DaskRenderer:
        made.append(DaskRenderer(*given, **named))
        return made[-1]

    yield make
    for renderer in made:
        await renderer.aclose()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts `python -m MODULE ...` with more environment; all are killed after the test."""
    made: list[Process] = []

    def run(*arguments: str, **environment: str) -> Process:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("HISOLVER_", "DASK_"))}
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", *arguments],
            cwd=ROOT,
            env=clean | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started = Process(process)

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                started.said.append(line.rstrip())

        threading.Thread(target=read, daemon=True).start()
        made.append(started)
        return started

    yield run
    for started in made:
        if started.process.poll() is None:
            started.kill()


@pytest.fixture
def worker(start) -> Callable[..., Process]:
    """Starts a `hisolver render-worker` without spares, so that what runs below it is a render."""

    def run(address: str, **environment: str) -> Process:
        return start("server.cli", "render-worker", address, HISOLVER_WARM_SANDBOXES="0", **environment)

    return run


@pytest.fixture
def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
async def scheduler() -> AsyncIterator[Callable[..., Any]]:
    """Starts plain schedulers on loopback in the test's own event loop, to look into."""
    from agents.rendering.across.worker import PortlessScheduler

    async with contextlib.AsyncExitStack() as stack:

        async def run(**named: Any) -> Any:
            return await stack.enter_async_context(PortlessScheduler(protocol="tcp://", host="127.0.0.1", port=0, dashboard=False, **named))

        yield run
