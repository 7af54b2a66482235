"""Shows the worked steps to the learner while the model writes them, each once it holds together with those before it."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from types import TracebackType

from agents.checking.arithmetic import holds
from agents.checking.judge import Runs
from agents.checking.prose import formulas
from agents.checking.recalculation import computes_wrongly
from agents.solving.steps import holding_steps
from agents.worked import LearnerStream, steps_of

_AT_ONCE = 2
"""Steps that wait for one check."""


class ShownSteps:
    """An async context around one generation: `feed` takes its pieces, `say` gets what may be shown, in order.

    False arithmetic is caught as the step is read. Equations are checked against those before in the sandbox, beside the generation and at its cost:
    so only where two steps wait, and never at the end, where the whole solution is checked anyway. With the first step that does not hold nothing more
    is shown; what was not shown the answer node tells.
    """

    def __init__(self, sandbox: Runs, say: Callable[[str], None]) -> None:
        self._sandbox = sandbox
        self._say = say
        self._stream = LearnerStream(self._take, _arithmetic_holds)
        self._said = ""
        self._waiting: list[str] = []
        self._broken = False
        self._checking: asyncio.Task[None] | None = None

    def feed(self, piece: str) -> None:
        self._stream.feed(piece)

    async def __aenter__(self) -> ShownSteps:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends a check that is under way. Raises `SandboxError` where one failed."""
        if error is None:
            self._stream.close()
        if self._checking is not None:
            self._checking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._checking

    def _take(self, text: str) -> None:
        if self._broken:
            return
        if not self._waiting and not _needs_check(text):
            self._show(text)
            return
        self._waiting.append(text)
        if self._worth_a_check() and (self._checking is None or self._checking.done()):
            self._checking = asyncio.create_task(self._check())

    def _worth_a_check(self) -> bool:
        return sum(bool(piece.strip()) for piece in self._waiting) >= _AT_ONCE

    def _show(self, text: str) -> None:
        self._said += text
        self._say(text)

    async def _check(self) -> None:
        while self._worth_a_check() and not self._broken:
            count = len(self._waiting)
            text = self._said + "".join(self._waiting)
            (held,) = await holding_steps(self._sandbox, [steps_of(text)])
            for piece in self._waiting[:count]:
                if len(steps_of(self._said + piece)) > held:
                    self._broken = True
                    break
                self._show(piece)
            del self._waiting[:count]


def _needs_check(text: str) -> bool:
    """Whether it holds an equation between letters; numbers were checked as they came."""
    return any("=" in piece.latex and re.search(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])", piece.latex) for piece in formulas(text))


def _arithmetic_holds(step: str) -> bool:
    return not computes_wrongly(step) and not any(holds(piece.latex) is False for piece in formulas(step))
