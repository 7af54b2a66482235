"""The one interface of all sources: `find` names what there is, `fetch` brings one of them as it is now, whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

SourceName = Literal["github", "git", "packages", "folder"]


class TargetError(Exception):
    """One repository cannot be collected; the run goes on. `reason` is a stable word to count by.

    With `forget`, what was collected of it before goes too: its owner, or a court, wants it so.
    """

    def __init__(self, reason: str, detail: str = "", *, forget: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.forget = forget


@dataclass(frozen=True, slots=True)
class Target:
    """Something to collect, with what is known of it without asking: empty strings where nothing is."""

    name: str
    licence: str = ""
    pushed_at: str = ""
    ref: str = ""
    url: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is in the corpus already under that name."""

    revision: str
    etag: str
    pushed_at: str


@dataclass(slots=True)
class Snapshot:
    """The files of one repository at one revision, by path; `skipped` counts by reason what was left out. No files: nothing mentions Manim.

    `name` is what it is called now, which may not be the target's name; `licence` an SPDX identifier or "".
    """

    name: str
    revision: str
    licence: str
    files: dict[str, bytes]
    skipped: Counter[str] = field(default_factory=Counter)
    etag: str = ""
    pushed_at: str = ""
    url: str = ""
    identity: str = ""
    """What stays when the name changes: another name with the same identity is what this was called before, and goes."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The corpus has it as it is now."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one question brought. `key` names the question, so that a run that goes on need not ask it again."""

    key: str
    targets: tuple[Target, ...] = ()
    reasons: tuple[str, ...] = ()


class Source(Protocol):
    name: SourceName
    workers: int
    """How many `fetch` may run at a time."""

    @property
    def request(self) -> str:
        """The same for two runs that ask the same, so that the second can go on with what the first began."""
        ...

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        """All targets there were when the run was `started`; questions whose key is in `asked` were answered before. Raises `RetrievalError`."""
        ...

    def fetch(self, target: Target, known: Known | None) -> Snapshot | Unchanged:
        """The target as it is now. Called from several threads. Raises `TargetError`, or `RetrievalError` where going on makes no sense."""
        ...

    def counts(self) -> dict[str, float]:
        """What the summary tells of the source itself, for instance requests made and seconds waited."""
        ...

    def close(self) -> None: ...
