"""Reads `scenes.jsonl` without holding its code: what the plan needs of each line, and where the line lies."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.records import scene_id

FILE = "scenes.jsonl"
PREPROCESS = "hisolver corpus preprocess"


@dataclass(frozen=True, slots=True)
class Entry:
    """One scene. `digest` is the SHA-256 of its line, which lies `offset` bytes into the file and is `size` bytes long."""

    id: str
    cluster: str
    flavour: str
    migrated: bool
    digest: bytes
    offset: int
    size: int


class SceneFile:
    """The scenes that preprocessing wrote. `checksum` is the SHA-256 of the file in hex. The file is replaced in one step by who writes it, so one
    that is open here stays as it was."""

    def __init__(self, folder: Path) -> None:
        """Raises `RetrievalError` where there is no such file, or a line of it is not a scene's."""
        path = folder / FILE
        try:
            self._file = path.open("rb")
        except FileNotFoundError:
            raise RetrievalError(f"there is no {path}; write it with `{PREPROCESS}`") from None
        whole = hashlib.sha256()
        self.entries: list[Entry] = []
        seen: set[str] = set()
        offset = 0
        for number, line in enumerate(self._file, 1):
            whole.update(line)
            entry = _entry(line, offset, f"{path}, line {number}")
            if entry.id in seen:
                raise RetrievalError(f"{path}, line {number}: the scene {entry.id} is there twice; write the file anew with `{PREPROCESS}`")
            seen.add(entry.id)
            self.entries.append(entry)
            offset += len(line)
        self.checksum = whole.hexdigest()

    def code(self, entry: Entry) -> tuple[str, str]:
        """The module, and the class to render in it."""
        self._file.seek(entry.offset)
        record: dict[str, Any] = json.loads(self._file.read(entry.size))
        return record["code"], record["scene"]

    def close(self) -> None:
        self._file.close()


def _entry(line: bytes, offset: int, where: str) -> Entry:
    try:
        record = json.loads(line)
        entry = Entry(
            id=record["id"],
            cluster=record.get("cluster", ""),
            flavour=record.get("flavour", "community"),
            migrated=bool(record.get("migrated")),
            digest=hashlib.sha256(line.rstrip(b"\n")).digest(),
            offset=offset,
            size=len(line),
        )
        # the id becomes a file name
        if not isinstance(record["scene"], str) or entry.id != scene_id(record["code"]):
            raise ValueError("its id is not that of its code")
        if not isinstance(entry.cluster, str) or not isinstance(entry.flavour, str):
            raise TypeError("cluster and flavour are words")
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RetrievalError(f"{where} is no scene ({error}); write the file anew with `{PREPROCESS}`") from error
    return entry
