from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checking.problem import OptionText
from agents.checking.variants import draw_numbers, fill, fill_code, find_slots, needs_options, rebuild_options, slots_in_code, write_number


@pytest.mark.parametrize(
    ("stem", "numbers"),
    [
        ("If $3x + 5 = 20$, what is the value of $6x$?", ["3", "5", "20", "6"]),
        ("In triangle 2 a side is 14 cm and $x^2 = 16$.", ["14", "16"]),
        ("In 1998 a town had 1,250 people.", ["1,250"]),
        ("A clock with 60 minutes in an hour gains 3 minutes.", ["3"]),
        ("An angle of 30 degrees and a side of 7.", ["7"]),
        ("The 4th term is 12, the sequence starts at 0.", ["12"]),
        ("Two pens cost $2 and a book costs $7.", ["7"]),
        ("She gets 100% of 40.", ["40"]),
        ("$x_1 = 4$ and $x_2 = 9$", ["4", "9"]),
    ],
)
def test_only_quantities_may_change(stem: str, numbers: list[str]) -> None:
    assert [slot.text for slot in find_slots(stem)] == numbers


STEM = "A shop with 3 doors sells 2.50 kg bags to 40% of its 1,200 customers."


@given(st.integers(0, 500))
def test_new_numbers_keep_their_shape_their_order_and_stay_below_100_percent(seed: int) -> None:
    slots = find_slots(STEM)
    drawn = draw_numbers(slots, seed, "same")
    if not drawn:
        return
    assert sorted(drawn) == sorted(drawn, key=lambda value: drawn[value]) and len(set(drawn.values())) == len(drawn)
    assert 0 < drawn[Fraction(40)] < 100 and all(value > 0 for value in drawn.values())
    again = find_slots(fill(STEM, slots, drawn))
    assert [slot.percent for slot in again] == [slot.percent for slot in slots] and "." in again[1].text


def test_harder_means_larger() -> None:
    slots = find_slots("If $20x + 50 = 370$, what is $x$?")
    easier, harder = (sum(sum(draw_numbers(slots, seed, how).values()) for seed in range(30)) for how in ("easier", "harder"))
    assert harder > 2 * easier


def test_a_program_changes_with_its_problem_exponents_and_shared_constants_stay() -> None:
    stem = "A square garden of side 7 m is paved; 30% of its area is grass. How much is that?"
    code = "side = 7\narea = side**2\nanswer = area * Rational(30, 100)\n"
    slots = slots_in_code(find_slots(stem), code)
    changed = fill_code(code, slots, {Fraction(7): Fraction(9), Fraction(30): Fraction(40)})
    assert "side = 9" in changed and "side ** 2" in changed and "Rational(40, 100)" in changed
    assert (
        fill_code("answer = 0.3 * 70", find_slots("30% of 70"), {Fraction(30): Fraction(45), Fraction(70): Fraction(90)}).strip()
        == "answer = 0.45 * 90"
    )


def test_a_number_that_the_program_uses_more_often_than_the_problem_says_it_stays() -> None:
    slots = find_slots("The base of a triangle is 2 cm longer than its height of 9 cm.")
    assert [slot.text for slot in slots_in_code(slots, "h = 9\nanswer = h * (h + 2) / 2")] == ["9"]


def _options(*texts: str) -> list[OptionText]:
    return [OptionText(letter=letter, text=text) for letter, text in zip("ABCD", texts, strict=False)]


@pytest.mark.parametrize("seed", range(4))
def test_options_are_rebuilt_around_the_new_answer(seed: int) -> None:
    built = rebuild_options(_options("$5$", "$7$", "$9$", "$12$"), Fraction(9), Fraction(31), seed)
    values = [int(option["text"].strip("$")) for option in built]
    assert 31 in values and len(set(values)) == 4 and values == sorted(values) and min(values) > 0
    assert sorted(abs(value - 31) for value in values) == [0, 2, 3, 4]


@pytest.mark.parametrize("options", [_options("$x + 1$", "$x$"), _options("5", "6"), _options("9", "9"), []])
def test_options_that_are_no_plain_numbers_or_do_not_hold_the_answer_are_dropped(options: list[OptionText]) -> None:
    assert rebuild_options(options, Fraction(9), Fraction(31), 1) == []


def test_numbers_are_written_as_the_ones_they_replace() -> None:
    assert write_number(Fraction(1850), "1,200") == "1,850"
    assert write_number(Fraction(37, 10), "2.50") == "3.70"
    assert write_number(Fraction(1850), "1200") == "1850"


def test_a_question_that_points_at_its_options_needs_them() -> None:
    assert needs_options("Which of the following is 3 more than 5?")
    assert not needs_options("What is 3 more than 5?")
