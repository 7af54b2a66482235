from __future__ import annotations

import pytest

from agents.animation.kinds import Circle, FunctionGraph, NumberLine
from agents.animation.visual import formulas_in, picture


def test_a_circles_equation_gives_its_circle() -> None:
    shown = picture("$$x^{2}+20 x+y^{2}+16 y=-20$$ What is the centre?", [], "")
    assert isinstance(shown, Circle)
    assert (shown.center, shown.radius) == ((-10.0, -8.0), 12.0)


def test_a_system_gives_two_lines_and_their_crossing() -> None:
    shown = picture("$$\\begin{aligned}& x=y-3 \\\\& \\frac{x}{2}+2 y=6\\end{aligned}$$", [], "")
    assert isinstance(shown, FunctionGraph)
    assert [(x, y) for x, y, _ in shown.data()["points"]] == [(0.0, 3.0)]


def test_a_word_problems_own_equations_are_drawn() -> None:
    shown = picture("Ann buys 9 items.", ["p + b = 9", "2p + 7b = 33"], "3")
    assert isinstance(shown, FunctionGraph)
    assert (shown.x_name, shown.y_name) == ("b", "p")
    assert "(3, 6)" in shown.say


def test_a_defined_function_is_drawn_with_its_own_letter() -> None:
    shown = picture("The value is $V(t) = 800(0.7)^t$.", [], "")
    assert isinstance(shown, FunctionGraph)
    assert (shown.x_name, shown.parsed()[0](1.0)) == ("t", pytest.approx(560))


def test_an_equation_of_higher_degree_shows_its_roots() -> None:
    shown = picture("Solve $4 x^{2}-8 x-12=0$.", [], "")
    assert isinstance(shown, FunctionGraph)
    assert "x = −1 and x = 3" in shown.say


@pytest.mark.parametrize(
    ("answer", "interval"),
    [
        ("x > 3", (3.0, None, "open", "closed")),
        ("x \\leq -2", (None, -2.0, "closed", "closed")),
        ("5 \\geq x", (None, 5.0, "closed", "closed")),
        ("-1 < x \\leq 4", (-1.0, 4.0, "open", "closed")),
    ],
)
def test_an_inequality_as_the_answer_gives_its_interval(answer: str, interval: tuple[object, ...]) -> None:
    shown = picture("Which values work?", [], answer)
    assert isinstance(shown, NumberLine)
    only = shown.intervals[0]
    assert (only.left, only.right, only.left_end, only.right_end) == interval


@pytest.mark.parametrize(
    "problem", ["If $3(c+d)=5$, what is $c+d$?", "What is $5 + 3$?", "$y = mx + c$", "No formula.", "$x = $", "$\\$5$ and $x^2+y^2=-4$"]
)
def test_where_nothing_certain_can_be_drawn_there_is_no_picture(problem: str) -> None:
    assert picture(problem, [], "7") is None


def test_systems_are_taken_apart_line_by_line() -> None:
    assert formulas_in("$$\\begin{aligned} y &= 2x \\\\ x + y &= 3 \\end{aligned}$$ and $z$") == ["y = 2x", "x + y = 3", "z"]
