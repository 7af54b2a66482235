"""The work folder of a render is full in the middle of it: an honest reason, and the next render is none the worse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agents.rendering import ManimRenderer
from agents.sandbox import Job, Outcome

pytestmark = pytest.mark.real
MIB = 1024 * 1024
MOVING = """
rng = np.random.default_rng(1)
tiles = VGroup(*[Square(0.6, stroke_width=0, fill_opacity=1) for _ in range(120)]).arrange_in_grid(10, 12, buff=0)
def new(group, dt):
    for tile, color in zip(group, rng.random((120, 3))):
        tile.set_fill(ManimColor(color))
tiles.add_updater(new)
self.add(tiles)
for _ in range(3):
    self.wait(2)
"""


@dataclass
class Crammed:
    """The sandbox with a work folder of 4 MiB, of which all but `free` bytes are taken, for every job but those that are spared."""

    inner: Any
    free: int
    spared: int = 0

    @property
    def tier(self) -> str:
        return str(self.inner.tier)

    async def run(self, job: Job) -> Outcome:
        if self.spared:
            self.spared -= 1
            return await self.inner.run(job)
        files = {"ballast": bytes(4 * MIB - self.free)}
        return await self.inner.run(replace(job, files=files, limits=replace(job.limits, work_mib=4)))


@pytest.mark.parametrize("free_kib", [340, 600], ids=["while frames are written", "while the video is put together"])
async def test_a_scene_that_fills_the_disk_says_so_and_leaves_what_was_there(
    real_sandbox: Any, scene: Any, tmp_path: Path, free_kib: int
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"of before")
    report = await ManimRenderer(Crammed(real_sandbox, free_kib * 1024)).render(scene(MOVING), out=out, timeout_s=280.0)
    assert not report["ok"]
    assert report["error"] is not None and report["error"]["kind"] in ("memory", "runtime")
    assert "disk is full" in report["error"]["message"] or "MiB" in report["error"]["message"]
    assert out.read_bytes() == b"of before"


async def test_a_formula_that_has_no_room_is_not_blamed_on_latex(real_sandbox: Any, scene: Any, tmp_path: Path) -> None:
    body = "\n".join(f"self.add(MathTex(r'\\frac{{{n}}}{{x}}', color=RED).shift({n} * RIGHT))" for n in range(5)) + "\nself.wait(0.2)"
    report = await ManimRenderer(Crammed(real_sandbox, 262 * 1024)).render(scene(body), out=tmp_path / "out.mp4", timeout_s=280.0)
    assert not report["ok"]
    assert report["error"] is not None and "disk is full" in report["error"]["message"], report["error"]


async def test_the_render_after_one_that_found_no_room_is_whole(real_sandbox: Any, scene: Any, tmp_path: Path) -> None:
    renderer = ManimRenderer(Crammed(real_sandbox, 340 * 1024, spared=1))
    small = scene("self.add(Square())\nself.wait(0.5)")
    first = await renderer.render(small, out=tmp_path / "a.mp4", timeout_s=280.0)
    second = await renderer.render(scene(MOVING), out=tmp_path / "b.mp4", timeout_s=280.0)
    third = await ManimRenderer(real_sandbox).render(small, out=tmp_path / "c.mp4", timeout_s=280.0)
    assert [first["ok"], second["ok"], third["ok"]] == [True, False, True]
