from __future__ import annotations

import ast
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from agents.animation.compose import SCENE
from agents.animation.kinds import KINDS, AreaModel, FunctionGraph, Motion, NumberLine, Scatter, Tree, Triangle, UnitCircle, load
from agents.rendering import ManimRenderer
from agents.rendering.poster import poster
from tests.agents.animation import control
from tests.agents.animation.examples import BAD, GOOD


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_writes_a_standalone_manim_program(name: str) -> None:
    source = load(GOOD[name]).source()
    tree = ast.parse(source)
    compile(source, name, "exec")
    assert SCENE in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= {"manim", "numpy", "math", "textwrap"}


def test_every_kind_is_among_the_good_examples() -> None:
    assert {data["kind"] for data in GOOD.values()} == set(KINDS)


@pytest.mark.parametrize("data", BAD, ids=lambda data: f"{data['kind']}-{len(str(data))}")
def test_what_cannot_be_drawn_is_refused_in_one_line(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        load(data)
    assert "\n" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_of_a_model_becomes_code(say: str, label: str) -> None:
    hostile = f"'''\"\"\"\\{say}"
    source = load({"kind": "bars", "say": hostile, "bars": [{"label": label, "value": 1}, {"label": hostile, "value": 2}]}).source()
    data = next(
        node.value for node in ast.parse(source).body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DATA"
    )
    ast.literal_eval(data)


@settings(max_examples=80, deadline=None)
@given(st.floats(0.5, 100), st.floats(0.5, 100), st.floats(10, 160))
def test_a_triangle_from_two_sides_and_their_angle_obeys_the_law_of_cosines(a: float, b: float, turn: float) -> None:
    try:
        triangle = Triangle(a=a, b=b, C=turn)
    except ValueError:
        return
    (_, _, c), angles = triangle.solved()
    assert c**2 == pytest.approx(a**2 + b**2 - 2 * a * b * math.cos(math.radians(turn)), rel=1e-6)
    assert sum(angles) == pytest.approx(180)


def test_zeros_vertex_and_intercept_are_computed() -> None:
    graph = FunctionGraph(functions=["x^2 - 4x + 3"], marks=["zeros", "vertex", "y_intercept"])
    assert [(x, y) for x, y, _ in graph.data()["points"]] == [(0.0, 3.0), (1.0, 0.0), (2.0, -1.0), (3.0, 0.0)]


def test_a_pole_is_neither_a_zero_nor_joined_up() -> None:
    data = FunctionGraph(functions=["\\frac{1}{x-1}"], marks=["zeros", "vertex"]).data()
    assert data["points"] == []
    assert len(data["curves"][0]["branches"]) == 2


@pytest.mark.parametrize(
    ("function", "marks", "labels"),
    [
        ("x^2 + 2x - 8", ["axis_of_symmetry"], ["x = −1"]),
        ("x^3 - x", ["axis_of_symmetry"], []),
        ("\\frac{2}{x-3} + 1", ["asymptotes"], ["x = 3", "y = 1"]),
        ("\\frac{1}{x^2-4}", ["asymptotes"], ["x = −2", "x = 2", "y = 0"]),
        ("2^x", ["asymptotes"], ["y = 0"]),
        ("log(x)", ["asymptotes"], ["x = 0"]),
        ("x^2", ["asymptotes"], []),
        ("sqrt(x)", ["asymptotes"], []),
    ],
)
def test_guide_lines_stand_where_the_function_puts_them(function: str, marks: list[str], labels: list[str]) -> None:
    data = load({"kind": "function_graph", "functions": [function], "marks": marks}).data()
    assert [guide["label"] for guide in data["dashed"]] == labels


def test_far_crossings_are_in_sight() -> None:
    data = FunctionGraph(functions=["0.5x + 40", "220 - x"], marks=["crossing"]).data()
    assert [(x, y) for x, y, _ in data["points"]] == [(120.0, 100.0)]
    assert data["x_range"][0] < 120 < data["x_range"][1]
    assert data["y_range"][0] < 100 < data["y_range"][1]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=5))
def test_every_point_of_a_number_line_lies_on_it(values: list[float]) -> None:
    data = NumberLine(points=[{"value": value} for value in values]).data()  # type: ignore[list-item]
    low, high, step = data["range"]
    assert all(low < value < high for value in values)
    assert len(data["ticks"]) <= 25
    assert step > 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=3, max_size=12))
def test_no_line_fits_better_than_the_line_of_fit(points: list[tuple[int, int]]) -> None:
    if len({x for x, _ in points}) < 2:
        return
    line = Scatter(points=points).line()
    assert line is not None

    def error(slope: float, intercept: float) -> float:
        return sum((y - slope * x - intercept) ** 2 for x, y in points)

    best = error(*line)
    assert all(error(line[0] + a, line[1] + b) >= best - 1e-6 * (1 + best) for a in (-0.1, 0, 0.1) for b in (-1, 0, 1))


def test_products_of_an_area_model_add_up_to_the_product() -> None:
    data = AreaModel(rows=["x", "3"], columns=["2x", "-5"]).data()
    assert data["products"] == [["2x^{2}", "-5x"], ["6x", "-15"]] and data["total"] == "2x^{2}+x-15"
    assert AreaModel(rows=["20", "3"], columns=["10", "4"]).data()["total"] == "322"


def test_probabilities_multiply_along_a_path_and_add_over_paths() -> None:
    data = Tree(**{key: value for key, value in GOOD["tree"].items() if key != "kind"}).data()
    assert [end["p"] for end in data["ends"]] == ["3/10", "3/10", "3/10", "1/10"]
    assert data["total"] == "3/10 + 3/10 = 3/5"


def test_travellers_meet_where_both_are_at_the_same_time() -> None:
    late = Motion(travellers=[{"name": "A", "speed": 4}, {"name": "B", "speed": 6, "delay": 1}])  # type: ignore[list-item]
    assert late.end() == pytest.approx(3.0)
    assert late.place(late.travellers[0], 3.0) == late.place(late.travellers[1], 3.0) == 12.0


@pytest.mark.parametrize(
    ("angle", "sine", "cosine", "name"),
    [
        (150, r"\frac{1}{2}", r"-\frac{\sqrt{3}}{2}", "150° = 5π/6"),
        (225, r"-\frac{\sqrt{2}}{2}", r"-\frac{\sqrt{2}}{2}", "225° = 5π/4"),
        (-90, "-1", "0", "−90° = −π/2"),
        (20, "0.34", "0.94", "20°"),
    ],
)
def test_sine_and_cosine_are_exact_where_they_can_be(angle: float, sine: str, cosine: str, name: str) -> None:
    data = UnitCircle(angle=angle).data()
    assert (data["sin_latex"], data["cos_latex"], data["name"]) == (sine, cosine, name)


@pytest.fixture(scope="module")
def sandbox() -> Any:
    from agents.sandbox.probe import probe

    return probe()


EXPECTED: dict[str, set[str]] = {
    "title": {"Text"},
    "recap": {"MathTex", "SurroundingRectangle"},
    "plain": {"MathTex"},
    "equation_steps": {"MathTex", "Text"},
    "function_graph": {"Axes", "ParametricFunction", "Dot", "MathTex"},
    "number_line": {"NumberLine", "MathTex"},
    "triangle": {"Polygon", "MathTex"},
    "circle": {"Axes", "Circle", "MathTex"},
    "bars": {"Rectangle", "MathTex"},
    "scatter": {"Axes", "Dot", "Line", "DashedLine"},
    "histogram": {"Rectangle"},
    "part_bars": {"Rectangle", "MathTex"},
    "area_model": {"Rectangle", "MathTex"},
    "venn": {"Circle"},
    "tree": {"Line"},
    "coordinates": {"Axes", "Dot", "DashedLine"},
    "polygon": {"Polygon", "DashedLine", "MathTex"},
    "unit_circle": {"Circle", "MathTex"},
    "similar": {"Polygon", "MathTex"},
    "solid": {"Rectangle"},
    "sequence": {"RoundedRectangle", "MathTex"},
    "motion": {"Line", "MathTex"},
}


@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
async def test_every_kind_renders_shows_what_it_should_and_ends_as_its_control_frame(
    name: str, sandbox: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    video, end = tmp_path / "beat.mp4", tmp_path / "end.png"
    report = await ManimRenderer(sandbox).render(load(GOOD[name]).source(), scene=SCENE, out=video)
    assert report["ok"], report["error"]
    assert [finding for finding in report["layout"] if finding["severity"] == "error"] == []
    assert EXPECTED.get(name, set()) <= {shown["kind"] for shown in report["shown"]}
    assert 4.0 <= report["seconds"] <= 16.0
    assert video.stat().st_size > 5_000
    await poster(sandbox, video, end, at_s=report["seconds"], width=control.WIDTH)
    if request.config.getoption("--write-control-frames"):
        control.write(name, end)
    assert control.alike(end, control.path(name))


def test_every_control_frame_belongs_to_an_example() -> None:
    assert {file.name for file in control.FOLDER.iterdir()} == {control.path(name).name for name in GOOD}


def test_no_control_frame_would_pass_for_another() -> None:
    assert [pair for pair in combinations(GOOD, 2) if control.alike(*map(control.path, pair))] == []


def test_a_thing_that_is_missing_is_noticed_and_a_pixel_of_shift_is_not(tmp_path: Path) -> None:
    with Image.open(control.path("triangle")) as image:
        whole = image.convert("RGB")
    ImageChops.offset(whole, 1, 0).save(tmp_path / "shifted.png")
    assert control.alike(control.path("triangle"), tmp_path / "shifted.png")
    rows, columns = np.nonzero(control.tiles(control.path("triangle")).max(axis=2) > 90)
    # the lowest bright tile belongs to the caption
    left, top = int(columns[rows.argmax()]) * control.TILE, int(rows.max()) * control.TILE
    whole.paste(whole.getpixel((2, 2)), (left - 4, top - 4, left + 12, top + 12))
    whole.save(tmp_path / "missing.png")
    assert not control.alike(control.path("triangle"), tmp_path / "missing.png")
