from __future__ import annotations

import pytest

from agents.solving.wording import two_readings


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
