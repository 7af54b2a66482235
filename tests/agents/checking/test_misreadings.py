"""Problems whose words ask for something else than their formulas at first sight: no wrong answer, no wrong verdict; silence is right."""

from __future__ import annotations

import pytest

from agents.checking.conditions import holds, stated
from agents.checking.derivation import derive
from agents.checking.direct import solve_directly
from agents.checking.options import match_option
from agents.checking.problem import parse_problem
from agents.checking.values import Unreadable, from_latex

PROBLEMS = [
    # another graph than the one whose points are printed
    (
        "Line $p$ passes through the points $(0, 1)$ and $(2, 5)$. Which of the following could be an equation of a line perpendicular to line $p$?",
        ("$y = 2x + 1$", "$y = -\\frac{1}{2}x + 3$", "$y = -2x + 1$", "$y = \\frac{1}{2}x + 1$"),
        "B",
    ),
    (
        "The graph of a linear function passes through the points $(0, 1)$ and $(2, 5)$. The graph is translated up 3 units. Which of the following defines the resulting line?",
        ("$y = 2x + 1$", "$y = 2x + 4$", "$y = 2x - 2$", "$y = 5x + 1$"),
        "B",
    ),
    (
        "The graph of $y = f(x)$ is a line that passes through $(0, 1)$ and $(2, 5)$. If $g(x) = f(x) + 3$, which of the following defines $g$?",
        ("$g(x) = 2x + 1$", "$g(x) = 2x + 4$", "$g(x) = 5x + 1$", "$g(x) = 2x - 2$"),
        "B",
    ),
    (
        "In the $xy$-plane, a line passes through the point $(1, 8)$, and its $y$-intercept is 3 times its slope. Which of the following equations represents the line?",
        ("$y = 2x + 6$", "$y = 5x + 3$", "$y = 3x + 5$", "$y = 6x + 2$"),
        "A",
    ),
    (
        "Line $p$ has a $y$-intercept of 4 and line $q$ is parallel to line $p$ and has a $y$-intercept of 7. Which equation could represent line $q$?",
        ("$y = 2x + 7$", "$y = 2x + 4$", "$y = 7x + 4$"),
        "A",
    ),
    (
        "Line $m$ is perpendicular to the line $y = 2x + 3$, and line $n$ is perpendicular to line $m$. Which of the following could be an equation of line $n$?",
        ("$y = -\\frac{1}{2}x + 1$", "$y = 2x - 1$", "$y = -2x + 1$", "$y = \\frac{1}{2}x$"),
        "B",
    ),
    (
        "Line $k$ is perpendicular to the line $2x + 3y = 12$ and has a $y$-intercept of $-1$. Which of the following is true about line $k$?",
        (
            "It has a negative slope and a positive $y$-intercept.",
            "It has a positive slope and a negative $y$-intercept.",
            "It has a positive slope and a positive $y$-intercept.",
            "It has a negative slope and a negative $y$-intercept.",
        ),
        "B",
    ),
    # another polynomial
    (
        "The polynomial $p$ has $p(3) = 0$ and $p(1) = 4$. Which of the following must be a factor of $p(x - 2)$?",
        ("$x - 1$", "$x - 3$", "$x - 5$", "$x + 2$"),
        "C",
    ),
    (
        "The polynomial $p$ has $p(2) = 5$. Which of the following must be a factor of $p(x) - 5$?",
        ("$x - 2$", "$x - 5$", "$x + 2$", "$x$"),
        "A",
    ),
    (
        "For a polynomial $q(x)$, the value of $q(-4)$ is 7. Which of the following must be true about $q(x)$?",
        (
            "The remainder when $q(x) + 1$ is divided by $x + 4$ is 7.",
            "The remainder when $q(x) + 1$ is divided by $x + 4$ is 8.",
            "The remainder when $q(x)$ is divided by $x - 4$ is 7.",
        ),
        "B",
    ),
    # moved circles and parabolas, and lines beside circles
    (
        "Circle A has the equation $x^2 + y^2 - 6x + 4y = 3$. Circle B is obtained by shifting circle A up 5 units. What are the coordinates of the center of circle B?",
        ("$(3, -2)$", "$(3, 3)$", "$(-3, 7)$", "$(3, -7)$"),
        "B",
    ),
    (
        "A circle with center $(2, -1)$ and radius 5 is translated 3 units up. Which of the following is an equation of the resulting circle?",
        ("$(x-2)^2+(y+1)^2=25$", "$(x-2)^2+(y-2)^2=25$", "$(x-5)^2+(y+1)^2=25$"),
        "B",
    ),
    (
        "The parabola $y = x^2 - 4x + 7$ is translated up 3 units. What is the vertex of the resulting parabola?",
        ("$(2, 3)$", "$(2, 6)$", "$(5, 3)$", "$(2, 0)$"),
        "B",
    ),
    (
        "A circle with center $(0, 0)$ passes through the point $(3, 4)$. Which of the following is an equation of the line tangent to the circle at $(3, 4)$?",
        ("$4x - 3y = 0$", "$3x + 4y = 25$", "$x^2 + y^2 = 25$"),
        "B",
    ),
    # words that work on an expression
    (
        "Which expression is equivalent to the sum of $x + 1$ and twice $2x - 3$?",
        ("$3x - 2$", "$5x - 5$", "$5x - 2$", "$6x - 4$"),
        "B",
    ),
    (
        "Which of the following is equivalent to the product of $3$ and the sum of $x + 2$ and $2x - 1$?",
        ("$3x + 1$", "$9x + 3$", "$9x + 1$"),
        "B",
    ),
    ("Which of the following is equivalent to 80% of $5x + 10$?", ("$4x + 8$", "$5x + 10$", "$4x + 10$"), "A"),
    ("Which expression is equivalent to the square of $x + 3$?", ("$x^2 + 9$", "$x^2 + 6x + 9$", "$x + 3$"), "B"),
    # what is positive, what does not hold
    ("If $y$ is a positive number, $y^2 = 25$ and $x + y = 2$, what is the value of $x$?", ("$7$", "$-3$", "$3$", "$-7$"), "B"),
    (
        "Which of the following are NOT solutions of $x^2 - x = 6$? I. $2$ II. $3$ III. $-2$",
        ("I only", "II only", "II and III only", "I, II, and III"),
        "A",
    ),
    (
        "Which of the following ordered pairs $(x, y)$ is NOT a solution to $y > 2x - 3$?",
        ("$(0, 0)$", "$(1, 1)$", "$(4, 2)$", "$(-1, 0)$"),
        "C",
    ),
    (
        "Which of the following statements is NOT true about the graph of $3y + 2x = 12$?",
        (
            "It has a negative slope and a positive $y$-intercept.",
            "It has a negative slope and a positive $x$-intercept.",
            "It has a negative slope and a negative $x$-intercept.",
        ),
        "C",
    ),
    # a value given in passing
    (
        "If $y$ varies directly with $x$, and $y = 12$ when $x = 4$, what is the value of $y$ when $x$ is 7?",
        ("$12$", "$21$", "$84$"),
        "B",
    ),
    (
        "$$b = 2.35 + 0.25x$$ $$c = 1.75 + 0.40x$$ In the equations above, $b$ and $c$ represent the price per pound, in dollars, of beef and chicken, $x$ weeks after July 1."
        " What was the price per pound of beef when it was equal to the price per pound of chicken plus 30 cents?",
        ("$3.35$", "$2.85$", "$2.60$"),
        "B",
    ),
    ("(1 yard = 3 feet) Four ribbons of 2 yards are joined. How many feet long are the four ribbons?", ("6", "24", "8"), "B"),
    ("If $d = 10 - 3p$, by how much does $d$ decrease when $p$ increases by 2?", ("$-6$", "$6$", "$4$"), "B"),
    # a call that is no question, and a function with two rules
    (
        "If $f(x) = 2x - 1$ and $g(x) = x + 2$, for what value of $x$ is $g(x)$ equal to $f(3)$?",
        ("$1$", "$3$", "$5$", "$7$"),
        "B",
    ),
    (
        "A garage charges $f(x) = 3x + 2$ dollars for parking $x$ hours up to 4 hours and $f(x) = 2x + 6$ dollars for longer stays. What is the value of $f(3)$?",
        ("$11$", "$12$", "$14$"),
        "A",
    ),
    # operations in words
    ("If $2x + 1 = 7$, what is the value of $x$ raised to the fourth power?", ("$3$", "$12$", "$81$", "$64$"), "C"),
    ("If $4x = 36$, what is one-third of the value of $x$?", ("$3$", "$9$", "$27$", "$12$"), "A"),
    ("If $5x = 40$, by how much does 20 exceed the value of $x$?", ("$8$", "$12$", "$20$", "$28$"), "B"),
    ("Which expression is equivalent to two-thirds of $6x + 9$?", ("$3(2x + 3)$", "$4x + 6$", "$4x + 9$", "$2x + 3$"), "B"),
    ("By how much does the sum of the solutions of $x^2 - 10x + 21 = 0$ exceed 4?", ("$10$", "$6$", "$4$", "$3$"), "B"),
    ("How many solutions of $x^2 - 5x + 4 = 0$ exceed 2?", ("$0$", "$1$", "$2$"), "B"),
    (
        "The graph of $y = kx + 3$ in the $xy$-plane is raised 4 units and then passes through the point $(2, 15)$. What is the value of $k$?",
        ("$4$", "$6$", "$8$"),
        "A",
    ),
    # other units
    (
        "The width $w$ of a garden, in feet, satisfies $4w + 6 = 30$. What is the value of $w$, in inches?",
        ("$6$", "$72$", "$24$", "$9$"),
        "B",
    ),
    (
        "In right triangle $ABC$, angle $B$ is a right angle, $AB = 1$ foot, and $BC = 24$ inches. What is the value of $\\tan A$?",
        ("$24$", "$2$", "$\\frac{1}{2}$", "$\\frac{1}{24}$"),
        "B",
    ),
    # another place than the vertex
    (
        "For the function $f(x) = -x^2 + 4x + 5$, what is the greatest value of $x$ at which the graph of $f$ crosses the $x$-axis?",
        ("$2$", "$5$", "$9$", "$-1$"),
        "B",
    ),
    ("If $f(x) = x^2 - 6x + 5$, what is the least value of $x$ that is a zero of $f$?", ("$1$", "$3$", "$5$", "$-4$"), "A"),
    (
        "The function $f$ is defined by $f(x) = x^2 - 4x + 7$ on the interval $[3, 6]$. What is the minimum value of $f(x)$?",
        ("$3$", "$4$", "$7$", "$19$"),
        "B",
    ),
    # the sign of a solution
    (
        "The equation $x^2 + kx + 9 = 0$ has exactly one solution, and that solution is positive. What is the value of $k$?",
        ("$-6$", "$6$", "$3$", "$-3$"),
        "A",
    ),
    # another line, another list, a part of a circle
    (
        "What is the slope of a line that meets the line $y = 2x + 3$ at a right angle?",
        ("$2$", "$-\\frac{1}{2}$", "$-2$", "$\\frac{1}{2}$"),
        "B",
    ),
    (
        "The linear function $f$ is defined by $f(x) = 2x - 6$. What is the $y$-intercept of the graph of the inverse of $f$?",
        ("$-6$", "$3$", "$6$", "$-3$"),
        "B",
    ),
    (
        "In the $xy$-plane, the graph of the inverse of $y = kx + 3$ passes through the point $(11, 2)$. What is the value of $k$?",
        ("$-\\frac{1}{11}$", "$4$", "$\\frac{1}{4}$", "$-11$"),
        "B",
    ),
    (
        "The first five numbers in a list of even numbers are 2, 4, 6, 8, 10. What is the sum of the first ten numbers in the list?",
        ("30", "60", "90", "110"),
        "D",
    ),
    ("Every score in the list 12, 15, 20, 33, 40 is doubled. What is the range of the scores?", ("28", "56", "24", "80"), "B"),
    (
        "Ana's quiz scores are 60, 82, 86, 90, and 92. Her teacher drops the lowest score. What is the mean of the scores?",
        ("82", "87.5", "86", "88"),
        "B",
    ),
    (
        "A circle in the $xy$-plane has the equation $x^2 + y^2 = 36$. What is the area of the part of the circle that lies in the first quadrant?",
        ("$36\\pi$", "$9\\pi$", "$18\\pi$", "$6\\pi$"),
        "B",
    ),
    (
        "A circle in the $xy$-plane has the equation $(x-1)^2 + (y-3)^2 = 16$. A second circle has the same center and passes through the point $(7, 3)$. What is the radius of the second circle?",
        ("$4$", "$6$", "$16$", "$36$"),
        "B",
    ),
    (
        "Which of the following points $(x, y)$ lies outside the solution set of $y > 2x - 3$?",
        ("$(0, 0)$", "$(1, 1)$", "$(4, 2)$", "$(-1, 0)$"),
        "C",
    ),
]


@pytest.mark.parametrize(("stem", "texts", "right"), PROBLEMS)
def test_nothing_wrong_is_answered_or_held_to_satisfy(stem: str, texts: tuple[str, ...], right: str) -> None:
    options = [{"letter": "ABCD"[index], "text": text} for index, text in enumerate(texts)]
    found = solve_directly(stem, options)
    if found is not None:
        assert (found.letter or match_option(found.value, options, stem).letter) == right
    verdicts = {}
    for option in options:
        try:
            verdicts[option["letter"]] = holds(stem, options, from_latex(option["text"]))
        except Unreadable:
            verdicts[option["letter"]] = stated(stem, options, option["text"])
    assert verdicts.pop(right) != "violates"
    assert "satisfies" not in verdicts.values()


def _steps(text: str) -> list[str]:
    problem = parse_problem(text)
    found = solve_directly(problem["stem"], list(problem["options"]))  # type: ignore[arg-type]
    assert found is not None
    return derive(problem["stem"], list(problem["options"]), found)  # type: ignore[arg-type]


def test_a_zero_of_a_denominator_is_no_solution() -> None:
    steps = _steps("If $x + \\frac{6}{x-3} = \\frac{2x}{x-3}$, what is the value of $x$?")
    assert "only $x = 2$ holds" in steps[-1]


def test_points_tried_on_a_circle_are_not_taken_for_its_centre() -> None:
    steps = _steps("Which ordered pair $(x, y)$ is a solution to $x^2 + y^2 = 25$?\n(A) $(1, 2)$\n(B) $(3, 4)$\n(C) $(2, 5)$")
    assert "Try $(3, 4)$" in " ".join(steps) and "centre" not in " ".join(steps)


def test_an_option_without_letters_left_is_refuted_as_it_stands() -> None:
    steps = _steps(
        "If $y = 2x$, which of the following must be true?\n(A) $\\frac{y}{x} = 3$\n(B) $y - 2x = 0$\n(C) $x = 2y$\n(D) $x + y = 0$"
    )
    assert "Option (A) cannot hold: $2 \\ne 3$" in steps[0]


def test_a_given_equation_is_not_passed_off_as_a_coefficient() -> None:
    steps = _steps(
        "If $(ax+2)(bx+7)=15x^2+cx+14$ for all values of $x$, and $a + b = 8$, what are the two possible values for $c$?\n(A) $3$ and $5$\n(B) $31$ and $41$"
    )
    assert "and it is given that $a + b = 8$" in steps[0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("If $6xy + 5 = 23$, what is the value of $2xy$?", "\\left(2 x y\\right)"),
        ("If $\\frac{a^2}{b^2} - 6 \\cdot \\frac{a}{b} + 9 = 0$, what is the value of $\\frac{a}{b}$?", "\\left(\\frac{a}{b}\\right)"),
    ],
)
def test_an_expression_that_is_kept_together_stands_in_brackets(text: str, shown: str) -> None:
    assert any(shown in step for step in _steps(text))


def test_what_is_left_on_the_right_is_worked_out_before_it_is_called_something_else_than_zero() -> None:
    steps = _steps("If $a$ is a constant and no value of $x$ satisfies $3(x + a) = a(x - 1) + 4$, what is the value of $a$?")
    assert "where $a = 3$" in steps[-2] and "The right side is $-8$ then and not $0$" in steps[-1]
