"""What a suite is: items, how one is asked (of the server, or of a pure room here), and how the record of that is scored."""

from __future__ import annotations

import argparse
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypedDict

from evals.client import HiSolverClient, Turn
from evals.errors import DatasetError
from evals.stats import percentile, wilson

Record = dict[str, Any]
"""What came of an item, as JSON: `turns` holds every request, other fields are the suite's own."""


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a dataset. `expected` is the gold answer as one line for people."""

    id: str
    prompt: str
    expected: str
    data: dict[str, Any] = field(default_factory=dict)


class Verdict(TypedDict):
    """`right`, the reason where it is not, what was answered (one line), and what the metrics count."""

    right: bool
    reason: str
    answered: str
    facts: dict[str, Any]


class Metric(TypedDict):
    """`value` is None where nothing could be measured; `interval` is the 95 % interval of a share (Wilson) or of a
    mean over items (bootstrap), None for other figures."""

    value: float | None
    n: int
    interval: tuple[float, float] | None
    unit: str


@dataclass(frozen=True, slots=True)
class Asking:
    """How an item is asked: `learner` is a name that the server has never seen, `out` the folder for pictures, `before` the record of an earlier run
    that is only to be completed."""

    learner: str
    seed: int | None
    out: Path
    before: Record | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """Records that stand for the gold answer, for no answer, and for a scrambled one: they must score 1, 0 and 0."""

    gold: Record
    blank: Record
    scrambled: Record


class Suite(ABC):
    """A measurement. Scoring is pure; only `ask` reaches the server. `model` is the one that it asks there, "" where it asks no server at all."""

    name: ClassVar[str]
    model: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    score_means: ClassVar[str]

    def configure(self, options: argparse.Namespace) -> None:
        """Takes the options of the command that concern this suite. Raises `UsageError`."""
        return

    @abstractmethod
    def items(self, data_dir: Path) -> list[Item]:
        """All items, in the dataset's order. Raises `DatasetError`."""

    @abstractmethod
    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        """Works an item through the server, or past it where `model` is "". Raises `InfrastructureError`."""

    def lacks(self, item: Item, record: Record) -> bool:
        """Whether the record of an earlier run lacks part of what this run measures; then `ask` gets it as `Asking.before`."""
        return False

    @abstractmethod
    def score(self, item: Item, record: Record) -> Verdict: ...

    @abstractmethod
    def proof(self, item: Item) -> Proof: ...

    def versions(self) -> Mapping[str, str]:
        """What is measured besides the model behind the server: a run is resumed with the same only."""
        return {}

    @abstractmethod
    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        """The suite's own figures over all measured items."""

    def digest(self, data_dir: Path) -> str:
        """SHA-256 over the suite's files: a baseline counts for these bytes only. Raises `DatasetError`."""
        digest = hashlib.sha256()
        for name in self.files:
            digest.update(_read(data_dir / name))
        return digest.hexdigest()

    def prove(self, items: Sequence[Item]) -> None:
        """Raises `DatasetError` naming the first item whose gold answer does not score 1, or whose blank or scrambled one does not score 0."""
        for item in items:
            proof = self.proof(item)
            for name, record, wanted in (("gold", proof.gold, True), ("blank", proof.blank, False), ("scrambled", proof.scrambled, False)):
                verdict = self.score(item, record)
                if verdict["right"] is not wanted:
                    told = f"scores {int(verdict['right'])} instead of {int(wanted)}"
                    raise DatasetError(f"{self.name}: the {name} answer of {item.id} {told} ({verdict['reason'] or 'no reason given'})")


def share(hits: int, n: int) -> Metric:
    """A share with its interval."""
    return Metric(value=hits / n if n else None, n=n, interval=wilson(hits, n) if n else None, unit="share")


def figure(value: float | None, n: int, unit: str) -> Metric:
    return Metric(value=value, n=n, interval=None, unit=unit)


def median(values: Sequence[float], unit: str) -> Metric:
    return figure(percentile(values, 50), len(values), unit)


def turns_of(record: Record) -> list[Turn]:
    turns: list[Turn] = record.get("turns", [])
    return turns


def refusal(record: Record) -> str:
    """The server's words where it would not work on the item."""
    return next((f"refused: {turn['refused']}" for turn in turns_of(record) if turn.get("refused")), "")


def read_rows(path: Path, required: Mapping[str, type]) -> list[dict[str, Any]]:
    """The rows of a JSON Lines file. Raises `DatasetError` naming file, line and field."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(_read(path).decode("utf-8", "strict").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{path.name}:{number}: {error}") from error
        for name, kind in required.items():
            if not isinstance(row, dict) or not isinstance(row.get(name), kind) or not row[name]:
                raise DatasetError(f"{path.name}:{number}: field {name!r} is missing, empty, or no {kind.__name__}")
        rows.append(row)
    if not rows:
        raise DatasetError(f"{path.name} has no rows")
    return rows


def unique(items: list[Item]) -> list[Item]:
    """The same items. Raises `DatasetError` when two share an id."""
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise DatasetError(f"two items are called {item.id}")
        seen.add(item.id)
    return items


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}): pass --data-dir, or see evals/datasets/README.md") from error
