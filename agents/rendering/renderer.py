"""Renders a scene: cheap checks first, then the harness inside the sandbox, then a checked report and a video."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.errors import RenderError, SandboxError
from agents.rendering import bundle
from agents.rendering.formulas import Setter, choose
from agents.rendering.kept_formulas import KeptFormulas
from agents.rendering.mp4 import NotAVideo, inspect_mp4
from agents.rendering.policy import find_refusal, scene_names
from agents.rendering.report import ErrorKind, Mended, Quality, RenderReport, SceneError
from agents.rendering.sandboxed import TEX_ENV, Runs, harness_mounts, start
from agents.sandbox.job import Job, JobLimits, Outcome

_GRACE = 3.0
"""Seconds between the harness's own deadline, which can name a line, and the sandbox's."""
MAX_SOURCE = 200_000
MAX_VIDEO_SECONDS = 120.0
_MEMORY_MIB: dict[Quality, int] = {"l": 2048, "m": 3072, "h": 4096}


class ManimRenderer:
    """Fits `agents.context.Renderer`. `formulas` is what sets formulas; without it, what this machine has. `kept` are formulas of before."""

    def __init__(self, sandbox: Runs, formulas: Setter | None = None, kept: KeptFormulas | None = None) -> None:
        self._sandbox, self._kept = sandbox, kept
        self._formulas: Setter = formulas or choose()

    async def render(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        """Renders one scene to `out` (H.264 in MP4). A scene that fails is a report with `error` and leaves `out` as it was.

        `scene` names the class; without it the last class of the file that derives from a scene is taken. Raises `SandboxError` when the walls
        fail, `RenderError` when the job leaves nothing readable or `out` cannot be written.
        """
        report, video = await self.film(source, scene=scene, quality=quality, timeout_s=timeout_s)
        return await deliver(report, video, out)

    async def film(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", timeout_s: float = 60.0
    ) -> tuple[RenderReport, bytes]:
        """The same without a file: a report that names none yet, and the video, which is empty where the scene failed."""
        started = time.monotonic()
        error, name = _examine(source, scene)
        if error is not None:
            return _failed(error, self._sandbox.tier, time.monotonic() - started), b""
        outcome = await self._run({"source": source, "scene": name, "quality": quality}, timeout_s)
        wall = time.monotonic() - started
        if outcome.collected is None:
            return _failed(_broken(outcome, timeout_s), self._sandbox.tier, wall), b""
        told, video = bundle.unpack(outcome.collected)
        self._note(source, told)
        report = checked(told, video, tier=self._sandbox.tier, wall_s=wall)
        return report, b"" if report["error"] else video

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        """Runs one scene without drawing it and mends or takes out what fails. Raises as `render` does."""
        started = time.monotonic()
        error, name = _examine(source, scene)
        if error is not None:
            return checked_mended({"error": error}, source, wall_s=0.0)
        outcome = await self._run({"source": source, "scene": name, "quality": "l", "mend": True}, timeout_s)
        told = {"error": _broken(outcome, timeout_s)} if outcome.collected is None else bundle.unpack(outcome.collected)[0]
        self._note(source, told)
        return checked_mended(told, source, wall_s=time.monotonic() - started)

    async def _run(self, request: dict[str, Any], timeout_s: float) -> Outcome:
        job = _job({**request, "formulas": self._formulas}, timeout_s)
        kept = self._kept.mounts() if self._kept is not None and job.needs_latex else {}
        if self._kept is None or not kept:
            return await self._sandbox.run(job)
        try:
            return await self._sandbox.run(replace(job, mounts={**job.mounts, **kept}))
        except SandboxError as error:
            outcome = await self._sandbox.run(job)
            # it works without: the folder lies where a job cannot reach it
            self._kept.give_up(error.message)
            return outcome

    def _note(self, source: str, told: dict[str, Any]) -> None:
        if self._kept is not None:
            self._kept.note(self._sandbox, source, *bundle.formula_sources(told))


def checked(told: dict[str, Any], video: bytes, *, tier: str, wall_s: float) -> RenderReport:
    """A report of what somebody else told and sent: only what has the form of a report is taken over, and only what is a video counts as one."""
    report = RenderReport(
        ok=False,
        video=None,
        seconds=0.0,
        wall_s=round(wall_s, 2),
        sandbox=tier,
        error=bundle.scene_error(told.get("error")),
        layout=bundle.findings(told.get("layout")),
        shown=bundle.shown(told.get("shown")),
        curves=bundle.curves(told.get("curves")),
        formulas=bundle.formulas(told.get("formulas")),
    )
    if report["error"] is None:
        try:
            # The length that a player will see, not the one that code inside claims.
            report["seconds"] = round(inspect_mp4(video).seconds, 3)
        except NotAVideo as error:
            report["error"] = SceneError(kind="none_rendered", message=f"the scene rendered no video: {error}", line=None, hint="")
    return report


def checked_mended(told: Mapping[str, Any], source: str, *, wall_s: float) -> Mended:
    """What somebody else told of a trial of `source`, taken over only as far as it has the form."""
    mended = told.get("source")
    return Mended(
        source=mended if isinstance(mended, str) and len(mended) <= MAX_SOURCE else source,
        fixes=bundle.texts(told.get("fixes")),
        taken_out=bundle.taken_out(told.get("taken_out")),
        error=bundle.scene_error(told.get("error")),
        wall_s=round(wall_s, 2),
    )


async def deliver(report: RenderReport, video: bytes, out: Path) -> RenderReport:
    """Writes the video of a scene that rendered to `out`. Raises `RenderError` where that cannot be written."""
    if report["error"] is None:
        await asyncio.to_thread(write_whole, out, video)
        report |= {"ok": True, "video": str(out)}
    return report


def _examine(source: str, scene: str | None) -> tuple[SceneError | None, str]:
    """What can be said without running anything: syntax, policy, which scene."""
    if len(source) > MAX_SOURCE:
        return SceneError(
            kind="policy",
            message=f"the file has {len(source):,} characters, more than {MAX_SOURCE:,}",
            line=None,
            hint="Keep one scene a file.",
        ), ""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        message = error.msg if isinstance(error, SyntaxError) else str(error)
        return SceneError(kind="syntax", message=message, line=line, hint=""), ""
    refusal = find_refusal(tree)
    if refusal is not None:
        return refusal, ""
    names = scene_names(tree)
    if scene is not None and scene not in names:
        known = f"The file has: {', '.join(names)}." if names else "The file has no scene."
        return SceneError(kind="none_rendered", message=f"there is no scene named {scene}", line=None, hint=known), ""
    if not names:
        return SceneError(
            kind="none_rendered",
            message="the file has no class that derives from Scene",
            line=None,
            hint="Write class Name(Scene): with a construct method.",
        ), ""
    return None, scene or names[-1]


def _job(request: dict[str, Any], timeout_s: float) -> Job:
    deadline = max(timeout_s - min(_GRACE, timeout_s / 5), 0.1)
    return Job(
        argv=start("harness"),
        mounts=harness_mounts(),
        env=TEX_ENV,
        stdin=json.dumps({**request, "max_seconds": MAX_VIDEO_SECONDS, "deadline_s": deadline}).encode(),
        collect="bundle",
        needs_latex=request["formulas"] == "latex",
        warm=True,
        limits=JobLimits(
            nice=10,
            wall_s=timeout_s,
            cpu_s=timeout_s * 2,
            memory_mib=_MEMORY_MIB[request["quality"]],
            work_mib=512,
            processes=64,
            result_mib=128,
        ),
    )


def _broken(outcome: Outcome, timeout_s: float) -> SceneError:
    """Why there is no report at all. Raises `RenderError` when it was not the scene's doing."""
    kinds: dict[str, tuple[ErrorKind, str]] = {
        "timeout": ("timeout", f"the scene did not finish within {timeout_s:.0f} s"),
        "memory": ("memory", "the scene needs more memory than it may have"),
        "output": ("runtime", "the scene printed too much"),
        "killed": ("runtime", "the scene was killed"),
    }
    if outcome.status in kinds:
        kind, message = kinds[outcome.status]
        if outcome.status == "killed" and outcome.detail:
            message = f"{message}: {outcome.detail}"
        return SceneError(kind=kind, message=message, line=None, hint="Draw fewer objects and shorter animations.")
    if outcome.status == "ok":
        return SceneError(kind="none_rendered", message="the scene ended the program before anything was rendered", line=None, hint="")
    last = (outcome.stderr.strip().splitlines() or [outcome.detail or "no output"])[-1]
    raise RenderError(f"the renderer failed: {last[:300]}")


def _failed(error: SceneError, tier: str, wall: float) -> RenderReport:
    return RenderReport(
        ok=False,
        video=None,
        seconds=0.0,
        wall_s=round(wall, 2),
        sandbox=tier,
        error=error,
        layout=[],
        shown=[],
        formulas=bundle.formulas(None),
    )


def write_whole(out: Path, video: bytes) -> None:
    """Whole or not at all: a full disk leaves what was there before."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as part:
            try:
                part.write(video)
                part.flush()
                os.fsync(part.fileno())
            except OSError:
                Path(part.name).unlink(missing_ok=True)
                raise
        Path(part.name).replace(out)
    except OSError as error:
        raise RenderError(f"cannot write {out}: {error.strerror or error}") from error
