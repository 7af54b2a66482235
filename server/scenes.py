"""The ports over `retrieval`, which knows nothing of agents: its scenes and errors become theirs here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.context import Scene
from agents.errors import RetrievalError

if TYPE_CHECKING:
    from retrieval.api import Api
    from retrieval.search import Searcher

logger = logging.getLogger(__name__)


class LazySearcher:
    """`agents.context.SceneSearcher` that loads the embedding model and the index with the first search (some seconds, in a thread)."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir
        self._searcher: Searcher | None = None
        self._lock = asyncio.Lock()
        self._failure = ""

    async def search(self, text: str, k: int = 5, *, chars: int | None = None) -> list[Scene]:
        from retrieval.errors import RetrievalError as IndexFault

        searcher = await self._open()
        try:
            found = await searcher.search(text, k, chars=chars)
        except IndexFault as error:
            raise RetrievalError(error.message) from error
        return [Scene(scene.id, scene.scene, scene.source, scene.licence, scene.score, scene.code) for scene in found]

    def status(self) -> dict[str, Any]:
        if self._failure:
            return {"state": "failed", "detail": self._failure}
        return {"state": "ready" if self._searcher is not None else "unopened"}

    async def _open(self) -> Searcher:
        from retrieval.errors import RetrievalError as IndexFault
        from retrieval.index import open_current
        from retrieval.search import Searcher

        async with self._lock:
            if self._searcher is None:
                try:
                    self._searcher = Searcher(await asyncio.to_thread(open_current, self._cache_dir))
                    self._failure = ""
                except IndexFault as error:
                    self._failure = error.message
                    raise RetrievalError(error.message) from error
            return self._searcher


class LazyReference:
    """`agents.context.ApiReference` that reads Manim's API when it is first asked (about a second, in a thread; some milliseconds where it is kept)."""

    def __init__(self, cache_dir: Path) -> None:
        self._cache_dir = cache_dir
        self._api: Api | None = None
        self._lock = asyncio.Lock()

    async def tell(self, names: Sequence[str], *, about: str, chars: int) -> str:
        from retrieval.api import ensure_api, tell
        from retrieval.errors import RetrievalError as IndexFault

        async with self._lock:
            if self._api is None:
                try:
                    self._api = await asyncio.to_thread(ensure_api, self._cache_dir)
                except IndexFault as error:
                    logger.warning("no documentation for a repair: %s", error.message)
                    return ""
        return tell(self._api, names, about, chars)
