"""Formulas that LaTeX has set before, kept for later renders. LaTeX takes the better part of a second for a new one.

A scene runs a stranger's code, so nothing that it leaves is kept: it only tells which sources it had set. Each is compiled again, alone in a sandbox of
its own, looked at here, and sealed by its source (`inside.sealed`). Renders see the folder read-only.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import logging
import os
import re
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

from agents.errors import SandboxError
from agents.rendering.inside import formula, sealed
from agents.rendering.inside.sealed import name_of, seal, unseal
from agents.rendering.room import PART, make_room
from agents.rendering.sandboxed import TEX_ENV, Runs, harness_mounts, start
from agents.sandbox.job import Job, JobLimits
from agents.sandbox.python import CODE

log = logging.getLogger(__name__)
MIB = 1024 * 1024
_WAITING = 200
"""Formulas that wait to be compiled; more are forgotten."""
_SIGHTINGS = 10_000
_OTHERS_S = 30 * 86_400.0
_ELEMENTS = 5_000
_TAGS = frozenset({"svg", "defs", "g", "path", "use", "rect", "style", "clipPath"})
_LIMITS = JobLimits(nice=15, wall_s=30, cpu_s=20, memory_mib=1024, work_mib=32, processes=16, output_kib=16, result_mib=1)


class KeptFormulas:
    """The formulas in `folder`, at most `most_mib` of them; those used least recently go first. Several processes may share the folder.

    A formula is compiled when it was seen in two renders, or at once where `ours` says that the scene is one of our own making. What waits belongs to the
    event loop of the first `note`; `aclose` ends it.
    """

    def __init__(self, folder: Path, most_mib: int, ours: Callable[[str], bool] = lambda source: False) -> None:
        self._folder, self._most, self._ours = folder / _installed(), most_mib * MIB, ours
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._usable = True

    def mounts(self) -> dict[str, Path]:
        """What a render mounts: the folder, read-only; nothing where it cannot be."""
        if not self._usable:
            return {}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o755)  # under root a job is a user of its own; what lies there is sealed
        except OSError as error:
            self.give_up(f"its folder cannot be made: {error.strerror}")
            return {}
        return {f"{CODE}/{sealed.FOLDER}": self._folder}

    def give_up(self, reason: str) -> None:
        """Goes on without, until the process ends."""
        log.warning("formulas are not kept: %s", reason)
        self._usable = False

    def note(self, sandbox: Runs, scene: str, compiled: Iterable[str], found: Iterable[str]) -> None:
        """Takes in which sources `scene` had set and which it found here, both of them hearsay. What is to be compiled is compiled in the background."""
        if not self._usable:
            return
        for source in found:
            with contextlib.suppress(OSError):
                os.utime(self._folder / name_of(source))
        at_once = self._ours(scene)
        for source in compiled:
            name = name_of(source)
            if not at_once and name not in self._seen:
                self._seen[name] = None
                if len(self._seen) > _SIGHTINGS:
                    self._seen.popitem(last=False)
            elif len(self._waiting) < _WAITING:
                self._waiting.setdefault(name, source)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._work(sandbox), name="formulas")

    async def settled(self) -> None:
        """Waits until nothing is being compiled."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self, sandbox: Runs) -> None:
        """One after the other, so that a learner's render has the other cores."""
        while self._waiting:
            name, source = next(iter(self._waiting.items()))
            try:
                if not await asyncio.to_thread(self._has, name, source):
                    svg = await compiled_alone(sandbox, source)
                    if svg is not None:
                        await asyncio.to_thread(self._keep, name, seal(source, svg))
            except SandboxError as error:
                log.warning("a formula was not compiled: %s", error.message)
            finally:
                self._waiting.pop(name, None)

    def _has(self, name: str, source: str) -> bool:
        try:
            return unseal(source, (self._folder / name).read_bytes()) is not None
        except OSError:
            return False

    def _keep(self, name: str, entry: bytes) -> None:
        part: Path | None = None
        try:
            self._forget_others()
            make_room(self._folder, len(entry), self._most)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=PART, delete=False) as file:
                part = Path(file.name)
                file.write(entry)
            part.chmod(0o644)
            part.replace(self._folder / name)
        except OSError as error:
            log.warning("a formula was not kept: %s", error)
            if part is not None:
                part.unlink(missing_ok=True)

    def _forget_others(self) -> None:
        """Removes folders of other versions that have long not changed."""
        for other in self._folder.parent.iterdir():
            with contextlib.suppress(OSError):
                if other != self._folder and time.time() - other.stat().st_mtime > _OTHERS_S:
                    shutil.rmtree(other)


async def compiled_alone(sandbox: Runs, source: str) -> bytes | None:
    """The SVG of a whole .tex file, made in a sandbox that does nothing else; None where LaTeX refuses it or what comes out is no plain drawing.

    Raises `SandboxError`.
    """
    outcome = await sandbox.run(
        Job(
            argv=start("formula"),
            mounts=harness_mounts(),
            env=TEX_ENV,
            stdin=source.encode("utf-8", errors="backslashreplace"),
            collect=f"{formula.NAME}.svg",
            needs_latex=True,
            limits=_LIMITS,
        )
    )
    svg = outcome.collected
    return svg if outcome.status == "ok" and svg is not None and is_drawing(svg) else None


def is_drawing(svg: bytes) -> bool:
    """Whether it is an SVG of paths only: no scripts, no entities, nothing from elsewhere, no more than a formula may have."""
    if not 0 < len(svg) <= sealed.MOST_SVG or b"<!DOCTYPE" in svg or b"<!ENTITY" in svg:
        return False
    try:
        elements = list(ElementTree.fromstring(svg).iter())  # noqa: S314 — without a document type there are no entities to unfold
    except (ElementTree.ParseError, ValueError, RecursionError):
        return False
    if len(elements) > _ELEMENTS or not str(elements[0].tag).endswith("svg"):
        return False
    for element in elements:
        if not isinstance(element.tag, str) or element.tag.rsplit("}", 1)[-1] not in _TAGS:
            return False
        for name, value in element.attrib.items():
            plain = name.rsplit("}", 1)[-1].lower()
            if plain.startswith("on") or (plain in ("href", "src") and not value.startswith("#")) or re.search(r"url\s*\(\s*[^#\s]", value):
                return False
        if re.search(r"@import|url\s*\(\s*[^#\s]", element.text or ""):
            return False
    return True


@functools.cache
def _installed() -> str:
    """A name for what decides how a formula looks besides its source: the programs and Manim. After an upgrade a new folder is filled."""
    told = [version("manim")]
    for tool in ("latex", "dvisvgm"):
        path = shutil.which(tool)
        if path is not None:
            found = Path(path).resolve().stat()
            told.append(f"{path} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\0".join(told).encode()).hexdigest()[:16]
