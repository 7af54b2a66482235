from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.animation.compose import SCENE
from agents.animation.kinds import KINDS, FunctionGraph, NumberLine, Triangle, load

GOOD: dict[str, dict[str, Any]] = {
    "title": {"kind": "title", "title": "The problem", "text": "If $x + 1 = 3$, what is $x$? It costs \\$5."},
    "recap": {"kind": "recap", "title": "Answer", "formula": "x = \\frac{3}{2}", "say": "Checked by a computation."},
    "plain": {"kind": "plain", "text": "A square has four equal sides.", "formula": "A = s^2"},
    "equation_steps": {
        "kind": "equation_steps",
        "title": "Solution",
        "lines": [
            {"latex": "\\frac{2}{3}x - 4 = 6", "say": "Start."},
            {"latex": "\\frac{2}{3}x = 10", "say": "Add 4."},
            {"latex": "x = 15", "say": "Multiply by $\\frac{3}{2}$."},
        ],
    },
    "function_graph": {
        "kind": "function_graph",
        "functions": ["x^2 - 4x + 3"],
        "marks": ["zeros", "vertex", "y_intercept"],
        "say": "The zeros of a parabola.",
        "title": "Zeros",
    },
    "function_graph tangent": {"kind": "function_graph", "functions": ["x^2"], "tangent_at": 1.5, "area": (0, 1), "say": "Slope and area."},
    "function_graph two": {
        "kind": "function_graph",
        "functions": ["\\frac{1}{2}x + 40", "220 - x"],
        "marks": ["crossing"],
        "x_name": "P",
        "say": "Supply meets demand.",
    },
    "function_graph pole": {"kind": "function_graph", "functions": ["\\frac{1}{x-1}"], "say": "A pole at x = 1."},
    "number_line": {
        "kind": "number_line",
        "intervals": [{"left": 3, "left_end": "open"}],
        "formula": "2x + 1 > 7",
        "say": "All numbers above 3.",
    },
    "number_line points": {
        "kind": "number_line",
        "points": [{"value": -1}, {"value": 3, "label": "x = 3"}, {"value": 3.2}],
        "say": "Three points.",
    },
    "triangle": {"kind": "triangle", "a": 3, "b": 4, "C": 90, "find": "c", "formula": "c^2 = a^2 + b^2", "say": "A right triangle."},
    "triangle flat": {"kind": "triangle", "A": 12, "B": 130, "c": 5, "say": "A flat triangle.", "title": "Angles"},
    "circle": {"kind": "circle", "radius": 12, "center": (-10, -8), "formula": "(x+10)^2 + (y+8)^2 = 144", "say": "Centre and radius."},
    "circle parts": {
        "kind": "circle",
        "radius": 5,
        "parts": [{"kind": "radius"}, {"kind": "sector", "angle": 0, "to": 72}, {"kind": "chord"}],
        "say": "Parts of a circle.",
    },
    "bars": {
        "kind": "bars",
        "bars": [{"label": f"term {n}", "value": 3 * 2**n} for n in range(5)],
        "marked": [4],
        "formula": "a_n = 3 \\cdot 2^n",
        "say": "Doubling.",
    },
}
BAD: list[dict[str, Any]] = [
    {"kind": "hologram"},
    {"kind": "equation_steps", "lines": []},
    {"kind": "equation_steps", "lines": [{"latex": ""}]},
    {"kind": "equation_steps", "lines": [{"latex": "x = 1"}] * 7},
    {"kind": "equation_steps", "lines": [{"latex": "\\input{/etc/passwd}"}]},
    {"kind": "function_graph", "functions": []},
    {"kind": "function_graph", "functions": ["__import__('os')"]},
    {"kind": "function_graph", "functions": ["5"]},
    {"kind": "function_graph", "functions": ["sqrt(-1-x^2)"]},
    {"kind": "function_graph", "functions": ["x"], "x_min": 3, "x_max": 1},
    {"kind": "function_graph", "functions": ["x"], "x_min": 3},
    {"kind": "function_graph", "functions": ["x"], "x_min": float("nan"), "x_max": 1},
    {"kind": "function_graph", "functions": ["x^2"], "area": (5, 1)},
    {"kind": "function_graph", "functions": ["x"], "x_name": "');import os"},
    {"kind": "number_line"},
    {"kind": "number_line", "points": [{"value": float("inf")}]},
    {"kind": "number_line", "points": [{"value": 1e30}]},
    {"kind": "number_line", "intervals": [{"left": 4, "right": 2}]},
    {"kind": "number_line", "intervals": [{}]},
    {"kind": "triangle", "a": 1, "b": 2, "c": 10},
    {"kind": "triangle", "a": 3, "b": 4},
    {"kind": "triangle", "a": -3, "b": 4, "c": 5},
    {"kind": "triangle", "A": 90, "B": 95, "c": 5},
    {"kind": "triangle", "A": 60, "B": 60, "C": 70},
    {"kind": "triangle", "a": 3, "b": 4, "c": 5, "C": 60},
    {"kind": "triangle", "a": 1, "b": 1000, "c": 1000},
    {"kind": "circle", "radius": 0},
    {"kind": "circle", "radius": 1, "center": (100, 0)},
    {"kind": "circle", "radius": 1, "parts": [{"kind": "sector", "angle": 0, "to": 400}]},
    {"kind": "bars", "bars": [{"label": "a", "value": 1}]},
    {"kind": "bars", "bars": [{"label": "a", "value": 0}, {"label": "b", "value": 0}]},
    {"kind": "bars", "bars": [{"label": "a", "value": -1}, {"label": "b", "value": 2}]},
]


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


@pytest.fixture(scope="module")
def renderer() -> Any:
    from agents.rendering import ManimRenderer
    from agents.sandbox.probe import probe

    return ManimRenderer(probe())


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
}


@pytest.mark.real
@pytest.mark.parametrize("name", GOOD)
async def test_every_kind_renders_and_shows_what_it_should_without_layout_faults(name: str, renderer: Any, tmp_path: Path) -> None:
    report = await renderer.render(load(GOOD[name]).source(), scene=SCENE, out=tmp_path / "beat.mp4")
    assert report["ok"], report["error"]
    assert [finding for finding in report["layout"] if finding["severity"] == "error"] == []
    assert EXPECTED.get(name, set()) <= {shown["kind"] for shown in report["shown"]}
    assert 4.0 <= report["seconds"] <= 16.0
    assert (tmp_path / "beat.mp4").stat().st_size > 5_000
