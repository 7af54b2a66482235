"""Where scenes are rendered: in this process, or by workers that a Dask scheduler knows. Read from the settings, with what doctor says of it."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

from agents.errors import ConfigurationError, NoSandbox, RenderError, SandboxError
from agents.rendering.across.addresses import IN_PROCESS, Tls, check_address
from agents.rendering.formulas import choose
from server.settings import Settings, load_settings

if TYPE_CHECKING:
    from agents.context import Renderer, Sandbox
    from agents.rendering.across.client import DaskRenderer
    from agents.rendering.kept_formulas import KeptFormulas

INSTALL = "scripts/setup.sh scale"
DOCTOR_S = 20.0
"""Seconds that doctor waits for a scheduler."""


def certificates(settings: Settings) -> Tls | None:
    """The three files, or None where none is named. Raises `ConfigurationError` where only some are."""
    named = (settings.render_tls_ca, settings.render_tls_cert, settings.render_tls_key)
    if not any(named):
        return None
    ca, cert, key = named
    if ca is None or cert is None or key is None:
        raise ConfigurationError(
            "HISOLVER_RENDER_TLS_CA, HISOLVER_RENDER_TLS_CERT and HISOLVER_RENDER_TLS_KEY are set together or not at all"
        )
    return Tls(ca, cert, key)


def build_renderer(settings: Settings, sandbox: Sandbox, kept: KeptFormulas | None = None) -> tuple[Renderer, DaskRenderer | None]:
    """The renderer that the settings ask for, and the same again where it must be closed. Raises `ConfigurationError`."""
    if not settings.render_scheduler:
        from agents.rendering import ManimRenderer

        return ManimRenderer(sandbox, choose(settings.formulas), kept), None
    require_dask()
    from agents.rendering.across.client import DaskRenderer

    renderer = DaskRenderer(
        settings.render_scheduler,
        tls=certificates(settings),
        sandbox=sandbox,
        slots=settings.render_slots or len(os.sched_getaffinity(0)),
        formulas=choose(settings.formulas),
        kept=kept,
    )
    return renderer, renderer


def open_formulas(settings: Settings) -> KeptFormulas | None:
    """The formulas that are kept, None where none are to be."""
    if not settings.formula_cache_mib or choose(settings.formulas) != "latex":
        return None
    from agents.animation.compose import is_composed
    from agents.rendering.kept_formulas import KeptFormulas

    return KeptFormulas(settings.cache_dir / "formulas", settings.formula_cache_mib, is_composed)


def require_dask() -> None:
    """Raises `ConfigurationError` where the extra is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise ConfigurationError(f"rendering through a scheduler needs Dask: {INSTALL}")


async def render_worker_job(address: str | None, *, slots: int, health: str | None) -> int:
    """Renders for a scheduler until it is stopped. Raises `ConfigurationError` or `NoSandbox`."""
    settings = load_settings()
    address = address or settings.render_scheduler
    if not address or address == IN_PROCESS:
        raise ConfigurationError("name the scheduler: hisolver render-worker tls://HOST:8786, or HISOLVER_RENDER_SCHEDULER")
    tls = certificates(settings)
    check_address(address, tls)
    require_dask()
    from agents.rendering.across.worker import serve_worker

    def told(own: str) -> None:
        sys.stdout.write(f"rendering {slots} at a time for {address} as {own}\n")
        sys.stdout.flush()

    spares = settings.warm_sandboxes and slots
    await serve_worker(
        address,
        tls=tls,
        slots=slots,
        spares=spares,
        tier=settings.sandbox_tier,
        formulas=choose(settings.formulas),
        kept=open_formulas(settings),
        health=health,
        on_start=told,
    )
    return 0


def examine_scheduler(settings: Settings) -> tuple[bool, str, str]:
    """Whether renders will be done, what was found, and the mend. Waits for the scheduler for at most `DOCTOR_S`."""
    try:
        return asyncio.run(asyncio.wait_for(_examined(settings), DOCTOR_S))
    except TimeoutError:
        return False, f"{settings.render_scheduler} does not answer", "start the scheduler, or correct HISOLVER_RENDER_SCHEDULER"


async def _examined(settings: Settings) -> tuple[bool, str, str]:
    from agents.sandbox import probe

    try:
        require_dask()
        sandbox = await asyncio.to_thread(probe, settings.sandbox_tier)
        _, renderer = build_renderer(settings, sandbox)
        if renderer is None:
            return True, "in this process", ""
        try:
            workers, slots, others = await renderer.workers()
        finally:
            await renderer.aclose()
    except ConfigurationError as error:
        return False, error.message, INSTALL if INSTALL in error.message else "correct the settings HISOLVER_RENDER_*"
    except (NoSandbox, SandboxError) as error:
        return False, error.message, "see the sandbox above"
    except RenderError as error:
        return False, error.message, "start the scheduler, or correct HISOLVER_RENDER_SCHEDULER and the certificates"
    left = f", {others} of other versions or kinds" if others else ""
    found = f"{settings.render_scheduler} answers; {workers} workers render {slots} scenes at a time{left}"
    mend = "" if workers else f"hisolver render-worker {settings.render_scheduler}, with this version, on the machines that render"
    return workers > 0, found, mend
