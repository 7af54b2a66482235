"""The scenes and their vectors in an embedded Chroma database: two collections of the same ids, one a kind of vector, checked when they are read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import REBUILD, RetrievalError

COLLECTIONS = ("descriptions", "intents")
BATCH = 2000
"""Rows added at a time; Chroma takes about 5,000 at most."""

SPACE = {"hnsw:space": "ip", "hnsw:construction_ef": 8, "hnsw:M": 4}
"""The inner product is the cosine of vectors of length 1; for the cosine Chroma scales them anew, and what is read is no longer what was written. Its graph of
neighbours is made as cheaply as it can be: scenes are scored one and all, in memory."""

Row = dict[str, str | int | bool]
"""What is known of a scene: `id`, `scene`, `source`, `licence`, `description`, `code`, and what the filters ask for. No floats: Chroma gives some back with
another last bit."""


@dataclass(frozen=True, slots=True)
class Held:
    """All that a database holds, by id. `vectors` maps each of `COLLECTIONS` to a float32 matrix, a row of length 1 a scene."""

    rows: list[Row]
    vectors: dict[str, Any]


def write(folder: Path, rows: Sequence[Row], vectors: dict[str, Any]) -> str:
    """Writes a new database and returns the checksum of its content. Raises `RetrievalError`."""
    from chromadb.errors import ChromaError

    order = sorted(range(len(rows)), key=lambda index: str(rows[index]["id"]))
    held = Held([rows[index] for index in order], {name: vectors[name][order] for name in COLLECTIONS})
    ids = [str(row["id"]) for row in held.rows]
    client = _client(folder)
    try:
        for name in COLLECTIONS:
            # Without embedding_function=None Chroma would fetch a model of its own.
            collection = client.create_collection(name, embedding_function=None, metadata=SPACE)
            for start in range(0, len(ids), BATCH):
                part = slice(start, start + BATCH)
                # as metadata and not as documents: Chroma keeps a full-text index of these, which nothing here asks
                told = [{key: value for key, value in row.items() if key != "id"} for row in held.rows[part]]
                collection.add(ids=ids[part], embeddings=held.vectors[name][part], metadatas=told if name == COLLECTIONS[0] else None)
    except (ChromaError, ValueError) as error:
        raise RetrievalError(f"the scene index could not be written to {folder}: {error}") from error
    finally:
        _close(client)
    return checksum(held)


def read(folder: Path, content: str, rebuild: str) -> Held:
    """What `write` wrote. Raises `RetrievalError`, naming the command `rebuild`, where it cannot be read or its checksum is not `content`."""
    import numpy as np
    from chromadb.errors import ChromaError

    if not folder.is_dir():
        raise RetrievalError(f"the scene index in {folder} is damaged (its data is missing); run `{rebuild}`")
    found: dict[str, dict[str, Any]] = {}
    rows: list[Row] = []
    try:
        client = _client(folder, rebuild)
        try:
            for name in COLLECTIONS:
                collection = client.get_collection(name, embedding_function=None)
                include = ["embeddings", "metadatas"] if name == COLLECTIONS[0] else ["embeddings"]
                held = collection.get(include=include)
                if name == COLLECTIONS[0]:
                    rows = [{"id": scene, **told} for scene, told in zip(held["ids"], held["metadatas"], strict=True)]
                found[name] = dict(zip(held["ids"], held["embeddings"], strict=True))
        finally:
            _close(client)
        rows.sort(key=lambda row: str(row["id"]))
        vectors = {
            name: np.asarray([found[name][str(row["id"])] for row in rows], dtype="<f4").reshape(len(rows), -1) for name in COLLECTIONS
        }
    except (ChromaError, ValueError, OSError, KeyError, TypeError) as error:
        raise RetrievalError(f"the scene index in {folder} cannot be opened ({error}); run `{rebuild}`") from error
    whole = Held(rows, vectors)
    if checksum(whole) != content:
        raise RetrievalError(f"the scene index in {folder} is damaged (its content does not match its checksum); run `{rebuild}`")
    return whole


def checksum(held: Held) -> str:
    """SHA-256 in hex over rows and vectors, by id."""
    digest = hashlib.sha256()
    for row in held.rows:
        digest.update(json.dumps(row, sort_keys=True).encode("ascii"))
    for name in COLLECTIONS:
        digest.update(name.encode("ascii") + held.vectors[name].astype("<f4").tobytes())
    return digest.hexdigest()


def _client(folder: Path, rebuild: str = REBUILD) -> Any:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    try:
        return chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    except (ChromaError, ValueError, OSError) as error:
        raise RetrievalError(f"the scene index in {folder} cannot be opened ({error}); run `{rebuild}`") from error


def _close(client: Any) -> None:
    """Gives the files back: Chroma keeps one system a folder for the life of the process otherwise."""
    client.close()
