"""The embedded model: llama.cpp's own server in a child process that is watched, restarted, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from agents.errors import ConfigurationError, ModelUnavailable
from server.engine.cores import usable_cores

logger = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("child.py")
LOG_LINES = 40
MAX_PAUSE_S = 30.0
STOP_S = 3.0

Status = Literal["stopped", "starting", "ready", "restarting", "failed"]


@dataclass(frozen=True, slots=True)
class EngineState:
    """For `/health`. `alive` is whether the model answers now; `restarts` counts since the start; `detail` is the last failure, or empty."""

    status: Status
    model: str
    restarts: int
    detail: str

    @property
    def alive(self) -> bool:
        return self.status == "ready"

    def __str__(self) -> str:
        return self.status


@dataclass(frozen=True, slots=True)
class Patience:
    """When the supervisor waits, restarts and gives up. Seconds.

    A death within `quick_s` of its start is a quick one; `quick_deaths` of them in a row end the trying. A child that does not answer
    `probes` health checks in a row (each given `probe_timeout_s`, one every `probe_s`) is frozen, and is killed.
    """

    start_s: float = 180.0
    quick_s: float = 30.0
    quick_deaths: int = 5
    pause_s: float = 0.25
    probe_s: float = 5.0
    probe_timeout_s: float = 10.0
    probes: int = 3


class EmbeddedEngine:
    """`async with EmbeddedEngine(weights) as engine:` gives an OpenAI-compatible endpoint on loopback at `engine.base_url`.

    `base_url` and `api_key` stay the same over restarts. `threads` 0 takes the physical cores; `context` is in tokens, shared by `slots`
    requests at a time; `cache_mib` bounds the memory that remembers prompts (none where there are adapters); `state_dir` is an existing folder
    for saved states, see `server.engine.prefixes`; `adapters` are GGUF LoRA files, asked for by their place, see `server.engine.adapters`.
    """

    def __init__(
        self,
        weights: Path,
        *,
        name: str = "hisolver-base",
        slots: int = 4,
        threads: int = 0,
        context: int = 16384,
        cache_mib: int = 1024,
        state_dir: Path | None = None,
        adapters: Sequence[Path] = (),
        patience: Patience | None = None,
        child: Path = CHILD,
    ) -> None:
        self._weights = weights
        self._name = name
        self._slots = slots
        self._threads = threads
        self._context = context
        self._cache_mib = cache_mib
        self._state_dir = state_dir
        self._adapters = tuple(adapters)
        self._patience = patience or Patience()
        self._child = child
        self._api_key = secrets.token_urlsafe(32)
        self._reservation: socket.socket | None = None
        self._port = 0
        self._process: asyncio.subprocess.Process | None = None
        self._drains: list[asyncio.Task[None]] = []
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._supervisor: asyncio.Task[None] | None = None
        self._status: Status = "stopped"
        self._restarts = 0
        self._detail = ""

    @property
    def base_url(self) -> str:
        """The endpoint, ending in /v1. Valid once the engine was entered."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def api_key(self) -> str:
        return self._api_key

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    @property
    def state(self) -> EngineState:
        return EngineState(self._status, self._name, self._restarts, self._detail)

    async def __aenter__(self) -> Self:
        """Starts the model and waits until it answers. Raises `ModelUnavailable` with the child's last words, `ConfigurationError` for missing weights."""
        if not self._weights.is_file():
            raise ConfigurationError(f"there are no weights at {self._weights}; fetch them with `hisolver weights fetch`")
        self._reservation = _reserve_port()
        self._port = int(self._reservation.getsockname()[1])
        self._status = "starting"
        try:
            await self._start()
        except BaseException as error:
            await self._end_child()
            self._release()
            self._status = "stopped" if isinstance(error, asyncio.CancelledError) else "failed"
            self._detail = str(error)
            raise
        self._supervisor = asyncio.create_task(self._supervise(), name="engine-supervisor")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the child and waits for it. Harmless when repeated."""
        if self._supervisor is not None:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
            self._supervisor = None
        await self._end_child()
        self._release()
        self._status = "stopped"

    async def _start(self) -> None:
        """One child, up to its first answered health check. Raises `ModelUnavailable`."""
        self._log.clear()
        started = time.monotonic()
        # The file rather than `-m`, and -P: a `server` folder where the user happens to stand must not be taken for ours.
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(self._child),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us; we end the child ourselves
        )
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101
        self._drains = [asyncio.create_task(self._drain(process.stderr))]
        try:
            async with asyncio.timeout(self._patience.start_s):
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    process.stdin.write(self._settings())
                    await process.stdin.drain()
                word = await process.stdout.readline()
                if word.strip() != b"ready":
                    code = await process.wait()
                    await asyncio.gather(*self._drains)
                    raise ModelUnavailable(f"the embedded model did not start ({_how_it_ended(code)}){self._last_words()}")
                self._drains.append(asyncio.create_task(self._drain(process.stdout)))
                if not await _answers(self._port, self._patience.probe_timeout_s):
                    raise ModelUnavailable(f"the embedded model started but does not answer{self._last_words()}")
        except TimeoutError:
            raise ModelUnavailable(f"the embedded model did not start within {self._patience.start_s:.0f} s{self._last_words()}") from None
        self._status = "ready"
        logger.info("the embedded model %s is ready after %.1f s (process %d)", self._name, time.monotonic() - started, process.pid)

    def _settings(self) -> bytes:
        settings = {
            "parent": os.getpid(),
            "weights": str(self._weights),
            "name": self._name,
            "port": self._port,
            "api_key": self._api_key,
            "threads": self._threads or usable_cores(),
            "slots": self._slots,
            "context": self._context,
            "cache_mib": self._cache_mib,
            "state_dir": str(self._state_dir) if self._state_dir else "",
            "adapters": [str(path) for path in self._adapters],
        }
        return json.dumps(settings).encode() + b"\n"

    async def _supervise(self) -> None:
        quick_deaths = 0
        started = time.monotonic()
        while True:
            if self._status == "ready":
                reason = await self._watch()
                lived = time.monotonic() - started
                quick_deaths = quick_deaths + 1 if lived < self._patience.quick_s else 1
                self._detail = f"{reason}{self._last_words()}"
                logger.warning("the embedded model went down after %.0f s: %s", lived, self._detail)
            self._status = "restarting"
            await self._end_child()
            if quick_deaths >= self._patience.quick_deaths:
                self._status = "failed"
                logger.error("the embedded model is given up after %d deaths in a row: %s", quick_deaths, self._detail)
                return
            await asyncio.sleep(min(MAX_PAUSE_S, self._patience.pause_s * 2 ** (quick_deaths - 1)))
            self._restarts += 1
            started = time.monotonic()
            try:
                await self._start()
            except (ModelUnavailable, OSError) as error:
                quick_deaths += 1
                self._detail = str(error)
                logger.warning("%s", error)

    async def _watch(self) -> str:
        """Returns when the child is dead or frozen, with the reason."""
        process = self._process
        assert process is not None  # noqa: S101
        end = asyncio.ensure_future(process.wait())
        missed = 0
        try:
            while True:
                await asyncio.wait({end}, timeout=self._patience.probe_s)
                if end.done():
                    return _how_it_ended(end.result())
                missed = 0 if await _answers(self._port, self._patience.probe_timeout_s) else missed + 1
                if missed >= self._patience.probes and not end.done():
                    return f"it did not answer {missed} health checks in a row"
        finally:
            end.cancel()

    async def _end_child(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()
            try:
                async with asyncio.timeout(STOP_S):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        drains, self._drains = self._drains, []
        for task in drains:
            task.cancel()
        await asyncio.gather(*drains, return_exceptions=True)

    def _release(self) -> None:
        if self._reservation is not None:
            self._reservation.close()
            self._reservation = None

    async def _drain(self, stream: asyncio.StreamReader) -> None:
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the reader's limit; it was dropped
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._log.append(text[:500])
            logger.debug("llama.cpp: %s", text)

    def _last_words(self) -> str:
        words = [line for line in self._log if " W " not in line][-5:]
        return ": " + " | ".join(words) if words else ""


def _reserve_port() -> socket.socket:
    """A free loopback port, held for the child: bound and never listening, so that only the child, which shares it, gets connections."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("127.0.0.1", 0))
    return held


def _how_it_ended(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"


async def _answers(port: int, timeout_s: float) -> bool:
    """Whether the health page says 200. Spoken by hand: a proxy from the environment has no business on loopback."""
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            await writer.drain()
            status = await reader.readline()
            return b" 200 " in status
    except (OSError, TimeoutError, ValueError):
        return False
    finally:
        if writer is not None:
            writer.close()
