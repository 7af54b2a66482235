"""How a long download shows itself: a bar on a terminal, plain lines elsewhere, nothing when nobody asked."""

from __future__ import annotations

import time
from typing import Any, Protocol, TextIO

LINE_EVERY_S = 10.0
SMALL = 1_000_000
"""Bytes below which a file gets no bar and no line of its own."""


class Progress(Protocol):
    """Told by the fetcher what goes on. Byte counts are of the file in the making."""

    def note(self, text: str) -> None:
        """One line for the reader."""
        ...

    def begin(self, label: str, total: int, done: int) -> None:
        """A file of `total` bytes is being fetched, `done` of them are here."""
        ...

    def advance(self, done: int) -> None:
        """`done` bytes are here now; may go back when a download starts anew."""
        ...

    def end(self) -> None:
        """The file that `begin` named is no longer being fetched."""
        ...


class NoProgress:
    def note(self, text: str) -> None: ...
    def begin(self, label: str, total: int, done: int) -> None: ...
    def advance(self, done: int) -> None: ...
    def end(self) -> None: ...


class LineProgress:
    """A line at the start and every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._label = ""
        self._total = 0
        self._next = 0.0

    def note(self, text: str) -> None:
        self._stream.write(text + "\n")
        self._stream.flush()

    def begin(self, label: str, total: int, done: int) -> None:
        self._label, self._total = label, total
        self._next = time.monotonic() + LINE_EVERY_S
        if total > SMALL:
            self.note(f"{label}: {megabytes(total)}" + (f", {megabytes(done)} of them already here" if done else ""))

    def advance(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_EVERY_S
            self.note(f"{self._label}: {megabytes(done)} of {megabytes(self._total)}")

    def end(self) -> None: ...


class BarProgress:
    """A bar with speed and time left, drawn by rich."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console

        self._console = Console(file=stream)
        self._bar: Any = None
        self._task: Any = None

    def note(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False)

    def begin(self, label: str, total: int, done: int) -> None:
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
        from rich.progress import Progress as Bar

        self.end()
        if total <= SMALL:
            return
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = Bar(*columns, console=self._console)
        self._bar.start()
        self._task = self._bar.add_task(label, total=total, completed=done)

    def advance(self, done: int) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=done)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def progress_for(stream: TextIO) -> Progress:
    """A bar when `stream` is a terminal, lines when it is not."""
    return BarProgress(stream) if stream.isatty() else LineProgress(stream)


def megabytes(count: int) -> str:
    """`count` bytes for the reader, for instance "1117 MB"."""
    return f"{count / 1e6:.0f} MB" if count >= 1_000_000 else f"{count} bytes"
