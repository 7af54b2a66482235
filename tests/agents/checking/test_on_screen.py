"""What stands in a picture of a solution is held against that solution."""

from __future__ import annotations

import pytest

from agents.checking.consistency import on_screen

KNOWN = ["If $2x + 10 = 24$, what is $3x$?", "Subtract 10: $2x = 14$.", "$2x = 14$", "Divide by 2: $x = 7$.", "$x = 7$", "$21$"]


@pytest.mark.parametrize(
    "text",
    [
        "$2x + 10 = 24$",
        "$x = 7$",
        "$3x = 21$",
        "$y = x^2 - 4x + 3$",
        "$7 + 3 = 10$",
        "$a = 5$",
        "The answer is 21",
        "$x > 3$",
        "$f(x) = 2x$",
    ],
)
def test_what_follows_or_is_about_something_else_is_no_contradiction(text: str) -> None:
    assert on_screen([text], KNOWN)[0] == []


@pytest.mark.parametrize("formula", ["x = 8", "2x = 15", "3x = 24", "7 + 3 = 11", "x < 3", "2x + 10 = 25"])
def test_what_the_solution_rules_out_is_one(formula: str) -> None:
    assert on_screen([f"${formula}$"], KNOWN)[0] == [formula]


@pytest.mark.parametrize(
    "words",
    [
        "Add 64: y² + 16 y + 64 = −20 + 64.",
        "So |x − 2| = 7.",
        "This is √(x + 2) = 7.",
        "Then 3 x − 1 = 20, as x is 7.",
        "x · 2 = 14",
    ],
)
def test_the_end_of_an_equation_in_words_is_not_taken_for_one(words: str) -> None:
    assert on_screen([words], KNOWN)[0] == []


def test_an_equation_in_words_that_is_wrong_is_found_with_typographic_signs_too() -> None:
    assert on_screen(["So 2 − 9 = 7."], KNOWN)[0] == ["2 - 9 = 7"]
    assert on_screen(["Therefore x = 8."], KNOWN)[0] == ["x = 8"]


def test_either_of_two_solutions_may_be_shown() -> None:
    known = ["$x^2 = 9$", "$x = 3$", "$x = -3$"]
    assert on_screen(["$x = 3$", "$x = -3$"], known)[0] == []
    assert on_screen(["$x = 4$"], known)[0] == ["x = 4"]


def test_the_root_that_was_not_asked_for_may_be_shown() -> None:
    known = ["If $x^2 - 4x + 3 = 0$, what is the greater value of $x$?", "$(x-1)(x-3) = 0$", "$x = 3$", "$3$"]
    assert on_screen(["$x = 1$", "$x = 3$"], known)[0] == []
    assert on_screen(["$x = 2$"], known)[0] == ["x = 2"]


def test_numbers_from_nowhere_are_named() -> None:
    assert on_screen(["A 24 by 17 field", "$2x = 14$"], KNOWN)[1] == ["17"]
