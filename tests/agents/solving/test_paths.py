from __future__ import annotations

from pathlib import Path

import pytest

from agents.checking.problem import parse_problem
from agents.solving.paths import fitting_option, impossible, letters_of_its_own, programs
from agents.state import Problem
from tests.agents.turns import context_with


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


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("5/2", "whole"),
        ("2.5", "whole"),
        (r"$\frac{1{,}005}{2}$", ""),
        (r"$\dfrac{5}{2}$ dimes", "whole"),
        ("$16.67$", "whole"),
        ("-3", "less than nothing"),
        (r"\$-3", "less than nothing"),
        ("1,004", ""),
        ("6/2", ""),
        ("3.0000000000000004", ""),
        (r"$\frac{6}{2}$", ""),
        ("x", ""),
        ("", ""),
        ("5/0", ""),
        ("2.5e3", ""),
        ("9" * 400, ""),
        ("1/" + "9" * 400, ""),
        ("9" * 400 + "/" + "9" * 400, ""),
    ],
)
def test_a_story_that_counts_things_has_no_part_of_one_and_no_less_than_none(answer: str, why: str) -> None:
    found = impossible(answer, "Dan has 9 coins, some of them dimes. How many dimes does Dan have?")
    assert why in found and bool(found) == bool(why)
    assert impossible(answer, "If $2n = 5$, how many dimes is $n$?") == ""


@pytest.mark.real
@pytest.mark.parametrize(
    ("question", "answer"),
    [("How many more pens does Bo have than Ann?", "5"), ("What is 3 minus 8?", "-5")],
)
async def test_a_difference_is_never_negative(tmp_path: Path, question: str, answer: str) -> None:
    context = context_with(tmp_path, {"You write short Python programs": ["```python\nann = 3\nbo = 8\nanswer = ann - bo\n```"]})
    problem = Problem(**parse_problem(f"Ann has 3 pens and Bo has 8. {question}"))
    (made, *_), _ = await programs(context, problem, 0, 1)
    assert (made["answer"], made["latex"]) == (answer, answer)


@pytest.mark.parametrize(
    ("value", "problem", "strange"),
    [
        ("21/pen + bags", "How many pens does he buy?", "bags"),
        ("20 - 10*wicks_sold", "How many wicks are left?", "wicks_sold"),
        ("Interval.open(2, 5)", "Solve $2 < x < 5$.", ""),
        ("Union(Interval.open(-oo, 2), Interval(3, oo))", "Solve it.", ""),
        ("x**2 - x - 6", "Expand (x+2)(x-3).", ""),
        ("(v - u)/a", "Solve v = u + a t for $t$ in terms of $a$, $u$ and $v$.", ""),
        ("x_1 + 2", "What is \\\\(x_1\\\\) plus 2?", ""),
        ("sqrt(2)*pi", "How long is it?", ""),
        ("2*a", "A train has a bell. How long is it?", "a"),
        ("True", "Is it so?", ""),
        ("3/4", "How much?", ""),
    ],
)
def test_an_unknown_of_the_programs_own_is_told_from_letters_of_the_problem(value: str, problem: str, strange: str) -> None:
    assert letters_of_its_own(value, problem) == strange
