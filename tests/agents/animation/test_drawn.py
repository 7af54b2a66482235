"""What is drawn on axes against the function that is named: scenes rendered for real, and the comparison by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.animation.drawn import wrong_curves
from agents.animation.kinds import load
from agents.animation.named import named_by, named_in
from agents.errors import NoSandbox
from agents.rendering import ManimRenderer
from agents.rendering.bundle import curves as checked_curves
from agents.sandbox import probe

PARABOLA = "Plot y = x^2 - 4x + 3 and mark its zeros"
AXES = "axes = Axes(x_range=[-2, 6, 1], y_range=[-2, 8, 1])\n"
WIDE = "axes = Axes(x_range=[-7, 7, 1], y_range=[-6, 6, 1], x_length=8, y_length=6.8)\n"


@pytest.fixture
def drawn(tmp_path: Path) -> Any:
    """Renders a scene with these lines and gives the curves of the report."""

    async def run(body: str) -> list[Any]:
        try:
            sandbox = probe()
        except NoSandbox as error:
            pytest.skip(f"no sandbox on this machine: {error.message}")
        source = body
        if "class " not in body:
            lines = "\n".join(f"        {line}" for line in body.strip().splitlines())
            source = f"from manim import *\nclass Made(MovingCameraScene):\n    def construct(self):\n{lines}\n"
        report = await ManimRenderer(sandbox).render(source, out=tmp_path / "out.mp4", timeout_s=240.0)
        assert report["ok"], report["error"]
        return report["curves"]

    return run


@pytest.mark.real
@pytest.mark.parametrize(
    ("draw", "body"),
    [
        (PARABOLA, AXES + "g = axes.plot(lambda x: x**2 - 4*x + 3)\nself.play(Create(axes), Create(g))"),
        # the axes and what is on them are moved and made smaller together, and the camera goes near
        (
            PARABOLA,
            AXES + "g = axes.plot(lambda x: (x - 1)*(x - 3))\nall = VGroup(axes, g)\nself.add(all)\nself.wait(0.2)\n"
            "self.play(all.animate.scale(0.5).to_corner(UL), run_time=0.3)\n"
            "self.play(self.camera.frame.animate.scale(0.5).move_to(g), run_time=0.3)",
        ),
        # two branches in one path, with a line of Manim's between them
        ("Plot y = tan(x)", WIDE + "g = axes.plot(np.tan, x_range=[-4.5, 4.5, 0.05])\nself.add(axes, g)\nself.wait(0.2)"),
        (
            "Plot y = 1/x and its asymptotes",
            WIDE + "g = VGroup(axes.plot(lambda x: 1/x, x_range=[-6, -0.2]), axes.plot(lambda x: 1/x, x_range=[0.2, 6]))\n"
            "self.add(axes, g, DashedLine(axes.c2p(0, -6), axes.c2p(0, 6)))\nself.wait(0.2)",
        ),
        (
            "Shade the region y <= -x + 4 above y > 2x - 2",
            WIDE + "a = DashedVMobject(axes.plot(lambda x: 4 - x, x_range=[-2, 7]))\nb = Line(axes.c2p(-2, -6), axes.c2p(4, 6))\n"
            "self.add(axes, a, b)\nself.wait(0.2)",
        ),
        (
            "Draw the circle (x - 1)^2 + (y + 1)^2 = 9",
            WIDE + "g = axes.plot_implicit_curve(lambda x, y: (x - 1)**2 + (y + 1)**2 - 9)\nself.add(axes, g)\nself.wait(0.2)",
        ),
        (
            "Draw the circle x^2 + y^2 = 4",
            "axes = NumberPlane()\ng = Circle(radius=2, color=YELLOW)\nself.add(axes, g)\nself.wait(0.2)",
        ),
        # helpers beside it, and the curve that it comes from
        (
            "y = x^2 becomes y = (x - 2)^2 + 1",
            AXES + "g = axes.plot(lambda x: x**2)\nh = axes.plot(lambda x: (x - 2)**2 + 1)\nt = axes.plot(lambda x: 2*x - 1)\n"
            "self.add(axes, g, t)\nself.wait(0.2)\nself.play(Transform(g, h), run_time=0.3)",
        ),
        # axes that become others: the numbers are those of the new ones
        (
            "Plot y = 2x + 1",
            AXES + "g = axes.plot(lambda x: 2*x + 1, x_range=[-1, 3])\nself.add(axes, g)\nself.wait(0.2)\n"
            "wide = Axes(x_range=[-10, 10], y_range=[-20, 20])\nh = wide.plot(lambda x: 2*x + 1)\n"
            "self.play(Transform(axes, wide), Transform(g, h), run_time=0.3)",
        ),
    ],
)
async def test_a_right_curve_is_no_fault(drawn: Any, draw: str, body: str) -> None:
    curves = await drawn(body)
    assert curves and named_in(draw)
    assert wrong_curves({}, draw, curves) == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("draw", "body", "told"),
    [
        (PARABOLA, AXES + "g = axes.plot(lambda x: -(x**2 - 4*x + 3))\nself.play(Create(axes), Create(g))", "x^2 - 4x + 3"),
        (PARABOLA, AXES + "g = axes.plot(lambda x: x**2 - 4*x + 4)\nself.add(axes, g)\nself.wait(0.2)", "instead of"),
        # the axes are moved and the curve is left behind
        (
            PARABOLA,
            AXES + "g = axes.plot(lambda x: x**2 - 4*x + 3)\naxes.shift(0.8*RIGHT)\nself.add(axes, g)\nself.wait(0.2)",
            "x^2 - 4x + 3",
        ),
        # Transform moves points only: the graph is now that of something else
        (
            "Plot y = tan(x)",
            WIDE + "g = axes.plot(lambda x: np.tan(x - 1), x_range=[-4, 4, 0.05])\nself.add(axes, g)\nself.wait(0.2)",
            "tan(x)",
        ),
        ("Plot y = 1/x", WIDE + "g = axes.plot(lambda x: -1/x, x_range=[0.2, 6])\nself.add(axes, g)\nself.wait(0.2)", "1/x"),
        (
            "Shade the region y <= -x + 4",
            WIDE + "a = DashedVMobject(axes.plot(lambda x: x + 4, x_range=[-7, 2]))\nself.add(axes, a)\nself.wait(0.2)",
            "-x + 4",
        ),
        (
            "Draw the circle (x - 1)^2 + (y + 1)^2 = 9",
            WIDE + "g = axes.plot_implicit_curve(lambda x, y: (x + 1)**2 + (y - 1)**2 - 9)\nself.add(axes, g)\nself.wait(0.2)",
            "(x - 1)^2",
        ),
        ("Draw the circle x^2 + y^2 = 4", "axes = NumberPlane()\ng = Circle(radius=4)\nself.add(axes, g)\nself.wait(0.2)", "x^2 + y^2"),
    ],
)
async def test_a_curve_that_is_another_is_a_fault_that_names_the_function(drawn: Any, draw: str, body: str, told: str) -> None:
    wrong = wrong_curves({}, draw, await drawn(body))
    assert len(wrong) == 1
    assert told in wrong[0]


BEATS: list[dict[str, Any]] = [
    {"kind": "function_graph", "functions": ["x^2 - 4x + 3"], "marks": ["zeros", "vertex"], "say": "The graph of y = x² − 4x + 3."},
    {"kind": "function_graph", "functions": ["2x + 1", "-x + 4"], "labels": ["y = 2x + 1", "x + y = 4"], "marks": ["crossing"]},
    {"kind": "function_graph", "functions": ["tan(x)"], "marks": ["asymptotes"]},
    {"kind": "function_graph", "functions": ["1/(x-1)"], "marks": ["asymptotes"], "tangent_at": 3},
    {"kind": "function_graph", "functions": ["800*0.7^x"], "x_name": "t", "labels": ["V(t) = 800(0.7)^t"]},
    {"kind": "circle", "radius": 3, "center": [1, -2], "parts": [{"kind": "radius"}]},
]


@pytest.mark.real
@pytest.mark.parametrize("data", BEATS, ids=lambda data: str(data.get("functions", data["kind"])))
async def test_our_own_beats_draw_what_they_name(drawn: Any, data: dict[str, Any]) -> None:
    kind = load(data)
    curves = await drawn(kind.source())
    assert named_by(kind.model_dump())
    assert wrong_curves(kind.model_dump(), "", curves) == []
    other = {"functions": ["x/5 - 7"], "labels": []} if data["kind"] == "function_graph" else {"radius": 2.5}
    assert len(wrong_curves(kind.model_dump() | other, "", curves)) == 1, "the curve is compared at all"


def _curve(function: Any, *, kind: str = "ParametricFunction", graph: bool = True) -> Any:
    points = [[x / 10, function(x / 10)] for x in range(-20, 21)]
    return {"kind": kind, "function": graph, "x_range": [-3, 3], "y_range": [-5, 5], "points": points, "at_s": 1.0, "line": 3}


def test_a_label_that_says_another_function_than_is_drawn_is_a_fault() -> None:
    data = {"kind": "function_graph", "functions": ["2x + 1"], "labels": ["y = 2x - 1"], "x_name": "x", "say": ""}
    assert "y = 2x - 1" in wrong_curves(data, "", checked_curves([_curve(lambda x: 2 * x + 1)]))[0]


def test_a_caption_that_names_another_function_than_is_drawn_is_a_fault() -> None:
    data = {"kind": "function_graph", "functions": ["2x + 1"], "labels": [], "x_name": "x", "say": "The line y = 3x + 1 rises."}
    assert wrong_curves(data, "", checked_curves([_curve(lambda x: 2 * x + 1)])) == [
        "the caption names y = 3x + 1, which is not what is drawn"
    ]


@pytest.mark.parametrize(
    ("draw", "curves"),
    [
        ("Plot y = 2x + 1", []),
        ("Plot y = 2x + 1", [_curve(lambda x: 5 * x, kind="Line", graph=False)]),
        ("Show y = x^2 shifted right by 2", [_curve(lambda x: (x - 2) ** 2)]),
        ("Plot the derivative of f(x) = x^2", [_curve(lambda x: 2 * x)]),
        ("Plot y = ax^2 for several a", [_curve(lambda x: 3 * x * x)]),
        ("Solve x^2 = 4 with a graph", [_curve(lambda x: x * x - 3)]),
        ("Plot y = 2x + 1 and y = x^2", [_curve(lambda x: 2 * x + 1)]),
        ("Plot y = sin(x) over 0 to 360 degrees", [_curve(lambda x: 0.01745 * x)]),
    ],
)
def test_what_may_be_meant_is_no_fault(draw: str, curves: list[Any]) -> None:
    assert wrong_curves({}, draw, checked_curves(curves)) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Plot y = x^2 - 4x + 3, with the axis x = 2", ["y = x^2 - 4x + 3"]),
        ("The graph of y = x⁴ − 1.", ["y = x^4 - 1"]),
        ("Shade 2x + 3y <= 6 for 0 <= x <= 3", ["2x + 3y = 6"]),
        ("height $h(t) = -5t^2 + 20t$", ["h(t) = -5t^2 + 20t"]),
        ("the graph of sin(x) + 1", ["y = sin(x) + 1"]),
        ("x = 3 and y = 4 and y = mx + c", []),
    ],
)
def test_functions_are_read_as_they_are_written(text: str, names: list[str]) -> None:
    assert [one.text for one in named_in(text)] == names


@pytest.mark.parametrize(
    "sent",
    [
        "x",
        [1],
        [{"points": [[1, 2]], "x_range": [0, 1], "y_range": [1, 0]}],
        [{"points": [[1, "a"]], "x_range": [0, 1], "y_range": [0, 1]}],
        [{"points": [[float("inf"), 1]], "x_range": [0, 1], "y_range": [0, 1]}],
        [{"points": {}, "x_range": [0, 1], "y_range": [0, 1]}],
    ],
)
def test_curves_that_are_none_are_not_taken_over(sent: Any) -> None:
    assert checked_curves(sent) == []


def test_more_curves_than_are_taken_down_are_not_judged() -> None:
    assert wrong_curves({}, "Plot y = x^3", checked_curves([_curve(lambda x: 2 * x)] * 60)) == []
