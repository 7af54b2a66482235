"""A file in the making: `NAME.part`, a correct beginning of the whole that any source may continue."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from agents.errors import StorageError
from server.engine.weights import WeightFile

CHUNK = 1 << 20


class SourceError(Exception):
    """This source cannot give the file; another may."""


class Assembly:
    """Appends to `target`'s `.part`, hashing as it goes; `publish` renames it into place. Raises `StorageError` when the disk does not take it."""

    def __init__(self, target: Path, file: WeightFile) -> None:
        self.file = file
        self.target = target
        self.part = target.with_name(target.name + ".part")
        self.size = 0
        self._sha = hashlib.sha256()

    def __enter__(self) -> Self:
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: nothing is left to be written when the disk turns out to be full.
            self._handle = os.fdopen(os.open(self.part, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644), "r+b", buffering=0)
        except OSError as error:
            raise StorageError(f"cannot write {self.part}: {error.strerror}") from error
        while chunk := self._handle.read(CHUNK):
            self._sha.update(chunk)
            self.size += len(chunk)
        if self.size > self.file.bytes:
            self.restart()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._handle.close()

    @property
    def complete(self) -> bool:
        return self.size == self.file.bytes

    @property
    def correct(self) -> bool:
        return self.complete and self._sha.hexdigest() == self.file.sha256

    @property
    def digest(self) -> str:
        """The SHA-256 of what is here, in hex."""
        return self._sha.hexdigest()

    def append(self, chunk: bytes) -> None:
        """Adds `chunk`. Raises `SourceError` when that is more than the whole file."""
        if self.size + len(chunk) > self.file.bytes:
            raise SourceError(f"{self.file.path} is longer there than the pinned {self.file.bytes} bytes")
        rest = memoryview(chunk)
        while rest:
            try:
                written = self._handle.write(rest)
            except OSError as error:
                raise _disk_error(self.part, error) from error
            self._sha.update(rest[:written])
            self.size += written
            rest = rest[written:]

    def restart(self) -> None:
        """Throws away what is here."""
        self._handle.seek(0)
        self._handle.truncate()
        self._sha = hashlib.sha256()
        self.size = 0

    def save(self) -> None:
        """Puts what is here on the disk, so that a power cut costs nothing before this point."""
        try:
            os.fsync(self._handle.fileno())
        except OSError as error:
            raise _disk_error(self.part, error) from error

    def publish(self) -> None:
        """Makes the finished file visible under its name, replacing what was there, in one step."""
        self.save()
        self.part.replace(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _disk_error(path: Path, error: OSError) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"the disk is full: {path.parent}; free some room and run this again, it goes on where it stopped")
    return StorageError(f"cannot write {path}: {error.strerror}")
