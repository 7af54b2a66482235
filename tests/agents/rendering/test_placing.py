from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.rendering import ManimRenderer

pytestmark = pytest.mark.real


@pytest.fixture
def placed(real_sandbox: Any, scene: Any, tmp_path: Path) -> Any:
    """The faults before and after mending, and what was done."""

    async def run(body: str) -> tuple[list[str], list[str], Any]:
        renderer = ManimRenderer(real_sandbox)
        before = await renderer.render(scene(body), out=tmp_path / "a.mp4", timeout_s=120.0)
        mended = await renderer.mend(scene(body), timeout_s=120.0)
        after = await renderer.render(mended["source"], out=tmp_path / "b.mp4", timeout_s=120.0)
        assert before["ok"] and after["ok"], (before["error"], after["error"])
        return [fault["kind"] for fault in before["layout"]], [fault["kind"] for fault in after["layout"]], mended

    return run


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("a = Text('first')\nb = Text('second')\nself.play(Write(a))\nself.play(Write(b))", "overlap"),
        ("a = Text('near the edge').shift(6.5 * RIGHT)\nself.add(a)\nself.wait(0.5)", "off_frame"),
        ("a = Text('far away').shift(20 * UP)\nb = Square()\nself.add(a, b)\nself.wait(0.5)", "off_frame"),
        ("a = MathTex('+'.join(['x^2'] * 30))\nself.add(a)\nself.wait(0.5)", "off_frame"),
        ("a = Text('hard to read', font_size=6)\nself.add(a)\nself.wait(0.5)", "tiny_text"),
        ("a = Text('crossed')\nl = Line(LEFT, RIGHT).scale(4)\nself.add(l)\nself.play(Write(a), run_time=0.5)", "text_crossed"),
        (
            "a = MathTex('x + 1 = 3').scale(4)\nb = MathTex('x = 3 - 1').scale(4)\nc = MathTex('x = 2').scale(4)\n"
            "self.play(Write(a))\nself.play(Transform(a, b))\nself.play(Transform(b, c))",
            "overlap",
        ),
        ("rows = VGroup(Text('one'), Text('two').shift(0.1 * UP))\nself.add(rows)\nself.wait(0.5)", "overlap"),
    ],
)
async def test_a_fault_is_mended_where_it_stands(placed: Any, body: str, kind: str) -> None:
    before, after, mended = await placed(body)
    assert kind in before
    assert after == []
    assert len(mended["fixes"]) >= 1


async def test_a_long_text_is_broken_into_lines_and_stays_readable(placed: Any) -> None:
    words = "A train leaves at noon and goes 60 miles an hour until it meets the other one, which left an hour later"
    before, after, mended = await placed(f"t = Text({words!r}, font_size=32)\nt.to_edge(DOWN)\nself.play(Write(t), run_time=0.5)")
    assert "off_frame" in before
    assert after == []
    assert "\\n" in mended["source"] and ".scale(" not in mended["source"]


async def test_a_good_layout_is_left_alone(placed: Any, scene: Any) -> None:
    body = "axes = Axes(x_range=[0, 5], y_range=[0, 5])\ncurve = axes.plot(lambda x: x)\nt = Text('a line').to_edge(UP)\nself.play(FadeIn(axes, curve, t))\nself.wait(2)"
    before, after, mended = await placed(body)
    assert (before, after, mended["fixes"]) == ([], [], [])


async def test_what_has_no_name_is_moved_where_it_is_made(placed: Any) -> None:
    before, after, mended = await placed("self.add(Text('first'))\nself.play(Write(Text('second').scale(1.1)))\nself.wait(2)")
    assert (before, after) == (["overlap"], [])
    assert "Text('second').scale(1.1).shift(" in mended["source"]


async def test_what_is_made_anew_in_a_loop_and_stays_is_left_as_it_is(placed: Any) -> None:
    before, after, mended = await placed("for word in ('one', 'two'):\n    self.play(Write(Text(word * 2)))\nself.wait(2)")
    assert before == after == ["overlap"]
    assert mended["fixes"] == []
