"""What earlier builds worked out, kept in SQLite beside the index: what records tell, and the vectors of texts.

Committed batch by batch, so that a build that is killed goes on where it was. It is an aid: an index never reads it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from retrieval.embedding import Embedder
from retrieval.errors import RetrievalError
from retrieval.index.texts import Told, told_by
from retrieval.records import SceneRecord

BATCH = 512
"""Texts embedded between two commits: some seconds of work."""
NAME = "cache.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS told (record TEXT PRIMARY KEY, told TEXT);
CREATE TABLE IF NOT EXISTS vectors (text TEXT PRIMARY KEY, vector BLOB);
"""


class BuildCache:
    """`extractor` and `fingerprint` name the code and the embedding model: what was made by others is forgotten."""

    def __init__(self, database: sqlite3.Connection, embedder: Embedder, extractor: str) -> None:
        self._database = database
        self._embedder = embedder
        self.embedded = 0
        """Texts that had to be embedded."""
        database.executescript(_SCHEMA)
        for table, key, now in (("told", "extractor", extractor), ("vectors", "fingerprint", embedder.fingerprint())):
            row = database.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
            if row != (now,):
                database.execute(f"DELETE FROM {table}")  # noqa: S608 - one of our two tables
                database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, now))
        database.commit()

    def told(self, records: Sequence[SceneRecord]) -> list[Told]:
        """What each record tells; those that are unchanged are not parsed again."""
        keys = [_digest("\0".join((record.scene, record.source, record.description, *record.uses, record.code))) for record in records]
        known = {key: Told.from_json(text) for key, text in self._known("told", "record", keys)}
        new = {key: told_by(record) for key, record in zip(keys, records, strict=True) if key not in known}
        with self._database:
            self._database.executemany("INSERT OR REPLACE INTO told VALUES (?, ?)", [(key, told.as_json()) for key, told in new.items()])
        self._forget("told", "record", keys)
        known |= new
        return [known[key] for key in keys]

    def vectors(self, texts: Sequence[str]) -> Any:
        """A float32 row of length 1 a text; those of known texts are not embedded again. Raises `RetrievalError`."""
        import numpy as np

        keys = [_digest(text) for text in texts]
        known = {key: np.frombuffer(vector, dtype="<f4") for key, vector in self._known("vectors", "text", keys)}
        # short ones first: a batch is padded to its longest
        todo = sorted({key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(), key=lambda item: len(item[1]))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            vectors = np.asarray(self._embedder.embed([text for _, text in batch]), dtype="<f4")
            with self._database:
                rows = [(key, vector.tobytes()) for (key, _), vector in zip(batch, vectors, strict=True)]
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            known |= {key: vector for (key, _), vector in zip(batch, vectors, strict=True)}
            self.embedded += len(batch)
        return np.stack([known[key] for key in keys])

    def keep_only_vectors_of(self, texts: Iterable[str]) -> None:
        """Forgets all others."""
        self._forget("vectors", "text", [_digest(text) for text in texts])

    def _known(self, table: str, key: str, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
        wanted = set(keys)
        column = "told" if table == "told" else "vector"
        for found, value in self._database.execute(f"SELECT {key}, {column} FROM {table}"):  # noqa: S608 - our own names
            if found in wanted:
                yield found, value

    def _forget(self, table: str, key: str, keys: Sequence[str]) -> None:
        wanted = set(keys)
        gone = [(found,) for (found,) in self._database.execute(f"SELECT {key} FROM {table}") if found not in wanted]  # noqa: S608
        with self._database:
            self._database.executemany(f"DELETE FROM {table} WHERE {key} = ?", gone)  # noqa: S608


@contextmanager
def open_cache(folder: Path, embedder: Embedder, extractor: str) -> Iterator[BuildCache]:
    """The cache in `folder`; a damaged one is begun anew. Raises `RetrievalError` where it cannot be written."""
    path = folder / NAME
    try:
        try:
            database = _connect(path)
        except sqlite3.OperationalError:
            raise  # a full disk, or another's lock: no damage
        except sqlite3.DatabaseError:
            for name in (NAME, f"{NAME}-wal", f"{NAME}-shm"):
                (folder / name).unlink(missing_ok=True)
            database = _connect(path)
        with closing(database):
            yield BuildCache(database, embedder, extractor)
    except sqlite3.Error as error:
        raise RetrievalError(f"the scene index could not be written to {folder}: {error}") from error


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("damaged")
    except sqlite3.Error:
        database.close()
        raise
    return database


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
