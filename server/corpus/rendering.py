"""Renders scenes of the corpus with the renderer that learners' animations are rendered with: fits `retrieval.validate.port.SceneRenderer`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from agents.errors import NoSandbox, RenderError, SandboxError
from agents.rendering import poster, versions
from agents.rendering.report import Quality, SceneError
from retrieval.validate.port import Rendered, RenderingFailed, RenderingUnavailable
from retrieval.validate.result import fullest_moment
from server.renders import build_renderer
from server.settings import Settings

if TYPE_CHECKING:
    from agents.context import Renderer, Sandbox
    from agents.rendering.across.client import DaskRenderer

log = logging.getLogger(__name__)
THUMBNAIL_WIDTH = 320
"""Pixels."""


class CorpusRenderer:
    """Renders through Dask, in this process or at a scheduler; thumbnails are taken here."""

    def __init__(self, renderer: Renderer, sandbox: Sandbox, slots: int) -> None:
        cores = len(os.sched_getaffinity(0))
        self._renderer, self._sandbox = renderer, sandbox
        self._renders, self._stills = asyncio.Semaphore(slots), asyncio.Semaphore(cores)
        self._width = slots + min(slots, cores)  # a thumbnail is taken while the next scene renders
        found = versions()
        self.manim = found["manim"]
        self.version = _digest(found)

    async def width(self) -> int:
        return self._width

    async def render(self, code: str, scene: str, *, quality: str, timeout_s: float, still: Path) -> Rendered:
        """As the port's. A scene that rendered but gave no still is one without a thumbnail."""
        with tempfile.TemporaryDirectory(prefix="validate-", dir=still.parent) as name:
            video = Path(name, "scene.mp4")
            try:
                async with self._renders:
                    report = await self._renderer.render(
                        code, scene=scene, quality=cast("Quality", quality), out=video, timeout_s=timeout_s
                    )
                taken = report["ok"] and await self._still(video, still, fullest_moment(report["shown"], report["seconds"]))
            except NoSandbox as error:
                raise RenderingUnavailable(error.message) from error
            except (SandboxError, RenderError) as error:
                raise RenderingFailed(error.message) from error
        return Rendered(
            ok=report["ok"],
            seconds=report["seconds"],
            wall_s=report["wall_s"],
            error=report["error"],
            shown=report["shown"],
            layout=report["layout"],
            still=taken,
            late=_late(report["error"]),
        )

    async def _still(self, video: Path, out: Path, at_s: float) -> bool:
        """False where there is no frame to be had, twice. Raises `SandboxError`."""
        for _ in range(2):
            try:
                async with self._stills:
                    await poster(self._sandbox, video, out, at_s=at_s, width=THUMBNAIL_WIDTH)
                return True
            except RenderError as error:
                log.warning("no thumbnail: %s", error.message)
        return False


def _late(error: SceneError | None) -> bool:
    """Whether the scene's time, or that of one formula, ran out."""
    return error is not None and (error["kind"] == "timeout" or (error["kind"] == "latex" and "did not end within" in error["message"]))


def _digest(found: dict[str, str]) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]


@contextlib.asynccontextmanager
async def corpus_renderer(settings: Settings) -> AsyncIterator[CorpusRenderer]:
    """The renderer that the settings ask for. Raises `ConfigurationError`, `NoSandbox`, and `RenderError` for a scheduler that does not answer or has
    no workers for us."""
    from agents.sandbox import WarmSandbox, probe

    sandbox = await asyncio.to_thread(probe, settings.sandbox_tier)
    slots = settings.render_slots or len(os.sched_getaffinity(0))
    async with contextlib.AsyncExitStack() as stack:
        warm = WarmSandbox(sandbox, slots if settings.warm_sandboxes else 0)
        stack.push_async_callback(warm.aclose)
        renderer, across = build_renderer(settings, warm)
        if across is not None:
            stack.push_async_callback(across.aclose)
            slots = await _slots(across, settings.render_scheduler)
        yield CorpusRenderer(renderer, sandbox, slots)


async def _slots(renderer: DaskRenderer, address: str) -> int:
    workers, slots, others = await renderer.workers()
    if workers < 1:
        raise RenderError(
            f"{address} has no render workers of this version ({others} of other versions or kinds); start some with `hisolver render-worker`"
        )
    return slots
