"""`collect.sqlite`: how far a collecting run has come, so that one that was killed goes on. Losing it costs time only.

It is a file apart from the corpus, which therefore changes only when what was collected does. A repository is marked done after the corpus has it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from retrieval.sources.base import Found, SourceName, Target
from retrieval.store import connect, now, told_as_corpus_errors, transaction

FILE_NAME = "collect.sqlite"
VERSION = 1
STALE = timedelta(days=7)
"""What was found so long ago is looked for anew."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, request TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS asked (run INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (run, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue (
  run INTEGER NOT NULL, name TEXT NOT NULL, target TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (run, name)) WITHOUT ROWID;
"""


class Ledger:
    """One run of one source at a time; written only under `collector_lock`. Raises `CorpusError` for all that goes wrong."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        with told_as_corpus_errors(self._path):
            self._connection: sqlite3.Connection = connect(self._path, _SCHEMA, VERSION)
        self._run = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def begin(self, source: SourceName, request: str) -> str:
        """Opens the run that asks this, or goes on with one that did not finish lately. Returns when it was begun, as `now` tells it."""
        oldest = (datetime.fromisoformat(now()) - STALE).isoformat()
        with told_as_corpus_errors(self._path), transaction(self._connection) as base:
            row = base.execute(
                "SELECT id, started_at FROM runs WHERE source = ? AND request = ? AND finished_at = '' AND started_at > ? ORDER BY id DESC",
                (source, request, oldest),
            ).fetchone()
            if row is None:
                started = now()
                run = base.execute("INSERT INTO runs (source, request, started_at) VALUES (?, ?, ?)", (source, request, started)).lastrowid
                row = (run, started)
        self._run = int(row[0])
        return str(row[1])

    def asked(self) -> frozenset[str]:
        """The questions of this run that were answered."""
        with told_as_corpus_errors(self._path):
            return frozenset(row[0] for row in self._connection.execute("SELECT key FROM asked WHERE run = ?", (self._run,)))

    def add(self, found: Found, targets: Iterable[Target]) -> int:
        """Notes an answer together with what it named. Returns how many of them are new to the run."""
        with told_as_corpus_errors(self._path), transaction(self._connection) as base:
            before = base.total_changes
            base.executemany(
                "INSERT OR IGNORE INTO queue (run, name, target) VALUES (?, ?, ?)",
                ((self._run, target.name, json.dumps(asdict(target))) for target in targets),
            )
            added = base.total_changes - before
            base.execute("INSERT OR IGNORE INTO asked VALUES (?, ?)", (self._run, found.key))
        return added

    def pending(self) -> list[Target]:
        with told_as_corpus_errors(self._path):
            rows = self._connection.execute("SELECT target FROM queue WHERE run = ? AND done = 0 ORDER BY name", (self._run,)).fetchall()
        return [Target(**json.loads(row[0])) for row in rows]

    def count(self) -> int:
        """How many repositories the run has named, done or not."""
        with told_as_corpus_errors(self._path):
            return int(self._connection.execute("SELECT count(*) FROM queue WHERE run = ?", (self._run,)).fetchone()[0])

    def done(self, target: Target) -> None:
        with told_as_corpus_errors(self._path):
            self._connection.execute("UPDATE queue SET done = 1 WHERE run = ? AND name = ?", (self._run, target.name))

    def finish(self) -> None:
        """The run is over: the next one asks anew."""
        with told_as_corpus_errors(self._path), transaction(self._connection) as base:
            base.execute("DELETE FROM queue WHERE run = ?", (self._run,))
            base.execute("DELETE FROM asked WHERE run = ?", (self._run,))
            base.execute("UPDATE runs SET finished_at = ? WHERE id = ?", (now(), self._run))
