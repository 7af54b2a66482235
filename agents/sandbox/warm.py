"""Sandboxes started ahead of need. Half of a short job is Python's imports; a spare has done them and waits for its input.

Each spare takes one job and is gone, so that nothing of a job survives it: what the next one finds was there before any stranger's code ran.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Hashable
from dataclasses import replace

from agents.errors import SandboxError
from agents.sandbox.job import Job, Outcome
from agents.sandbox.running import Spare, Tier

log = logging.getLogger(__name__)
_CPU_S = 600.0
"""RLIMIT_CPU of a spare, whose job is not known yet; the job's own limit is kept by `agents.sandbox.watch`."""
_IDLE_S = 900.0
"""Seconds after which a spare that nobody needed is ended."""


class WarmSandbox:
    """Fits the port `agents.context.Sandbox`: runs jobs that are `warm` in a spare where one waits, all others as ever.

    For each kind of job that came once, `spares` sandboxes are kept waiting. What waits belongs to the event loop of the first job; `aclose` ends it.
    """

    def __init__(self, sandbox: Tier, spares: int = 1) -> None:
        self._sandbox, self._spares = sandbox, spares
        self.tier = sandbox.tier
        self._waiting: dict[Hashable, list[Spare]] = {}
        self._filling: dict[Hashable, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Future[None]] = set()
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self, job: Job) -> Outcome:
        """As `Tier.run`."""
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if not job.warm or job.files or self._spares < 1 or self._closed or loop is not self._loop:
            return await self._sandbox.run(job)
        key = _kind(job)
        waiting = self._waiting.setdefault(key, [])
        while waiting:
            spare = waiting.pop(0)
            if spare.alive:
                self._fill(key, job)
                try:
                    return await spare.take(job)
                except SandboxError as error:
                    log.warning("a sandbox that was started ahead failed, the job is started anew: %s", error.message)
                    return await self._sandbox.run(job)
            await spare.end()
        self._fill(key, job)
        return await self._sandbox.run(job)

    def _fill(self, key: Hashable, job: Job) -> None:
        if key not in self._filling and not self._closed:
            self._filling[key] = asyncio.create_task(self._filled(key, job), name="warm-sandbox")

    async def _filled(self, key: Hashable, job: Job) -> None:
        waiting = self._waiting.setdefault(key, [])
        try:
            while len(waiting) < self._spares and not self._closed:
                spare = await self._sandbox.spare(replace(job, stdin=b"", limits=replace(job.limits, cpu_s=_CPU_S)))
                waiting.append(spare)
                asyncio.get_running_loop().call_later(_IDLE_S, self._expire, waiting, spare)
        except (SandboxError, OSError) as error:
            log.warning("no sandbox could be started ahead: %s", error)  # the next job is started when it comes
        finally:
            self._filling.pop(key, None)

    async def filled(self) -> None:
        """Waits until what is being started ahead has been started."""
        while self._filling:
            await asyncio.gather(*self._filling.values(), return_exceptions=True)

    def _expire(self, waiting: list[Spare], spare: Spare) -> None:
        if spare in waiting:
            waiting.remove(spare)
            self._ending.add(task := asyncio.ensure_future(spare.end()))
            task.add_done_callback(self._ending.discard)

    async def aclose(self) -> None:
        """Ends every sandbox that waits."""
        self._closed = True
        filling = list(self._filling.values())
        for task in filling:
            task.cancel()
        await asyncio.gather(*filling, return_exceptions=True)
        spares = [spare for waiting in self._waiting.values() for spare in waiting]
        self._waiting.clear()
        await asyncio.gather(*(spare.end() for spare in spares), return_exceptions=True)


def _kind(job: Job) -> Hashable:
    """What two jobs must share for the one to run in a spare of the other: all but their input and the clocks."""
    limits = replace(job.limits, wall_s=0.0, cpu_s=0.0)
    mounts = tuple((inside, str(outside)) for inside, outside in job.mounts.items())
    return (job.argv, mounts, tuple(job.env.items()), job.collect, job.needs_latex, limits)
