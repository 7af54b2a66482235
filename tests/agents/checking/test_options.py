from __future__ import annotations

import pytest

from agents.checking.options import match_option
from agents.checking.problem import asks_for_point, options_are_values, parse_problem
from agents.checking.values import from_latex, from_python


def _options(*texts: str) -> list[dict[str, str]]:
    return [{"letter": "ABCDEFGH"[index], "text": text} for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("value", "options", "stem", "letter", "how"),
    [
        ("5", ("2", "5", "7"), "What is x?", "B", "equal"),
        ("0.40984", ("0.410", "0.357", "0.333"), "What is the probability?", "A", "rounded"),
        ("0.15", ("$15 \\%$", "$20 \\%$"), "What percent is it?", "A", "percent"),
        ("[-1, 3]", ("$-3$", "$3$", "$5$"), "Which is a solution?", "B", "member"),
        ("437.9", ("150 meters", "450 meters", "700 meters"), "Which is closest to the distance?", "B", "closest"),
    ],
)
def test_a_value_finds_its_option_by_the_first_rule_that_fits(
    value: str, options: tuple[str, ...], stem: str, letter: str, how: str
) -> None:
    match = match_option(from_python(value), _options(*options), stem)
    assert (match.letter, match.how) == (letter, how)


def test_a_value_near_an_option_is_no_match_unless_the_problem_asks_for_the_closest() -> None:
    options = _options("150 meters", "450 meters", "700 meters")
    assert match_option(from_python("437.9"), options, "What is the distance?").letter is None


def test_whole_numbers_are_not_rounded_to_an_option() -> None:
    assert match_option(from_python("4.6"), _options("4", "5"), "What is n?").letter is None


def test_a_value_that_fits_two_options_matches_none() -> None:
    assert match_option(from_latex("2"), _options("$\\frac{4}{2}$", "2", "3"), "What is n?").letter is None


@pytest.mark.parametrize(
    ("text", "stem", "letters"),
    [
        ("What is x?\n(A) 3\n(B) 4", "What is x?", "AB"),
        ("What is x? (A) 3 (B) 4 (C) 5", "What is x?", "ABC"),
        ("What is x?\nA) 3\nB) 4\nC) 5\nD) 6", "What is x?", "ABCD"),
        ("What is x?\nA. 3\nB. 4", "What is x?", "AB"),
        ("The function f(A) is 3.", "The function f(A) is 3.", ""),
        ("Point (A) lies above point (B).", "Point (A) lies above point (B).", ""),
    ],
)
def test_options_are_found_in_the_usual_spellings_and_nowhere_else(text: str, stem: str, letters: str) -> None:
    parsed = parse_problem(text)
    if letters:
        assert parsed["stem"] == stem
    assert "".join(option["letter"] for option in parsed["options"]) == letters or (
        not letters and parsed["options"][0]["text"] == "lies above point"
    )


def test_the_same_problem_in_other_white_space_has_the_same_identity() -> None:
    assert parse_problem("What is  $x$?\n\n(A) 3\n(B) 4")["id"] == parse_problem(" What is $x$?\n(A) 3\n(B) 4 ")["id"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("What is x?\n(A) 3\n(B) $\\frac{1}{2}$", True),
        ("Which of the following is closest to the length?\n(A) 150 meters\n(B) 450 meters", True),
        ("Which of the following is equivalent to $x+x$?\n(A) $2x$\n(B) $x^2$", False),
        ("What does 75 mean?\n(A) The price of a seat\n(B) The number of seats", False),
        ("Which ordered pair satisfies it?\n(A) $(1,2)$\n(B) $(2,1)$", True),
        ("Which of the following ordered pairs satisfies it?\n(A) $(1,2)$\n(B) $(2,1)$", False),
    ],
)
def test_options_are_hidden_from_the_model_only_where_a_value_is_asked_for(text: str, hidden: bool) -> None:
    assert options_are_values(parse_problem(text)) is hidden


@pytest.mark.parametrize(
    ("last", "letter"),
    [("There is no such value of $n$.", "C"), ("No solution", "C"), ("None", "C"), ("There are exactly 2 solutions", None), ("$3$", None)],
)
def test_no_solution_is_the_option_that_says_so(last: str, letter: str | None) -> None:
    options = [{"letter": "A", "text": "$0$"}, {"letter": "B", "text": "$1$"}, {"letter": "C", "text": last}]
    assert match_option(from_python("[]"), options, "For what value of $n$ is $|n| + 2 = 0$?").letter == letter


@pytest.mark.parametrize(
    ("stem", "point"),
    [
        ("What is the solution $(x, y)$ to the system of equations above?", True),
        ("Which ordered pair satisfies the system?", True),
        ("What is the $x$-coordinate of the intersection point $(x, y)$ of the system?", False),
        ("If $(x, y)$ is the solution to the system, what is the value of $x + y$?", False),
        ("How many solutions $(x, y)$ are there?", False),
        ("A shop sells pens. How many does he buy?", False),
    ],
)
def test_a_point_is_asked_for_only_where_no_single_value_is(stem: str, point: bool) -> None:
    assert asks_for_point(stem) is point
