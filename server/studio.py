"""The graph for LangGraph Studio, which sends JSON only: the ports come from the settings and are opened once a process."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import threading
from typing import Any

from langgraph.graph.state import CompiledStateGraph

from agents.context import Context, provide_context
from agents.graph import builder
from server.ports import Ports
from server.settings import load_settings


class _Provider:
    """One context for the process. The engine, a child of this process, starts with the first model call and ends with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: Context | None = None

    def __call__(self) -> Context:
        # Read first: within a run it is there already, and the development server refuses locks on its event loop.
        return self._context or self.open()

    def open(self) -> Context:
        with self._lock:
            if self._context is None:
                self._context = Ports(load_settings()).build_context()
                atexit.register(shutil.rmtree, self._context.work_dir, ignore_errors=True)
            return self._context


_provider = _Provider()


async def graph() -> CompiledStateGraph[Any, Any, Any, Any]:
    """What `langgraph.json` names: the tutor's graph, with its ports opened beside the event loop. Raises `ConfigurationError`."""
    await asyncio.to_thread(_provider.open)
    provide_context(_provider)
    compiled = builder.compile()
    # Studio sends `{}` as the context, out of which langgraph would try to build our ports; without a schema it reaches `context_of` as it is.
    compiled.context_schema = None
    return compiled
