"""Candidates put back into the printed conditions: a wrong verdict costs more than none, so most of these are about silence."""

from __future__ import annotations

import pytest

from agents.checking.conditions import holds, stated
from agents.checking.judge import ValueText, substitute
from agents.checking.values import from_latex, from_python
from agents.sandbox import probe

SYSTEM = "$$\\begin{aligned} 3x + 2y &= 16 \\\\ x - y &= 2 \\end{aligned}$$"

DECIDED = [
    # the unknown itself, a multiple of it, an expression in it
    ("If $4x - 3 = 21$, what is the value of $x$?", (), "6", "5"),
    ("If $4x - 3 = 21$, what is the value of $6x$?", (), "36", "6"),
    ("If $\\frac{2}{x} = \\frac{6}{x+8}$, what is the value of $\\frac{x}{2}$?", (), "2", "4"),
    ("If $5(m+n) = 40$, what is the value of $m+n$?", (), "8", "40"),
    ("If $\\frac{3a}{b} = 6$, what is the value of $\\frac{a}{b}$?", (), "2", "$\\frac{1}{2}$"),
    # systems, by value and by pair
    (SYSTEM + "What is the value of $x + y$?", (), "6", "4"),
    (SYSTEM + "What is the solution $(x, y)$ to the system above?", (), "$(4,2)$", "$(2,4)$"),
    (SYSTEM + "What is the solution $(x, y)$ to the system above?", (), "$x = 4$ and $y = 2$", "$x = 2$ and $y = 4$"),
    ("Which ordered pair $(x, y)$ satisfies $y > 2x$ and $x + y < 9$?", ("$(1,3)$", "$(4,4)$", "$(0,9)$"), "$(1,3)$", "$(4,4)$"),
    # all solutions, extraneous ones
    ("What are the solutions to $x^2 - 2x - 15 = 0$?", (), "$x = 5$ or $x = -3$", "$x = -5$ or $x = 3$"),
    ("What is the solution to $\\sqrt{x + 6} = x$?", (), "3", "-2"),
    ("What is the positive solution to $x^2 = 49$?", (), "7", "-7"),
    ("If $|x - 3| = 10$ and $x > 0$, what is the value of $x$?", (), "13", "-7"),
    # rewriting
    ("Which of the following is equivalent to $(x-3)^2 - 4$?", ("$x^2-6x+5$", "$x^2-6x-4$"), "$x^2-6x+5$", "$x^2+5$"),
    ("If $x > 0$, which of the following is equivalent to $\\sqrt{25x^2}$?", ("$5x$", "$25x$"), "$5x$", "$25x$"),
    (
        "The formula $A = \\frac{h(a+b)}{2}$ is printed. Which of the following gives $h$ in terms of $A$, $a$, and $b$?",
        (),
        "$h=\\frac{2A}{a+b}$",
        "$h=\\frac{A}{2(a+b)}$",
    ),
    # constants and functions
    ("For what value of $k$ does $kx - 5 = 2x$ have no solution?", (), "2", "5"),
    ("If $f(x) = x^2 - 2x$, what is the value of $f(-3)$?", (), "15", "3"),
    ("If $(ax+3)(x+2)=4x^2+bx+6$ for all values of $x$, what is the value of $b$?", (), "11", "8"),
    # lines beside a given one, and vertices
    ("Which line is perpendicular to the graph of $2x + 4y = 5$?", ("$y = 2x + 1$", "$y = -2x$"), "$y = 2x + 1$", "$y = -2x$"),
    ("Which line is parallel to the line $x - 2y = 3$?", ("$2x - 4y = 1$", "$2x + 4y = 1$"), "$2x - 4y = 1$", "$2x - 4y = 6$"),
    ("What is the vertex of the parabola $y = x^2 - 4x + 7$?", (), "$(2, 3)$", "$(2, 7)$"),
    ("What is the $x$-coordinate of the vertex of the parabola $y = x^2 - 4x + 7$?", (), "2", "-2"),
    (
        "The parabola $y = a(x - 1)(x - 5)$, where $a$ is a nonzero constant, has vertex $(h, k)$. Which of the following is equal to $k$?",
        ("$-4a$", "$-5a$"),
        "$-4a$",
        "$-5a$",
    ),
    (
        "The graph of $y = (x - 1)(x + 5)$ is a parabola. Which interval contains the $x$-coordinate of the vertex?",
        ("$-3 < x < -1$", "$-1 < x < 1$"),
        "$-3 < x < -1$",
        "$-1 < x < 1$",
    ),
    # measures, rates, circles, factors: tried the other way round
    ("The volume of a cube is 27 cubic inches. What is the surface area of the cube?", (), "54", "36"),
    ("The area of a circle is $9\\pi$. What is the circumference of the circle?", (), "$6\\pi$", "$9\\pi$"),
    ("If $d = 3p - 4$, by how much does $d$ increase when $p$ increases by 2?", (), "6", "2"),
    (
        "$$h = 5 + 2t$$ $$k = 11 + t$$ The heights, in feet, of two trees after $t$ years are $h$ and $k$. What was the height of the first tree"
        " when it was equal to the height of the second tree?",
        (),
        "17",
        "6",
    ),
    ("What are the coordinates of the center of the circle $x^2 - 6x + y^2 + 4y = 3$?", (), "$(3, -2)$", "$(-3, 2)$"),
    (
        "Which of the following is an equation of a circle with center $(2,-1)$ that passes through the point $(5,3)$?",
        ("$(x-2)^2+(y+1)^2=25$", "$(x+2)^2+(y-1)^2=25$"),
        "$(x-2)^2+(y+1)^2=25$",
        "$(x-2)^2+(y+1)^2=5$",
    ),
    (
        "The polynomial $g$ has $g(1) = 6$ and $g(-2) = 0$. Which of the following must be a factor of $g(x)$?",
        ("$x + 2$", "$x - 2$"),
        "$x + 2$",
        "$x - 1$",
    ),
]


def _options(texts: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"letter": "ABCD"[index], "text": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize(("stem", "options", "right", "wrong"), DECIDED)
def test_the_right_value_satisfies_and_a_wrong_one_violates(stem: str, options: tuple[str, ...], right: str, wrong: str) -> None:
    assert holds(stem, _options(options), from_latex(right)) == "satisfies"
    assert holds(stem, _options(options), from_latex(wrong)) == "violates"


@pytest.mark.parametrize(
    ("stem", "value"),
    [
        ("A train travels 60 miles in 2 hours. How far does it travel in 5 hours?", "150"),
        ("If $x + y = 10$, what is the value of $x$?", "4"),  # open: any value would fit
        ("If $x + y = 10$ and $x$ is a positive integer, what is the greatest value of $x$?", "9"),
        ("If $3x = 1$, approximately what is the value of $x$?", "0.33"),
        ("If $3x = 1$, what is the value of $x$?", "0.33"),  # rounded, so neither right nor a wrong solution
        ("If $x^2 = 2$ and $x > 0$, what is the value of $x$?", "1.414"),
        ("What are the solutions to $x^2 - 2x - 15 = 0$?", "5"),  # right as far as it goes
        ("If $2x + 3 = 11$, how many times does the price rise?", "4"),
        ("The sum of $x$ and three times a number is 12, and $x = 3$. What is the number?", "3"),
        ("Which line is perpendicular to $2x + 4y = 5$ and passes through $(0, 1)$?", "$y = 2x + 3$"),  # its direction alone does not tell
        ("If $f(x) = 2x + 1$, for which values does the graph lie above the axis?", "3"),
        ("What is the area of the figure bounded by $y = 2$ and $x = 3$?", "6"),
        ("If $x = 4$ and $y = 5$, what does the number 5 represent?", "5"),
        ("If $a + b = 7$, what is the value of $c$?", "7"),
        ("", "7"),
        ("If $x + 3 = 7$, what is three times the value of $x$?", "4"),
        ("If $f(x) = x^2$, what is the value of $f(3)$ decreased by 2?", "9"),
        ("Half of $x$ is equal to 6. What is $x$?", "6"),
    ],
)
def test_what_the_conditions_leave_open_has_no_verdict(stem: str, value: str) -> None:
    assert holds(stem, [], from_latex(value)) is None


@pytest.mark.parametrize(
    ("stem", "options", "right"),
    [
        (
            "For a polynomial $q(x)$, the value of $q(-4)$ is 7. Which of the following must be true about $q(x)$?",
            (
                "$x + 4$ is a factor of $q(x)$.",
                "$x - 7$ is a factor of $q(x)$.",
                "The remainder when $q(x)$ is divided by $x + 4$ is 7.",
                "The remainder when $q(x)$ is divided by $x - 4$ is 7.",
            ),
            "C",
        ),
        (
            "Which of the following statements is true about the graph of the equation $3y + 2x = 12$ in the $xy$-plane?",
            (
                "It has a negative slope and a positive $y$-intercept.",
                "It has a negative slope and a negative $y$-intercept.",
                "It has a positive slope and a positive $y$-intercept.",
                "It has a positive slope and a negative $y$-intercept.",
            ),
            "A",
        ),
    ],
)
def test_sentences_are_decided_where_they_state_what_can_be_computed(stem: str, options: tuple[str, ...], right: str) -> None:
    offered = _options(options)
    verdicts = {option["letter"]: stated(stem, offered, option["text"]) for option in offered}
    assert verdicts == {letter: "satisfies" if letter == right else "violates" for letter in "ABCD"}


@pytest.mark.parametrize("text", ["It rises to the right.", "$x + 4$ is a factor of $q(x)$.", "", "It has a negative slope."])
def test_a_sentence_that_states_something_else_has_no_verdict(text: str) -> None:
    assert stated("Which of the following is true about the graph of $3y + 2x = 12$?", _options((text, "None")), text) is None


def test_several_fitting_options_tell_nothing() -> None:
    options = _options(("$(x-2)^2-9$", "$x^2-4x-5$", "$(x-5)(x+1)$", "$x^2-5$"))
    stem = "Which of the following is an equivalent form of $x^2-4x-5$ that shows the zeros as constants?"
    assert holds(stem, options, from_latex("$(x-5)(x+1)$")) is None
    assert holds(stem, options, from_latex("$x^2-5$")) == "violates"


def test_a_value_printed_by_a_program_is_judged_like_a_written_one() -> None:
    stem = "What are the solutions to $x^2 - 2x - 15 = 0$?"
    assert holds(stem, [], from_python("[-3, 5]")) == "satisfies"
    assert holds(stem, [], from_python("[3, -5]")) == "violates"
    assert holds("If $3x = 1$, what is the value of $x$?", [], from_python("0.3333333333333333")) == "satisfies"


async def test_the_sandbox_judges_all_values_in_one_job() -> None:
    values = {
        "a": ValueText(form="latex", text="$x = 3$"),
        "b": ValueText(form="python", text="4"),
        "c": ValueText(form="latex", text="9^9^9^9"),
        "d": ValueText(form="latex", text="I think it is three"),
    }
    verdicts = await substitute(probe(), "If $2x + 1 = 7$, what is the value of $x$?", [], values)
    assert verdicts == {"a": "satisfies", "b": "violates"}
    assert await substitute(probe(), "Who painted it?", [], values) == {}
