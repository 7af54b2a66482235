from __future__ import annotations

import pytest

from agents.reading.words import as_problem


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["If \\frac{x-1}{3} = k and k = 3, what is the", "value of x?"], "If $\\frac{x-1}{3} = k$ and $k = 3$, what is the value of $x$?"),
        (["What is x^{2} − 4?", "(A) 3 (B) 5", "(C) −7 (D) 9"], "What is $x^{2} - 4$?\n(A) 3\n(B) 5\n(C) -7\n(D) 9"),
        (["A book costs $12 and a pen costs $3."], "A book costs $\\$12$ and a pen costs $\\$3$."),
        (["Solve 2x ≤ 8 for x."], "Solve $2x \\le 8$ for $x$."),
        (["The area of a rectangle is 20. Which number", "is the width?"], "The area of a rectangle is 20. Which number is the width?"),
        (
            ["x + y = 7", "x − y = 1", "What is the value of x in the system above?"],
            "$x + y = 7$\n$x - y = 1$\nWhat is the value of $x$ in the system above?",
        ),
        (["If336 students were asked, how many said yes?"], "If 336 students were asked, how many said yes?"),
        (["Ifx+3=7, what is x?"], "If $x+3=7$, what is $x$?"),
        (["What are the solutions?", "(A) 1", "(b) 2"], "What are the solutions?\n(A) 1\n(B) 2"),
    ],
)
def test_lines_become_the_text_of_a_problem(lines: list[str], text: str) -> None:
    assert as_problem(lines) == text


def test_a_capital_that_looks_like_the_small_letter_follows_the_other_formulas() -> None:
    assert as_problem(["2x + 1 = 5", "x + \\frac{X}{2} = 3"]) == "$2x + 1 = 5$\n$x + \\frac{x}{2} = 3$"
    assert "$P$" in as_problem(["Let P be a point and p a number, P = 3 and 2P = 6."])
