from __future__ import annotations

import textwrap
from typing import Any

import pytest

from agents.rendering import ManimRenderer
from agents.rendering.inside.mending.formulas import acceptable, plain

pytestmark = pytest.mark.real


@pytest.fixture
def mend(real_sandbox: Any, scene: Any) -> Any:
    """Tries out a scene with these lines in `construct`; gives those lines as mended, and the whole answer."""

    async def run(body: str, *, timeout_s: float = 90.0) -> tuple[str, Any]:
        mended = await ManimRenderer(real_sandbox).mend(scene(body), timeout_s=timeout_s)
        _, _, lines = mended["source"].partition("def construct(self):\n")
        return textwrap.dedent(lines).strip(), mended

    return run


async def test_a_program_that_runs_stays_as_it_is(mend: Any) -> None:
    body = "c = Circle()\nself.play(Create(c))\nself.play(c.animate.shift(UP), run_time=2)\nself.wait()"
    lines, mended = await mend(body)
    assert lines == body
    assert (mended["fixes"], mended["taken_out"], mended["error"]) == ([], [], None)


async def test_names_methods_and_keywords_become_those_of_the_installed_manim(mend: Any) -> None:
    lines, mended = await mend(
        """
        axes = Axes(x_min=-1, x_max=5, y_range=[-2, 6], axis_config={"color": BLUE, "glow": 3})
        graph = axes.get_graph(lambda x: x ** 2 - 4 * x + 3, color=CYAN, thickness=3)
        other = axes.plot(x ** 2, color="lightblue")
        c = Circle(radius=1, center=UP, opacity=0.5)
        s = Square().sparkle().shift(UP)
        self.play(ShowCreation(axes), FadeIn(c, direction=UP))
        """.replace("        ", "")
    )
    assert mended["error"] is None
    assert mended["taken_out"] == []
    assert "x_range=[-1, 5]" in lines and "x_min" not in lines and "glow" not in lines
    assert "graph = axes.plot(lambda x: x ** 2 - 4 * x + 3, color=TEAL)" in lines
    assert "other = axes.plot(lambda x: x ** 2, color='BLUE')" in lines
    assert "Circle(radius=1, arc_center=UP, fill_opacity=0.5)" in lines
    assert "s = Square().shift(UP)" in lines
    assert "self.play(Create(axes), FadeIn(c, shift=UP))" in lines
    assert len(mended["fixes"]) >= 10


async def test_what_is_played_and_is_no_animation_becomes_one(mend: Any) -> None:
    lines, _ = await mend('c = Circle()\ns = Square()\nt = Text("a")\nself.play(c, s.shift, UP, t)\nself.play(c.set_color(RED))')
    assert "self.play(Create(c), s.animate.shift(UP), Write(t))" in lines
    assert "self.play(c.animate.set_color(RED))" in lines


async def test_points_with_two_coordinates_get_a_third(mend: Any) -> None:
    lines, _ = await mend("l = Line([0, 0], [1, 1])\np = Polygon([0, 0], [1, 0], [0, 1])\nself.add(l, p)\nself.wait()")
    assert "Line([0, 0, 0], [1, 1, 0])" in lines
    assert "Polygon([0, 0, 0], [1, 0, 0], [0, 1, 0])" in lines


async def test_a_formula_that_tex_refuses_is_written_as_it_takes_it(mend: Any) -> None:
    lines, mended = await mend('t = MathTex("\\frac{1}{2", "50%")\nself.play(Write(t))')
    assert mended["error"] is None
    assert repr(r"\frac{1}{2}") in lines
    assert repr(r"50\%") in lines


async def test_what_cannot_be_mended_is_taken_out_in_the_smallest_piece(mend: Any) -> None:
    lines, mended = await mend(
        "c = Circle()\ns = Square()\nfor i in range(2):\n    c.shift(RIGHT)\nx = c.points[9999]\nself.play(Create(c), Write(nothing), FadeIn(s))\nself.play(FadeOut(x))\nself.wait()"
    )
    assert "self.play(Create(c), FadeIn(s))" in lines
    assert "9999" not in lines and "FadeOut" not in lines
    first = mended["taken_out"][0]
    assert (first["statement"], first["line"], first["whole"]) == ("x = c.points[9999]", 10, True)
    assert "IndexError" in first["message"]
    assert [piece["code"] for piece in mended["taken_out"]] == ["x = c.points[9999]", "Write(nothing)", "self.play(FadeOut(x))"]


async def test_a_scene_that_only_adds_comes_one_by_one_and_is_held(mend: Any) -> None:
    lines, mended = await mend("c = Circle()\nt = Text('a').next_to(c, DOWN)\nself.add(c, t)")
    assert lines.endswith("self.play(FadeIn(c))\nself.play(FadeIn(t))\nself.wait(2)")
    assert mended["fixes"] == ["its things come one by one and are held"]


async def test_what_was_made_and_never_shown_is_shown_whole(mend: Any) -> None:
    lines, mended = await mend("c = Circle()\nt = Text('a').next_to(c, DOWN)\nboth = VGroup(c, t)\nn = 3")
    assert "self.play(FadeIn(both))" in lines and "FadeIn(c)" not in lines
    assert mended["error"] is None


async def test_a_scene_of_scraps_is_given_up(mend: Any) -> None:
    _, mended = await mend("a = one()\nb = two(a)\nc = three(b)\nself.play(Write(c))")
    assert mended["error"]["kind"] == "api"
    assert "one" in mended["error"]["message"] or "not defined" in mended["error"]["message"]


async def test_a_loop_without_an_end_ends_with_the_time(mend: Any) -> None:
    _, mended = await mend("self.wait()\nwhile True:\n    pass", timeout_s=15.0)
    assert mended["error"]["kind"] == "timeout"


async def test_a_wait_of_hours_is_taken_out_as_the_render_would_refuse_it(mend: Any) -> None:
    lines, mended = await mend("c = Circle()\nself.play(Create(c))\nself.wait(36000)\nself.wait(1)\nself.play(FadeOut(c))")
    assert mended["error"] is None
    assert "36000" not in lines


async def test_what_policy_refuses_is_not_tried(mend: Any) -> None:
    _, mended = await mend("open('/etc/passwd')\nself.wait()")
    assert mended["error"]["kind"] == "policy"


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        ("\frac{1}{2}", r"\frac{1}{2}"),
        ("\theta", r"\theta"),
        ("x^{2", "x^{2}"),
        ("x}^2", "x^2"),
        ("$x$", "x"),
        ("x² ≤ 4", r"x^{2} \le  4"),
        ("√16", r"\sqrt{16}"),
        (r"\\frac{1}{2}", r"\frac{1}{2}"),
        (r"a \\ b", r"a \\ b"),
        (r"\{1, 2\}", r"\{1, 2\}"),
        (r"\frac{1}{2}", r"\frac{1}{2}"),
    ],
)
def test_formulas_are_written_as_tex_takes_them(written: str, accepted: str) -> None:
    assert acceptable(written, in_math=True) == accepted


@pytest.mark.parametrize(
    ("tex", "words"), [(r"\frac{a}{b} \times 2", "(a)/(b) × 2"), (r"\sqrt{x}", "√(x)"), (r"\left(x\right)", "(x)"), ("{}", "?")]
)
def test_a_formula_as_plain_text(tex: str, words: str) -> None:
    assert plain(tex) == words
