from __future__ import annotations

from typing import Any

import pytest

from agents.animation.kinds import Circle, FunctionGraph, Kind
from agents.animation.told import only_told
from agents.animation.visual import picture


def told(problem: str, *solution: str, formulas: tuple[str, ...] = (), answer: str = "") -> Kind:
    shown = picture(problem, formulas, answer)
    assert shown is not None
    return only_told(shown, [problem, *solution, f"${answer}$"])


def points(kind: Kind) -> list[Any]:
    data: list[Any] = kind.data()["points"]
    return data


def test_the_radius_of_a_circle_whose_centre_is_asked_is_not_written() -> None:
    shown = told("$$x^{2}+20 x+y^{2}+16 y=-20$$ What is the centre?", "$(x+10)^2 + (y+8)^2 = c$", answer="(-10, -8)")
    assert isinstance(shown, Circle)
    assert [part["label"] for part in shown.data()["parts"]] == ["r"]
    assert shown.data()["center_label"] == "(−10, −8)"
    assert "12" not in shown.say


def test_the_centre_of_a_circle_whose_radius_is_asked_is_not_written() -> None:
    shown = told("$$x^{2}+20 x+y^{2}+16 y=-20$$ What is the radius?", "$r^2 = 144$", answer="12")
    assert shown.data()["center_label"] == ""
    assert [part["label"] for part in shown.data()["parts"]] == ["r = 12"]


def test_a_crossing_that_nobody_asked_for_is_not_marked() -> None:
    shown = told("The functions are $f(x) = x^2 + 3x - 5$ and $g(x) = 4x - 5.3$. What is $f(3)$?", answer="13")
    assert isinstance(shown, FunctionGraph) and len(shown.functions) == 2
    assert points(shown) == []


def test_a_crossing_that_is_named_in_words_is_a_dot_without_numbers() -> None:
    shown = told("The graphs of $y = x^2 + 3x - 5$ and $y = 4x - 4.7$ intersect. How often?", answer="2")
    found = points(shown)
    assert len(found) == 2 and all(label == "" for _, _, label in found)
    assert "where the two graphs" in shown.say or "The two graphs meet" in shown.say


def test_what_the_solution_names_is_marked_with_its_numbers() -> None:
    shown = told("Two lines: $y = 2x + 1$ and $y = -x + 7$. Find x + y.", "$x = 2$ and $y = 5$", answer="7")
    assert points(shown) == [(2.0, 5.0, "(2, 5)")]


def test_only_those_roots_are_written_that_stand_there() -> None:
    shown = told("What is the greater solution of $x^2 - 10x + 21 = 0$?", answer="7")
    assert [label for _, _, label in points(shown)] == ["(7, 0)"]
    quiet = told("How many solutions has $x^2 - 10x + 7.3 = 0$?", answer="2")
    assert points(quiet) == []
    assert not [char for char in quiet.say if char.isdigit()]


def test_the_picture_keeps_its_frame_without_its_marks() -> None:
    whole = picture("$f(x) = x^2 - 10x + 7$", [], "")
    assert isinstance(whole, FunctionGraph)
    less = only_told(whole, [])
    assert whole.data()["x_range"] == less.data()["x_range"]
    assert len(points(whole)) > len(points(less))


@pytest.mark.parametrize(
    ("text", "label"), [("$\\frac{1}{3}$", "(1/3, 0)"), ("x is 1/3", "(1/3, 0)"), ("x is about 0.3", ""), ("12, 13", "")]
)
def test_fractions_count_as_their_value(text: str, label: str) -> None:
    whole = picture("$f(x) = 9x - 3$", [], "")
    assert whole is not None
    shown = [label for x, _, label in only_told(whole, [text]).data()["points"] if x > 0]
    assert shown == ([label] if label else [])


def test_a_label_that_does_not_typeset_becomes_a_name_and_no_computed_line() -> None:
    shown = picture("$\\hbox{a} y = 3$", ["\\mathsf{} 2p + 3b = 7 \\\\ ", "p + b = 3"], "")
    assert shown is None or all("." not in label for label in getattr(shown, "labels", []))
