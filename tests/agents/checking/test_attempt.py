"""Attempts of known worth: which line is the first wrong one, and which slip it is."""

from __future__ import annotations

from typing import Any

import pytest

from agents.checking.attempt import analyse, report

Stated = tuple[str, str, list[str]]

LINEAR: Stated = ("Solve $3(x - 2) + 4 = 19$ for $x$.", "7", ["3(x - 2) = 15", "x - 2 = 5", "x = 7"])
BOOKS = (
    "A shop sells pens at $2 each and books at $7 each. Ann buys 9 items for $33 in total. How many books does she buy?",
    "3",
    ["p + b = 9", "2p + 7b = 33", "2(9 - b) + 7b = 33", "18 + 5b = 33", "5b = 15", "b = 3"],
)
EGGS = (
    "A hen lays 16 eggs a day. Mia eats three and gives away four. She sells the rest at $2 each. How many dollars does she make a day?",
    "18",
    ["16 - 3 - 4 = 9", "9 \\cdot 2 = 18"],
)
TWICE = ("If $\\frac{2}{3}x - 4 = 6$, what is the value of $2x + 1$?", "31", ["\\frac{2}{3}x = 10", "2x = 30", "x = 15", "2x + 1 = 31"])
QUADRATIC = ("What are the solutions of $x^2 = 2x + 3$?", "x = 3, x = -1", ["x^2 - 2x - 3 = 0", "(x - 3)(x + 1) = 0"])
ROOT = ("Solve $x^2 = 5x$.", "x = 0, x = 5", ["x(x - 5) = 0"])
LESS = ("Solve $-2x + 3 < 9$.", "x > -3", ["-2x < 6", "x > -3"])
EXPAND = ("Expand $3(x - 4) - (x - 2)$.", "2x - 10", ["3x - 12 - x + 2", "2x - 10"])
SQUARE: Stated = ("Expand $(x + 3)^2$.", "x^2 + 6x + 9", [])
SYSTEM = ("If $x + y = 10$ and $x - y = 4$, what is the value of $x$?", "7", ["2x = 14", "x = 7"])
VALUE = ("If $f(x) = 2x^2 - 1$, what is $f(3)$?", "17", ["f(3) = 2 \\cdot 9 - 1 = 17"])

CASES: list[tuple[Stated, str, int | None, str | None]] = [
    # right, in many spellings
    (LINEAR, "3(x-2) = 15\nx - 2 = 5\nx = 7", None, None),
    (LINEAR, "3x - 6 + 4 = 19\n3x - 2 = 19\n3x = 21\nx = 7", None, None),
    (LINEAR, "$3x - 6 + 4 = 19$\nso $3x = 21$\nand $x = 7$", None, None),
    (LINEAR, "1. 3x - 2 = 19\n2. 3x = 21\n3. x = 21/3 = 7", None, None),
    (BOOKS, "p + b = 9\n2p + 7b = 33\n2(9-b) + 7b = 33\n18 + 5b = 33\nb = 3", None, None),
    (BOOKS, "Let x be the books.\n7x + 2(9 - x) = 33\n5x = 15\nx = 3", None, None),
    (EGGS, "16 - 3 = 13\n13 - 4 = 9\n9 * 2 = 18", None, None),
    (EGGS, "16 - 3 - 4 = 9 eggs left, then 9 * 2 = 18", None, None),
    (TWICE, "2/3 x = 10\nx = 15\n2x + 1 = 31", None, None),
    (QUADRATIC, "x^2 - 2x - 3 = 0\n(x-3)(x+1) = 0\nx = 3 or x = -1", None, None),
    (ROOT, "x^2 - 5x = 0\nx(x - 5) = 0\nx = 0 or x = 5", None, None),
    (LESS, "-2x < 6\nx > -3", None, None),
    (EXPAND, "3x - 12 - x + 2\n= 2x - 10", None, None),
    (SQUARE, "(x+3)^2 = x^2 + 6x + 9", None, None),
    (SYSTEM, "2x = 14\nx = 7", None, None),
    (VALUE, "f(3) = 2 * 9 - 1 = 17", None, None),
    # a term moved with the wrong sign
    (LINEAR, "3x - 2 = 19\n3x = 17\nx = 17/3", 1, "sign"),
    (BOOKS, "2(9 - b) + 7b = 33\n18 + 5b = 33\n5b = 51", 2, "sign"),
    (TWICE, "2/3 x = 2\nx = 3", 0, "sign"),
    (LESS, "-2x < 12\nx > -6", 0, "sign"),
    # the factor reaches one term only
    (LINEAR, "3x - 2 + 4 = 19\n3x = 17", 0, "distribution"),
    (BOOKS, "2(9 - b) + 7b = 33\n18 - b + 7b = 33\n6b = 15", 1, "distribution"),
    (EXPAND, "3x - 4 - x + 2", 0, "distribution"),
    (EXPAND, "3x - 12 - x - 2\n= 2x - 14", 0, "minus_bracket"),
    (SQUARE, "(x+3)^2 = x^2 + 9", 0, "square"),
    # one side left undivided, or the wrong inverse
    (LINEAR, "3x = 21\nx = 21", 1, "one_side"),
    (LINEAR, "3x = 21\nx = 18", 1, "inverse"),
    (SYSTEM, "2x = 14\nx = 12", 1, "inverse"),
    # arithmetic
    (EGGS, "16 - 3 - 4 = 8\n8 * 2 = 16", 0, "arithmetic"),
    (EGGS, "16 - 3 = 13\n13 - 4 = 9\n9 * 2 = 16", 2, "arithmetic"),
    (LINEAR, "3x - 2 = 19\n3x = 21\nx = 21/3 = 6", 2, "arithmetic"),
    (VALUE, "f(3) = 2 * 9 - 1 = 19", 0, "arithmetic"),
    (BOOKS, "18 + 5b = 33\n5b = 14\nb = 14/5", 1, "arithmetic"),
    # roots and signs of inequalities
    (ROOT, "x = 5", 0, "lost_root"),
    (LESS, "-2x < 6\nx < -3", 1, "flip"),
    (QUADRATIC, "x^2 - 2x - 3 = 0\nx = -3 or x = 1", 1, "sign"),
    # another relation than the one that holds
    (EGGS, "16 + 3 + 4 = 23\n23 * 2 = 46", 0, "relation"),
    (EGGS, "16 - 3 = 13\n13 * 2 = 26", 1, "relation"),
    # unreadable lines are skipped
    (LINEAR, "I am not sure here\n3x - 2 = 19\nsomething with brackets\n3x = 17", 3, "sign"),
    (LINEAR, "??? ***\nno idea", None, None),
]


def _analyse(problem: Stated, attempt: str) -> dict[str, Any]:
    stem, answer, steps = problem
    return report(analyse({"attempt": attempt, "stem": stem, "answer": answer, "choice_text": "", "steps": steps}))


@pytest.mark.parametrize(("problem", "attempt", "first_wrong", "slip"), CASES)
def test_the_first_wrong_line_and_its_slip_are_found(problem: Stated, attempt: str, first_wrong: int | None, slip: str | None) -> None:
    found = _analyse(problem, attempt)
    assert found["first_wrong"] == first_wrong, found
    if first_wrong is not None:
        assert found["lines"][first_wrong]["slip"] == slip, found


@pytest.mark.parametrize(
    ("problem", "attempt", "final"),
    [
        (LINEAR, "3x = 21\nx = 7", True),
        (LINEAR, "3x = 17\nx = 17/3", False),
        (LINEAR, "3x = 21", None),
        (EGGS, "9 * 2 = 18", True),
        (QUADRATIC, "x = 3 or x = -1", True),
        (EXPAND, "3x - 12 - x + 2\n= 2x - 10", True),
        (VALUE, "f(3) = 2 * 9 - 1 = 17", True),
    ],
)
def test_the_end_is_compared_with_the_checked_answer(problem: Stated, attempt: str, final: bool | None) -> None:
    assert _analyse(problem, attempt)["final"] is final


@pytest.mark.parametrize(
    ("problem", "attempt", "first_wrong"),
    [
        (LINEAR, "3x - 2 + 4 = 19\n3x = 21\nx = 7", 0),
        (EGGS, "16 - 3 - 4 = 8\n9 * 2 = 18", 0),
        (LESS, "-2x < 12\nx > -3", 0),
    ],
)
def test_a_right_answer_by_a_wrong_way_is_noticed(problem: Stated, attempt: str, first_wrong: int) -> None:
    found = _analyse(problem, attempt)
    assert (found["final"], found["first_wrong"]) == (True, first_wrong)


def test_stopping_at_another_quantity_than_the_one_asked_for_is_told_from_a_wrong_line() -> None:
    found = _analyse(TWICE, "2/3 x = 10\n2x = 30\nx = 15")
    assert (found["final"], found["first_wrong"], found["other_quantity"]) == (False, None, True)


def test_lines_that_cannot_be_read_are_neither_right_nor_wrong() -> None:
    found = _analyse(LINEAR, "first I looked at it\n3x - 2 = 19\n\\frac{3x}{ = 4")
    assert [line["standing"] for line in found["lines"]] == ["unread", "right", "unread"]


def test_a_slip_names_the_term_that_it_concerns() -> None:
    found = _analyse(LINEAR, "3x - 2 = 19\n3x = 17")
    assert found["lines"][1]["at"] == "-2" and found["lines"][1]["of"] == 0
