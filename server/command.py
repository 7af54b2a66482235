"""How a command of `hisolver` runs its work, and the codes that it leaves with."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, NoReturn

import typer

from agents.errors import ConfigurationError

FAILED, USAGE, AROUND, INTERRUPTED, TERMINATED = 1, 2, 3, 130, 143


def leave(code: int) -> NoReturn:
    """Ends the command."""
    raise typer.Exit(code)


def run_job(work: Coroutine[Any, Any, int], *, log_level: str = "CRITICAL") -> NoReturn:
    """Runs the job to its end; SIGTERM and Ctrl-C cancel it, so that its children go too."""
    import asyncio
    import signal

    from server.middleware import configure_logging
    from server.settings import load_settings

    try:
        configure_logging(load_settings().log_level or log_level)
    except ConfigurationError:
        work.close()
        raise

    async def job() -> int:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that asyncio.run drives has a task
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        code = asyncio.run(job())
    except KeyboardInterrupt:
        code = INTERRUPTED
    except asyncio.CancelledError:
        code = TERMINATED
    raise typer.Exit(code)
