"""The model behind the ports: opened once, and replaced while it serves when an adapter is deployed, rolled back or taken away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any, cast

from agents.context import Role
from agents.errors import ConfigurationError, ModelError, TutorError
from finetune.errors import RegistryError
from finetune.registry import Registry
from server.engine.adapters import BASE, ServedAdapter, checked, deployed, fixed
from server.engine.canary import CanaryReport, check
from server.engine.generation import Generation, open_generation
from server.settings import Settings

logger = logging.getLogger(__name__)


class AdapterRefused(TutorError):
    """The adapter does not serve; what served before still does."""

    code = "adapter_refused"


class ModelHost:
    """`start` begins to open the model in the background; `model` waits for it; `deploy` and `undeploy` replace it; `aclose` ends it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening: asyncio.Task[Generation] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._draining: set[asyncio.Task[None]] = set()
        self._now: Generation | None = None
        self._changing = asyncio.Lock()

    def start(self, *, warm: bool) -> None:
        """Begins to open the model, and to warm it up if told so; returns at once."""
        self._task()
        if warm and self._warming is None:
            self._warming = asyncio.create_task(self._warm_up(), name="warm-up")

    async def ready(self) -> None:
        """Waits until the model can answer. Raises `ModelUnavailable` or `ConfigurationError`."""
        await self.model()
        if self._warming is not None:
            await asyncio.shield(self._warming)

    async def model(self) -> Generation:
        """The model once the endpoint is there. A failed start is tried again by the next caller."""
        if self._now is not None:
            return self._now
        task = self._task()
        try:
            await asyncio.shield(task)
        except TutorError:
            if self._opening is task:
                self._opening = None
            raise
        assert self._now is not None  # noqa: S101 - the task sets it
        return self._now

    @property
    def adapters(self) -> Mapping[Role, ServedAdapter]:
        """The adapters that serve now; empty until the model is open."""
        return self._now.adapters if self._now is not None else {}

    def status(self) -> dict[str, Any]:
        """For `/health`: the state and name of the model, and its adapters by role."""
        settings = self._settings
        status: dict[str, Any]
        if settings.model_url:
            status = {"state": "external", "url": settings.model_url, "name": settings.solver_model}
        else:
            engine = self._now.engine.state if self._now is not None and self._now.engine is not None else None
            status = {"state": engine.status if engine else self._opening_state(), "url": "", "name": settings.weights}
            if engine is not None:
                status |= {"restarts": engine.restarts, "detail": engine.detail}
        if self.adapters:
            status["adapters"] = {role: {"name": each.name, "version": each.version} for role, each in self.adapters.items()}
        return status

    def roles(self) -> dict[str, dict[str, Any]]:
        """For `/v1/models`: the model of each role, and its adapter or None."""
        told: dict[str, dict[str, Any]] = {}
        for role, name in self._settings.model_names.items():
            adapter = self.adapters.get(role)
            if name:
                told[role] = {
                    "model": adapter.model_name if adapter else name,
                    "adapter": {"name": adapter.name, "version": adapter.version, "rank": adapter.rank} if adapter else None,
                }
        return told

    async def deploy(self, name: str, version: str, *, prompts: Sequence[str] = (), back: bool = False) -> CanaryReport:
        """Lets a version of an adapter serve its role once it passed the deploy check; `back` says that it is one of the history.

        Raises `AdapterRefused`, after which the former model serves as before, or `ModelUnavailable`.
        """
        settings, registry = self._settings, Registry(self._settings.adapters_dir)
        async with self._changing:
            try:
                adapter = await asyncio.to_thread(checked, registry, name, version, settings)
            except (RegistryError, OSError) as error:
                raise AdapterRefused(str(error)) from error
            self._free(adapter.role, name)
            old = await self.model()
            new = await self._begin(old, {**old.adapters, adapter.role: adapter})
            try:
                report = await check(new, new.bare, adapter.role, prompts, seconds=settings.model_timeout)
                if not report.passed:
                    raise AdapterRefused(f"{name} {version} did not pass the deploy check: {'; '.join(report.faults)}")
                try:
                    await asyncio.to_thread(registry.set_back if back else registry.set_current, name, version)
                except (RegistryError, OSError) as error:
                    raise AdapterRefused(f"{name} {version} could not be noted as the one that serves: {error}") from error
            except BaseException:
                await self._give_up(new, old)
                raise
            self._swap(old, new)
            return report

    async def undeploy(self, role: Role) -> None:
        """Gives the role back to the base. Raises `AdapterRefused` where no adapter serves it, `ModelUnavailable`."""
        registry = Registry(self._settings.adapters_dir)
        async with self._changing:
            self._free(role, BASE)
            old = await self.model()
            if role not in old.adapters:
                raise AdapterRefused(f"no adapter serves the role {role}")
            new = await self._begin(old, {key: each for key, each in old.adapters.items() if key != role})
            try:
                await asyncio.to_thread(registry.set_base, role)
            except (RegistryError, OSError) as error:
                await self._give_up(new, old)
                raise AdapterRefused(f"the base could not be noted as the one that serves: {error}") from error
            self._swap(old, new)

    def _free(self, role: Role, name: str) -> None:
        if (taken := fixed(self._settings, role)) not in (None, name):
            raise AdapterRefused(f"HISOLVER_{role.upper()}_MODEL names {taken} for this role; unset it first")

    async def _begin(self, old: Generation, wanted: Mapping[Role, ServedAdapter]) -> Generation:
        if self._settings.model_url:
            from server.engine import remote

            for adapter in wanted.values():
                await remote.load(self._settings, adapter)
        return await open_generation(self._settings, wanted)

    def _swap(self, old: Generation, new: Generation) -> None:
        self._now = new
        old.replaced_by(new)
        self._later(self._end_old(old, new))
        if self._warming is not None:
            self._later(_warm(new))

    async def _end_old(self, old: Generation, new: Generation) -> None:
        await old.drain(self._settings.model_timeout)
        await self._unload(old, new)

    async def _give_up(self, new: Generation, old: Generation) -> None:
        await new.aclose()
        await self._unload(new, old)

    async def _unload(self, gone: Generation, stays: Generation) -> None:
        if not self._settings.model_url:
            return
        from server.engine import remote

        for adapter in set(gone.adapters.values()) - set(stays.adapters.values()):
            try:
                await remote.unload(self._settings, adapter)
            except ModelError as error:
                logger.warning("%s stays loaded: %s", adapter.model_name, error.message)

    def _later(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    def _task(self) -> asyncio.Task[Generation]:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open(), name="open-model")
            self._opening.add_done_callback(_note_failure)
        return self._opening

    def _opening_state(self) -> str:
        if self._opening is None or not self._opening.done():
            return "starting"
        return "failed"

    async def _open(self) -> Generation:
        settings = self._settings
        adapters = await asyncio.to_thread(deployed, settings)
        if settings.model_url:
            from server.engine import remote

            for role, adapter in list(adapters.items()):
                try:
                    await remote.load(settings, adapter)
                except ModelError as error:
                    logger.error("the base serves the role %s: %s", role, error.message)
                    del adapters[role]
        self._now = await open_generation(settings, adapters)
        return self._now

    async def _warm_up(self) -> None:
        try:
            await _warm(await self.model())
        except (ModelError, ConfigurationError) as error:
            logger.warning("the model was not warmed up: %s", error.message)

    async def aclose(self) -> None:
        """Ends the model, and what still drains."""
        for task in (self._warming, self._opening, *self._draining):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        if self._now is not None:
            await self._now.aclose()
            self._now = None


async def _warm(generation: Generation) -> None:
    started = time.monotonic()
    try:
        await generation.warm()
    except ModelError as error:
        logger.warning("the model was not warmed up: %s", error.message)
    else:
        logger.info("the model is warm after %.1f s, %d prompts read", time.monotonic() - started, len(generation.unread))


def _note_failure(task: asyncio.Task[Any]) -> None:
    # Retrieves the exception, so that a start nobody waited for is not reported as a lost error.
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("the model could not be started: %s", cast("Exception", error))
