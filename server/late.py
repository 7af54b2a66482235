"""Artifacts that are made when somebody first asks for them: a GIF costs about a second, and few are ever looked at."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from agents import rendering
from agents.context import Sandbox
from server.artifacts import FileArtifactStore, storage_error

Make = Callable[[Sandbox, Path, Path], Awaitable[None]]
"""Writes another form of the first file to the second; raises `RenderError` or `SandboxError`."""
MAKERS: dict[str, Make] = {"image/gif": rendering.gif}


class LateArtifacts:
    """Makes announced artifacts, each once and one at a time: what many ask for at once is made for the first of them."""

    def __init__(self, store: FileArtifactStore, sandbox: Sandbox, work_dir: Path, makers: dict[str, Make] | None = None) -> None:
        self._store, self._sandbox, self._work_dir = store, sandbox, work_dir
        self._makers = MAKERS if makers is None else makers
        self._one = asyncio.Lock()

    async def ready(self, artifact_id: str, *, owner: str | None) -> None:
        """Returns at once for everything but an announced artifact of `owner`, whose content is there afterwards.

        Raises `RenderError` where it cannot be made, `SandboxError` and `StorageError`.
        """
        if await asyncio.to_thread(self._store.pending, artifact_id, owner=owner) is None:
            return
        async with self._one:
            pending = await asyncio.to_thread(self._store.pending, artifact_id, owner=owner)
            if pending is None or (make := self._makers.get(pending.media_type)) is None:
                return
            try:
                self._work_dir.mkdir(parents=True, exist_ok=True)
                folder = tempfile.TemporaryDirectory(prefix="late-", dir=self._work_dir, ignore_cleanup_errors=True)
            except OSError as error:
                raise storage_error(error, "there is no folder to work in") from error
            with folder as name:
                made = Path(name) / "made"
                await make(self._sandbox, pending.source.path, made)
                await asyncio.to_thread(self._store.fulfil, artifact_id, made)
