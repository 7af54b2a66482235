from __future__ import annotations

from pathlib import Path

import pytest

from evals.scorers.transcript import compare
from evals.suites.pictures import PicturesSuite, picture_of

PRINTED = "If $\\frac{x-1}{3}=k$ and $k=3$, what is the value of $x$?\n(A) 2\n(B) $\\$1{,}200$"


@pytest.mark.parametrize(
    "read",
    [
        PRINTED,
        "If $\\frac{x - 1}{3} = k$ and $k = 3$,\nwhat is the value of x?\n(A)2\n(B) $\\$1,200$",
        "If \\frac{x−1}{3} = k and k = 3, what is the value of X?\n(A) 2\n(B) $1,200",
    ],
)
def test_spelling_does_not_matter(read: str) -> None:
    assert compare(PRINTED, read)["well"], compare(PRINTED, read)


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("What is $x^2$?", "What is $x2$?"),
        ("What is $x^2$?", "What is $x^{3}$?"),
        ("Solve $\\frac{1}{2}x = 3$.", "Solve 12x = 3."),
        ("Solve $x \\le 3$.", "Solve $x < 3$."),
        ("Find $2x - 3$.", "Find 2x 3."),
        ("Choose.\n(A) 1\n(B) 2", "Choose.\n(A) 1"),
        ("A pen costs 2.50 dollars.", "A pen costs 250 dollars."),
        ("Find $\\sqrt{9}$.", "Find 9."),
        ("How many apples are left in the basket after 3 days?", "How 3?"),
        ("How many?", ""),
    ],
)
def test_a_changed_number_sign_or_option_is_not_read_well(printed: str, read: str) -> None:
    assert not compare(printed, read)["well"]


def test_a_wrong_letter_in_a_word_is_forgiven_once_in_ten() -> None:
    printed = "A train leaves the station at noon and travels north for 3 hours without any stop."
    assert compare(printed, printed.replace("station", "statlon"))["well"]
    assert not compare(printed, printed.replace("station", "statlon").replace("noon", "n00n"))["well"]


def test_every_item_proves_itself() -> None:
    suite = PicturesSuite()
    items = suite.items(Path(__file__).parents[2] / "evals" / "datasets")
    suite.prove(items)
    assert len(items) == 40 and sum(item.data["kind"] == "formulas" for item in items) == 20


def test_the_same_row_gives_the_same_picture() -> None:
    suite = PicturesSuite()
    item = suite.items(Path(__file__).parents[2] / "evals" / "datasets")[0]
    first = picture_of(item)
    assert first == picture_of(item) and first.startswith(b"\xff\xd8\xff")
