"""How far a step of the corpus is, on standard error: a bar on a terminal."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from server.terminal import plain

if TYPE_CHECKING:
    from retrieval.validate import run

EVERY_S = 30.0
"""Seconds between two lines where there is no terminal."""


class _OnTerminal:
    """A bar with these columns after its description, shown while the context is open; none where there is no terminal."""

    def __init__(self, *columns: ProgressColumn) -> None:
        console = Console(stderr=True)
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *columns, console=console)
        self._terminal = console.is_terminal

    def __enter__(self) -> Self:
        if self._terminal:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._terminal:
            self._bar.stop()


class Bar(_OnTerminal):
    """What is done of what is known, on a terminal; nothing elsewhere. `doing` names what goes on before the first is done."""

    def __init__(self, doing: str) -> None:
        super().__init__(TimeRemainingColumn())
        self._task = self._bar.add_task(doing, total=None)

    def total(self, count: int) -> None:
        self._bar.update(self._task, total=count or None)

    def done(self, count: int, what: str) -> None:
        """`count` are done, `what` the last of them: a name that strangers gave."""
        self._bar.update(self._task, completed=count, description=escape(plain(what)[:50]))

    def show(self, count: int, total: int, what: str) -> None:
        self.total(total)
        self.done(count, what)


class ValidationScreen(_OnTerminal):
    """Shows how far a validation is: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        counts = TextColumn("[green]{task.fields[rendered]} render[/] [red]{task.fields[failed]} fail[/]")
        super().__init__(counts, TimeElapsedColumn(), TimeRemainingColumn())
        self._task = self._bar.add_task("scenes", total=None, rendered=0, failed=0)
        self._last: run.Progress | None = None
        self._said = time.monotonic()

    def show(self, progress: run.Progress) -> None:
        self._last = progress
        if self._terminal:
            self._bar.update(self._task, total=progress.of, completed=progress.settled, rendered=progress.rendered, failed=progress.failed)
        elif time.monotonic() - self._said >= EVERY_S:
            self._said = time.monotonic()
            self._say(f"{progress.settled} of {progress.of}: {progress.rendered} render, {progress.failed} fail")

    def so_far(self, message: str) -> str:
        """`message`, and what is not lost."""
        if self._last is None or not self._last.fresh:
            return message
        return f"{message}; {self._last.fresh} scenes that were rendered are kept, run the command again to go on"

    def stopped(self) -> None:
        if self._terminal:
            self._bar.stop()
        self._say(self.so_far("stopped"))

    def _say(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
