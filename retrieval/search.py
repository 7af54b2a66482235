"""Searches the scene index by meaning."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from dataclasses import dataclass
from typing import Any

from retrieval.errors import REBUILD, RetrievalError
from retrieval.index import SceneIndex

logger = logging.getLogger(__name__)

SAME = 0.85
"""Share of common tokens (Jaccard) from which two scenes count as one."""
OVERFETCH = 4


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene found. `score` is a cosine similarity in [-1, 1]; `licence` an SPDX identifier; `code` a whole module."""

    id: str
    scene: str
    source: str
    licence: str
    score: float
    code: str


class ChromaSearcher:
    """Searches `index`. The embedding model and Chroma are opened with the first search (some seconds), in a thread."""

    def __init__(self, index: SceneIndex) -> None:
        self.index = index
        self._collection: Any = None
        self._lock = threading.Lock()

    async def search(self, text: str, k: int = 5) -> list[Scene]:
        """The `k` scenes nearest to `text`, best first, near-identical ones once. Raises `RetrievalError`."""
        return await asyncio.to_thread(self.search_blocking, text, k)

    def search_blocking(self, text: str, k: int = 5) -> list[Scene]:
        """`search` without an event loop."""
        if not text.strip():
            raise RetrievalError("there is nothing to search for: the text is empty")
        if k < 1:
            raise RetrievalError("k must be at least 1")
        collection = self._open()
        vector = self.index.embedder.embed([text])
        return _distinct(self._query(collection, vector, min(k * OVERFETCH, self.index.manifest.count)), k)

    def _open(self) -> Any:
        with self._lock:
            if self._collection is None:
                self._collection = self.index.open()
            return self._collection

    def _query(self, collection: Any, vector: list[list[float]], count: int) -> list[Scene]:
        from chromadb.errors import ChromaError

        try:
            found = collection.query(query_embeddings=vector, n_results=count, include=["documents", "metadatas", "distances"])
        except (ChromaError, OSError) as error:
            raise RetrievalError(f"the scene index cannot be read ({error}); run `{REBUILD}`") from error
        rows = zip(found["ids"][0], found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True)
        return [
            Scene(
                id=str(scene),
                scene=str(metadata["scene"]),
                source=str(metadata["source"]),
                licence=str(metadata["licence"]),
                score=max(-1.0, min(1.0, 1.0 - float(distance))),
                code=str(code),
            )
            for scene, code, metadata, distance in rows
        ]


def _distinct(scenes: list[Scene], k: int) -> list[Scene]:
    """The first `k` that are not nearly one that came before."""
    kept: list[tuple[Scene, frozenset[str]]] = []
    for scene in scenes:
        tokens = frozenset(re.findall(r"\w+", scene.code)) - {scene.scene}
        if all(_overlap(tokens, other) < SAME for _, other in kept):
            kept.append((scene, tokens))
        if len(kept) == k:
            break
    return [scene for scene, _ in kept]


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / (len(left | right) or 1)
