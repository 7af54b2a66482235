"""The worker's side: a Dask worker of ours with a sandbox in it, and the one function that it runs.

A job that nobody waits for any more (cancelled, or whoever asked is gone) is released by the scheduler; Dask goes on with a task that runs, so the
plugin below sees the release and ends the sandbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Literal

from distributed import Reschedule, Scheduler, Worker, get_worker
from distributed.core import rpc
from distributed.diagnostics.plugin import WorkerPlugin

from agents.errors import RenderError, SandboxError
from agents.rendering.across import job as jobs
from agents.rendering.across.addresses import Tls, check_address, security
from agents.rendering.formulas import Setter
from agents.rendering.kept_formulas import KeptFormulas
from agents.rendering.renderer import ManimRenderer
from agents.rendering.sandboxed import Runs
from agents.sandbox import WarmSandbox, probe
from agents.sandbox.probe import TierName

log = logging.getLogger(__name__)
PLUGIN = "hisolver-render"
_AGAIN_S, _PAUSE_S = 2.0, 15.0
"""Seconds before a worker without a scheduler looks for one again: at first, and at most."""
_REACH_S = 10.0


async def render_job(key: str, text: str) -> bytes:
    """What the scheduler has a worker run: `job.RenderJob.text` in, `job.unpack`'s form out. Our own errors travel as an answer."""
    plugin = get_worker().plugins.get(PLUGIN)
    try:
        if not isinstance(plugin, RenderPlugin):
            raise RenderError("this Dask worker renders nothing; start workers with `hisolver render-worker`")
        return await plugin.run(key, jobs.read(text))
    except (RenderError, SandboxError) as error:
        return jobs.pack_error(error)


class RenderPlugin(WorkerPlugin):  # type: ignore[misc]
    """Renders in `sandbox`, and stops what the scheduler has released. Belongs to one worker and its event loop."""

    name = PLUGIN

    def __init__(self, sandbox: Runs, formulas: Setter | None = None, kept: KeptFormulas | None = None) -> None:
        self._renderer = ManimRenderer(sandbox, formulas, kept)
        self._running: dict[str, asyncio.Task[bytes]] = {}
        self._released: set[str] = set()

    async def run(self, key: str, job: jobs.RenderJob) -> bytes:
        """Raises `SandboxError` or `RenderError`, and `Reschedule` where the job was released: should it be wanted again, it starts anew."""
        task = self._running[key] = asyncio.create_task(self._rendered(job), name=key)
        try:
            return await task
        except asyncio.CancelledError:
            if key in self._released:
                raise Reschedule from None
            raise  # the worker is closing
        finally:
            del self._running[key]
            self._released.discard(key)

    async def _rendered(self, job: jobs.RenderJob) -> bytes:
        if job.mend:
            return jobs.pack_mended(await self._renderer.mend(job.source, scene=job.scene, timeout_s=job.timeout_s))
        report, video = await self._renderer.film(job.source, scene=job.scene, quality=job.quality, timeout_s=job.timeout_s)
        return jobs.pack_report(report, video)

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Called by Dask whenever a task's state changes. One that runs goes to `released` only where its result is not wanted."""
        task = self._running.get(key)
        if task is not None and start in ("executing", "long-running") and finish == "released":
            self._released.add(key)
            task.cancel()


class PortlessScheduler(Scheduler):  # type: ignore[misc]
    """Without the HTTP server that Dask starts even where there is no dashboard."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        return


class RenderWorker(Worker):  # type: ignore[misc]
    """A worker that speaks HTTP only where it was given an address for it."""

    def start_http_server(self, routes: Any, dashboard_address: str | None, *rest: Any, **named: Any) -> None:
        if dashboard_address is not None:
            super().start_http_server(routes, dashboard_address, *rest, **named)


def build_worker(
    address: str,
    sandbox: Runs,
    *,
    slots: int,
    tls: Tls | None = None,
    formulas: Setter | None = None,
    kept: KeptFormulas | None = None,
    health: str | None = None,
) -> RenderWorker:
    """A worker for the scheduler at `address`, to be entered as an async context; at `health` (host:port) it tells its health over HTTP.
    Needs a running event loop."""
    plain = address.startswith("tcp://")
    return RenderWorker(
        address,
        nthreads=slots,
        resources={jobs.tag(): slots},
        plugins=(RenderPlugin(sandbox, formulas, kept),),
        security=security(address, tls),
        # without a host Dask listens on all interfaces, and a plain scheduler is on this machine
        **({"host": "127.0.0.1"} if plain else {}),
        dashboard_address=health,
        dashboard=False,
        memory_limit=0,  # nothing is spilled to disk: a result is fetched as soon as it is there
    )


async def serve_worker(
    address: str,
    *,
    tls: Tls | None,
    slots: int,
    spares: int,
    tier: TierName | Literal["auto"] = "auto",
    formulas: Setter | None = None,
    kept: KeptFormulas | None = None,
    health: str | None = None,
    on_start: Callable[[str], None] | None = None,
) -> None:
    """Renders for the scheduler at `address` until cancelled; a scheduler that is not there, or goes, is waited for.

    Raises `ConfigurationError` for an address that is refused, and `NoSandbox` where no untrusted code may run here.
    """
    check_address(address, tls)
    own_logs(logging.INFO)
    sandbox = await asyncio.to_thread(probe, tier)
    while True:
        await _until_reached(address, tls)
        warm = WarmSandbox(sandbox, spares)
        worker = build_worker(address, warm, slots=slots, tls=tls, formulas=formulas, kept=kept, health=health)
        try:
            await worker
            if on_start is not None:
                on_start(worker.address)
            await worker.finished()
        finally:
            await worker.close()
            if kept is not None:
                await kept.aclose()
            await warm.aclose()
        log.warning("the scheduler at %s has gone", address)
        await asyncio.sleep(_AGAIN_S)


async def _until_reached(address: str, tls: Tls | None) -> None:
    """Until the scheduler answers. A worker of Dask's waits too, but says neither why nor, where certificates are wrong, anything less than
    ten times a second."""
    pause = _AGAIN_S
    scheduler = rpc(address, timeout=_REACH_S, connection_args=security(address, tls).get_connection_args("worker"))
    try:
        while True:
            try:
                await asyncio.wait_for(scheduler.identity(n_workers=0), _REACH_S)
            except (OSError, TimeoutError) as error:
                log.warning("the scheduler at %s cannot be reached, trying again in %.0f s: %s", address, pause, str(error) or "no answer")
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, _PAUSE_S)
            else:
                return
    finally:
        await scheduler.close_rpc()


def own_logs(level: int) -> None:
    """Takes Dask's log handlers away, so that its lines are written as ours are; those below `level` are not."""
    for name in ("distributed", "distributed.client", "distributed.gc", "bokeh", "tornado", "tornado.application"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    logging.getLogger("distributed").setLevel(level)
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
