"""`agents.context.Renderer` over Dask: the job goes to whichever worker is free, and is done again where that one dies."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from agents.errors import RenderError
from agents.rendering.across import job as jobs
from agents.rendering.across.addresses import IN_PROCESS, Tls, check_address, security
from agents.rendering.formulas import Setter
from agents.rendering.kept_formulas import KeptFormulas
from agents.rendering.renderer import checked, checked_mended, deliver
from agents.rendering.report import Mended, Quality, RenderReport
from agents.rendering.sandboxed import Runs

log = logging.getLogger(__name__)
_CONNECT_S = 10.0
_LOOK_S = 2.0
"""Seconds between two looks at whether there is a worker at all."""
_TRIES = 3
"""How often a job is handed in where the connection to the scheduler breaks."""
_FAILURES = 2
"""Workers more than this that die over one job, and it is given up; for the scheduler in this process, another has its own setting."""


class _LostError(Exception):
    """The scheduler has forgotten the job: it, or the way to it, is gone."""


class DaskRenderer:
    """Fits `agents.context.Renderer`. By default scheduler and worker live in this process and listen nowhere; `address` names others.

    `sandbox` is what the worker in this process renders in, `slots` how many scenes it renders at a time, `formulas` what sets formulas in it, `kept` formulas of before; all
    are without meaning for a scheduler elsewhere. Where no worker of the same versions is there for `patience_s`, a render fails. Opened by the first render, closed by `aclose`.
    """

    def __init__(
        self,
        address: str = IN_PROCESS,
        *,
        tls: Tls | None = None,
        sandbox: Runs | None = None,
        slots: int = 2,
        patience_s: float = 30.0,
        formulas: Setter | None = None,
        kept: KeptFormulas | None = None,
    ) -> None:
        """Raises `ConfigurationError` for an address that is refused."""
        check_address(address, tls)
        self._address, self._tls, self._sandbox, self._slots, self._patience = address, tls, sandbox, slots, patience_s
        self._formulas, self._kept = formulas, kept
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._opening = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def render(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        """As `ManimRenderer.render`; `wall_s` includes the wait for a free worker, `timeout_s` does not. The same job asked for by several at the same
        time is rendered once. Cancelling ends it where it runs, unless somebody else waits for it too."""
        started = time.monotonic()
        told, video = jobs.unpack(await self._answer(jobs.RenderJob(source, scene, quality, timeout_s)))
        tier = told.get("sandbox")
        report = checked(told, video, tier=tier if isinstance(tier, str) else "unknown", wall_s=time.monotonic() - started)
        return await deliver(report, video, out)

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        """As `ManimRenderer.mend`, on a worker."""
        started = time.monotonic()
        told, _ = jobs.unpack(await self._answer(jobs.RenderJob(source, scene, "l", timeout_s, mend=True)))
        return checked_mended(told, source, wall_s=time.monotonic() - started)

    async def workers(self) -> tuple[int, int, int]:
        """How many workers there are for us, how many scenes they render at a time, and how many others. Raises `RenderError`."""
        return await _count(await self._connected())

    async def aclose(self) -> None:
        """Ends the connection, and the worker where it is in this process. Renders under way fail."""
        self._closed = True
        async with self._opening:  # what is being opened is opened first, so that it can be closed
            await self._drop()

    async def _drop(self) -> None:
        self._client = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def _answer(self, job: jobs.RenderJob) -> Any:
        from agents.rendering.across.worker import render_job

        for _ in range(_TRIES):
            client = await self._connected()
            future = client.submit(render_job, job.key, job.text(), key=job.key, pure=False, resources={jobs.tag(): 1})
            try:
                return await self._followed(client, future)
            except _LostError as error:
                log.warning("a render is handed in again: %s", error)
            finally:
                future.release()  # with the last one who waits, the scheduler lets go of it and its worker stops
        raise RenderError(f"the connection to the render scheduler at {self._address} broke {_TRIES} times")

    async def _followed(self, client: Any, future: Any) -> Any:
        """The answer. Raises `RenderError` where it cannot come, `_LostError` where it may if the job is handed in again."""
        waiting = asyncio.create_task(_settled(future))
        try:
            seen = time.monotonic()
            while not (await asyncio.wait({waiting}, timeout=_LOOK_S))[0]:
                ours, _, others = await _count(client)
                if ours:
                    seen = time.monotonic()
                elif time.monotonic() - seen > self._patience:
                    raise RenderError(
                        f"no render worker for this version is connected to {self._address} ({others} of other versions or kinds); "
                        "start some with `hisolver render-worker`"
                    )
            return await waiting
        finally:
            waiting.cancel()

    async def _connected(self) -> Any:
        loop = asyncio.get_running_loop()
        async with self._opening:
            if self._closed:
                raise RenderError("the renderer has been closed")
            if self._client is None or self._client.status != "running" or self._loop is not loop:
                if self._loop is loop:
                    await self._drop()
                self._loop = loop
                self._client = await self._open()
            return self._client

    async def _open(self) -> Any:
        from distributed import Client

        from agents.rendering.across.worker import PortlessScheduler, build_worker, own_logs
        from agents.sandbox import WarmSandbox, probe

        own_logs(logging.WARNING)
        async with AsyncExitStack() as stack:
            address = self._address
            if address == IN_PROCESS:
                scheduler = await stack.enter_async_context(
                    PortlessScheduler(protocol="inproc://", dashboard=False, allowed_failures=_FAILURES, security=security(address, None))
                )
                sandbox = self._sandbox
                if sandbox is None:
                    sandbox = warm = WarmSandbox(await asyncio.to_thread(probe), self._slots)
                    stack.push_async_callback(warm.aclose)
                address = scheduler.address
                await stack.enter_async_context(build_worker(address, sandbox, slots=self._slots, formulas=self._formulas, kept=self._kept))
            try:
                client = await Client(
                    address,
                    asynchronous=True,
                    security=security(address, self._tls),
                    timeout=_CONNECT_S,
                    set_as_default=False,
                    name="hisolver",
                )
            except (OSError, TimeoutError) as error:
                raise RenderError(f"the render scheduler at {self._address} cannot be reached: {error}") from error
            stack.push_async_callback(client.close)
            self._stack = stack.pop_all()
            return client


async def _settled(future: Any) -> Any:
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError, FuturesCancelledError

    try:
        error = await future.exception()
        if future.status == "cancelled":
            raise _LostError("the scheduler has gone")
        if error is None:
            return await future
    except (FutureCancelledError, FuturesCancelledError, OSError) as lost:
        raise _LostError(str(lost)) from lost
    if isinstance(error, KilledWorker):
        raise RenderError("every worker that took up this scene died over it, the last at " + str(error.last_worker.address))
    raise RenderError(f"the render worker failed: {type(error).__name__}: {str(error)[:300]}")


async def _count(client: Any) -> tuple[int, int, int]:
    """Workers for us, scenes that they render at a time, other workers; none of all where the scheduler does not answer."""
    try:
        workers = (await client.scheduler.identity(n_workers=-1))["workers"].values()
    except (OSError, AttributeError):  # the connection is None while it is made anew
        return 0, 0, 0
    slots = [int(worker["resources"].get(jobs.tag(), 0)) for worker in workers if worker["status"] == "running"]
    return sum(slot > 0 for slot in slots), sum(slots), sum(slot == 0 for slot in slots)
