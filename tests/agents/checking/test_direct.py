from __future__ import annotations

import pytest

from agents.checking.direct import solve_directly
from agents.checking.equality import equal
from agents.checking.values import from_latex


def _options(*texts: str) -> list[dict[str, str]]:
    return [{"letter": "ABCD"[index], "text": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("stem", "options", "answer"),
    [
        ("If $5a - 2 = 13$, what is the value of $4a$?", (), "12"),
        (
            "$$\\begin{aligned} 2u+v=9 \\\\ u-v=3 \\end{aligned}$$If $(u, v)$ is the solution to the system above, what is the value of $u+v$?",
            (),
            "5",
        ),
        (
            "$$\\begin{array}{r} 2x+y=7 \\\\ x-y=2 \\end{array}$$What is the solution $(x, y)$ to the system of equations above?",
            (),
            "$(3,1)$",
        ),
        ("If $f(x)=x^2-3$, what is the value of $f(4)$?", (), "13"),
        ("The function $f$ is defined by $f(x) = x^2 - 8x + 3$. For which value of $x$ does $f(x)$ reach its minimum?", (), "4"),
        ("If $g(t) = -t^2 + 6t$, what is the maximum value of $g(t)$?", (), "9"),
        ("What are the solutions to $x^2 - 5x + 6 = 0$?", (), "$\\{2,3\\}$"),
        ("$$\\sqrt{x+6}=x$$What is the solution to the equation above?", (), "3"),
        (
            "The equation $A = \\frac{1}{2}bh$ gives an area. Which of the following gives $h$ in terms of $A$ and $b$?",
            (),
            "$h=\\frac{2A}{b}$",
        ),
        ("Which of the following is equivalent to $(x+4)^2-16$?", ("$x^2$", "$x^2+8x$", "$x^2+16$"), "$x^2+8x$"),
        (
            "Which of the following ordered pairs $(x,y)$ satisfies the system $y<2x$ and $x+y=5$?",
            ("$(1,4)$", "$(2,3)$", "$(0,5)$"),
            "$(2,3)$",
        ),
    ],
)
def test_plainly_stated_algebra_is_solved_without_a_model(stem: str, options: tuple[str, ...], answer: str) -> None:
    found = solve_directly(stem, _options(*options))
    assert found is not None
    assert equal(found.value, from_latex(answer))


@pytest.mark.parametrize(
    "stem",
    [
        "A train travels 60 miles in 2 hours. How far does it travel in 5 hours?",
        "The graph of $y = x^2$ is shown. What is the value of $x$?",
        "What is the meaning of 75 in $x + y = 75$?",
        "If $x + y = 10$, what is the value of $x$?",
        "",
    ],
)
def test_it_stays_silent_where_the_formulas_do_not_say(stem: str) -> None:
    assert solve_directly(stem, []) is None
