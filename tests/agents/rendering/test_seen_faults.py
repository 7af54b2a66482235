"""Faults that only who watches can know: inside animations, under other things, in the colour of the background, between letters."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.real


async def kinds(render: Any, scene: Any, body: str) -> list[str]:
    report = await render(scene(body), timeout_s=120.0)
    assert report["ok"], report["error"]
    return [finding["kind"] for finding in report["layout"]]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        # a label runs through a remark and out again
        (
            "a = Text('stays')\nb = Text('runs').shift(5 * LEFT)\nself.add(a, b)\nself.play(b.animate.shift(10 * RIGHT), run_time=3)",
            "overlap",
        ),
        # a line sweeps over a text
        (
            "a = Text('stays').shift(2 * UP)\nl = Line(ORIGIN, 4 * RIGHT)\nself.add(a, l)\nself.play(Rotate(l, PI, about_point=ORIGIN), run_time=6)",
            "text_crossed",
        ),
        # a text dips below the frame and comes back
        (
            "a = Text('away').shift(2.5 * DOWN)\nself.add(a)\nself.play(a.animate(rate_func=there_and_back).shift(2 * DOWN), run_time=2)",
            "off_frame",
        ),
        # half of a text lies under something opaque
        ("a = Text('half of it')\ns = Square(fill_opacity=1).shift(RIGHT)\nself.add(a, s)\nself.wait(0.5)", "overlap"),
        # all of it does, all the time
        ("a = Text('all of it')\ns = Rectangle(width=9, height=3, fill_opacity=1)\nself.add(a, s)\nself.wait(0.5)", "never_shown"),
        ("a = Text('black on black', color=BLACK)\ns = Square().shift(3 * LEFT)\nself.add(a, s)\nself.wait(0.5)", "never_shown"),
        # a curve goes through a formula, between its letters
        ("t = MathTex('x', '=', '7')\nl = Line(UP, DOWN).move_to(t[1])\nself.add(t, l)\nself.wait(0.5)", "text_crossed"),
        # a frame around a bar runs through the number above it
        (
            "b = Rectangle(width=1, height=3)\nt = Text('12', font_size=32).next_to(b, UP, buff=0.05)\nself.add(b, t, SurroundingRectangle(b, buff=0.15))\nself.wait(0.5)",
            "text_crossed",
        ),
        ("a = Axes()\ng = a.plot(lambda x: x)\nself.play(Create(a))", "never_shown"),
        ("n = NumberLine(x_range=[0, 100, 1], length=12, include_numbers=True)\nself.add(n)\nself.wait(0.5)", "overlap"),
    ],
)
async def test_what_a_viewer_would_see_is_found(render: Any, scene: Any, body: str, kind: str) -> None:
    assert kind in await kinds(render, scene, body)


@pytest.mark.parametrize(
    "body",
    [
        # a frame around a term, close to the next one, and around a whole text that is wider than its buffer
        "t = MathTex('2', 'x', '+', '3', '=', '7')\nu = Text('framed').shift(2 * DOWN)\nself.add(t, u, SurroundingRectangle(t[1]), SurroundingRectangle(u, buff=-0.02))\nself.wait(0.5)",
        # a frame goes from term to term, and from line to line
        "t = MathTex('a + b', '+', '2', 'x', '=', '17')\nf = SurroundingRectangle(t[0])\nself.add(t, f)\nself.play(f.animate.move_to(t[5]), run_time=4)\nself.wait(0.5)",
        "v = VGroup(*[Text(f'line {n}') for n in range(3)]).arrange(DOWN)\nf = SurroundingRectangle(v[0])\nself.add(v, f)\nself.play(Transform(f, SurroundingRectangle(v[2])), run_time=4)\nself.wait(0.5)",
        # a frame around a bar with room for its number
        "b = Rectangle(width=1, height=3)\nt = Text('12', font_size=32).next_to(b, UP, buff=0.3)\nself.add(b, t, SurroundingRectangle(b, buff=0.15))\nself.wait(0.5)",
        # who leaves means to
        "a = Text('leaves')\nself.add(a, Square().shift(3 * LEFT))\nself.play(a.animate.shift(8 * UP), run_time=2)",
        "a = Text('comes in').shift(8 * UP)\nself.add(a, Square().shift(3 * LEFT))\nself.play(a.animate.shift(8 * DOWN), run_time=2)",
        # a part of a formula is struck out
        "t = MathTex('2', '\\\\cdot', 'x', '= 7')\nl = Line(t[0].get_corner(DL), t[0].get_corner(UR))\nself.add(t)\nself.play(Create(l), run_time=0.5)",
        # the number on a dark plate is black, the plate is not
        "p = Rectangle(width=4, height=2, fill_opacity=1, fill_color=WHITE)\nt = Text('7', color=BLACK)\nself.add(p, t)\nself.wait(0.5)",
        "c = Circle()\nt = Text('a')\nboth = VGroup(c, t).shift(UP)\nself.add(c, t)\nself.wait(0.5)",
        "b = BulletedList('one', 'two')\nself.play(Write(b), run_time=0.5)",
    ],
)
async def test_what_was_meant_is_left_alone(render: Any, scene: Any, body: str) -> None:
    assert await kinds(render, scene, body) == []
