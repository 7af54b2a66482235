"""The real Manim in the real sandbox. Each render costs about two seconds, so one scene checks several things."""

from __future__ import annotations

import av
import pytest

from agents.rendering.mp4 import inspect_mp4

pytestmark = pytest.mark.real


def kinds(report) -> set[tuple[str, str]]:
    return {(finding["kind"], finding["severity"]) for finding in report["layout"]}


def texts(report) -> set[str]:
    return {entry["text"] for entry in report["shown"] if entry["text"]}


def entry(report, text):
    return next(entry for entry in report["shown"] if entry["text"] == text)


async def test_a_scene_becomes_a_video_that_a_browser_plays_and_an_inventory(render, scene, tmp_path):
    report = await render(
        scene(
            """
title = Text("Pythagoras").to_edge(UP)
formula = MathTex("a^2", "+", "b^2", "=", "c^2")
self.play(FadeIn(title))
self.play(Write(formula[0])); self.play(Write(formula[1:]))
other = Text("and so on").shift(DOWN)
words = Text("at first").shift(DOWN)
self.play(FadeIn(words))
self.play(Transform(words, other))
self.play(FadeOut(formula))
self.play(words.animate.shift(20 * RIGHT))
self.wait(1)
"""
        )
    )
    assert (report["ok"], report["error"], report["sandbox"]) == (True, None, "bubblewrap")
    video = (tmp_path / "out.mp4").read_bytes()
    info = inspect_mp4(video)
    assert (info.width, info.height, info.seconds) == (854, 480, pytest.approx(report["seconds"], abs=0.01))
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert sum(1 for _ in container.decode(stream)) == round(report["seconds"] * 15)
    assert texts(report) >= {"Pythagoras", "a^2 + b^2 = c^2", "at first", "and so on"}
    assert (entry(report, "Pythagoras")["line"], entry(report, "at first")["line"]) == (6, 10), "the lines that played them"
    assert entry(report, "Pythagoras")["to_s"] == pytest.approx(report["seconds"], abs=0.1)
    assert entry(report, "at first")["to_s"] <= 5.0, "a text that was transformed away is no longer shown"
    assert entry(report, "a^2 + b^2 = c^2")["to_s"] <= 6.1, "a text that was faded out is no longer shown"
    assert entry(report, "and so on")["to_s"] <= 7.0, "a text that left the frame is no longer shown"
    assert report["layout"] == []


async def test_each_fault_of_the_layout_is_found_with_its_line(render, scene):
    report = await render(
        scene(
            """
a = Text("First sentence")
b = Text("Second words").shift(RIGHT * 0.5)
far = Text("A sentence that is far too long to fit").scale(1.5).to_edge(UP)
tiny = Text("can nobody read this", font_size=9).shift(DOWN * 3)
never = Text("forgotten")
crossed = Text("crossed").shift(DOWN * 1.7)
line = Line(LEFT * 6 + DOWN * 2, RIGHT * 6 + DOWN * 1.4)
self.add(far, tiny)
self.play(FadeIn(a), FadeIn(b))
self.play(Write(crossed), Create(line))
"""
        )
    )
    found = {finding["kind"]: finding for finding in report["layout"]}
    assert kinds(report) == {
        ("off_frame", "error"),
        ("overlap", "error"),
        ("tiny_text", "warning"),
        ("text_crossed", "warning"),
        ("never_shown", "warning"),
    }
    assert report["ok"] is True, "a fault of the layout is no error of the render"
    assert {name.split()[-1] for name in found["overlap"]["objects"]} == {"sentence", "words"}
    assert (found["overlap"]["line"], found["text_crossed"]["line"]) == (12, 13)
    assert found["never_shown"]["line"] == 8 and "forgotten" in found["never_shown"]["objects"][0]


async def test_what_belongs_together_is_no_fault(render, scene):
    report = await render(
        scene(
            """
back = Text("over a line", font_size=30).add_background_rectangle(opacity=1).move_to(LEFT * 4.5 + DOWN * 2.2)
line = Line(LEFT * 6.5 + DOWN * 2.2, LEFT * 2.6 + DOWN * 2.2)
axes = Axes(x_range=[0, 4], y_range=[0, 4], x_length=4, y_length=3, axis_config={"include_numbers": True})
curve = axes.plot(lambda x: x * x / 4)
matrix = Matrix([[1, 2], [3, 4]]).scale(0.7).to_edge(LEFT)
boxed = MathTex("a", "+", "b").to_edge(UP)
struck = Text("gone", font_size=36).to_edge(RIGHT)
self.add(line, back, axes, curve, matrix, boxed, SurroundingRectangle(boxed[2]), struck, Cross(struck))
self.play(Indicate(boxed), Circumscribe(matrix))
moved = MathTex("b", "+", "a").move_to(boxed)
self.play(TransformMatchingTex(boxed, moved))
count = ValueTracker(0)
number = always_redraw(lambda: Integer(round(count.get_value())).to_edge(DOWN))
self.add(number)
self.play(count.animate.set_value(3), run_time=0.6)
"""
        )
    )
    assert report["error"] is None
    assert report["layout"] == []
    assert "3" in texts(report) and {"Axes", "Matrix"} <= {entry["kind"] for entry in report["shown"]}


async def test_a_moved_camera_leaves_things_behind_on_purpose(render):
    report = await render(
        "from manim import *\nclass A(MovingCameraScene):\n    def construct(self):\n        a = Text('stays')\n        self.add(a)\n"
        "        self.play(self.camera.frame.animate.scale(0.3).move_to(a.get_left()))\n        self.wait(0.4)\n"
    )
    assert report["error"] is None and report["layout"] == []


async def test_a_still_picture_is_a_short_video_and_a_blank_one_is_none(render, scene):
    still = await render(scene('self.add(Text("still"))'))
    assert still["ok"] and still["seconds"] == pytest.approx(1.0, abs=0.1) and texts(still) == {"still"}
    for body in ("pass", "self.wait(1)", 'self.add(Text("hidden").set_opacity(0)); self.wait(0.5)'):
        blank = await render(scene(body))
        assert blank["error"] is not None and blank["error"]["kind"] == "none_rendered", body


async def test_a_fallback_for_a_formula_that_tex_refuses_is_kept(render, scene):
    body = 'try:\n    made = MathTex(r"\\nonsense{2}")\nexcept ValueError:\n    made = Text("two")\nself.add(made)'
    report = await render(scene(body))
    assert report["ok"] is True and texts(report) == {"two"}


ERRORS = [
    ("self.play(ShowCreation(Circle()))", "api", "ShowCreation", "Create"),
    ("Circle().move_too(UP)", "api", "move_too", "move_to"),
    ("Axes().get_graph(lambda x: x)", "api", "getter", "get_graph is now plot"),
    ("a = Axes(x_rang=[0, 1])", "api", "x_rang", "x_range"),
    ('MathTex(r"\\frac{1}{2} \\nonsense")', "latex", "Undefined control sequence", "\\nonsense"),
    ("1 / 0", "runtime", "ZeroDivisionError", ""),
    ("while True:\n    pass", "timeout", "not done in time", ""),
    ("b'x' * (1 << 40)", "memory", "memory", ""),
    ("raise SystemExit(0)", "runtime", "", ""),
]


@pytest.mark.parametrize(("body", "kind", "message", "hint"), ERRORS)
async def test_an_error_has_its_kind_its_line_and_a_hint(render, scene, body, kind, message, hint):
    report = await render(scene("self.wait(0.1)\n" + body), timeout_s=8 if kind == "timeout" else 60)
    error = report["error"]
    assert report["ok"] is False and report["video"] is None
    assert error["kind"] == kind and message in error["message"] and hint in error["hint"]
    assert error["line"] in ((5, 6) if kind == "timeout" else (5,))
    assert len(error["message"]) <= 400 and "\n" not in error["message"]


async def test_the_same_scene_is_made_again_bit_for_bit(render, scene, tmp_path):
    source = scene('self.play(Write(MathTex("x^2 = 4"))); self.play(Create(Circle())); self.wait(0.5)')
    videos = []
    for _ in range(2):
        assert (await render(source))["ok"]
        videos.append((tmp_path / "out.mp4").read_bytes())
    assert videos[0] == videos[1]
