"""Tries the scenes of a corpus, several at a time, and publishes what came of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.validate import publish
from retrieval.validate.journal import Conditions, Journal
from retrieval.validate.plan import Choice, Group, groups
from retrieval.validate.port import Rendered, RenderingFailed, RenderingUnavailable, SceneRenderer
from retrieval.validate.result import Validated, from_report, not_tried
from retrieval.validate.scenes import Entry, SceneFile

PAUSES_S = (1.0, 5.0)
"""Seconds before a render that gave no report is tried again."""
LEAST_FREE = 256 * 1024 * 1024
"""Bytes that must be free where we write: a scene that fails because a disk is full has not failed."""
TOO_BUSY = "the machine was too busy to tell"
BUSY = 1 / 6
"""Where the control scene takes this part of a scene's time, no scene can be blamed for wanting more of it."""
CONTROL_S = 60.0
CONTROL = """from manim import *


class Control(Scene):
    def construct(self):
        self.add(MathTex("a^2 + b^2"), Text("control").shift(DOWN))
        self.play(Create(Circle()), run_time=0.2)
"""
"""A scene that renders wherever scenes can be rendered, formulas included."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to do. `limit` is how many scenes are rendered in this run at most; `timeout_s` is for each of them."""

    quality: str = "l"
    timeout_s: float = 60.0
    limit: int | None = None
    choice: Choice = field(default_factory=Choice)


@dataclass(slots=True)
class Progress:
    """How far a run is, in near-duplicates settled; `rendered` and `failed` count scenes, `fresh` those of them that this run rendered."""

    of: int
    settled: int = 0
    rendered: int = 0
    failed: int = 0
    fresh: int = 0


class Validation:
    """One run over one corpus."""

    def __init__(self, corpus: Path, renderer: SceneRenderer, order: Order, told: Callable[[Progress], None]) -> None:
        self._corpus, self._renderer, self._order, self._told = corpus, renderer, order, told
        self._results: list[Validated] = []
        self._left = order.limit
        self._control = asyncio.Lock()
        self._unsure: set[str] = set()

    async def run(self) -> publish.Summary:
        """Renders what was not rendered before, and writes `validated.jsonl`, the thumbnails and the summary.

        Raises `RenderingUnavailable` where nothing can be rendered (what was done is kept for the next run), `RetrievalError` for scenes that cannot
        be read or another run at the same corpus, `OSError` where nothing can be written.
        """
        started = time.monotonic()
        order = self._order
        conditions = Conditions(self._renderer.manim, self._renderer.version, order.quality, order.timeout_s)
        with closing(SceneFile(self._corpus)) as scenes, Journal(self._corpus, conditions) as journal:
            todo = list(groups(scenes.entries, order.choice))
            self.progress = Progress(of=len(todo))
            self._told(self.progress)
            await self._work(iter(todo), scenes, journal)
            return publish.publish(self._corpus, journal.stills, scenes, self._results, conditions, self.progress.fresh, started)

    async def _work(self, todo: Iterator[Group], scenes: SceneFile, journal: Journal) -> None:
        fresh: list[Group] = []
        for group in todo:  # what is known already needs no renderer, which may be away
            if not self._known(group, journal):
                fresh.append(group)
        if not fresh:
            return
        await self._check()
        width = await self._renderer.width()
        left = iter(fresh)

        async def worker() -> None:
            for group in left:
                await self._settle(group, scenes, journal)

        failure: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as tasks:  # one that fails ends the others
                for _ in range(min(width, len(fresh))):
                    tasks.create_task(worker())
        except* (RetrievalError, OSError) as errors:
            failure = errors.exceptions[0]
        if failure is not None:
            raise failure

    def _known(self, group: Group, journal: Journal) -> bool:
        """Settles a group of which everything that would be tried is in the journal."""
        results = self._so_far(group, journal)
        if results is None:
            return False
        self._settled(group, results)
        return True

    def _so_far(self, group: Group, journal: Journal) -> list[Validated] | None:
        results = []
        for entry in group.scenes:
            found = journal.find(entry.id)
            if found is None:
                return None
            results.append(found)
            if found.ok and not self._order.choice.duplicates:
                break
        return results

    async def _settle(self, group: Group, scenes: SceneFile, journal: Journal) -> None:
        results: list[Validated] = []
        for entry in group.scenes:
            result = journal.find(entry.id)
            if result is None:
                if self._left is not None:
                    if self._left < 1:
                        break
                    self._left -= 1
                result = await self._try(entry, scenes, journal)
            results.append(result)
            if result.ok and not self._order.choice.duplicates:
                break
        self._settled(group, results)

    def _settled(self, group: Group, results: list[Validated]) -> None:
        manim, shown = self._renderer.manim, next((result.id for result in results if result.ok), None)
        spared = shown is not None and not self._order.choice.duplicates
        reason = f"a near-duplicate of {shown}, which renders" if spared else "beyond the limit of this run"
        self._results += results
        self._results += [not_tried(entry.id, manim, reason) for entry in group.scenes[len(results) :]]
        self._results += [not_tried(entry.id, manim, why) for entry, why in group.refused]
        self.progress.settled += 1
        self.progress.rendered += sum(result.ok for result in results)
        self.progress.failed += sum(not result.ok and result.id not in self._unsure for result in results)
        self._told(self.progress)

    async def _try(self, entry: Entry, scenes: SceneFile, journal: Journal) -> Validated:
        code, scene = scenes.code(entry)
        still = journal.scratch / f"{entry.id}.png"
        report = await self._report(code, scene, still)
        if report.late and await self._busy():
            report = await self._report(code, scene, still)
            if report.late and await self._busy():
                self._unsure.add(entry.id)
                return not_tried(entry.id, self._renderer.manim, TOO_BUSY)  # and not kept: the next run tries it
        if report.still:
            still.chmod(0o644)
            still.replace(journal.stills / still.name)  # before the line that names it
        result = from_report(entry.id, self._renderer.manim, report)
        journal.add(result)
        self.progress.fresh += 1
        return result

    async def _report(self, code: str, scene: str, still: Path) -> Rendered:
        """What came of a scene; where its renderer fails again and again while another scene renders, that is the scene's doing."""
        for pause in (*PAUSES_S, None):
            _check_space(still.parent)
            try:
                return await self._renderer.render(code, scene, quality=self._order.quality, timeout_s=self._order.timeout_s, still=still)
            except RenderingFailed as error:
                why = error.message
            if pause is not None:
                await asyncio.sleep(pause)
        await self._check()
        blamed = {"kind": "runtime", "message": f"the renderer died over it: {why}"[:600], "line": None}
        return Rendered(ok=False, seconds=0.0, wall_s=0.0, error=blamed, shown=(), layout=(), still=False)

    async def _busy(self) -> bool:
        """Whether this machine, or the workers, are too busy to tell that a scene is slow. Raises as `_check` does."""
        return await self._check() > self._order.timeout_s * BUSY

    async def _check(self) -> float:
        """Seconds that a scene which is in order takes. Raises `RenderingUnavailable` where it does not render: then no other scene is to blame for not
        rendering."""
        async with self._control:
            for pause in (*PAUSES_S, None):
                _check_space(self._corpus)
                try:
                    with tempfile.TemporaryDirectory(prefix="control-") as name:
                        report = await self._renderer.render(
                            CONTROL,
                            "Control",
                            quality="l",
                            timeout_s=max(CONTROL_S, self._order.timeout_s),
                            still=Path(name, "control.png"),
                        )
                except RenderingFailed as error:
                    why = error.message
                else:
                    if report.ok:
                        return report.wall_s
                    why = str((report.error or {}).get("message")) + (", so this machine is too busy" if report.late else "")
                if pause is not None:
                    await asyncio.sleep(pause)
        raise RenderingUnavailable(f"scenes cannot be rendered here, not even one that is in order: {why} (see `hisolver doctor`)")


def _check_space(*folders: Path) -> None:
    for folder in (*folders, Path(tempfile.gettempdir())):
        free = shutil.disk_usage(folder).free
        if free < LEAST_FREE:
            raise RenderingUnavailable(
                f"the disk of {os.fspath(folder)} is full: {free // 1_000_000} MB are free, {LEAST_FREE // 1_000_000} are needed"
            )


async def validate(
    corpus: Path, renderer: SceneRenderer, order: Order, told: Callable[[Progress], None] = lambda _: None
) -> publish.Summary:
    """See `Validation.run`."""
    return await Validation(corpus, renderer, order, told).run()
