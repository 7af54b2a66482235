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
        (
            "If $a$ is a constant and no value of $x$ satisfies $3(x + a) = a(x - 1) + 4$, what is the value of $a$?",
            [
                "Bring all terms with $x$ to the left: $x \\left(3 - a\\right)$",
                "drops out exactly where $3 - a = 0$, which is where $a = 3$",
            ],
        ),
        (
            "How many solutions does the system $y = x^2 + 1$ and $y = 4x - 6$ have?",
            ["Replace $y$ by $x^{2} + 1$ in the other equation", "$(-4)^{2} - 4 (1) (7) = -12$, negative"],
        ),
        # roots and expressions kept together
        ("What is the solution to $\\sqrt{x + 6} = x$?", ["Square both sides: $x + 6 = x^{2}$", "only $x = 3$ holds"]),
        ("If $\\sqrt{2x - 1} + 2 = 5$, what is the value of $x$?", ["Subtract $2$", "Square both sides: $2 x - 1 = 9$", "$x = 5$"]),
        ("If $3(c+d)-2=5$, what is the value of $c+d$?", ["Keep $c + d$ together", "Divide both sides by $3$: $c + d = \\frac{7}{3}$"]),
        (
            "If $\\frac{3a}{b} = 6$, what is the value of $\\frac{a}{b}$?",
            ["Keep $\\frac{a}{b}$ together: $3 {\\left(\\frac{a}{b}\\right)} = 6$", "$\\frac{a}{b} = 2$"],
        ),
        (
            "If $y = x^2$, $y = x + 6$ and $x > 0$, what is the value of $x + y$?",
            ["Set each factor to zero", "$y = 4$ for $x = -2$ and $y = 9$ for $x = 3$", "only $x = 3$ is left", "$x + y = 12$"],
        ),
        (
            "For what value of $t$ is $2|t + 3| + 7$ equal to 1?\n(A) $-3$\n(B) $0$\n(C) $3$\n(D) There is no such value of $t$.",
            ["$\\left|{t + 3}\\right|$ first: it would have to be $-3$", "An absolute value is never less than $0$"],
        ),
        (
            "$$m=\\frac{\\left(\\frac{r}{100}\\right)\\left(1+\\frac{r}{100}\\right)^{N}}{\\left(1+\\frac{r}{100}\\right)^{N}-1} P$$ Which of the following gives $P$ in terms of"
            " $m$, $r$, and $N$?\n(A) $P=\\frac{\\left(1+\\frac{r}{100}\\right)^{N}-1}{\\left(\\frac{r}{100}\\right)\\left(1+\\frac{r}{100}\\right)^{N}} m$\n(B) $P=\\frac{r m}{100}$",
            ["the form $m = k P$", "$P = \\frac{m}{k}$", "its reciprocal"],
        ),
        (
            "Which of the following is equivalent to the sum of $3x^2 - 2$ and $2x + 5$?\n(A) $3x^2 + 2x + 3$\n(B) $5x^2 + 3$",
            ["Start from $(3x^2 - 2) + (2x + 5)$", "3 x^{2} - 2 + 2 x + 5", "Collect the terms of the same kind: $3 x^{2} + 2 x + 3$"],
        ),
        (
            "If $x > 0$, which of the following is equivalent to $\\sqrt{25x^2}$?\n(A) $5x$\n(B) $25x$",
            ["Start from $\\sqrt{25x^2}$", "Since $x > 0$, this is $5 x$"],
        ),
        (
            "$$y < 3x + 1$$ $$4x < 8$$ Which of the following consists of the $y$-coordinates of all the points that satisfy the system of inequalities above?"
            "\n(A) $y < 7$\n(B) $y < 2$\n(C) $y < 1$",
            ["Solve $4x < 8$ for $x$: $x < 2$", "at $x = 2$ comes to $7$", "$y < 7$"],
        ),
        # tried one by one
        (
            "Which of the following satisfy $x^2 - x = 6$? I. $2$ II. $3$ III. $-2$\n(A) I only\n(B) II only\n(C) II and III only\n(D) I, II and III",
            ["Try I, $2$, in $x^2 - x = 6$: $2 \\ne 6$", "$6 = 6$ holds", "So II and III are left"],
        ),
        (
            "$$y > 2x + c$$ $$y < x + d$$ In the $xy$-plane, if $(0,0)$ is a solution to the system of inequalities above, which of the following"
            " relationships between $c$ and $d$ must be true?\n(A) $c > d$\n(B) $d > c$\n(C) $c = -d$",
            [
                "$0 > c$ and $0 < d$",
                "Option (A) need not hold",
                "Option (C) need not hold: take $(-1, 2)$",
                "Option (B) is the only one left",
            ],
        ),
        (
            "The polynomial $g$ has $g(1) = 6$ and $g(-2) = 0$. Which of the following must be a factor of $g(x)$?\n(A) $x - 1$\n(B) $x + 2$\n(C) $x$",
            [
                "$x - c$ is a factor exactly where $g(c) = 0$",
                "$g(1) = 0$, but it is $6$",
                "$g(-2) = 0$, and that is given",
                "which nothing tells",
            ],
        ),
        # lines and circles
        (
            "Which of the following statements is true about the graph of $3y + 2x = 12$ in the $xy$-plane?"
            "\n(A) It has a negative slope and a positive $y$-intercept.\n(B) It has a positive slope and a positive $y$-intercept.",
            ["$y = 4 - \\frac{2 x}{3}$", "$- \\frac{2}{3}$, and it is negative", "$4$, and it is positive"],
        ),
        (
            "The equation of a circle in the $xy$-plane is $x^2 + y^2 - 6x + 4y = 12$. What is the radius of the circle?",
            ["$x^{2} - 6 x = \\left(x - 3\\right)^{2} - 9$", "= 25$", "the radius is $5$"],
        ),
        (
            "Which of the following is an equation of a circle with center $(2,-1)$ that passes through the point $(5,3)$?"
            "\n(A) $(x-2)^2+(y+1)^2=25$\n(B) $(x+2)^2+(y-1)^2=25$",
            ["its centre is $(2, -1)$", "$(5 - 2)^{2} + (3 - (-1))^{2} = 25$"],
        ),
        # measures and rates
        (
            "A lake lies 3.5 miles below the pass. How many kilometers below the pass is the lake? (1 mile = 1.6 kilometers)",
            ["Multiply by the rate, since every mile counts for $1.6$ kilometers", "$3.5 \\cdot 1.6 = 5.6$"],
        ),
        (
            "A rope is 100 inches long. Approximately how many feet long is the rope? (1 foot = 12 inches)",
            ["Divide by the rate, since every $12$ inches make one foot", "$100 \\div 12 \\approx 8.333$"],
        ),
        (
            "The volume of a cube is 27 cubic inches. What is the surface area of the cube?",
            ["$s^{3} = 27$, so $s = 3$", "$6 s^{2}$, which comes to $54$"],
        ),
        (
            "The area of a circle is 10 square inches. If the radius is tripled, what is the new area?",
            ["the radius is multiplied by $3$ and enters to the power $2$", "$(3)^{2} = 9$", "$10 \\cdot 9 = 90$"],
        ),
        (
            "If $d = 3p - 4$, by how much does $d$ increase when $p$ increases by 2?",
            ["Put $p + 2$ in for $p$: it becomes $3 p + 2$", "$3 p + 2 - (3 p - 4) = 6$"],
        ),
        (
            "$$h = 5 + 2t$$ $$k = 11 + t$$ The heights, in feet, of two trees after $t$ years are $h$ and $k$. What was the height of the first tree"
            " when it was equal to the height of the second tree?",
            ["Set the two equal", "$t = 6$", "$h = 17$"],
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
        "If $3(c+d)=5$ and $cd = 2$, what is the value of $c+d+1$?",  # the unknowns are not fixed one by one
        "If $x^9 - x = 2$ and $y = 4$, what is the value of $y + 1$?",
        "What is the value of $x$ if $\\sqrt[3]{x + 2} = 3$?",
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
