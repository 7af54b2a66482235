from __future__ import annotations

import pytest

from agents.checking.judge import compute, compute_many
from agents.checking.program import extract_code, leaves_out, objection
from agents.sandbox import probe

SHOP = "A shop sells pens at $2 and books at $7. Ann buys 9 items for $33. How many books does she buy?"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("```python\nfrom sympy import *\np, b = symbols('p b')\nanswer = solve([Eq(p + b, 9), Eq(2*p + 7*b, 33)], [b, p])[0]\n```", "3"),
        ("```python\nfrom sympy import *\np, b = symbols('p b')\nanswer = solve([Eq(p + b, 9), Eq(2*p + 7*b, 33)], [p, b])[0][b]\n```", "3"),
        ("```python\nfrom sympy import *\np, b = symbols('p b')\nanswer = solve([Eq(p + b, 9), Eq(2*p + 7*b, 33)], [p, b])[b]\n```", "3"),
        ("```python\nfrom sympy import solve, Eq, symbols\nb, p = symbols('b p')\nanswer = solve([Eq(p + b, 9), Eq(2*p + 7*b, 33)], b, p)\n```", "3"),
        ("```python\nitems = 9\nfrom sympy import *\nanswer = [solve(Eq(2*(items - k) + 7*k, 33), k)[0] for k in [Symbol('k')]][0]\n```", "3"),
        ("```python\nper_day = 12 + 2 * 12\ntotal = 5 * per_day\n```", "180"),
        ("```python\nper_day = 12 + 2 * 12\nprint(5 * per_day)\n```", "180"),
        ("```python\nper_day = 12 + 2 * 12\nprint('in all', 5 * per_day)\n```", "180"),
        ("```python\nper_day = 12\nper_day += 24\n```", "36"),
        ("12 * 3 + 4", "40"),
    ],
)  # fmt: skip
async def test_the_value_is_found_however_the_program_puts_it(reply: str, text: str) -> None:
    value = await compute(probe(), extract_code(reply), seconds=10)
    assert value["ok"], value["reason"]
    assert value["text"] == text


SYSTEM = "from sympy import *\np, b = symbols('p b')\nsystem = [Eq(p + b, 9), Eq(2*p + 7*b, 33)]\nanswer = "


@pytest.mark.parametrize(
    ("end", "point"),
    [
        ("solve(system, [p, b])", "(6, 3)"),
        ("solve(system, [p, b])[0]", "(6, 3)"),
        ("solve(system, [p, b], dict=True)", "(3, 6)"),
        ("solve(system, dict=True)[0]", "(3, 6)"),
    ],
    ids=["the solution", "taken for a list", "a list of dictionaries", "a dictionary, which has only the order of the alphabet"],
)
async def test_a_problem_that_asks_for_a_point_gets_all_coordinates(end: str, point: str) -> None:
    assert (await compute(probe(), f"{SYSTEM}{end}\n", seconds=10, point=True))["text"] == point


@pytest.mark.parametrize("end", ["solve(system, [p, b])", "solve(system, [p, b])[0]"])
async def test_any_other_problem_gets_the_unknown_that_was_solved_for_first(end: str) -> None:
    assert (await compute(probe(), f"{SYSTEM}{end}\n", seconds=10))["text"] == "6"


@pytest.mark.parametrize(
    "reply",
    ["```python\nanswer = 3\n```", "```python\nbooks = 3\n```", "```python\nbooks = 3\nanswer = books\n```", "```python\nprint(3)\n```"],
)
def test_a_program_that_states_its_answer_is_no_computation(reply: str) -> None:
    assert objection(extract_code(reply), SHOP) == "it states the answer instead of computing it"


@pytest.mark.parametrize("reply", ["```python\nbooks = 33 - 2 * 9\nanswer = books / 5\n```", "```python\nbooks = (33 - 2 * 9) / 5\n```"])
def test_a_computation_with_the_problems_numbers_is_one(reply: str) -> None:
    assert objection(extract_code(reply), SHOP) is None


def test_numbers_from_elsewhere_are_objected_to() -> None:
    assert objection("answer = 33 - 17 * 2\n", SHOP) == "it uses 17, which is not in the problem"


@pytest.mark.parametrize("reply", ["```python\nfor (\n```", "", "```python\n```"])
def test_what_is_no_program_has_its_reason(reply: str) -> None:
    assert objection(extract_code(reply), SHOP) is not None


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("games = 20\nanswer = 3 * games - 5\n", ["5"]),
        ("games = 20 - 5\nanswer = 3 * games - 5\n", []),
        ("answer = 3 * 20\n", ["5", "5"]),
        ("answer = (\n", []),
    ],
)
def test_numbers_that_a_program_leaves_out_are_named_as_often_as_they_are_printed(code: str, missing: list[str]) -> None:
    story = "Bo has 5 fewer than 3 times as many games as Al. Al has 20 games but lost 5 before. How many has Bo?"
    assert leaves_out(code, story) == missing


def test_a_number_that_is_named_and_not_needed_is_left_out() -> None:
    story = "James runs 3 sprints 3 times a week. He runs 60 meters each sprint. How many meters does he run a week?"
    lines = ["sprints = 3", "times = 3", "meters = 60", "total = sprints * {}meters", "answer = total", ""]
    assert leaves_out("\n".join(lines).format("times * "), story) == []
    assert leaves_out("\n".join(lines).format(""), story) == ["3"]
    # what a loop or a condition needs is used
    assert leaves_out("total = 0\nfor day in range(3):\n    total += 3 * 60\nanswer = total\n", story) == []


@pytest.mark.parametrize(
    "code",
    ["a = 80 * (1 - Rational(25, 100))\nanswer = a * Rational(2, 5)\n", "answer = 80 * 0.75 * 0.4\n", "answer = 80 * 0.75 * 2 / 5\n"],
)
def test_a_percentage_and_a_fraction_count_as_used_in_every_spelling(code: str) -> None:
    story = "In 2019 a coat of 80 dollars was sold 25% cheaper to 1 buyer, who paid 2/5 of the price at once. How much was that?"
    assert leaves_out(code, story) == []


def test_the_numbers_of_a_point_are_two() -> None:
    assert leaves_out("answer = (6 - 2) / (14 - 3)\n", "A line goes through $(3,2)$ and $(14,6)$. What is its slope?") == []
    assert objection("answer = 14 - 2\n", "A line goes through $(2,14)$.") is None


async def test_a_program_that_ends_the_process_costs_no_other_its_answer() -> None:
    endless = "while True:\n    try:\n        while True: pass\n    except Exception: pass"
    assert await compute_many(probe(), ["answer = 1 + 1", "exit()", endless, "answer = 2 + 1"]) == ["2", "", "", "3"]
