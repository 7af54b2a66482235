"""How pure code lets its caller bound what SymPy does: the worker passes its alarm, tests pass nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Guard(Protocol):
    """Runs a piece of work within its time, or gives `otherwise`."""

    def __call__(self, work: Callable[[], Any], otherwise: Any) -> Any: ...


def unguarded(work: Callable[[], Any], otherwise: Any) -> Any:
    return work()
