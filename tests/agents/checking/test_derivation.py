"""Steps that algebra writes: each must hold after those before, and the last must reach the answer."""

from __future__ import annotations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checking.derivation import derive
from agents.checking.direct import solve_directly
from agents.checking.equality import equal
from agents.checking.moves import move
from agents.checking.problem import parse_problem
from agents.checking.steps import first_broken
from agents.checking.values import from_latex


def _steps(text: str) -> list[str]:
    problem = parse_problem(text)
    found = solve_directly(problem["stem"], list(problem["options"]))  # type: ignore[arg-type]
    assert found is not None
    return derive(problem["stem"], list(problem["options"]), found)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("Solve $5(x - 2) = 3x + 8$.", ["Multiply out the brackets: $5 x - 10 = 3 x + 8$", "Divide both sides by $2$: $x = 9$"]),
        ("Solve $2x + 5 = 5x - 7$.", ["Swap the two sides", "Subtract $2 x$", "Add $7$", "Divide both sides by $3$: $x = 4$"]),
        ("If $x^2 - 5x + 6 = 0$ and $x > 2$, what is $x$?", ["Factor", "Set each factor to zero", "Since $x > 2$, only $x = 3$ is left"]),
        ("What are the solutions to $3 x^{2}+12 x+6=0$?", ["Use the quadratic formula: $x = -2 - \\sqrt{2}$ or"]),
        (
            "Which of the following is equivalent to $(2x - 3)^2 - (x^2 - 5)$?\n(A) $3x^2 + 14$\n(B) $3x^2 - 12x + 14$",
            ["4 x^{2} - 12 x + 9 - x^{2} + 5", "Collect the terms of the same kind: $3 x^{2} - 12 x + 14$"],
        ),
        (
            "Which of the following is equivalent to $\\frac{1}{\\frac{1}{x}+\\frac{1}{3}}$ for $x > 0$?\n(A) $\\frac{3x}{x+3}$\n(B) $x+3$",
            ["below the line to a common denominator", "Multiply by the reciprocal"],
        ),
        ("If $y = 2x + 1$ and $3x + 2y = 16$, what is the value of $x$?", ["Replace $y$ by $2 x + 1$ in $3 x + 2 y = 16$: $7 x + 2 = 16$"]),
        (
            "If $3x + 4y = -23$ and $2y - x = -19$, what is the solution $(x, y)$ to the system?",
            ["Multiply the second by $3$, so that $x$ drops out", "Add them: $10 y = -80$", "$(x, y) = (3, -8)$"],
        ),
        (
            "If $k = 3$ and $\\frac{x - 1}{3} = k$, what is the value of $x$?",
            ["Replace $k$ by $3$", "Multiply both sides by $3$: $x - 1 = 9$"],
        ),
        (
            "If $\\frac{5}{x}=\\frac{15}{x+20}$, what is the value of $\\frac{x}{5}$?",
            ["Find what is asked, $\\frac{x}{5}$: $\\frac{x}{5} = 2$"],
        ),
        ("If $f(x) = 2x^2 - 3$, what is $f(4)$?", ["$f(4) = 2 (4)^{2} - 3$", "$f(4) = 29$"]),
        ("Solve $A = \\frac{1}{2} b h$ for $h$.", ["$h = \\frac{2 A}{b}$"]),
        (
            "Which of the following is equivalent to $(x + 3)(x - 1)$?\n(A) $x^2 - 3$\n(B) $x^2 + 2x - 3$\n(C) $x^2 + 3$\n(D) $2x + 2$",
            ["Multiply out the brackets", "x^{2} + 2 x - 3"],
        ),
        # on graphs, among points, between constants
        (
            "The graph of $y = (x - 1)(x + 5)$ is a parabola. Which interval contains the $x$-coordinate of the vertex?"
            "\n(A) $-3 < x < -1$\n(B) $-1 < x < 1$\n(C) $1 < x < 3$",
            [
                "$x = -5$ and $x = 1$",
                "halfway between them: $x = \\frac{-5 + 1}{2} = -2$",
                "Only one of the intervals holds $-2$: $-3 < x < -1$",
            ],
        ),
        (
            "What is the vertex of the parabola $y = x^2 - 4x + 7$?",
            ["$a = 1$ and $b = -4$", "$x = -\\frac{b}{2 a} = 2$", "the height there is $3$", "the vertex is $(2, 3)$"],
        ),
        (
            "Which of the following is an equation of a line that is perpendicular to the line $2x + 4y = 5$?"
            "\n(A) $y = -2x + 1$\n(B) $y = 2x + 1$\n(C) $2x + y = 4$\n(D) $4x + 2y = 1$",
            ["so its slope is $- \\frac{1}{2}$", "negative reciprocal of it as its slope, $2$", "$y = 2x + 1$ has this slope"],
        ),
        (
            "Which ordered pair $(x, y)$ satisfies $y > 2x$ and $x + y < 9$?\n(A) $(4,4)$\n(B) $(1,3)$\n(C) $(0,9)$",
            [
                "Try $(4, 4)$ in $y > 2x$: $4 > 8$ is false",
                "Try $(1, 3)$ in all of them: $3 > 2$ and $4 < 9$",
                "Try $(0, 9)$ in $x + y < 9$",
            ],
        ),
        (
            "The graph of a line passes through the points $(1, 5)$ and $(3, 9)$. Which of the following defines the line?"
            "\n(A) $y = 5x$\n(B) $y = 2x + 3$\n(C) $y = 3x$",
            ["Try (A): it misses the point $(3, 9)$", "Try (B): it gives $(1, 5)$ and $(3, 9)$", "Try (C)"],
        ),
        (
            "If $(ax+3)(x+2)=4x^2+bx+6$ for all values of $x$, what is the value of $b$?",
            ["$a - 4 = 0$ and $2 a - b + 3 = 0$", "$a = 4, b = 11$"],
        ),
        (
            "$$kx + 2y = 5$$ $$3x - 4y = 1$$ For what value of $k$ does the system have no solution?",
            ["parallel", "$(k) (-4) = (2) (3)$", "$k = - \\frac{3}{2}$"],
        ),
    ],
)
def test_the_moves_are_those_of_a_teacher_and_hold(problem: str, said: list[str]) -> None:
    steps = _steps(problem)
    told = "\n".join(steps)
    places = [told.find(words) for words in said]
    assert -1 not in places and places == sorted(places), steps
    assert first_broken(steps) is None


@pytest.mark.parametrize(
    "problem",
    [
        "If $3(c+d)=5$, what is the value of $c+d$?",  # the unknowns are not fixed one by one
        "If $x^9 - x = 2$ and $y = 4$, what is the value of $y + 1$?",
        "What is the value of $x$ if $\\sqrt{x + 2} = 3$?",
    ],
)
def test_where_no_way_is_known_nothing_is_said(problem: str) -> None:
    parsed = parse_problem(problem)
    found = solve_directly(parsed["stem"], [])
    assert found is None or derive(parsed["stem"], [], found) == []


@settings(max_examples=40, deadline=None)
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 9))
def test_every_line_of_a_linear_equation_follows_by_the_move_that_it_names(a: int, b: int, c: int, d: int) -> None:
    if a == c:
        return
    x = sympy.Symbol("x")
    steps = _steps(f"If ${sympy.latex(a * x + b)} = {sympy.latex(c * x + d)}$, what is the value of $x$?")
    assert steps
    lines = [step.rsplit("$", 2)[1] for step in steps]
    assert equal(from_latex(lines[-1]).rhs, sympy.Rational(d - b, a - c))
    names = {"Add": "add", "Subtract": "subtract", "Divide": "divide", "Multiply": "multiply"}
    for before, after, step in zip(lines, lines[1:], steps[1:], strict=False):
        kind = names.get(step.split()[0])
        if kind and "Multiply out" not in step:
            assert move(before, after)["kind"] == kind, (before, step)
