"""Renders kept by what they were made from: the same code, scene, quality and versions are not rendered twice.

An entry answers for its own code only, so that what a stranger's scene left behind reaches nobody but who sends the same scene.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import json
import logging
import os
import platform
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol, cast

from agents.errors import RenderError
from agents.rendering.formulas import Setter, choose
from agents.rendering.mp4 import NotAVideo, inspect_mp4
from agents.rendering.renderer import write_whole
from agents.rendering.report import Mended, Quality, RenderReport
from agents.rendering.room import PART, make_room

log = logging.getLogger(__name__)
MIB = 1024 * 1024
_PACKAGES = ("manim", "numpy", "pycairo", "manimpango", "av", "typst")
_FORMAT = 2


class Renders(Protocol):
    """`agents.context.Renderer`."""

    async def render(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport: ...

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended: ...


class CachedRenderer:
    """Fits `agents.context.Renderer`. Keeps scenes that rendered, at most `most_mib` of them in `folder`; those used least recently go first."""

    def __init__(self, renderer: Renders, folder: Path, most_mib: int, formulas: Setter | None = None) -> None:
        self._renderer, self._folder, self._most = renderer, folder, most_mib * MIB
        self._formulas = formulas or choose()

    async def render(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        """As the renderer's own; a scene that is kept takes milliseconds. A folder that cannot be read or written costs the cache only."""
        started = time.monotonic()
        entry = self._folder / key_of(source, scene, quality, self._formulas)
        kept = await asyncio.to_thread(_read, entry)
        if kept is not None:
            told, video = kept
            await asyncio.to_thread(write_whole, out, video)
            return cast("RenderReport", told | {"video": str(out), "wall_s": round(time.monotonic() - started, 3)})
        report = await self._renderer.render(source, scene=scene, quality=quality, out=out, timeout_s=timeout_s)
        if report["ok"]:
            await asyncio.to_thread(self._keep, entry, report, out)
        return report

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        """As the renderer's own; a trial is not kept."""
        return await self._renderer.mend(source, scene=scene, timeout_s=timeout_s)

    def _keep(self, entry: Path, report: RenderReport, out: Path) -> None:
        part: Path | None = None
        try:
            video = out.read_bytes()
            head = json.dumps({"format": _FORMAT, "report": report | {"video": None}, "sha256": hashlib.sha256(video).hexdigest()}).encode()
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_room(self._folder, len(head) + len(video), self._most)
            with tempfile.NamedTemporaryFile(dir=self._folder, prefix=PART, delete=False) as file:
                part = Path(file.name)
                file.write(len(head).to_bytes(8, "big") + head + video)
            part.replace(entry)
        except OSError as error:
            log.warning("a render was not kept: %s", error)
            if part is not None:
                with contextlib.suppress(OSError):
                    part.unlink()


def _read(entry: Path) -> tuple[dict[str, object], bytes] | None:
    """Report and video of a kept render; None where there is none or it is damaged."""
    try:
        data = entry.read_bytes()
        size = int.from_bytes(data[:8], "big")
        head = json.loads(data[8 : 8 + size])
        video = data[8 + size :]
        if head["format"] != _FORMAT or hashlib.sha256(video).hexdigest() != head["sha256"]:
            return None
        inspect_mp4(video)
        os.utime(entry)
        report: dict[str, object] = head["report"]
        return report, video
    except (OSError, ValueError, KeyError, TypeError, NotAVideo, RenderError):
        return None


def key_of(source: str, scene: str | None, quality: Quality, formulas: str = "") -> str:
    """The name of a render: a hash of its code and of what else we can name that its frames and its report depend on. TeX and the fonts are the
    machine's, as the folder is."""
    parts = [source, scene or "", quality, formulas, *(f"{name} {number}" for name, number in versions().items())]
    return hashlib.sha256("\0".join(parts).encode("utf-8", errors="backslashreplace")).hexdigest()


@functools.cache
def versions() -> dict[str, str]:
    """What else decides how a scene looks: Python, the packages, and our own code around it (`harness`, a hash)."""
    room = Path(__file__).parent
    files = [
        *sorted((room / "inside").glob("*.py")),
        *sorted((room / "inside/typeset").glob("*.py")),
        room / "bundle.py",
        room / "renderer.py",
        room / "sandboxed.py",
    ]
    ours = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES} | {"harness": ours}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
