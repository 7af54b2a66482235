"""Requests in words: what is read from them by code, with every number, and what must be left to the model."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.animation.asked import asked_for, problem_in
from agents.animation.asked.solving import completed_square, inequality_steps
from agents.animation.kinds import EquationSteps


def _read(request: str) -> list[dict[str, Any]]:
    return [kind.model_dump() for kind in asked_for(request)]


@pytest.mark.parametrize(
    ("request_", "kind", "fields"),
    [
        ("Plot y = x^2 - 2x - 3 with its zeros and the axis of symmetry dashed", "function_graph", {"marks": ["zeros", "axis_of_symmetry"]}),
        ("sketch f(x) = 2x + 1 and mark where it crosses the y-axis", "function_graph", {"functions": ["2x + 1"], "y_name": "f(x)"}),
        ("Draw the curve y = 1/(x+1) with all asymptotes", "function_graph", {"marks": ["asymptotes"]}),
        ("Show the tangent to y = x^3 at x = -1", "function_graph", {"tangent_at": -1.0}),
        ("Shade the region under y = x + 1 from x = 0 to x = 3", "function_graph", {"area": (0.0, 3.0)}),
        ("Where do y = 2x and y = x^2 - 3 intersect?", "function_graph", {"functions": ["2x", "x^2 - 3"], "marks": ["crossing"]}),
        ("Graph the line 2x + 4y = 8", "function_graph", {"labels": ["2x + 4y = 8"]}),
        ("Plot h(t) = 20 - 5t^2 and mark the height after 1 second", "function_graph", {"x_name": "t", "functions": ["20 - 5x^2"]}),
        ("Make a table of values for y = 3x - 1 from x = 0 to x = 4 and plot it", "scatter", {"table": True}),
        ("Show -1 <= x < 5 on a number line", "number_line", {"formula": "-1 \\leq x < 5"}),
        ("which numbers satisfy |x + 1| >= 4? show them", "number_line", {}),
        ("Mark -2, 0.5 and 3 on a number line", "number_line", {}),
        ("A right triangle has legs 5 and 12. Show its hypotenuse.", "triangle", {"a": 5.0, "b": 12.0, "c": 13.0}),
        ("right triangle with hypotenuse 10 and leg 6, what is the other leg", "triangle", {"c": 10.0, "a": 6.0, "find": "b"}),
        ("Draw a triangle with angles of 35° and 85°", "triangle", {"A": 35.0, "B": 85.0, "C": 60.0}),
        ("triangle with sides 7, 8 and 9 please", "triangle", {"a": 7.0, "b": 8.0, "c": 9.0}),
        ("Draw a triangle with base 12 and height 5 and find its area", "triangle", {"c": 12.0}),
        ("A triangle with sides 3, 5 and 6 and a similar one three times as large", "similar", {"scale": 3.0}),
        ("Circle with diameter 8: show its circumference", "circle", {"radius": 4.0, "formula": "C = 2\\pi \\cdot 4 = 8\\pi"}),
        ("sector of a circle with radius 9 and angle 40 degrees, area", "circle", {"radius": 9.0}),
        ("Draw the circle (x + 2)^2 + (y - 3)^2 = 16", "circle", {"radius": 4.0, "center": (-2.0, 3.0)}),
        ("Show the angle $\\frac{\\pi}{3}$ on the unit circle", "unit_circle", {}),
        ("Draw a trapezoid with bases 9 and 5 and height 4", "polygon", {"base": 9.0, "top": 5.0, "height": 4.0}),
        ("rectangle 7 by 4, perimeter", "polygon", {"base": 7.0, "height": 4.0, "formula": "P = 2 \\cdot (7 + 4) = 22"}),
        ("Show a parallelogram with base 6 and height 3 and its area", "polygon", {"formula": "A = 6 \\cdot 3 = 18"}),
        ("a regular hexagon with side 2", "polygon", {"n": 6, "base": 2.0}),
        ("Show a cone with radius 3 and height 4 and its volume", "solid", {"body": "cone", "radius": 3.0, "height": 4.0}),
        ("a box 5 cm long, 4 cm wide and 3 cm high, and its net", "solid", {"width": 5.0, "depth": 4.0, "height": 3.0, "net": True}),
        ("sphere of radius 2: surface area", "solid", {"body": "sphere", "radius": 2.0}),
        ("Plot A(1, 2) and B(5, 5) and show the distance", "coordinates", {"show": "distance"}),
        ("What is the midpoint of (0, 4) and (6, 0)?", "coordinates", {"show": "midpoint"}),
        ("Show the slope between (1, 1) and (3, 7)", "coordinates", {"show": "slope"}),
        ("Expand (x + 4)(x - 2) with an area model", "area_model", {"rows": ["x", "4"], "columns": ["x", "-2"]}),
        ("Use an area model for 23 × 14", "area_model", {"rows": ["20", "3"], "columns": ["10", "4"]}),
        ("Compare 3/4 and 5/6 with fraction bars", "part_bars", {"formula": "\\frac{3}{4} < \\frac{5}{6}"}),
        ("Red and white are mixed in the ratio 2:3, 20 litres in all; show bars", "part_bars", {"mode": "ratio", "each": 4.0}),
        ("Draw a bar chart: apples 4, pears 7, plums 2", "bars", {}),
        ("Histogram of heights: 3 between 150 and 160, 6 between 160 and 170, 2 between 170 and 180", "histogram", {"counts": [3, 6, 2], "start": 150.0}),
        ("histogram for 1, 2, 2, 3, 3, 3, 4, 8 please", "histogram", {}),
        ("Scatter plot of (1,2), (2,3), (3,5) with line of best fit", "scatter", {"fit": True}),
        ("Venn diagram: of 40 students 22 take art, 17 take music and 6 take both", "venn", {"left": 16.0, "both": 6.0, "right": 11.0, "outside": 7.0}),
        ("Draw a probability tree for tossing a coin three times", "tree", {}),
        ("tree for drawing two balls from 4 red and 3 green ones with replacement", "tree", {}),
        ("Show the first six terms of the sequence that starts with 2 and grows by 3", "sequence", {"first": 2.0, "step": 3.0, "count": 6}),
        ("Show the pattern 3, 6, 12, 24", "sequence", {"ratio": 2.0}),
        ("Two trains 300 km apart drive towards each other at 60 km/h and 90 km/h", "motion", {"formula": "\\frac{300}{60 + 90} = 2"}),
        ("A car drives at 80 km/h for 3 hours. Animate it.", "motion", {"time": 3.0}),
        ("how long does a train need for 180 km at 90 km/h?", "motion", {"time": 2.0}),
        ("A cat with a 20 m head start runs 4 m/s, a dog runs 6 m/s. When does the dog catch it?", "motion", {"time": None}),
        ("Shade the area between y = 4 - x^2 and the x-axis", "function_graph", {"area": (-2.0, 2.0)}),
        ("Graph 3x - y = 2 and x + y = 6 and mark where they cross", "function_graph", {"labels": ["3x - y = 2", "x + y = 6"], "marks": ["crossing"]}),
        ("A 13 m ladder leans against a wall, its foot 5 m away. How high does it reach?", "triangle", {"a": 5.0, "c": 13.0, "find": "b"}),
        ("an isosceles triangle with base angles of 50 degrees", "triangle", {"A": 50.0, "B": 50.0, "C": 80.0}),
        ("an isosceles triangle has 30° at its apex", "triangle", {"A": 75.0, "B": 75.0, "C": 30.0}),
        ("circle x² + y² = 100 with the tangent at (6, 8)", "circle", {"radius": 10.0}),
        ("radius 4, angle 90°: arc and chord of the circle", "circle", {"radius": 4.0}),
        ("How much fits into a cone that is 6 in. tall with a 2 in. radius?", "solid", {"radius": 2.0, "height": 6.0}),
        ("Compare 1/4 and 1/6 with bars and a common denominator", "part_bars", {"mode": "fraction"}),
        ("rice : water = 2 : 3, I have 100 g of rice; draw the parts", "part_bars", {"mode": "ratio", "each": 50.0}),
        ("histogram: 3 people waited 0-5 min, 8 people 5-10 min, 2 people 10-15 min", "histogram", {"counts": [3, 8, 2], "width": 5.0}),
        ("scatterplot of (1,1), (2,3), (3,4) with best fit, predict y for 5", "scatter", {"at": 5.0}),
        ("25 kids were asked: 12 like tea, 10 like milk and 4 like both", "venn", {"left": 8.0, "right": 6.0, "outside": 7.0}),
        ("Flip a coin, then draw from 2 red and 4 blue balls: tree, chance of tails and red?", "tree", {"marked": ["tails-red"]}),
        ("spin a spinner twice, 1 part says WIN and 3 say LOSE; tree for exactly one win", "tree", {"marked": ["win-lose", "lose-win"]}),
        ("A bike for $200 is 15% off. Show the saving with bars.", "bars", {"marked": [2]}),
        ("A town of 1000 people grows by 10% every year. Plot it for 6 years.", "function_graph", {"functions": ["1000 * 1.1^x"], "x_max": 6.0}),
        ("A town had 5000 people, now it's 5600: by what percent did it grow? bars please", "bars", {"marked": [1]}),
        ("Draw the line through (0, 4) and (2, 0) and give its equation", "function_graph", {"labels": ["y = -2x + 4"]}),
        ("A stone is thrown: h(t) = -5t^2 + 10t. How high does it get and when does it land?", "function_graph", {"marks": ["zeros", "vertex"], "x_min": 0.0}),
        ("a rhombus has diagonals of 6 and 8; how long is its side?", "polygon", {"base": 5.0}),
        ("share 45 dollars in the ratio 2 : 3 : 4 among Ann, Bo and Cy", "part_bars", {"each": 5.0}),
        ("what is 1/2 of 3/4? show it", "part_bars", {"mode": "fraction"}),
        ("factor x^2 - x - 12 with an area model", "area_model", {"rows": ["x", "-4"], "columns": ["x", "3"]}),
        ("histogram of 3 4 4 5 6 7 7 8 9 12 in groups of 5 starting at 0", "histogram", {"counts": [3, 6, 1]}),
        ("bar chart with the mean: Ann 2, Bo 4, Cy 9", "bars", {"marked": [3]}),
        ("Show 3 <= 2x - 1 <= 9 on a number line", "number_line", {}),
        ("The first week has 5 pushups, and each week has 4 more. How many in week 10, and how many in all?", "sequence", {"first": 5.0, "step": 4.0}),
        ("I put 500 dollars in savings at 4% a year; show 6 years", "function_graph", {"functions": ["500 * 1.04^x"]}),
        ("96 mg, and half of it is gone every hour: make a table for 0 to 3 hours", "scatter", {"table": True}),
    ],
)  # fmt: skip
def test_a_request_is_read_with_its_numbers(request_: str, kind: str, fields: dict[str, Any]) -> None:
    first = _read(request_)[0]
    assert first["kind"] == kind
    assert {name: first[name] for name in fields} == fields


@pytest.mark.parametrize(
    "request_",
    [
        "",
        "Explain the Pythagorean theorem.",
        "What is a derivative?",
        "Draw something nice",
        "A circle",
        "triangle with sides 1, 2 and 9",
        "Draw a triangle with angles of 120 degrees and 80 degrees",
        "For any one-to-one function f(x), the inverse is f^(-1)(x)",
        "Newton's method goes from x0 to x1 along the tangent",
        "the ratio of the circumference of a circle to its diameter is pi",
        "Draw a tree with 3 apples",
        "Show a box of 5 chocolates",
        "A cylinder with radius 3",
        "Draw a bar chart of the population",
        "Show 10,000 moving circles",
        "The graph of which line is steeper?",
        "y is less than 5x",
        "Shade the region where 5x - 3y < 4",
        "Reflect the triangle A(1, 1), B(4, 2), C(2, 5) in the y-axis",
        "Rotate the point (3, 1) about the origin",
        "How long are the diagonals of a rectangle, 3 by 4?",
        "Factor x^2 + x + 1 with an area model",
        "I walk 3 km in 40 minutes, rest, and bike home in 15",
    ],
)
def test_what_is_not_described_completely_is_left_to_the_model(request_: str) -> None:
    assert asked_for(request_) == []


@pytest.mark.parametrize(
    "request_",
    [
        "Draw a square with area 49",
        "Draw a square with perimeter 20",
        "Draw a rectangle with area 24 and width 4",
        "A rectangle has perimeter 20 and length 6. Draw it.",
        "A rectangle has a length 3 more than its width and area 40",
        "A cube has volume 64. Show it.",
        "equilateral triangle with perimeter 12",
        "right triangle with area 30 and one leg 5",
        "A right triangle has a side of 5 and a longest side of 13",
        "triangle with angles 50, 60 and 70",
        "A box has 3 red, 4 blue and 5 green marbles. Show the probability of red.",
        "Square pyramid with base 6 and slant height 5",
        "cone with radius 3 and slant height 5",
        "an open-top box 4 by 3 by 2: surface area of its net",
        "area of a half circle with radius 4",
        "quarter circle with radius 6",
        "Graph y > 2x + 1",
        "f(x) = x^2 for x<1, 2x+1 for x>=1; plot it",
        "Show sqrt(x) < 3 on a number line",
        "a car and a bus drive in opposite directions at 60 km/h and 40 km/h for 2 hours",
        "A car drives at 60 km/h and a runner runs 5 m/s for 2 hours",
        "She runs 8 km at 4 m/s",
        "It costs $40 after a 20% discount. Show the original price.",
        "A price was increased by 25% to 50. Draw bars.",
        "The bill was $60 and the tip is $9. What percent is the tip?",
        "simple interest of 5% per year on $1000 for 4 years",
        "A culture of 200 bacteria doubles every 3 hours. How many are there after a day?",
        "Half of the 30 students walk to school every day",
        "A sequence starts at 100 and increases by 10% each time",
        "A sequence starts with 3 and each term is double the previous one plus 1",
        "tree diagram for flipping a coin and rolling a die",
        "A biased coin shows heads 70% of the time. Draw a tree for two flips.",
        "the ratio of boys to girls is 3 to 5 and there are 10 more girls than boys; show bars",
        "1 1/2 + 2/3 with fraction bars",
        "area between y = x and y = x^2 from 0 to 1",
        "Factor -x^2 + 5x + 6 with an area model",
        "Solve x^3 - 3x^2 + 4x < 6 step by step",
    ],
)
def test_a_request_that_says_more_than_a_reader_knows_draws_nothing_false(request_: str) -> None:
    assert [kind for kind in asked_for(request_) if kind.kind != "number_line"] == []


def test_what_was_read_wrongly_once_is_read_rightly() -> None:
    assert _read("Show x > -2 and x <= 5 on a number line")[0]["intervals"] == [
        {"left": -2.0, "right": 5.0, "left_end": "open", "right_end": "closed"}
    ]
    assert [part["left"] or part["right"] for part in _read("x < -1 or x > 3 on a number line")[0]["intervals"]] == [-1.0, 3.0]
    assert [point["value"] for point in _read("Mark 3/4 and 2 on a number line")[0]["points"]] == [0.75, 2.0]
    assert _read("A car drives 60 km/h for 30 minutes. Animate it.")[0]["time"] == 0.5
    _, work = _read("A 13 ft ladder reaches 12 ft up a wall. How far is its foot from the wall?")
    assert work["lines"][-1]["latex"] == "d = 5"
    work = _read("A tree casts a shadow 12 m long. At the same time a 2 m tall boy casts a shadow of 3 m. How tall is the tree?")[0]
    assert work["lines"][-1]["latex"] == "h = 8"
    tree = _read("tree: 2 red and 3 blue balls, draw one, replace it, and draw again")[0]
    assert tree["branches"][0]["then"][0]["p"] == "2/5"


@pytest.mark.parametrize(
    "text",
    ["expand (" + "+" * 300, "Expand (" + " + ".join(str(n) for n in range(1, 60)) + ")", "x^2y^2" * 60, "solve " + "- " * 180, "1 " * 180 + "< x",
     "(" * 380, "plot y = " + "x+" * 180, "tree " + "1 red " * 60, "table " + "(1,2)" * 70, "ratio " + "1:" * 150, "1,2," * 95, "|x" * 190],
)  # fmt: skip
def test_no_request_takes_long_to_read(text: str) -> None:
    started = time.perf_counter()
    asked_for(text)
    problem_in(text)
    assert time.perf_counter() - started < 1.0


def test_a_long_text_is_a_topic_and_not_a_wish() -> None:
    request = "Plot y = x^2 and mark its vertex."
    assert asked_for(request)
    assert asked_for(f"{request} {'It is a parabola, which is a conic section. ' * 12}") == []


def test_what_is_worked_out_agrees_with_the_picture() -> None:
    circle, work = _read("Circle with radius 6 and a sector of 60 degrees: arc length and area of the sector")
    assert circle["parts"][1]["to"] == 60
    assert [line["latex"].split(" = ")[-1] for line in work["lines"]] == ["2\\pi", "6\\pi"]
    _, work = _read("Show a box that is 4 long, 3 wide and 2 high with its net")
    assert work["lines"][-1]["latex"] == "S = 2(12 + 8 + 6) = 52"
    _, work = _read("What is the 30th term of 4, 7, 10, 13?")
    assert work["lines"][-1]["latex"] == "a_{30} = 91"
    _, work = _read("Shade the area under y = 6x - x^2 between x = 1 and x = 4")
    assert work["lines"][-1]["latex"] == "A = 24"
    assert [beat["show"] for beat in _read("Points (0, 0) and (3, 4): distance, midpoint and slope")] == ["distance", "midpoint", "slope"]
    steps, triangle = _read("The angles of a triangle are x, 2x and 3x degrees")
    assert steps["lines"][-1]["latex"] == "x = 30" and (triangle["A"], triangle["B"], triangle["C"]) == (30.0, 60.0, 90.0)


def test_equations_that_are_to_be_solved_go_to_algebra() -> None:
    assert problem_in("how do I solve 3(x - 2) = 12 step by step?") == "What are all solutions of $3(x - 2) = 12$?"
    assert (
        problem_in("Solve the system x + y = 9 and x - y = 1.")
        == "What is the solution $(x, y)$ to the system $x + y = 9$ and $x - y = 1$?"
    )
    assert problem_in("Plot y = x^2 - 4 step by step") is None
    assert problem_in("Explain 2 + 2 = 4") is None


def test_a_sign_turns_when_an_inequality_is_divided_by_a_negative_number() -> None:
    steps = inequality_steps("Solve 5 - 2x <= 11 step by step")
    assert isinstance(steps, EquationSteps)
    assert [line.latex for line in steps.lines] == ["5 - 2x \\leq 11", "-2x \\leq 6", "x \\geq -3"]
    chain = inequality_steps("Solve -3 < 1 - 2x <= 7 step by step")
    assert isinstance(chain, EquationSteps)
    assert [line.latex for line in chain.lines] == ["-3 < 1 - 2x \\leq 7", "-4 < -2x \\leq 6", "-3 \\leq x < 2"]
    assert "turns the sign" in steps.lines[-1].say


def test_what_is_worked_out_beside_a_figure_is_exact() -> None:
    def last(request: str) -> list[str]:
        return [line["latex"] for beat in _read(request) if beat["kind"] == "equation_steps" for line in beat["lines"]]

    assert last("A 13 m ladder leans against a wall, its foot 5 m away. How high does it reach?")[-1] == "h = 12"
    assert last("radius 4, angle 90°: arc and chord of the circle") == [
        "b = \\frac{90}{360} \\cdot 2\\pi \\cdot 4 = 2\\pi",
        "s = 2 \\cdot 4 \\cdot \\sin 45^\\circ = 4\\sqrt{2}",
    ]
    assert last("circle x² + y² = 100 with the tangent at (6, 8)")[-2:] == ["m = -\\frac{3}{4}", "y = -\\frac{3}{4}x + \\frac{25}{2}"]
    assert last("A girl who is 1.5 m tall casts a shadow of 3 m. A tower's shadow is 40 m. How tall is it?")[-1] == "h = 20"
    assert last("A bike for $200 is 15% off.")[-1] == "200 - 30 = 170"
    assert last("Solve 2x^2 - 5x + 2 = 0 with the quadratic formula")[1:] == [
        "b^2 - 4ac = (-5)^2 - 4 \\cdot 2 \\cdot 2 = 9",
        "x = \\frac{5 \\pm \\sqrt{9}}{4}",
        "x = 2 \\quad \\text{or} \\quad x = 0.5",
    ]
    assert last("Solve x^2 + x + 1 = 0 with the quadratic formula")[-1] == "-3 < 0"


def test_two_equations_of_which_one_defines_y_are_a_system() -> None:
    assert (
        problem_in("Use substitution to solve y = 2x - 7 and 3x + 4y = 5.")
        == "What is the solution $(x, y)$ to the system $y = 2x - 7$ and $3x + 4y = 5$?"
    )
    assert problem_in("Plot y = 2x - 7 step by step") is None


def test_a_square_is_completed_only_where_there_are_roots() -> None:
    steps = completed_square("Solve x^2 + 4x - 5 = 0 by completing the square")
    assert isinstance(steps, EquationSteps)
    assert [line.latex for line in steps.lines][2:] == ["(x + 2)^2 = 9", "x + 2 = \\pm 3", "x = 1 \\quad \\text{or} \\quad x = -5"]
    assert completed_square("Solve x^2 + 4x + 9 = 0 by completing the square") is None


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="xyfgaedr (){}[]|+-*/^=<>.,:;°\\$0123456789 circle triangle ratio tree box", max_size=80))
def test_no_request_breaks_a_reader(text: str) -> None:
    for kind in asked_for(text):
        assert kind.source()
