"""Listening for HTTP: uvicorn around our application, with the runtime's life around both."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from agents.errors import TutorError
from server.settings import load_settings

BACKLOG = 2048
GRACE_S = 5
"""Seconds that running requests have to end after the signal to stop."""


class AddressError(TutorError):
    """The address cannot be listened on."""

    code = "address_unavailable"


class _Server(uvicorn.Server):
    """Unlike its base it does not raise the signal again when it is done, so that the runtime around it closes in peace."""

    stopped_by: int = 0

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _stop(self, number: int) -> None:
        self.stopped_by = self.stopped_by or number
        self.handle_exit(number, None)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `AddressError` with what to do."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise AddressError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host and --port") from error
    return listener


async def serve_job(host: str | None, port: int | None) -> int:
    """Serves until a signal comes. Returns 0 after SIGTERM, 130 after Ctrl-C. Raises `AddressError`, `StorageError`, `ConfigurationError`."""
    settings = load_settings(host=host, port=port)
    settings.check_exposure()
    with bind(settings.host, settings.port) as listener:
        settings = load_settings(host=host, port=listener.getsockname()[1])
        from server.app import create_app
        from server.runtime import open_runtime

        async with open_runtime(settings) as runtime:
            config = uvicorn.Config(
                create_app(runtime),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_S,
                timeout_keep_alive=30,
                limit_concurrency=1000,
            )
            server = _Server(config)
            sys.stderr.write(f"HiSolver listens on {settings.base_url}\n")
            await server.serve(sockets=[listener])
    return 130 if server.stopped_by == signal.SIGINT else 0


async def serve_weights_job(name: str, slots: int) -> int:
    """Serves one pinned model by itself, without HiSolver around it, until a signal comes. Prints its URL, its key and its name.

    Raises `ConfigurationError` for an unknown name, `ModelUnavailable` where it cannot be fetched or does not start, `StorageError`.
    """
    from server.engine.embedded import EmbeddedEngine
    from server.engine.fetch import ensure
    from server.engine.progress import progress_for

    settings = load_settings()
    path = await asyncio.to_thread(ensure, name, settings.cache_dir, progress_for(sys.stderr))
    engine = EmbeddedEngine(path, name=name, slots=slots, threads=settings.engine_threads, context=settings.engine_context)
    async with engine:
        sys.stdout.write(f"url {engine.base_url}\nkey {engine.api_key}\nmodel {name}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return 0


def print_openapi() -> None:
    """Prints the OpenAPI document; opens nothing."""
    from server.app import create_app

    sys.stdout.write(json.dumps(create_app(load_settings()).openapi(), indent=2) + "\n")
