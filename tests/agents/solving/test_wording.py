from __future__ import annotations

import pytest

from agents.solving.wording import asks_for_amount, asks_for_count, asks_for_difference, two_readings


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


@pytest.mark.parametrize(
    ("stem", "amount"),
    [
        ("Tom has 9 apples and eats 4. How many apples are left?", True),
        ("How old will Ann be in 5 years if she is 12 now?", True),
        ("It was -4 degrees in the morning. How many degrees did it rise until noon, when it was 3 degrees?", False),
        ("How much is her debt after she spends 30 dollars?", False),
        ("What is the value of x if x plus 9 is 4?", False),
    ],
)
def test_an_amount_is_not_less_than_nothing(stem: str, amount: bool) -> None:
    assert asks_for_amount(stem) is amount


@pytest.mark.parametrize(
    ("stem", "counted"),
    [
        ("Dan has 9 coins. How many dimes does Dan have?", True),
        ("How many of the marbles are red?", True),
        ("Each box holds 6 eggs. How many more boxes are needed?", True),
        ("How many hours does he need?", False),
        ("How many more miles does she run?", False),
        ("How many cups of flour are left?", False),
        ("How many eggs does a hen lay per day?", False),
        ("On average, how many children has a family?", False),
        ("How many times as many pens has she?", False),
        ("How much does it cost?", False),
        ("How many pens are there, and how many minutes does it take to count them?", False),
    ],
)
def test_things_that_are_counted_are_told_from_what_is_measured(stem: str, counted: bool) -> None:
    assert asks_for_count(stem) is counted
