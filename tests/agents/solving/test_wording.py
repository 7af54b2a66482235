from __future__ import annotations

import pytest

from agents.solving.wording import asks_for_difference, two_readings


@pytest.mark.parametrize(
    ("stem", "words"),
    [
        ("On Tuesday she wrote 2/5 times more articles than on Monday.", "2/5 times more"),
        ("A tree is 3 times  taller than another, which has three times more apples.", "three times more"),
        ("A tree has 3 times as many apples as another.", ""),
        ("He runs five times a week, more than she does.", ""),
    ],
)
def test_words_that_can_be_read_in_two_ways_are_named(stem: str, words: str) -> None:
    assert two_readings(stem) == words


@pytest.mark.parametrize(
    ("stem", "asked"),
    [
        ("Ann has 3 pens and Bo has 8. How many more pens does Bo have?", True),
        ("How much older is she than her brother?", True),
        ("Calculate the difference in the amount of laundry they do.", True),
        ("How many pens are there? One box holds more than the other.", False),
        ("The temperature falls from 3 degrees by 8. What is it now?", False),
    ],
)
def test_a_question_for_a_difference_is_told_from_others(stem: str, asked: bool) -> None:
    assert asks_for_difference(stem) is asked
