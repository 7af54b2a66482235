from __future__ import annotations

import pytest

from agents.checking.leaks import leaks

PROBLEM = "If $\\frac{2}{3}x - 4 = 6$ and there are 12 boxes, what is the value of $2x + 1$?\n(A) 12\n(B) 31\n(C) 30"


def _leaks(hint: str, answer: str = "31", choice: str | None = "B", choice_text: str = "31", problem: str = PROBLEM) -> list[str]:
    return leaks(hint, {"answer": answer, "choice": choice, "choice_text": choice_text, "problem": problem})


@pytest.mark.parametrize(
    "hint",
    [
        "So the answer is 31.",
        "Add 1 to get $2x + 1 = 31$.",
        "You will find $62/2$ at the end.",
        "It equals $\\frac{62}{2}$.",
        "Pick option B.",
        "The right one is (B).",
        "The answer: B",
        "The value is 31.0",
        "Compute $30 + 1$ and you have $x = 15.5 \\cdot 2$.",
    ],
)
def test_a_hint_that_holds_the_answer_in_any_form_leaks(hint: str) -> None:
    assert _leaks(hint)


@pytest.mark.parametrize(
    "hint",
    [
        "What is asked for, and what is given?",
        "Add 4 to both sides of $\\frac{2}{3}x - 4 = 6$ first.",
        "Multiply both sides by 3. What does that leave on the left?",
        "You need $2x$ before you can say what $2x + 1$ is.",
        "A better start is to clear the fraction.",
    ],
)
def test_a_hint_that_only_leads_on_does_not_leak(hint: str) -> None:
    assert _leaks(hint) == []


def test_a_number_of_the_problem_may_be_repeated_but_not_as_the_result() -> None:
    assert _leaks("There are 12 boxes in all.", answer="12", choice="A", choice_text="12") == []
    assert _leaks("Then $x = 12$.", answer="12", choice="A", choice_text="12")


@pytest.mark.parametrize("hint", ["One half of it remains: $\\frac{1}{2}$.", "You get 0.5.", "That is 50%."])
def test_a_fraction_leaks_as_decimal_and_percent_too(hint: str) -> None:
    assert _leaks(hint, answer="\\frac{1}{2}", choice=None, choice_text="", problem="What part of the tank is full?")


def test_a_sentence_option_leaks_by_its_words() -> None:
    said = "The phone keeps 70% of its value each year."
    assert _leaks(f"Note: {said}", answer=said, choice="C", choice_text=said, problem="What does 0.7 mean?")


def test_both_parts_of_a_point_together_leak() -> None:
    hint = "You find $x = 3$ and then $y = -8$."
    assert _leaks(hint, answer="(3,-8)", choice=None, choice_text="", problem="Where do the lines meet?")
