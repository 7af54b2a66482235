from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.chat import is_problem, read_chat, split_problems, strip_command

PROBLEM = "If $3x + 5 = 20$, what is the value of $6x$?\n(A) 5\n(B) 30"


def _chat(*texts: str) -> list[AnyMessage]:
    return [HumanMessage(text) if index % 2 == 0 else AIMessage(text) for index, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("text", "skill"),
    [
        (PROBLEM, "solve"),
        ("Give me a hint: " + PROBLEM, "hint"),
        ("I am stuck. " + PROBLEM, "hint"),
        ("Animate this problem: " + PROBLEM, "animate"),
        ("Plot $y = x^2 - 4x + 3$ and mark its zeros", "animate"),
        ("Visualize the Pythagorean theorem for a triangle with legs 3 and 4", "animate"),
        ("Solve: $2x = 10$", "solve"),
    ],
)
def test_the_words_of_a_message_decide_the_kind(text: str, skill: str) -> None:
    reading = read_chat(_chat(text), None)
    assert reading.kind == skill
    assert reading.problem is not None


def test_the_skill_that_the_caller_names_wins_over_the_words() -> None:
    assert read_chat(_chat("Give me a hint: " + PROBLEM), "solve").kind == "solve"


def test_another_hint_is_about_the_problem_before_it_and_counts_the_rungs_given() -> None:
    reading = read_chat(
        _chat(PROBLEM, "**Hint 1 of 4**\n\nWhat is asked?", "another hint please", "**Hint 2 of 4**\n\nWhich relation?", "next"), None
    )
    assert reading.kind == "hint"
    assert reading.hints_given == 2
    assert reading.problem is not None
    assert reading.problem["stem"].startswith("If $3x")


def test_a_new_problem_starts_a_new_ladder() -> None:
    reading = read_chat(_chat("Hint: " + PROBLEM, "**Hint 1 of 4**\n\nWhat is asked?", "Give me a hint: If $7y = 21$, what is $y$?"), None)
    assert reading.hints_given == 0
    assert reading.problem is not None
    assert "7y" in reading.problem["text"]


def test_giving_up_after_hints_asks_for_the_solution() -> None:
    assert read_chat(_chat(PROBLEM, "**Hint 1 of 4**\n\nWhat is asked?", "I give up, show me the solution"), None).kind == "solve"


@pytest.mark.parametrize("text", ["hello", "thanks!", "another hint please", "why?", "Who are you?"])
def test_remarks_are_no_problems(text: str) -> None:
    assert not is_problem(text)
    assert read_chat(_chat(text), None).problem is None


def test_a_description_to_animate_has_nothing_to_solve() -> None:
    assert not read_chat(_chat("Plot $y = x^2 - 4x + 3$, mark its zeros and vertex"), "animate").asks
    assert read_chat(_chat(PROBLEM), "animate").asks


@pytest.mark.parametrize("text", ["Velocity vector", "Burnside's lemma: counting orbits under a group action", "The Delian problem"])
def test_whoever_asks_for_an_animation_by_name_may_name_any_topic(text: str) -> None:
    reading = read_chat(_chat(text), "animate")
    assert reading.problem is not None and not reading.asks
    assert read_chat(_chat(f"Explain {text} with an animation."), None).problem is not None
    assert read_chat(_chat(text.split(":")[0]), "solve").problem is None


@pytest.mark.parametrize("text", ["hello there", "animate it please", "do that again"])
def test_a_remark_is_no_topic_to_animate(text: str) -> None:
    assert read_chat(_chat(text), "animate").problem is None


def test_two_numbered_problems_in_one_message_are_told_apart() -> None:
    text = "1. If $3x = 6$, what is $x$?\n2. If $5y = 20$, what is the value of $y$?"
    assert len(split_problems(text)) == 2
    assert read_chat(_chat(text), None).others == 1


def test_numbered_facts_of_one_problem_stay_together() -> None:
    text = "Which statements are true of $f(x) = x^2$?\n1. It is even.\n2. It is decreasing."
    assert split_problems(text) == [text]


def test_the_request_in_front_of_a_problem_is_not_part_of_it() -> None:
    assert strip_command("Please give me a hint for this problem: If $3x = 6$, what is $x$?") == "If $3x = 6$, what is $x$?"
    assert strip_command("If $3x = 6$: what is $x$?") == "If $3x = 6$: what is $x$?"
