from __future__ import annotations

import json
from pathlib import Path

import pytest

import agents
from agents.errors import RenderError
from agents.rendering import ManimRenderer

FINE = "from manim import *\nclass Made(Scene):\n    def construct(self):\n        self.wait(1)\n"
GOOD = {"ok": True, "error": None, "layout": [], "shown": [{"kind": "Dot", "text": None, "from_s": 0, "to_s": 1}]}


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        ("from manim import *\nclass A(Scene:\n", "syntax", 2),
        ("x = 1\0", "syntax", None),
        ("(" * 5000, "syntax", 1),
        ("x = '\ud800'", "syntax", None),
        ("import os\nclass A(Scene): pass", "policy", 1),
        ("x = 1\n" * 200_000, "policy", None),
        ("", "none_rendered", None),
        ("from manim import *\nx = 1", "none_rendered", None),
    ],
)
async def test_what_can_be_said_without_running_it_starts_no_sandbox(answering, outcome, tmp_path, source, kind, line):
    renderer, sandbox = answering(outcome())
    report = await renderer.render(source, out=tmp_path / "o.mp4")
    assert report["ok"] is False and report["video"] is None
    assert report["error"]["kind"] == kind and report["error"]["message"]
    assert line is None or report["error"]["line"] == line
    assert sandbox.jobs == []


async def test_a_scene_that_is_not_there_is_named_with_those_that_are(answering, outcome, tmp_path):
    renderer, sandbox = answering(outcome())
    report = await renderer.render(FINE, scene="Other", out=tmp_path / "o.mp4")
    assert report["error"]["kind"] == "none_rendered"
    assert "Made" in report["error"]["hint"] and sandbox.jobs == []


@pytest.mark.parametrize(("status", "kind"), [("timeout", "timeout"), ("memory", "memory"), ("output", "runtime"), ("killed", "runtime")])
async def test_a_wall_that_was_run_into_is_a_report(answering, outcome, tmp_path, status, kind):
    renderer, _ = answering(outcome(status))
    report = await renderer.render(FINE, out=tmp_path / "o.mp4")
    assert report["error"]["kind"] == kind


async def test_exit_code_0_without_a_result_is_no_success(answering, outcome, tmp_path):
    renderer, _ = answering(outcome("ok"))
    report = await renderer.render(FINE, out=tmp_path / "o.mp4")
    assert report["ok"] is False and not (tmp_path / "o.mp4").exists()


async def test_the_length_is_read_from_the_video_and_not_from_the_claim(answering, film, bundled, outcome, tmp_path):
    video = film(tmp_path / "a.mp4", frames=30).read_bytes()
    renderer, _ = answering(outcome("ok", bundled({**GOOD, "seconds": 9999}, video)))
    report = await renderer.render(FINE, out=tmp_path / "new" / "o.mp4")
    assert report["ok"] is True and report["seconds"] == pytest.approx(2.0, abs=0.01)
    assert (tmp_path / "new" / "o.mp4").read_bytes() == video
    assert set(report) == {"ok", "video", "seconds", "wall_s", "sandbox", "error", "layout", "shown", "curves", "formulas"}


async def test_a_success_without_a_video_is_a_failure_and_leaves_the_old_file(answering, bundled, outcome, tmp_path):
    out = tmp_path / "o.mp4"
    out.write_bytes(b"the one before")
    renderer, _ = answering(outcome("ok", bundled(GOOD, b"<script>no video</script>")))
    report = await renderer.render(FINE, out=out)
    assert report["error"]["kind"] == "none_rendered"
    assert out.read_bytes() == b"the one before" and list(tmp_path.iterdir()) == [out]


async def test_a_place_that_cannot_be_written_is_a_render_error(answering, film, bundled, outcome, tmp_path):
    video = film(tmp_path / "a.mp4").read_bytes()
    (tmp_path / "file").write_text("no folder")
    renderer, _ = answering(outcome("ok", bundled(GOOD, video)))
    with pytest.raises(RenderError, match="cannot write"):
        await renderer.render(FINE, out=tmp_path / "file" / "o.mp4")


async def test_the_job_carries_the_scene_and_our_harness_and_nothing_else(answering, outcome, tmp_path):
    renderer, sandbox = answering(outcome())
    await renderer.render(FINE, out=tmp_path / "o.mp4", timeout_s=33)
    job = sandbox.jobs[0]
    assert job.files == {} and json.loads(job.stdin)["source"] == FINE and job.limits.wall_s == 33
    assert all(path.is_relative_to(Path(agents.__file__).parent) for path in job.mounts.values())
    assert job.env["openin_any"] == "p" and job.env["shell_escape"] == "f"


async def test_what_set_the_formulas_is_told_and_a_forged_word_of_it_is_checked(answering, outcome, bundled, film, tmp_path):
    video = film(tmp_path / "a.mp4").read_bytes()
    forged = {"setter": "typst", "count": -3, "as_text": ["x\x1b[2J", 7]}
    renderer, _ = answering(outcome(collected=bundled({**GOOD, "formulas": forged}, video)))
    report = await renderer.render(FINE, out=tmp_path / "out.mp4")
    assert report["formulas"] == {"setter": "typst", "count": 0, "as_text": ["x[2J"]}
    renderer, _ = answering(outcome(collected=bundled(GOOD, video)))
    assert (await renderer.render(FINE, out=tmp_path / "out.mp4"))["formulas"] == {"setter": "latex", "count": 0, "as_text": []}


async def test_without_latex_the_sandbox_gets_no_tex_and_the_harness_is_told(answering, outcome, bundled, tmp_path):
    _, sandbox = answering(outcome(collected=bundled({**GOOD, "ok": False})))
    for setter in ("latex", "typst"):
        await ManimRenderer(sandbox, setter).render(FINE, out=tmp_path / "out.mp4")
        await ManimRenderer(sandbox, setter).mend(FINE)
    assert [job.needs_latex for job in sandbox.jobs] == [True, True, False, False]
    assert [json.loads(job.stdin)["formulas"] for job in sandbox.jobs] == ["latex", "latex", "typst", "typst"]
