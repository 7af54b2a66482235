"""What was made of each repository, kept so that the next run does only what changed: one row a repository, one transaction a row."""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import retrieval.extract
import retrieval.records
from retrieval.errors import RetrievalError
from retrieval.preprocess.library import Library
from retrieval.preprocess.reading import Repository


def code_fingerprint(library: Library, distributions: str) -> str:
    """A hash of the code of this step, of Python's and of Manim's version, and of what may be borrowed (`distributions` is its digest): of all beside the
    repository itself that decides what comes of a file."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {library.version} {len(library.names)} {distributions}".encode())
    folder = Path(__file__).parent
    for path in (*sorted(folder.glob("*.py")), Path(str(retrieval.extract.__file__)), Path(str(retrieval.records.__file__))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def result_key(repository: Repository, files: str, fingerprint: str) -> str:
    """What a result depends on: the repository's revision, licence and files (`files` is their digest), and the code."""
    parts = (repository.source, repository.name, repository.revision, repository.licence, files, fingerprint)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class WorkFile:
    """Results by repository. A file that is damaged or of another shape is begun anew. Raises `RetrievalError` where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)
            with self._errors():
                self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30.0, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("CREATE TABLE IF NOT EXISTS results(key TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID")
        connection.execute("SELECT key, data FROM results LIMIT 1").fetchall()
        return connection

    def close(self) -> None:
        self._connection.close()

    def known(self) -> set[str]:
        with self._errors():
            return {str(key) for (key,) in self._connection.execute("SELECT key FROM results")}

    def put(self, key: str, data: bytes) -> None:
        with self._errors():
            self._connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", (key, data))

    def get(self, key: str) -> bytes | None:
        with self._errors():
            row = self._connection.execute("SELECT data FROM results WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def keep_only(self, keys: set[str]) -> None:
        """Forgets what belongs to older revisions."""
        with self._errors():
            self._connection.execute("BEGIN")
            for key in self.known() - keys:
                self._connection.execute("DELETE FROM results WHERE key = ?", (key,))
            self._connection.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise RetrievalError(f"{self._path} cannot be written: {error}") from error
