"""`corpus.sqlite`: what was collected, one transaction a repository, the same content held once. See docs/corpus.md.

A collector that is killed loses the repository that it was writing and nothing else. One process writes at a time; any number read.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from retrieval.errors import CorpusError
from retrieval.sources.base import Known, Snapshot, SourceName

FILE_NAME = "corpus.sqlite"
VERSION = 1
BUSY_S = 30.0
State = Literal["collected", "empty", "failed", "gone", "refused"]
"""`empty`: nothing in it mentions Manim; `gone`: it was taken away, what we have of it stays; `refused`: its owner opted out."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, name TEXT NOT NULL, licence TEXT NOT NULL DEFAULT '', revision TEXT NOT NULL DEFAULT '',
  fetched_at TEXT NOT NULL DEFAULT '', etag TEXT NOT NULL DEFAULT '', pushed_at TEXT NOT NULL DEFAULT '', state TEXT NOT NULL,
  reason TEXT NOT NULL DEFAULT '', url TEXT NOT NULL DEFAULT '', identity TEXT NOT NULL DEFAULT '',
  UNIQUE (source, name));
CREATE TABLE IF NOT EXISTS files (
  repository INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE, path TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES blobs (sha256), PRIMARY KEY (repository, path)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS repositories_identity ON repositories (source, identity);
CREATE INDEX IF NOT EXISTS files_sha256 ON files (sha256);
CREATE TABLE IF NOT EXISTS blobs (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL);
"""

Packed = list[tuple[str, str, bytes]]
"""Path, SHA-256 in hex of the content, the content packed by zlib."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A row of `repositories`."""

    id: int
    source: SourceName
    name: str
    licence: str
    revision: str
    fetched_at: str
    etag: str
    pushed_at: str
    state: State
    reason: str
    url: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file of one repository; `content` as it was found."""

    repository: Repository
    path: str
    sha256: str
    content: bytes


def pack(files: Mapping[str, bytes]) -> Packed:
    """The files as they are stored. Takes the time of a save that needs no lock, so threads do it beforehand."""
    return [(path, hashlib.sha256(content).hexdigest(), zlib.compress(content, 6)) for path, content in files.items()]


def now() -> str:
    """The time as it is stored: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def told_as_corpus_errors(path: Path) -> Iterator[None]:
    """What SQLite and the disk complain of, as `CorpusError` with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL or "full" in str(error) or error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_IOERR:
            raise CorpusError(
                f"the disk of {path} is full or cannot be written ({error}); nothing is half-written, the same command goes on once there is room"
            ) from error
        raise CorpusError(f"cannot use {path}: {error}") from error
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise  # ours, not the file's
    except (sqlite3.DatabaseError, zlib.error) as error:
        raise CorpusError(f"{path} is damaged ({error}); move it away and collect again") from error
    except OSError as error:
        raise CorpusError(f"cannot write {path}: {error.strerror}") from error


@contextlib.contextmanager
def collector_lock(folder: Path) -> Iterator[None]:
    """Held by the one process that may write to the corpus; the kernel lets go of it when that dies. Raises `CorpusError` for a second one."""
    path = folder / ".collect.lock"
    with told_as_corpus_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "unknown"
            raise CorpusError(
                f"another collector (process {holder}) is writing to {folder}; let it finish, or use another --corpus"
            ) from None
        with told_as_corpus_errors(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)


def connect(path: Path, schema: str, version: int) -> sqlite3.Connection:
    """A connection in WAL mode with foreign keys, its tables made. Raises `CorpusError` for another version, `sqlite3.Error`."""
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, version):
            raise CorpusError(f"{path} is of version {found}, this HiSolver reads {version}; move it away and collect again")
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        if found == 0:
            connection.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends the transaction by itself
            connection.execute("ROLLBACK")
        raise


class CorpusStore:
    """The corpus, opened to be written by a collector that holds `collector_lock`. Raises `CorpusError` for all that goes wrong."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        with told_as_corpus_errors(self.path):
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = connect(self.path, _SCHEMA, VERSION)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """The last one to close leaves one file, without a write-ahead log beside it."""
        self._connection.close()

    def known(self, source: SourceName, name: str) -> Known | None:
        """What the corpus has of it, where that can be trusted to be whole. GitHub's names are the same in any case."""
        same = "name = ? COLLATE NOCASE" if source == "github" else "name = ?"
        with told_as_corpus_errors(self.path):
            row = self._connection.execute(
                f"SELECT revision, etag, pushed_at FROM repositories WHERE source = ? AND {same} AND state IN ('collected', 'empty')",  # noqa: S608
                (source, name),
            ).fetchone()
        return Known(*row) if row else None

    def names(self, source: SourceName) -> list[str]:
        """What was asked for before, whatever became of it."""
        with told_as_corpus_errors(self.path):
            return [row[0] for row in self._connection.execute("SELECT name FROM repositories WHERE source = ? ORDER BY name", (source,))]

    def save(self, source: SourceName, asked: str, snapshot: Snapshot, files: Packed) -> None:
        """Puts the repository in place of what was there under its name, and under `asked` where it was renamed since."""
        state: State = "collected" if files else "empty"
        row = (snapshot.licence, snapshot.revision, now(), snapshot.etag, snapshot.pushed_at, state, snapshot.url, snapshot.identity)
        with told_as_corpus_errors(self.path), transaction(self._connection) as base:
            if asked != snapshot.name:
                self._remove(base, "source = ? AND name = ?", (source, asked))
            if snapshot.identity:
                self._remove(base, "source = ? AND identity = ? AND name <> ?", (source, snapshot.identity, snapshot.name))
            base.execute(
                "INSERT INTO repositories (licence, revision, fetched_at, etag, pushed_at, state, url, identity, reason, source, name)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?) ON CONFLICT (source, name) DO UPDATE SET licence = excluded.licence,"
                " revision = excluded.revision, fetched_at = excluded.fetched_at, etag = excluded.etag, pushed_at = excluded.pushed_at,"
                " state = excluded.state, url = excluded.url, identity = excluded.identity, reason = ''",
                (*row, source, snapshot.name),
            )
            number = base.execute("SELECT id FROM repositories WHERE source = ? AND name = ?", (source, snapshot.name)).fetchone()[0]
            old = [row[0] for row in base.execute("SELECT sha256 FROM files WHERE repository = ?", (number,))]
            base.execute("DELETE FROM files WHERE repository = ?", (number,))
            base.executemany("INSERT OR IGNORE INTO blobs VALUES (?, ?)", ((digest, content) for _, digest, content in files))
            base.executemany("INSERT INTO files VALUES (?, ?, ?)", ((number, path, digest) for path, digest, _ in files))
            self._sweep(base, old)

    def fail(self, source: SourceName, name: str, state: State, reason: str, *, forget: bool = False) -> None:
        """Notes why a repository could not be collected. What is there of it stays and stays usable, unless it is to be forgotten."""
        with told_as_corpus_errors(self.path), transaction(self._connection) as base:
            if forget:
                self._remove(base, "source = ? AND name = ?", (source, name))
            base.execute(
                "INSERT INTO repositories (source, name, state, reason, fetched_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (source, name)"
                " DO UPDATE SET reason = excluded.reason,"
                " state = CASE WHEN excluded.state = 'failed' AND state IN ('collected', 'empty') THEN state ELSE excluded.state END",
                (source, name, state, reason, now()),
            )

    def totals(self) -> dict[str, int]:
        """Repositories by state, files, and blobs."""
        with told_as_corpus_errors(self.path):
            states = dict(self._connection.execute("SELECT state, count(*) FROM repositories GROUP BY state ORDER BY state"))
            files, blobs = self._connection.execute("SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM blobs)").fetchone()
        return {**states, "files": files, "blobs": blobs}

    def version(self) -> str:
        """16 hex digits that depend on what is in the corpus and on nothing else, such as when it was fetched."""
        return _version(self._connection, self.path)

    def _remove(self, base: sqlite3.Connection, where: str, values: tuple[object, ...]) -> None:
        chosen = f"SELECT id FROM repositories WHERE {where}"  # noqa: S608 - `where` is one of ours
        old = [row[0] for row in base.execute(f"SELECT sha256 FROM files WHERE repository IN ({chosen})", values)]  # noqa: S608
        base.execute(f"DELETE FROM repositories WHERE {where}", values)  # noqa: S608
        self._sweep(base, old)

    def _sweep(self, base: sqlite3.Connection, digests: Iterable[str]) -> None:
        """Content that no file has any more goes."""
        base.executemany(
            "DELETE FROM blobs WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM files WHERE files.sha256 = blobs.sha256)",
            ((digest,) for digest in set(digests)),
        )


def read_corpus(folder: Path) -> Iterator[StoredFile]:
    """Every file that was collected, by repository and path; collectors may go on meanwhile. Raises `CorpusError`."""
    path = folder / FILE_NAME
    with _reading(path) as connection:
        for repository in _repositories(connection):
            rows = connection.execute(
                "SELECT path, sha256, content FROM files JOIN blobs USING (sha256) WHERE repository = ? ORDER BY path", (repository.id,)
            )
            for name, digest, packed in rows:
                yield StoredFile(repository, name, digest, zlib.decompress(packed))


def read_repositories(folder: Path) -> list[Repository]:
    """Every repository, those without files too, by source and name. Raises `CorpusError`."""
    with _reading(folder / FILE_NAME) as connection:
        return _repositories(connection)


def corpus_version(folder: Path) -> str:
    """`CorpusStore.version` of a corpus that is only read. Raises `CorpusError`."""
    path = folder / FILE_NAME
    with _reading(path) as connection:
        return _version(connection, path)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise CorpusError(f"there is no corpus in {path.parent}; make one with `hisolver corpus collect`")
    with told_as_corpus_errors(path):
        # where nobody can write there is no log to look at; where we can, the last to close it takes the log away
        mode = "mode=rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "immutable=1"
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")  # one state of it, whatever a collector does meanwhile
            yield connection
        finally:
            connection.close()


def _repositories(connection: sqlite3.Connection) -> list[Repository]:
    columns = "id, source, name, licence, revision, fetched_at, etag, pushed_at, state, reason, url"
    return [Repository(*row) for row in connection.execute(f"SELECT {columns} FROM repositories ORDER BY source, name")]  # noqa: S608


def _version(connection: sqlite3.Connection, path: Path) -> str:
    digest = hashlib.sha256()
    with told_as_corpus_errors(path):
        for row in connection.execute(
            "SELECT source, name, licence, revision, path, sha256 FROM files JOIN repositories ON repositories.id = repository"
            " ORDER BY source, name, path"
        ):
            digest.update("\0".join(row).encode("utf-8") + b"\n")
    return digest.hexdigest()[:16]
