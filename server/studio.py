"""The graph for LangGraph Studio, which sends JSON only: the ports come from the settings and open when they are first used."""

from __future__ import annotations

import atexit
import shutil
import threading

from agents.context import Context, provide_context
from agents.graph import graph
from server.ports import Ports
from server.settings import load_settings

__all__ = ["graph"]


class _Provider:
    """Opens one context for the process, once. The engine, a child of this process, ends with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: Context | None = None

    def __call__(self) -> Context:
        with self._lock:
            if self._context is None:
                self._context = Ports(load_settings()).build_context()
                atexit.register(shutil.rmtree, self._context.work_dir, ignore_errors=True)
            return self._context


provide_context(_Provider())
