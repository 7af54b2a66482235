"""Which callables a failed statement is about."""

from __future__ import annotations

import pytest

from agents.animation.manual import called_in, named_in
from agents.rendering.report import TakenOut


@pytest.mark.parametrize(
    ("statement", "message", "hint", "names"),
    [
        (
            "label = axes.get_curve_label(graph)",
            "AttributeError: Axes has no get_curve_label",
            "Axes has no get_curve_label; close names: get_graph_label, get_axis_labels.",
            ["Axes.get_graph_label", "Axes.get_axis_labels", "get_curve_label"],
        ),
        ("c = Circel()", "NameError", "Manim has no Circel; close names: Circle.", ["Circle", "Circel"]),
        ("self.play(ShowCreation(c))", "NameError", "ShowCreation is now Create.", ["Create", "play", "ShowCreation"]),
        ("x = Axes(z=1)", "TypeError: unexpected", "Axes(x_range=..., y_range=...); it does not take z", ["Axes"]),
        ("x = (", "SyntaxError", "", []),
    ],
)
def test_the_right_name_comes_before_the_wrong_one(statement: str, message: str, hint: str, names: list[str]) -> None:
    piece = TakenOut(code=statement, statement=statement, line=1, whole=True, message=message, hint=hint)
    assert called_in(piece) == names


def test_the_words_of_an_error_name_what_is_right() -> None:
    assert named_in("line 3: TypeError: x (Axes(x_range=..., y_range=...); it does not take z)") == ["Axes"]
    assert named_in("the picture is empty") == []
