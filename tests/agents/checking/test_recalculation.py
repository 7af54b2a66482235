"""Sums of worked solutions that are done over again: what is wrong is put right with all that follows from it, and everything else is left alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.checking.recalculation import computes_wrongly, recalculated

DATASETS = Path(__file__).parents[3] / "evals" / "datasets"

WRONG = {
    r"4. Add: $D + R + E = 175 + 140 + 280 = 695$.": r"4. Add: $D + R + E = 175 + 140 + 280 = 595$.",
    r"1. Daily earnings: $252 \div 12 \times 2 = 504$ dollars.": r"1. Daily earnings: $252 \div 12 \times 2 = 42$ dollars.",
    "There are 2 * 30 - 12 = 54 bugs.": "There are 2 * 30 - 12 = 48 bugs.",
    "The cost is $30,000 + $7,500 + $2,500 = $50,000.": "The cost is $30,000 + $7,500 + $2,500 = $40000.",
    "5 classes per day * 5 weekdays = 30 classes": "5 classes per day * 5 weekdays = 25 classes",
    r"$15 \text{ students} \times 3 = 35$": r"$15 \text{ students} \times 3 = 45$",
    "20% of 25 = 8, so 8 are left": "20% of 25 = 5, so 5 are left",
    r"$\frac{3}{4} \cdot 48 = 32$": r"$\frac{3}{4} \cdot 48 = 36$",
    "27 / 8 = 3.75": "27 / 8 = 3.375",
    r"$-3 \cdot 4 = 12$": r"$-3 \cdot 4 = -12$",
    "$(-3)(4) + 2 = 10$": "$(-3)(4) + 2 = -10$",
    "7 / 3 = 2.5": "7 / 3 = 2.3333",
    # the first side is what was meant, the middle a part that was computed wrongly
    "2 * 40 + 3 * 40 = 80 + 100 = 180": "2 * 40 + 3 * 40 = 80 + 100 = 200",
    # a chain that goes on from what it found
    "16 - 3 = 13 - 4 = 8": "16 - 3 = 13 - 4 = 9",
    r"$$ 6 \times 8 = 42 $$": r"$$ 6 \times 8 = 48 $$",
}

RIGHT_OR_UNKNOWN = [
    r"$12 \cdot 3 + 4 = 40$",
    "54 / 8 = 7 packs, rounded up",
    r"$200 / 3 \approx 66.7$",
    r"$2\frac{1}{2} + 1 = 3.5$",
    "5 x + 3 = 13",
    "$5x + 3 = 13$",
    "$2(3x) = 6x$",
    r"$\sqrt{16} + 9 = 13$",
    "sqrt(16) + 9 = 13",
    r"$\sin 30 + 1 = 1.5$",
    "sin 30 + 1 = 1.5",
    r"$|3 - 5| = 2$",
    "$5! / 3! = 20$",
    "16 = 4 * 4",
    "9 + 7 = 4 * 4",
    r"$2^3 + 1 = 9$",
    "480 - 520 = 40 more",
    "1:00 + 4 = 5:00",
    "10 am + 3 = 1 pm",
    "2 * 60 minutes = 2 hours",
    "80 + 90 / 2 = 85",
    r"$59 / 310 \times 100 = 19\%$",
    "7 / 2 = 3 R 1",
    "3 + 4 != 8",
    "28 / 1/5 = 140 cups",
    "$1 / 2 = 50 cents",
    "they lose 5 thousand a day, so 5 * 3 = $15,000",
    "10% of the $400 + $1580 = $198",
    "20 / 240 = 8.333...%",
    "$2,430 – ($1,250 + $850) = $2,430 – $2,100 = $330",
    r"$(2 + 1)x = 3x$",
    r"$12 / 5 = 2 \cdot 6 / 5$",
    "16 - 3 = 13 - 4 = 9",
    "$f(2) = 2 + 1 = 3$",
    "the sum of 3 and 4 + 5 = 12",
]


@pytest.mark.parametrize(("line", "meant"), WRONG.items())
def test_a_wrong_sum_is_put_right(line: str, meant: str) -> None:
    assert computes_wrongly(line)
    assert recalculated(line, "") == meant
    assert not computes_wrongly(meant)


@pytest.mark.parametrize("line", RIGHT_OR_UNKNOWN)
def test_what_may_be_meant_so_is_left_alone(line: str) -> None:
    assert not computes_wrongly(line)
    assert recalculated(line, "") == line


_TERMS = st.lists(st.tuples(st.sampled_from(["+", "-", r"\times"]), st.integers(1, 999)), min_size=1, max_size=3)


@given(first=st.integers(1, 999), terms=_TERMS, shown=st.integers(-(10**6), 10**6))
def test_whatever_a_line_says_it_comes_to_afterwards_it_holds(first: int, terms: list[tuple[str, int]], shown: int) -> None:
    computation = " ".join([str(first), *(f"{sign} {number}" for sign, number in terms)])
    value = eval(computation.replace(r"\times", "*"))
    done = recalculated(f"1. It is ${computation} = {shown}$.", "")
    assert done in {f"1. It is ${computation} = {value}$.", f"1. It is ${computation} = {-value}$."}
    assert recalculated(done, "") == done


def test_what_follows_from_a_wrong_sum_follows_from_the_right_one() -> None:
    text = "1. Stink bugs: $2 \\times 30 - 12 = 54$.\n2. In all: $90 + 30 + 54 = 174$.\n\nAnswer: $174$ bugs"
    assert recalculated(text, "There are 90 spiders.") == (
        "1. Stink bugs: $2 \\times 30 - 12 = 48$.\n2. In all: $90 + 30 + 48 = 168$.\n\nAnswer: $168$ bugs"
    )


def test_the_box_of_a_long_solution_follows_too() -> None:
    text = "So the total is:\n$$\n840 + 756 = 1696\n$$\nThe total is $\\boxed{1696}$."
    assert recalculated(text, "She pays $140 a month.").endswith("\\boxed{1596}$.")


def test_a_number_of_the_problem_is_not_taken_for_a_wrong_result() -> None:
    text = "1. Half: $60 / 2 = 20$.\n2. The 20 guests pay $3 \\times 20 = 60$."
    # the 20 of the second line is the problem's own: only the wrong result itself is put right
    assert recalculated(text, "There are 60 chairs and 20 guests.") == "1. Half: $60 / 2 = 30$.\n2. The 20 guests pay $3 \\times 20 = 60$."


def test_a_number_that_another_sum_comes_to_stays() -> None:
    text = "1. Red: $4 \\times 6 = 20$.\n2. Blue: $10 + 10 = 20$.\n3. Answer: 20"
    assert recalculated(text, "").splitlines()[1:] == ["2. Blue: $10 + 10 = 20$.", "3. Answer: 20"]


def test_the_numbers_of_steps_stay() -> None:
    assert recalculated("1. Six: $2 + 3 = 4$.\n4. So $4 + 1 = 5$.", "") == "1. Six: $2 + 3 = 5$.\n4. So $5 + 1 = 6$."


@pytest.mark.parametrize(
    "text", ["", "\n", "=", "= 5", "1 = ", "((((1 + 2 = 4", "9" * 400 + " + 1 = 2", "1/0 = 3", "9^9^9 + 1 = 2", "$1 + 1 = 3"]
)
def test_broken_text_is_no_error(text: str) -> None:
    assert isinstance(recalculated(text, text), str)


def test_worked_solutions_of_people_stay_as_they_are() -> None:
    """A hundred stories with the lines in which people solved them, the set's own calculator notes taken out."""
    rows = [json.loads(row) for row in (DATASETS / "gsm8k-socratic-dev.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = [line for row in rows for line in re.sub(r"<<[^<>]*>>", "", row["answer"]).splitlines()]
    assert sum("=" in line for line in lines) > 300
    assert [line for line in lines if recalculated(line, "") != line] == []
