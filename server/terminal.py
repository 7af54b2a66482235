"""What a job shows while it runs: streamed text, and on a terminal a line that says what is going on."""

from __future__ import annotations

import json
import re
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from rich.status import Status

    from server.runtime import Event

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """Text that cannot drive the terminal: whatever a model wrote comes through here."""
    return _CONTROL.sub("", text)


def print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode() + "\n")
    sys.stdout.flush()


class Screen:
    """Writes text events to standard output as they come; progress goes to standard error, as a spinner on a terminal and as nothing elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._status: Status | None = None
        self._at_line_start = True

    def __enter__(self) -> Self:
        self.wait("starting")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.pause()

    def show(self, event: Event) -> None:
        if event["type"] == "text" and not self._quiet:
            self._stop()
            text = plain(event["text"])
            sys.stdout.write(text.encode("utf-8", "replace").decode())
            sys.stdout.flush()
            self._at_line_start = text.endswith("\n") if text else self._at_line_start
        elif event["type"] == "progress":
            self.wait(event["detail"] or event["stage"])

    def wait(self, detail: str) -> None:
        """Says what is being waited for, unless that would fall into a line of text."""
        if not self._console.is_terminal or not self._at_line_start:
            return
        line = escape(plain(detail).replace("\n", " ")[:100])
        if self._status is None:
            self._status = self._console.status(line)
            self._status.start()
        else:
            self._status.update(line)

    def pause(self) -> None:
        """Takes the spinner away, so that something can be written; the next progress brings it back."""
        self._stop()
        self.end_line()

    def end_line(self) -> None:
        if not self._at_line_start:
            sys.stdout.write("\n")
            sys.stdout.flush()
            self._at_line_start = True

    def _stop(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
