"""Problems without an answer are named as such, with the reason; sound problems never are."""

from __future__ import annotations

import time

import pytest

from agents.checking.diagnosis import diagnose
from agents.checking.judge import survey
from agents.sandbox import probe


@pytest.mark.parametrize(
    ("stem", "kind", "word"),
    [
        ("If $x+y=3$ and $x+y=5$, what is the value of $x$?", "contradictory", "contradict"),
        ("Solve the system $2x + 4y = 6$ and $x + 2y = 5$.", "contradictory", "contradict"),
        ("Solve $x = x + 1$.", "contradictory", "No number"),
        ("Solve 2x + 3 = 2x + 5.", "contradictory", "No number"),
        ("A triangle has sides 2, 3, and 7. What is its area?", "contradictory", "longer than the longest"),
        ("A triangle has angles of 60, 70, and 80 degrees. Find the largest angle.", "contradictory", "210"),
        ("Solve $x^2 + 4 = 0$ for $x$.", "unsolvable", "no real solution"),
        ("Solve $\\sqrt{x} = -3$ for $x$.", "unsolvable", "no real solution"),
        ("If $x + y = 10$, what is the value of $x$?", "underdetermined", "x + y = 10"),
        ("If $x + y = 10$, what is the value of $z$?", "underdetermined", "nothing about $z$"),
        ("If $ab = 12$, what is the value of $a + b$?", "underdetermined", "not determined"),
        ("What is $8 \\div 2(2 + 2)$?", "ambiguous", "= 16$ and as $\\frac{8}{2(2 + 2)} = 1$"),
        ("What is 6 ÷ 2(1+2)?", "ambiguous", "two ways"),
        ("Solve $6/2\\left(x+1\\right) = 9$.", "ambiguous", "brackets would tell which"),
        ("What is $9^{9^{9^9}}$?", "too_large", "limits"),
        ("Compute 9^9^9^9", "too_large", "limits"),
        ("Find $100000!$", "too_large", "limits"),
        ("Simplify $" + " + ".join(f"{k}x^{{{k}}}" for k in range(1, 500)) + "$.", "too_large", "499 terms"),
        ("Tom has 3 apples and he buys 4 more of them at the market.", "no_question", "no question"),
    ],
)
def test_a_problem_without_an_answer_is_named_with_its_reason(stem: str, kind: str, word: str) -> None:
    found = diagnose(stem)
    assert found is not None
    assert found.kind == kind
    assert word in found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize(
    "stem",
    [
        "",
        "If $2x = 6$, what is the value of $x$?",
        "What is $1/2(8 + 6)(4)$?",
        "What is $8 \\div 2 \\cdot (2 + 2)$?",
        "What is $(8 \\div 2)(2 + 2)$?",
        "What is $8 \\div (2(2 + 2))$?",
        "If $x + y = 10$ and $x - y = 2$, what is the value of $x$?",
        "If $x + y = 10$, what is the value of $2x + 2y$?",
        "If $x^2 = 9$, what is the value of $x^2 + 1$?",
        "For what value of $k$ does $kx = 3x + 4$ have no solution?",
        "How many solutions does $x = x + 1$ have?",
        "How many real solutions does $x^2 + 4 = 0$ have?",
        "Solve $x^2 + 4 = 0$ over the complex numbers.",
        "If $x + y = 10$, what is $x$ in terms of $y$?",
        "Tom has $x$ apples and Ann has 3 more, so that $x + y = 11$. What is the value of $x$?",
        "Can a triangle have sides 2, 3, and 7?",
        "A triangle has sides 3, 4, and 5. What is its area?",
        "A triangle has sides in the ratio 2, 3, and 7 to those of another. What is it?",
        "A triangle has angles of 60, 60, and 60 degrees. What kind is it?",
        "What is the last digit of $7^{2024^{2023}}$?",
        "Which is larger, $2^{3^{100}}$ or $3^{2^{100}}$?",
        "What is $2^{3^2}$?",
        "What is the value of $10!$?",
        "Tom has 3 apples and buys 4 more. How many has he?",
        "$2x + 3 = 7$",
        "2x + 3 = 7",
        "Graph $x + y = 4$.",
        "The graph of $x + y = 75$ is shown. What is the value of $x$ at the marked point?",
        "Maria runs 5 miles a day. Find the distance for a week.",
        "Ein Zug hat 3 Wagen. Wie viele Wagen haben 4 Wagen mehr",
    ],
)
def test_a_sound_or_doubtful_problem_is_left_alone(stem: str) -> None:
    assert diagnose(stem) is None


async def test_the_sandbox_diagnoses_within_its_limits() -> None:
    started = time.monotonic()
    tower = (await survey(probe(), "Simplify $9^{9^{9^{9}}} + 1$.", []))["fault"]
    assert tower is not None
    assert tower["kind"] == "too_large"
    assert (await survey(probe(), "If $x + 1 = 3$, what is the value of $x$?", []))["fault"] is None
    assert time.monotonic() - started < 12
