"""Ladders planned from steps: each rung shows its part, and nothing after the line that leaks."""

from __future__ import annotations

import pytest

from agents.checking.ladder import Plan, plan
from agents.checking.leaks import leaks
from agents.checking.rungs import SAFE, rungs_of, safe_rungs

BOOKS = "A shop sells pens at $2 each and books at $7 each. Ann buys 9 items for $33 in total. How many books does she buy?"
BOOK_STEPS = (
    "Let $p$ be the pens and $b$ the books; she buys 9 items, so $p + b = 9$.",
    "The total cost is 33 dollars: $2p + 7b = 33$.",
    "Substitute $p = 9 - b$: $2(9 - b) + 7b = 33$.",
    "Collect terms: $18 + 5b = 33$, so $5b = 15$.",
    "Divide by 5: $b = 3$.",
)
EGGS = "A hen lays 16 eggs a day. Mia eats three and gives away four. She sells the rest at $2 each. How many dollars does she make a day?"
EGG_STEPS = (
    "Eggs left after breakfast and gifts: $16 - 3 - 4 = 9$.",
    "Multiply the eggs left by the price of one: $9 \\cdot 2 = 18$.",
)


def _plan(stem: str, steps: tuple[str, ...], answer: str, choice: str | None = None, choice_text: str = "") -> Plan:
    return plan({"stem": stem, "problem": stem, "steps": steps, "answer": answer, "choice": choice, "choice_text": choice_text})


def test_the_set_up_comes_before_what_follows_from_it_and_the_last_equation_never() -> None:
    made = _plan(BOOKS, BOOK_STEPS, "3")
    assert made.setup == ["p + b = 9", "2p + 7b = 33"]
    assert made.carry[-1] == "18 + 5b = 33"
    assert made.moves == ["collect terms", "divide by 5"]
    assert "5b = 15" not in " ".join(rungs_of(made))


def test_the_rungs_speak_of_the_problem_and_build_on_each_other() -> None:
    first, second, third, fourth = rungs_of(_plan(BOOKS, BOOK_STEPS, "3"))
    assert "How many books does she buy?" in first and "9 items" in first and "\\$33 in total" in first
    assert "pens" in second and "=" not in second
    assert "$p + b = 9$" in third and "18 + 5b" not in third
    assert "$18 + 5b = 33$" in fourth and "divide by 5" in fourth


def test_a_computation_is_set_up_without_its_value_which_comes_with_the_next_rung() -> None:
    made = _plan(EGGS, EGG_STEPS, "18")
    assert made.setup == ["16 - 3 - 4"] and made.carry == ["16 - 3 - 4 = 9"]
    assert made.moves == ["multiply the eggs left by the price of one"]


def test_a_named_result_is_set_up_without_its_value_too() -> None:
    stem = "Ray has 40 jewels. Al has 5 more than half of these, and Sue has 2 fewer than Al. How many jewels has Sue?"
    made = _plan(stem, ("$A = 40 / 2 + 5 = 25$", "$S = 25 - 2 = 23$"), "23")
    assert made.setup == ["A = 40 / 2 + 5"] and made.carry == ["A = 40 / 2 + 5 = 25"]


def test_a_fraction_is_kept_back_as_a_value_is() -> None:
    stem = "Ann mixes 10 liters of a drink that is two-thirds water with 9 liters of water. How much water is in the mix?"
    made = _plan(
        stem, ("Water in the drink: $10 \\times \\frac{2}{3} = \\frac{20}{3}$.", "In the mix: $\\frac{20}{3} + 9 = \\frac{47}{3}$."), "47/3"
    )
    assert made.setup == ["10 \\times \\frac{2}{3}"]


def test_a_result_in_words_does_not_slip_into_the_outline() -> None:
    made = _plan(EGGS, ("She has 9 eggs left after breakfast and gifts.", EGG_STEPS[1]), "18")
    assert not any("9" in words for words in [*made.outline, *made.moves])


def test_steps_that_speak_of_options_are_left_out() -> None:
    stem = "If $3x + 5 = 20$, what is the value of $6x$?"
    made = _plan(stem, ("Subtract 5 from both sides: $3x = 15$.", "Compare with the options, which leaves (C)."), "30", "C", "30")
    assert made.outline == ["subtract 5 from both sides"] and made.moves == []
    assert made.setup == ["3x = 15"]


def test_what_an_option_would_need_is_no_line_of_the_way() -> None:
    stem = "A table gives $f(2) = 1$ and $f(4) = 0$. Which of the following must be a factor of the polynomial $f(x)$?"
    steps = (
        "Dividing by $x - c$ leaves $f(c)$, so $x - c$ is a factor where $f(c) = 0$.",
        "Option (A) needs $f(2) = 0$, but it is $1$.",
        "Option (B) needs $f(4) = 0$, and that is given.",
    )
    made = _plan(stem, steps, "x - 4", "B", "$x-4$")
    assert "f(c) = 0" in [*made.setup, *made.carry]
    assert not any("f(2)" in line or "f(4)" in line for line in [*made.setup, *made.carry])


def test_which_statement_holds_is_not_told_one_by_one() -> None:
    stem = "What are all values of $x$ with $\\sqrt{4x} = x - 3$?\nI. 1\nII. 9\n(A) I only\n(B) II only\n(C) I and II\n(D) Neither"
    steps = ("Try I, $1$, in $\\sqrt{4x} = x - 3$: $2 \\ne -2$.", "Try II, $9$, in $\\sqrt{4x} = x - 3$: $6 = 6$ holds.")
    said = " ".join(rungs_of(_plan(stem, steps, "II only", "B", "II only")))
    assert "6 = 6" not in said and "-2" not in said


def test_a_computation_without_a_result_ends_before_its_sign() -> None:
    made = _plan(EGGS, ("The eggs: $16 - 3 - 4 =$ 9.", EGG_STEPS[1]), "18")
    assert made.setup == ["16 - 3 - 4"]


def test_what_follows_an_option_that_leaks_is_not_shown() -> None:
    stem = "If $3x + 5 = 20$, what is the value of $6x$?"
    steps = ("Subtract 5: $3x = 15$.", "Option (C) says $6x = 30$.", "Halve it: $2x + 1 = 11$.")
    made = _plan(stem, steps, "30", "C", "30")
    assert [*made.setup, *made.carry] == ["3x = 15"]


def test_the_last_step_is_asked_for_where_it_speaks_of_the_answer() -> None:
    steps = (EGG_STEPS[0], "This gives the answer: $9 \\cdot 2 = 18$.")
    asks = {"1": "How many eggs are left after breakfast and gifts?", "2": "What do the eggs bring in?"}
    made = plan({"stem": EGGS, "problem": EGGS, "steps": steps, "answer": "18", "choice": None, "choice_text": "", "asks": asks})
    assert made.upcoming == "How many dollars does she make a day?" and made.operation == "multiplication of two numbers"


@pytest.mark.parametrize(
    ("stem", "steps", "answer"),
    [
        (BOOKS, BOOK_STEPS, "3"),
        (EGGS, EGG_STEPS, "18"),
        (EGGS, ("She makes 18 dollars.",), "18"),
        ("Tom has 5 apples and buys 3 more. How many apples has he now?", ("Add the apples he bought: $5 + 3 = 8$.",), "8"),
        ("Solve $x^2 - 2x = 3$.", ("$x^2 - 2x - 3 = 0$", "Factor: $(x - 3)(x + 1) = 0$.", "So $x = 3$ or $x = -1$."), "x = 3, x = -1"),
        ("Which sentence is true?", (), "The graph rises."),
    ],
)
def test_no_rung_built_from_a_plan_leaks(stem: str, steps: tuple[str, ...], answer: str) -> None:
    request = {"answer": answer, "choice": None, "choice_text": "", "problem": stem}
    for rung in rungs_of(_plan(stem, steps, answer)):
        assert leaks(rung, request) == []


def test_what_is_left_names_the_quantity_and_the_operation_but_no_number() -> None:
    stem = "A shop sold 60 cups in May, three times as many in June, and in July 50 fewer than in June. How many cups did it sell in all?"
    steps = ("Cups in June: $3 \\times 60 = 180$.", "Cups in July: $180 - 50 = 130$.", "Cups in all: $60 + 180 + 130 = 370$.")
    _, second, _, fourth = rungs_of(_plan(stem, steps, "370"))
    assert "work out the cups in June; then work out the cups in July" in second
    assert (
        "Cups in June: $3 \\times 60 = 180$. Cups in July: $180 - 50 = 130$." in fourth
        and "work out the cups in all, which takes one addition of three numbers" in fourth
    )


def test_a_problem_of_one_computation_is_hinted_at_by_its_operation() -> None:
    stem = "Jo runs 3 laps on each of 4 days, 60 meters a lap. How many meters does she run?"
    fourth = rungs_of(_plan(stem, ("Meters in all: $3 \\times 4 \\times 60 = 720$.",), "720"))[3]
    assert "multiplication of three numbers" in fourth
    assert "720" not in fourth and "60" not in fourth


def test_a_last_line_that_no_words_lead_on_from_is_told_apart_from_what_is_asked() -> None:
    stem = "The ages of Dan and Al are in the ratio of 7:11. Together they are 162. Calculate Al's age 10 years from now."
    steps = ("Let $k$ be the unit: $7k + 11k = 162$.", "$18k = 162$, so $k = 9$.", "$11k = 99$.", "In 10 years that is $109$.")
    fourth = rungs_of(_plan(stem, steps, "109"))[-1]
    assert "11k = 99" in fourth and 'not yet what is asked ("Calculate Al\'s age 10 years from now.")' in fourth and "109" not in fourth


@pytest.mark.parametrize(
    ("relation", "kept"),
    [
        ("What do the eggs that are left bring in?", True),
        ("How many of the 16 eggs are sold?", True),
        ("Why are $9$ eggs left?", False),
        ("What is $16 - 3 - 4$ good for?", False),
        ("How does the program count them?", False),
        ("Which option fits?", False),
        ("The money is already counted: how do you know?", False),
        ("What is left? And then?", False),
        ("Count the eggs.", False),
        ("The eggs that are left bring in money, and each of them has its price?", False),
        ("How do you get from the eggs that are left to ?", False),
        ("How do you get from the eggs to the?", False),
    ],
)
def test_of_what_a_tutor_asks_only_questions_about_the_problem_are_kept(relation: str, kept: bool) -> None:
    made = plan(
        {
            "stem": EGGS,
            "problem": EGGS,
            "steps": EGG_STEPS,
            "answer": "18",
            "choice": None,
            "choice_text": "",
            "asks": {"relation": relation},
        }
    )
    assert ("relation" in made.kept) is kept
    assert (relation in rungs_of(made)[1]) is kept


def test_a_question_that_its_step_does_not_answer_gives_way_to_the_steps_own_name() -> None:
    asks = {
        "relation": "What do the eggs that are left bring in?",
        "1": "How many eggs does Mia eat?",
        "2": "How many dollars does she make?",
    }
    request = {"stem": EGGS, "problem": EGGS, "steps": EGG_STEPS, "answer": "18", "choice": None, "choice_text": ""}
    made = plan({**request, "asks": asks})
    assert "1" not in made.kept
    assert made.questions[0] == "Can you work out the eggs left after breakfast and gifts?"
    assert "(1) Can you work out the eggs left after breakfast and gifts?" in rungs_of(made)[1]
    assert "1" not in plan({**request, "asks": asks | {"1": "How many eggs are left each day after breakfast and gifts?"}}).kept
    fitting = "How many eggs are left after breakfast and gifts?"
    assert plan({**request, "asks": asks | {"1": fitting}}).questions[0] == fitting


def test_a_relation_that_is_true_of_any_problem_is_not_said() -> None:
    stem = "What is the solution $(x, y)$ of $3x + 4y = -23$ and $2y - x = -19$?"
    empty = "The solution is found by solving the system of equations: how do you get from the equations to the solution?"
    request = {"stem": stem, "problem": stem, "steps": ["Add them."], "answer": "(3, -8)", "choice": None, "choice_text": ""}
    assert plan({**request, "asks": {"relation": empty}}).kept == {}
    assert plan({**request, "asks": {"relation": "Which multiple makes a letter drop out of the sum?"}}).kept != {}


def test_a_value_that_is_put_in_is_shown_with_the_formula_it_goes_into() -> None:
    stem = "If $f(x) = \\frac{x + 3}{2}$, what is the value of $f(-1)$?"
    steps = ("Put in $x = -1$.", "Simplify the numerator: $f(-1) = \\frac{2}{2}$.", "Divide by 2: $f(-1) = 1$.")
    made = _plan(stem, steps, "1")
    assert made.into == "f(x) = \\frac{x + 3}{2}"
    _, _, third, fourth = rungs_of(made)
    assert third.startswith("Put $x = -1$ into $f(x) = \\frac{x + 3}{2}$.")
    assert "$f(x) = \\frac{x + 3}{2}$" in fourth and "divide by 2" in fourth


@pytest.mark.parametrize(
    ("options", "way"),
    [
        (["2", "4", "$\\frac{1}{2}$"], "put it into the problem"),
        (["$\\$ 75$", "$\\$ 125$"], "put it into the problem"),
        (["$9 m p$", "$5 m + 4 p$"], "easy number for each letter"),
        (["$y = 3x$", "$y = 2x$"], "Compare the options"),
        (["A flat fee of $5$", "A charge per mile of $1$"], "Compare the options"),
    ],
)
def test_where_nothing_may_be_shown_the_options_are_tried(options: list[str], way: str) -> None:
    made = safe_rungs(options)
    assert way in made[2] and len(set(made)) == 4
    assert safe_rungs([]) == SAFE
