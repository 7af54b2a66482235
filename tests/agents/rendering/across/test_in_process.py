"""Scheduler and worker in this process: the same reports as without them, nothing listens, and what nobody waits for stops."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.errors import NoSandbox, RenderError, SandboxError
from agents.rendering import ManimRenderer

LONG = "n = 0\nwhile n < 10 ** 11:\n    n += 1"


def listening() -> set[Any]:
    """Addresses that this process listens on."""
    return {found.laddr for found in psutil.Process().net_connections("inet") if found.status == psutil.CONN_LISTEN}


class FailingSandbox:
    """Its walls fail as told."""

    tier = "fake"

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def run(self, job: Any) -> Any:
        raise self.error


@pytest.mark.real
async def test_a_report_and_a_video_are_those_of_the_direct_way_and_nothing_listens(across, watched, scene, tmp_path: Path) -> None:
    source = scene("self.add(Square())\nself.wait(0.5)")
    before = listening()
    direct = await ManimRenderer(watched).render(source, out=tmp_path / "direct.mp4")
    renderer = across(sandbox=watched)
    report = await renderer.render(source, out=tmp_path / "across.mp4")
    assert report["ok"] and report["sandbox"] == "bubblewrap"
    assert report | {"video": "", "wall_s": 0} == direct | {"video": "", "wall_s": 0} and list(report) == list(direct)
    assert report["video"] == str(tmp_path / "across.mp4")
    assert (tmp_path / "across.mp4").read_bytes() == (tmp_path / "direct.mp4").read_bytes()
    assert await renderer.workers() == (1, 2, 0)
    assert listening() == before


@pytest.mark.real
async def test_a_program_is_mended_on_the_worker_as_it_is_here(across, watched, scene) -> None:
    source = scene("c = Circle(glow=3)\nself.play(ShowCreation(c), run_time=2)")
    here = await ManimRenderer(watched).mend(source)
    there = await across(sandbox=watched).mend(source)
    assert there | {"wall_s": 0} == here | {"wall_s": 0}
    assert "self.play(Create(c), run_time=2)" in there["source"]


@pytest.mark.real
async def test_the_same_job_asked_for_twice_at_once_is_rendered_once_and_delivered_to_both(across, watched, scene, tmp_path: Path) -> None:
    renderer, source = across(sandbox=watched), scene("self.add(Square())\nself.wait(0.5)")
    one, two = await asyncio.gather(*(renderer.render(source, out=tmp_path / name) for name in ("one.mp4", "two.mp4")))
    assert watched.begun == 1
    assert one["ok"] and two["ok"] and (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    assert (one["video"], two["video"]) == (str(tmp_path / "one.mp4"), str(tmp_path / "two.mp4"))


@pytest.mark.real
async def test_cancelling_ends_the_sandbox_within_two_seconds(across, watched, scene, tmp_path: Path, wait_until) -> None:
    renderer = across(sandbox=watched)
    task = asyncio.create_task(renderer.render(scene(LONG), out=tmp_path / "out.mp4"))
    await wait_until(lambda: watched.running == 1, 60)
    await wait_until(lambda: psutil.Process().children(), 60)
    running = psutil.Process().children(recursive=True)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until(lambda: watched.running == 0 and not any(process.is_running() for process in running), 2)
    assert watched.cancelled == 1 and not (tmp_path / "out.mp4").exists()


@pytest.mark.real
async def test_cancelling_one_of_two_leaves_the_others_render_alone(across, watched, scene, tmp_path: Path, wait_until) -> None:
    renderer, source = across(sandbox=watched), scene("self.add(Square())\nself.wait(0.5)")
    one, two = (asyncio.create_task(renderer.render(source, out=tmp_path / name)) for name in ("one.mp4", "two.mp4"))
    await wait_until(lambda: watched.running == 1, 60)
    one.cancel()
    assert (await two)["ok"]
    assert (watched.begun, watched.cancelled) == (1, 0)
    assert not (tmp_path / "one.mp4").exists()


@pytest.mark.real
async def test_a_job_that_is_wanted_again_while_it_is_being_stopped_is_done(across, watched, scene, tmp_path: Path, wait_until) -> None:
    watched.linger = 1.0
    renderer, source = across(sandbox=watched), scene("self.add(Square())\nself.wait(0.5)")
    task = asyncio.create_task(renderer.render(source, out=tmp_path / "one.mp4"))
    await wait_until(lambda: watched.running == 1, 60)
    task.cancel()
    await wait_until(lambda: watched.cancelled == 1, 2)
    assert watched.running == 1, "the first is still ending"
    assert (await asyncio.wait_for(renderer.render(source, out=tmp_path / "two.mp4"), 120))["ok"]
    assert watched.begun == 2 and watched.cancelled == 1


@pytest.mark.parametrize("error", [NoSandbox("no walls here"), SandboxError("a wall fell"), RenderError("the disk is full")])
async def test_an_error_arrives_as_what_it_was(across, tmp_path: Path, error: Any) -> None:
    source = "from manim import *\nclass A(Scene):\n    pass\n"
    with pytest.raises(type(error)) as caught:
        await across(sandbox=FailingSandbox(error)).render(source, out=tmp_path / "out.mp4")
    assert type(caught.value) is type(error) and caught.value.message == error.message
    assert not (tmp_path / "out.mp4").exists()


async def test_a_fault_of_the_workers_own_code_is_a_render_error_that_names_it(across, tmp_path: Path) -> None:
    source = "from manim import *\nclass A(Scene):\n    pass\n"
    with pytest.raises(RenderError, match=r"ZeroDivisionError.*by nothing"):
        await across(sandbox=FailingSandbox(ZeroDivisionError("by nothing"))).render(source, out=tmp_path / "out.mp4")


async def test_what_the_worker_sends_is_looked_at_again(across, tmp_path: Path, outcome, bundled) -> None:
    class Lying:
        tier = "fake"

        async def run(self, job: Any) -> Any:
            return outcome(collected=bundled({"error": None, "layout": [], "shown": []}, b"no video at all"))

    source = "from manim import *\nclass A(Scene):\n    pass\n"
    report = await across(sandbox=Lying()).render(source, out=tmp_path / "out.mp4")
    assert not report["ok"] and report["error"]["kind"] == "none_rendered" and not (tmp_path / "out.mp4").exists()


async def test_an_answer_that_cannot_be_written_is_a_render_error(across, answering, outcome, bundled, film, tmp_path: Path) -> None:
    video = film(tmp_path / "film.mp4").read_bytes()
    _, sandbox = answering(outcome(collected=bundled({"error": None, "layout": [], "shown": []}, video)))
    (tmp_path / "file").write_text("")
    source = "from manim import *\nclass A(Scene):\n    pass\n"
    with pytest.raises(RenderError, match="cannot write"):
        await across(sandbox=sandbox).render(source, out=tmp_path / "file" / "out.mp4")


async def test_closing_ends_what_is_under_way_and_nothing_is_opened_again(across, watched, scene, tmp_path: Path, wait_until) -> None:
    renderer = across(sandbox=watched)
    task = asyncio.create_task(renderer.render(scene(LONG), out=tmp_path / "out.mp4"))
    await wait_until(lambda: watched.running == 1, 60)
    await renderer.aclose()
    with pytest.raises(RenderError, match="closed"):
        await task
    assert watched.running == 0
