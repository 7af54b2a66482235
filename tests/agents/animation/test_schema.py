from __future__ import annotations

from typing import Any

import pytest

from agents.animation.forms import FORMS, FURTHER, form_of, further_for, storyboard_schema
from agents.animation.kinds import Circle, EquationSteps, FunctionGraph, Solid
from agents.animation.schema import kind_from_form, plain_card, read_storyboard


def test_a_storyboard_that_was_cut_off_keeps_its_complete_beats() -> None:
    text = '{"title":"T","formula":"a","beats":[{"kind":"triangle","a":3},{"kind":"circle","rad'
    assert read_storyboard(text) == {"title": "T", "formula": "a", "beats": [{"kind": "triangle", "a": 3}]}


@pytest.mark.parametrize("text", ["", "no", "[]", '{"beats": 3}', '{"title": "x"'])
def test_what_is_no_storyboard_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_storyboard(text)


FILLED: dict[str, dict[str, Any]] = {
    "equation_steps": {"steps": [{"latex": "x = 1", "say": "a"}, {"latex": "x + 1 = 2", "say": "b"}]},
    "function_graph": {"f": "x^2", "g": "", "show": "tangent", "at": 1, "to": 1},
    "number_line": {"points": [1, 2], "formula": "x"},
    "triangle": {"a": 3, "b": 4, "c": 5, "formula": ""},
    "circle": {"radius": 2, "part": "sector", "angle": 60, "formula": ""},
    "bars": {"labels": ["a", "b"], "values": [1, 2], "formula": ""},
    "unit_circle": {"angle": 120},
    "coordinates": {"points": [[1, 2], [4, 6]], "show": "slope", "formula": ""},
    "polygon": {"shape": "trapezoid", "base": 8, "height": 3, "top": 5, "n": 0, "formula": ""},
    "similar": {"a": 3, "b": 4, "c": 5, "scale": 2, "formula": ""},
    "solid": {"body": "cylinder", "width": 0, "depth": 0, "height": 5, "radius": 2, "formula": ""},
    "area_model": {"rows": ["x", "3"], "columns": ["x", "-2"], "formula": ""},
    "part_bars": {"bars": [{"label": "half", "parts": 2, "filled": 1}], "formula": ""},
    "venn": {"names": ["A", "B"], "left": 3, "both": 2, "right": 4},
    "histogram": {"start": 0, "width": 10, "counts": [1, 4, 2]},
    "scatter": {"points": [[1, 2], [2, 3], [3, 5]]},
    "sequence": {"first": 3, "step": 4, "ratio": 0, "formula": ""},
    "tree": {"outcomes": [{"label": "red", "count": 3}, {"label": "blue", "count": 2}], "draws": 2, "put_back": False},
    "motion": {"travellers": [{"name": "car", "start": 0, "speed": 50}], "time": 2, "formula": ""},
}


@pytest.mark.parametrize("kind", FILLED)
def test_every_filled_form_becomes_its_kind(kind: str) -> None:
    filled = {"kind": kind, "say": "One sentence."} | FILLED[kind]
    assert set(form_of(kind)["required"]) == set(filled)
    assert kind_from_form(filled).kind == kind


def test_a_tangent_and_a_sector_reach_the_picture() -> None:
    graph = kind_from_form({"kind": "function_graph", "say": "", "f": "x^2", "g": "", "show": "tangent", "at": 1, "to": 0})
    circle = kind_from_form({"kind": "circle", "say": "", "radius": 2, "part": "sector", "angle": 60, "formula": ""})
    assert isinstance(graph, FunctionGraph)
    assert graph.tangent_at == 1
    assert isinstance(circle, Circle)
    assert [(part.kind, part.to) for part in circle.parts] == [("radius", None), ("sector", 60)]


def test_a_formula_that_does_not_typeset_does_not_cost_the_picture() -> None:
    assert kind_from_form({"kind": "triangle", "say": "", "a": 3, "b": 4, "c": 5, "formula": "\\oops{"}).kind == "triangle"


def test_lines_that_do_not_typeset_are_left_out() -> None:
    steps = kind_from_form(
        {"kind": "equation_steps", "say": "", "steps": [{"latex": "x = 1", "say": ""}, {"latex": "\\oops", "say": ""}, 3]}
    )
    assert isinstance(steps, EquationSteps)
    assert [line.latex for line in steps.lines] == ["x = 1"]


@pytest.mark.parametrize(
    "filled",
    [
        {},
        {"kind": "triangle", "a": 1, "b": 1, "c": 9},
        {"kind": "bars", "labels": None, "values": None},
        {"kind": "circle", "radius": "big"},
    ],
)
def test_a_form_that_cannot_be_drawn_is_refused(filled: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        kind_from_form(filled)


def test_a_plain_card_always_validates() -> None:
    assert "oops" in plain_card("Look:", "\\oops{").text


def test_the_schema_bounds_everything_a_model_writes() -> None:
    def strings(value: Any) -> list[dict[str, Any]]:
        if isinstance(value, dict):
            own = [value] if value.get("type") in ("string", "array") else []
            return own + [found for item in value.values() for found in strings(item)]
        return [found for item in value for found in strings(item)] if isinstance(value, list) else []

    assert all(
        "maxLength" in found or "enum" in found or "maxItems" in found for found in strings(storyboard_schema([*FORMS, *FURTHER], 3))
    )


def test_kinds_beyond_the_usual_ones_are_offered_where_the_topic_speaks_of_them() -> None:
    assert further_for("The volume of a cone is a third of that of a cylinder") == ["solid"]
    assert further_for("Similar triangles and the unit circle") == ["similar", "unit_circle"]
    assert further_for("Integration by parts") == []
    assert len(further_for("speed, volume, fraction, histogram and slope of a rectangle")) == 3


def test_a_zero_stands_for_a_length_that_is_not_needed() -> None:
    sphere = kind_from_form({"kind": "solid", "say": "", "body": "sphere", "width": 0, "depth": 0, "height": 0, "radius": 2, "formula": ""})
    assert isinstance(sphere, Solid) and sphere.height is None
    with pytest.raises(ValueError):
        kind_from_form({"kind": "solid", "say": "", "body": "cone", "width": 0, "depth": 0, "height": 0, "radius": 2, "formula": ""})


@pytest.mark.parametrize(
    ("put_back", "ends"),
    [(True, ["9/25", "6/25", "6/25", "4/25"]), (False, ["3/10", "3/10", "3/10", "1/10"])],
)
def test_the_probabilities_of_a_tree_are_computed_from_what_is_in_the_bag(put_back: bool, ends: list[str]) -> None:
    tree = kind_from_form({"kind": "tree", "say": "", **FILLED["tree"], "put_back": put_back})
    assert [end["p"] for end in tree.data()["ends"]] == ends


def test_a_tree_with_more_ends_than_can_be_read_has_fewer_draws() -> None:
    outcomes = [{"label": name, "count": 1} for name in ("red", "blue", "green")]
    tree = kind_from_form({"kind": "tree", "say": "", "outcomes": outcomes, "draws": 3, "put_back": True})
    assert len(tree.data()["ends"]) == 9


@pytest.mark.parametrize(
    "outcomes", [[], [{"label": "red", "count": 0}, {"label": "blue", "count": 1}], [{"label": "red", "count": 1}], "x"]
)
def test_a_tree_of_nothing_is_refused(outcomes: Any) -> None:
    with pytest.raises(ValueError):
        kind_from_form({"kind": "tree", "say": "", "outcomes": outcomes, "draws": 2, "put_back": True})


def test_a_topic_of_chance_is_offered_the_tree() -> None:
    assert "tree" in further_for("Conditional probability: two marbles without replacement")
    assert "tree" not in further_for("Draw a circle with its tangent")
