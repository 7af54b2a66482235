from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.real
LEAD = 'eq = MathTex("x^2", "+", "1")\nother = Text("words").shift(2 * DOWN)\n'


async def kinds(render: Any, scene: Any, body: str) -> list[str]:
    report = await render(scene(LEAD + body), timeout_s=120.0)
    assert report["ok"], report["error"]
    return [finding["kind"] for finding in report["layout"] if finding["kind"] in ("early_highlight", "overlap")]


@pytest.mark.parametrize(
    "body",
    [
        "self.add(other)\nself.play(Circumscribe(eq))\nself.play(Write(eq))",
        "self.add(other)\nself.play(Indicate(eq))",
        "self.add(other)\nself.play(Flash(eq), other.animate.shift(UP))",
        "box = SurroundingRectangle(eq)\nself.add(other)\nself.play(Create(box))\nself.wait(0.5)\nself.play(Write(eq))",
        "self.play(Create(Underline(eq)))\nself.add(other)\nself.wait(0.5)",
    ],
)
async def test_a_highlight_of_what_is_not_on_screen_is_found(render: Any, scene: Any, body: str) -> None:
    assert await kinds(render, scene, body) == ["early_highlight"]


@pytest.mark.parametrize(
    "body",
    [
        "self.add(eq)\nself.play(Indicate(eq))\nself.play(Circumscribe(eq[0]))",
        "self.add(eq)\nself.play(Create(SurroundingRectangle(eq)))\nself.play(Flash(eq.get_center()))",
        "self.play(Write(eq), Create(SurroundingRectangle(eq)))",
        "self.play(Succession(Write(eq), Indicate(eq)))",
        "first = MathTex('y').move_to(eq)\nself.add(first)\nself.play(Transform(first, eq))\nself.play(Indicate(eq))",
        "self.add(eq.copy())\nself.play(Create(SurroundingRectangle(eq)))",
        "group = VGroup(eq, SurroundingRectangle(eq))\nself.play(FadeIn(group))",
    ],
)
async def test_a_highlight_of_what_is_there_is_none(render: Any, scene: Any, body: str) -> None:
    assert await kinds(render, scene, body) == []


async def test_a_text_that_rests_on_another_while_a_third_moves_is_found(render: Any, scene: Any) -> None:
    slides = "self.add(eq)\nslow = Text('over it').move_to(eq).shift(0.2 * LEFT)\nself.play(FadeIn(slow), run_time=0.2)\nself.play(slow.animate.shift(0.4 * RIGHT), run_time=2)\nself.play(FadeOut(slow), run_time=0.2)"
    assert "overlap" in await kinds(render, scene, slides)


async def test_texts_that_turn_into_each_other_do_not_overlap(render: Any, scene: Any) -> None:
    turns = "self.add(eq)\nself.play(Transform(eq, MathTex('x^3 + 2').shift(0.3 * RIGHT)), run_time=1)\nself.play(ReplacementTransform(eq, other.move_to(eq)), run_time=1)"
    assert await kinds(render, scene, turns) == []
