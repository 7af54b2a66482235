from __future__ import annotations

import pytest

from agents.solving.paths import fitting_option


@pytest.mark.parametrize(
    ("value", "letter"),
    [
        ("8", "A"),
        ("17/2", "B"),
        ("8.5", "B"),
        ("9", ""),
        ("sqrt(64)", ""),
        ("", ""),
        ("nan", ""),
        ("1/0", ""),
        ("1e999999999", ""),
        ("8e0", "A"),
    ],
)
def test_a_computed_number_finds_the_one_option_that_gives_it(value: str, letter: str) -> None:
    assert fitting_option(value, {"A": "8.0", "B": "8.5"}) == letter


def test_two_options_that_give_the_number_are_no_choice() -> None:
    assert fitting_option("8", {"A": "8.0", "B": "8.0", "C": "1.0"}) == ""
