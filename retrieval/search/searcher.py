"""Searches the scene index."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.index import Loaded, SceneIndex
from retrieval.index.chroma import Row
from retrieval.search.cut import cut
from retrieval.search.distinct import distinct
from retrieval.search.filters import Filters
from retrieval.search.fuse import WAYS, By, scores
from retrieval.words import words

ANY = Filters()


@dataclass(frozen=True, slots=True)
class Scene:
    """A scene found. `score` lies in [-1, 1]; `licence` is an SPDX identifier; `code` a whole module, or what of it fits; `thumbnail` a path or ""."""

    id: str
    scene: str
    source: str
    licence: str
    score: float
    code: str
    thumbnail: str = ""


class Searcher:
    """Searches `index`. The index and the embedding model are opened with the first search (some seconds), in a thread."""

    def __init__(self, index: SceneIndex) -> None:
        self.index = index
        self._loaded: Loaded | None = None
        self._lock = threading.Lock()

    async def search(self, text: str, k: int = 5, *, filters: Filters = ANY, by: By = "fused", chars: int | None = None) -> list[Scene]:
        """The `k` scenes nearest to `text`, best first, near-identical ones once. Raises `RetrievalError`.

        With `chars` the code of each is cut to that many characters: the statements that the text asks for and what they need. A scene of which nothing
        fits is left out.
        """
        return await asyncio.to_thread(self.search_blocking, text, k, filters=filters, by=by, chars=chars)

    def search_blocking(self, text: str, k: int = 5, *, filters: Filters = ANY, by: By = "fused", chars: int | None = None) -> list[Scene]:
        """`search` without an event loop."""
        if not text.strip():
            raise RetrievalError("there is nothing to search for: the text is empty")
        if k < 1:
            raise RetrievalError("k must be at least 1")
        if by not in WAYS:
            raise RetrievalError(f"there is no search by {by!r}: {', '.join(WAYS)}")
        loaded = self.load()
        asked = words(text)
        vector = None if by == "bm25" else self._vector(text)
        found = scores(loaded, vector, asked, by)
        ranked = _ranked(loaded, found, filters, words_only=by == "bm25")
        if chars is None:
            return [_scene(row, score) for row, score in distinct(ranked, k)]
        scenes: list[Scene] = []
        for row, score in distinct(ranked, 2 * k):
            if fitting := cut(str(row["code"]), asked, chars):
                scenes.append(_scene(row | {"code": fitting}, score))
            if len(scenes) == k:
                break
        return scenes

    def load(self) -> Loaded:
        """Opens the index, once. Raises `RetrievalError` where it is damaged."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self.index.load()
            return self._loaded

    def _vector(self, text: str) -> Any:
        import numpy as np

        return np.asarray(self.index.embedder.embed([text])[0], dtype=np.float32)


def _ranked(loaded: Loaded, found: Any, filters: Filters, *, words_only: bool) -> Iterator[tuple[Row, float]]:
    """The scenes that pass, best first; those that share no word with the text are not found by words alone."""
    import numpy as np

    for index in np.argsort(-found, kind="stable"):
        if words_only and found[index] <= 0:
            return
        if filters is ANY or filters.admit(loaded.rows[index]):
            yield loaded.rows[index], float(found[index])


def _scene(row: Row, score: float) -> Scene:
    return Scene(
        id=str(row["id"]),
        scene=str(row["scene"]),
        source=str(row["source"]),
        licence=str(row["licence"]),
        score=max(-1.0, min(1.0, score)),
        code=str(row["code"]),
        thumbnail=str(row["thumbnail"]),
    )
