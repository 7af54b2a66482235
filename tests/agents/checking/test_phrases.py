"""What a problem gives and what a step does, in words that are whole without their formulas."""

from __future__ import annotations

import pytest

from agents.checking.phrases import asked_names, asks_for, computed_steps, given_in, move_in_words, quantity_of


@pytest.mark.parametrize(
    ("stem", "given"),
    [
        ("His first 3 customers buy one each, and 3 customers don't buy any.", ["3 customers"]),
        ("Ann buys 9 items for $33 in total, pens at $2 each.", ["9 items", "\\$33 in total", "\\$2 each"]),
        ("Terry eats 2 yogurts a day; 4 yogurts cost $5.00.", ["2 yogurts a day", "4 yogurts", "\\$5.00"]),
        ("She cut 5 apple pies into 8 pieces and ate 3 of them.", ["5 apple pies", "8 pieces", "3"]),
        ("A 60-mile trip with 20% discount and 3 pairs of shoes.", ["60-mile trip", "20% discount", "3 pairs of shoes"]),
        ("He placed 23 post-it notes; 10 is enough, and .5 hours an item.", ["23 post-it notes", "10", ".5 hours an item"]),
        ("She eats three for breakfast and bakes with four of the 16 eggs.", ["three", "four", "16 eggs"]),
        ("Solve $2x + 3 = 11$ for $x$.", ["$2x + 3 = 11$"]),
        ("A $40 \\%$ discount on a pen of $\\$ 5$ each.", ["40% discount", "\\$5 each"]),
        ("How many fit into 6 meters of tape? $(1$ meter $=100 \\mathrm{~cm})$", ["6 meters of tape"]),
        (
            "\\begin{tabular}{|l|c|}\\cline{2 - 4}Under 40 & 12\\end{tabular} Of these, 5 people left.",
            ["the numbers of the table", "5 people"],
        ),
    ],
)
def test_quantities_are_named_by_what_they_count(stem: str, given: list[str]) -> None:
    assert given_in(stem) == given


@pytest.mark.parametrize(
    ("step", "move"),
    [
        ("The total pieces of pie are $5 \\times 8 = 40$.", "work out the total pieces of pie"),
        ("The cost each year is $3$, so the net profit is $10.5 - 3 = 7.5$.", "work out the net profit"),
        ("The cost of pens: $4 \\times 1.5 = 6$.", "work out the cost of pens"),
        ("Tuesday sleep: $8 - 2 = 6$.", "work out Tuesday sleep"),
        ("Eggs left: $16 - 3 = 13$.", "work out the eggs left"),
        ("Divide by 5: $b = 3$.", "divide by 5"),
        ("Substitute $p = 9 - b$: $2(9 - b) + 7b = 33$.", ""),
        ("In 4 weeks, she eats $21 \\times 4 = 84$ eggs.", ""),
        ("Tom gets 4 washes a month, so in a year he gets $4 \\times 12 = 48$.", ""),
        ("Multiply: $0.5 \\times 10 \\times 7 = 35$ hours a week.", ""),
        ("John has 10 dogs.", ""),
        ("Let $m$ be the visits; each visit costs $7 + 7 = 14$ dollars.", "let $m$ be the visits"),
        ("Let $E$ be the money Ethel has.", "let $E$ be the money Ethel has"),
        ("This gives the answer: $45 - 20 = 25$.", ""),
        ("Since $x > 0$, the expression is already in its simplest form.", ""),
    ],
)
def test_a_move_is_said_only_where_its_words_are_whole(step: str, move: str) -> None:
    assert move_in_words(step) == move


def test_steps_that_compute_a_number_are_asked_for_one_by_one() -> None:
    steps = ["Let $c$ be the cows.", "All beads: $3 \\times 20 = 60$.", "So $2c = 10$.", "She keeps $60 - 15 = 45$."]
    assert list(computed_steps(steps)) == [2, 4]
    assert asked_names(steps) == ["relation", "2", "4"]
    assert asked_names(steps[:3]) == ["relation"]
    assert asked_names([f"Add: ${n} + 1 = {n + 1}$." for n in range(9)]) == ["relation"]


@pytest.mark.parametrize(
    ("step", "quantity"),
    [
        ("Eggs left: $16 - 3 = 13$.", "the eggs left"),
        ("Calculate the weekly earnings from teaching: $20 \\times 35 = 700$.", "the weekly earnings from teaching"),
        ("Find the slope by comparing: $3x = 6$.", "the slope"),
        ("Divide by 5: $b = 3$.", ""),
        ("Share them: $45 \\div 5 = 9$.", ""),
        ("All beads: $3 \\times 20 = 60$.", "all beads"),
        ("Calculate how many are left: $9 - 4 = 5$.", ""),
        ("Mom places a third of the pieces: $750 / 3 = 250$.", ""),
        (r"We subtract 35 from 175 to find it: $\text{Number of rubies} = 175 - 35 = 140$.", "the number of rubies"),
        (r"The total number of classes in one week is: $25 + 8 = 33$.", "the total number of classes in one week"),
        (r"The number of eggs left after breakfast is $16 - 3 = 13$.", "the number of eggs left after breakfast"),
        (r"Since it is a week, the total number of hours is: $24 \times 7 = 168$.", "the total number of hours"),
        (r"Since there are 12 eggs in a dozen, we divide by 12: $252 \div 12 = 21$.", ""),
    ],
)
def test_a_step_names_what_it_works_out(step: str, quantity: str) -> None:
    assert quantity_of(step) == quantity


@pytest.mark.parametrize(
    ("question", "quantity", "fits"),
    [
        ("How many eggs are left?", "the eggs left", True),
        ("How many eggs does she eat every morning?", "the eggs left", False),
        ("How much does Jill earn per hour teaching?", "the weekly earnings from teaching", False),
        ("What does she earn in a week by teaching?", "the earnings from teaching", True),
        ("How many students are left after jazz?", "the remaining students after jazz", True),
        ("How many students are left after jazz?", "the number of students in hip-hop", False),
        ("How many more hours did Harry sleep than James?", "the difference", True),
    ],
)
def test_a_question_fits_a_step_where_it_names_what_that_works_out(question: str, quantity: str, fits: bool) -> None:
    assert asks_for(question, quantity) is fits
