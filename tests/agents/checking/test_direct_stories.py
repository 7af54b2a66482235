"""Direct algebra on regions, figures, units and rates: variants of our own, and near misses that must stay silent."""

from __future__ import annotations

import pytest
import sympy

from agents.checking.direct import solve_directly
from agents.checking.direct.regions import projection
from agents.checking.equality import equal
from agents.checking.values import from_latex

X, Y = sympy.symbols("x y")


def _options(*texts: str) -> list[dict[str, str]]:
    return [{"letter": "ABCD"[index], "text": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("stem", "answer"),
    [
        (
            "The area of a triangle is 20 square feet. If the base is tripled and the height is halved, what is the area, in square feet, of the new triangle?",
            "30",
        ),
        (
            "The volume of right circular cone A is 12 cubic inches. What is the volume, in cubic inches, of a right circular cone with three times the radius and half the height of cone A?",
            "54",
        ),
        ("The volume of a sphere is 10 cubic meters. If the radius is doubled, what is the volume of the new sphere?", "80"),
        (
            "The volume of a rectangular prism is 7 cubic feet. If its length is doubled and its width is tripled, what is the volume of the new prism?",
            "42",
        ),
        ("A circle has an area of 9 square miles. If the radius is multiplied by 5, what is the new area?", "225"),
        ("The surface area of a cube is $54b^2$, where $b$ is a positive constant. What is the volume of the cube?", "$27b^3$"),
        (
            "The surface area of a cube is $6(3k)^2$, where $k$ is a positive constant. What is the perimeter of one face of the cube?",
            "$12k$",
        ),
        ("The area of a square is 49 square meters. What is the perimeter of the square?", "28"),
        ("A sphere has a volume of $36\\pi$ cubic inches. What is the surface area, in square inches, of the sphere?", "$36\\pi$"),
        ("The circumference of a circle is $10\\pi$ feet. What is the area of the circle?", "$25\\pi$"),
        ("A lake lies 3.5 miles below the pass. How many kilometers below the pass is the lake? (1 mile = 1.6 kilometers)", "5.6"),
        ("A lake lies 3.5 miles below the pass.About how many kilometers below the pass is the lake? (1 mile = 1.6 kilometers)", "5.6"),
        ("A plank is 7 feet long. How many inches long is the plank? (1 foot = 12 inches)", "84"),
        ("A rope is 180 inches long. How many feet long is the rope? (1 foot = 12 inches)", "15"),
        ("In the equation $y = 3x - 7$, by how much does $y$ increase when $x$ increases by 4?", "12"),
        ("In the equation $2p + q = 9$, by how much does $q$ decrease when $p$ increases by 3?", "6"),
        (
            "For a hall, $n$ rows are set with $c$ chairs. If $c = 4n + 3$, how many additional chairs are needed for each additional row?",
            "4",
        ),
        (
            "$$\\begin{aligned} p&=4.5+0.2 w \\\\ q&=2.5+0.4 w \\end{aligned}$$ In the equations above, $p$ and $q$ are the price per kilogram, in dollars, of pears and of quinces, "
            "$w$ weeks after June 1. What was the price per kilogram of pears when it was equal to the price per kilogram of quinces?",
            "6.5",
        ),
    ],
)
def test_measures_units_and_rates_follow_from_what_is_printed(stem: str, answer: str) -> None:
    found = solve_directly(stem, [])
    assert found is not None
    assert equal(found.value, from_latex(answer))


@pytest.mark.parametrize(
    "stem",
    [
        "The area of a triangle is 20 square feet. What is the perimeter of the triangle?",
        "The volume of cylinder A is 22. What is the volume of a cylinder with twice the radius of cylinder A?",
        "The area of a rectangle is 30. If the length is doubled, what is the perimeter of the rectangle?",
        "The area of a square is 30. If the side is doubled, what is the area of the circle?",
        "The volume of a cone is 30 cubic feet. If the radius is increased by 2, what is the volume of the new cone?",
        "The volume of a cube is 8. What is the volume of a sphere with twice the radius?",
        "The area of a square is 49. What is half the perimeter of the square?",
        "A plank is 7 feet long and 2 feet wide. How many inches long is the plank? (1 foot = 12 inches)",
        "A car drives 60 miles per hour. How many kilometers does it drive in 2 hours? (1 mile = 1.6 kilometers)",
        "A plank is twice as long as a rod of 7 feet. How many inches long is the plank? (1 foot = 12 inches)",
        "A board is 6 feet long. It is cut into two equal pieces. How many inches long is one piece? (1 foot = 12 inches)",
        "Maria runs 3 miles daily. How many feet does she run in a week? (1 mile = 5,280 feet)",
        "Tom is 6 feet tall. His son is a foot shorter. How many inches tall is his son? (1 foot = 12 inches)",
        "A rope is 8 yards long. Ben cuts off a quarter of it. How many feet did Ben cut off? (1 yard = 3 feet)",
        "Ana drank a third of a 2 liter bottle. How many milliliters are left? (1 liter = 1000 milliliters)",
        "A circular pool has a radius of 4 meters. How many feet is the diameter of the pool? (1 meter = 3.28 feet)",
        "A plank is 7 feet long. It is cut in half. How many inches long is the plank? (1 foot = 12 inches)",
        "A square has a side length of 3 feet. What is the area, in square inches, of the square?",
        "A cube has an edge length of 2 feet. What is the volume, in cubic inches, of the cube?",
        "$y \\leq 4 - x$ and $y \\geq x - 2$. What are all possible values of $x$ for points in the first quadrant that satisfy the system?",
        "$y \\leq 4 - x$ and $y \\geq x - 2$. What are all possible values of $x$ for points in the region that lie on the $x$-axis?",
        "A field has an area of 9 square yards. How many square feet is that? (1 yard = 3 feet)",
        "In the equation $y = x^2$, by how much does $y$ increase when $x$ increases by 4?",
        "In the equation $y = 7 - 2x$, by how much does $y$ increase when $x$ increases by 4?",
        "If $c = 4n + 3$, how many additional chairs are needed for each additional row?",
        "The equations $p = 2 + w$ and $q = 8 - w$ give the prices of pears and quinces. What was the number of weeks when it was equal to the price of quinces?",
        "$$y > 2x - 1$$ $$2x > 5$$ What is the sum of the $y$-coordinates of all the points that satisfy both?",
    ],
)
def test_what_is_said_otherwise_stays_silent(stem: str) -> None:
    assert solve_directly(stem, []) is None


def test_the_coordinates_of_a_region_are_read_off_the_whole_system() -> None:
    stem = "$$\\begin{aligned} y & > 3x - 2 \\\\ x & > 4 \\end{aligned}$$Which of the following consists of the $y$-coordinates of all the points that satisfy the system of inequalities above?"
    found = solve_directly(stem, _options("$y > 4$", "$y > 10$", "$y > 2$", "$y > -2$"))
    assert found is not None and found.letter == "B"
    assert solve_directly(stem, _options("$y > 4$", "$y > 9$")) is None


@pytest.mark.parametrize(
    ("relations", "symbol", "values"),
    [
        ([Y <= -X + 5, Y >= X - 1], X, sympy.Interval(-sympy.oo, 3)),
        ([Y <= -X + 5, Y >= X - 1], Y, sympy.S.Reals),
        ([Y < -X + 5, Y >= X - 1], X, sympy.Interval.open(-sympy.oo, 3)),
        ([X > 0, X < 0], Y, sympy.S.EmptySet),
        ([X >= 1, X <= 4, Y >= 2 * X, Y <= 10], Y, sympy.Interval(2, 10)),
        ([X * Y > 1, X > 0], Y, None),
    ],
)
def test_one_letter_is_eliminated_with_its_bounds(relations: list[object], symbol: sympy.Symbol, values: object) -> None:
    found = projection(relations, symbol)
    assert found == values if values is not None else found is None


def test_number_words_are_options_with_values() -> None:
    stem = "For a hall, $n$ rows are set with $c$ chairs. If $c = 2n + 9$, how many additional chairs are needed for each additional row?"
    found = solve_directly(stem, _options("None", "One", "Two", "Nine"))
    assert found is not None and found.letter == "C"
