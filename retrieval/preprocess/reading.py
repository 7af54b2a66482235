"""Reads `corpus.sqlite` (docs/corpus.md) and never writes it."""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError

READ_BYTES = 16 * 2**20
"""What is unpacked of a file; a longer one is left out by whoever reads it, so that a packed bomb costs no more than this."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A row of `repositories`; `key` is what `files.repository` holds."""

    key: int
    source: str
    name: str
    licence: str
    revision: str

    @property
    def label(self) -> str:
        return f"{self.source} {self.name}"


@dataclass(frozen=True, slots=True)
class PackedFile:
    """A file as it is held: zlib over its bytes."""

    path: str
    packed: bytes

    def content(self) -> bytes:
        """At most `READ_BYTES` + 1 bytes. Raises `zlib.error` where the store is damaged."""
        return zlib.decompressobj().decompress(self.packed, READ_BYTES + 1)


class Reader:
    """The repositories of a corpus and their files. Everything raises `RetrievalError` where the file is missing, damaged or of another shape."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def repositories(self) -> list[Repository]:
        """All of them that have files, by source and name; not those whose owners opted out."""
        with self._rows(
            "SELECT rowid, source, name, coalesce(licence, ''), coalesce(revision, '') FROM repositories "
            "WHERE rowid IN (SELECT repository FROM files) AND coalesce(state, '') <> 'refused' ORDER BY source, name, rowid"
        ) as rows:
            return [
                Repository(int(key), str(source), str(name), str(licence), str(revision)) for key, source, name, licence, revision in rows
            ]

    def digests(self) -> dict[int, tuple[str, int]]:
        """By repository: a hash over the paths and contents of its files, and how many there are."""
        found: dict[int, tuple[hashlib._Hash, int]] = {}
        with self._rows("SELECT repository, path, sha256 FROM files ORDER BY repository, path") as rows:
            for key, path, sha256 in rows:
                digest, count = found.get(int(key)) or (hashlib.sha256(), 0)
                digest.update(f"{path}\0{sha256}\n".encode("utf-8", "surrogatepass"))
                found[int(key)] = (digest, count + 1)
        return {key: (digest.hexdigest(), count) for key, (digest, count) in found.items()}

    def files(self, repository: Repository) -> list[PackedFile]:
        """The files of one repository, by path."""
        with self._rows(
            "SELECT files.path, blobs.content FROM files JOIN blobs USING (sha256) WHERE files.repository = ? ORDER BY files.path",
            (repository.key,),
        ) as rows:
            return [PackedFile(str(path), bytes(content)) for path, content in rows]

    def packages(self) -> list[tuple[int, str]]:
        """The top-level packages that lie in the repositories, at their root or in `src`: keys and names."""
        with self._rows("SELECT repository, path FROM files WHERE path LIKE '%/__init__.py'") as rows:
            found = [(int(key), str(path).removeprefix("src/").split("/")) for key, path in rows]
        return [(key, parts[0]) for key, parts in found if len(parts) == 2]

    @contextmanager
    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[Iterator[tuple[Any, ...]]]:
        if not self.path.is_file():
            raise RetrievalError(f"there is no corpus in {self.path.parent} ({self.path.name} is missing); run `hisolver corpus collect`")
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=30.0)) as connection:
                yield connection.execute(query, values)
        except sqlite3.Error as error:
            raise RetrievalError(f"{self.path} cannot be read: {error}") from error
