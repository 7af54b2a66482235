"""Explanations in the whole graph: what the model says is shown only where the solution bears it out, and never before the answer may be seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.graph import builder
from agents.nodes.explain import chosen_step, whole_sentences
from agents.state import Step
from tests.agents.turns import context_with, turn

PROBLEM = "If $3x + 5 = 20$, what is the value of $x$?"
STEPS = "1. Subtract 5 from both sides: $3x = 15$.\n2. Divide both sides by 3: $x = 5$.\n\nAnswer: $5$"
GOOD = "The $x$ is multiplied by 3. To undo that, both sides are divided by $3$, so $3x = 15$ becomes $x = 5$."
OTHER = "Ask what number times 3 makes 15. When you divide 15 by 3 and do the same on the left, only $x$ is left, so $x = 5$."


async def _solved(tmp_path: Path, explanations: list[Any], *questions: str) -> tuple[list[str], list[dict[str, Any]], Any]:
    """What the tutor says to each question after the solution, the states, and the context."""
    context = context_with(tmp_path, {"You explain one step": explanations, "mathematics tutor": [STEPS]})
    graph = builder.compile(checkpointer=InMemorySaver())
    history: list[Any] = [HumanMessage(PROBLEM)]
    replies, states = [], []
    for question in (*questions, ""):
        state, said = await turn(graph, context, [*history])
        replies.append(said)
        states.append(state)
        history += [AIMessage(said), HumanMessage(question)]
    return replies[1:], states[1:], context


async def test_a_step_is_explained_in_the_models_words_where_the_solution_bears_them_out(tmp_path: Path) -> None:
    (said,), (state,), context = await _solved(tmp_path, [GOOD], "Why did you divide by 3?")
    assert state["routed"] == "explain"
    assert "**About step 2**" in said and said.endswith(GOOD)
    asked = next(text for name, text in context.model.asked if name == "You explain one step")
    assert "both sides are divided by $3$" in asked


@pytest.mark.parametrize(
    "wrong",
    [
        "Both sides are divided by $3$, which gives $x = 6$.",
        "Both sides are divided by $3$ because the total is 45.",
        "Both sides are divided by 4.",
        "The fraction goes away when both sides are divided by $3$.",
        "This step is good for the next one.",
        "",
    ],
)
async def test_what_the_solution_does_not_bear_out_is_asked_again_and_then_built_from_the_formulas(tmp_path: Path, wrong: str) -> None:
    (said,), _, context = await _solved(tmp_path, [wrong], "explain step 2")
    assert [name for name, _ in context.model.asked].count("You explain one step") == 2
    assert not wrong or wrong not in said
    assert "$3x = 15$" in said and "$x = 5$" in said and "divided by $3$" in said


async def test_the_first_step_starts_from_the_formula_that_the_problem_prints(tmp_path: Path) -> None:
    wrong = "Each side is increased by 5. To undo that, 5 is added to both sides: $3x + 5 = 20$ becomes $3x = 15$."
    (said,), _, context = await _solved(tmp_path, [wrong], "How did you get $3x = 15$?")
    asked = next(text for name, text in context.model.asked if name == "You explain one step")
    assert "Before: $3x + 5 = 20$" in asked and "$5$ is subtracted from both sides" in asked
    assert wrong not in said and "$5$ is subtracted from both sides" in said


async def test_in_other_words_is_never_the_same_words_again(tmp_path: Path) -> None:
    said, _, _ = await _solved(tmp_path, [GOOD, GOOD, OTHER], "explain step 2", "explain it differently")
    assert said[0].endswith(GOOD) and said[1].endswith(OTHER)
    stubborn, _, _ = await _solved(tmp_path, [GOOD], "explain step 2", "explain step 2 differently")
    assert GOOD not in stubborn[1] and "multiply both sides of $x = 5$ by $3$" in stubborn[1]


async def test_a_bare_why_gets_the_way_from_the_problem_to_the_answer_without_a_model_call(tmp_path: Path) -> None:
    (said,), (state,), _ = await _solved(tmp_path, [GOOD], "why?")
    assert "Step 2: both sides are divided by $3$" in said
    assert state["usage"]["calls"] == 0


async def test_a_step_that_does_not_exist_is_said_to_be_none(tmp_path: Path) -> None:
    (said,), _, _ = await _solved(tmp_path, [GOOD], "explain step 7")
    assert "no step 7" in said and "2 steps" in said


async def test_before_the_answer_was_shown_an_explanation_passes_the_leak_gate(tmp_path: Path) -> None:
    leaking = "Divide 15 by 3, and then $x = 5$."
    kind = "The $x$ is hidden behind two operations. Which of them was done last?"
    answers: dict[str, list[Any]] = {"asks about the last thing": [leaking, kind], "mathematics tutor": [STEPS]}
    history = [
        HumanMessage("Give me a hint: " + PROBLEM),
        AIMessage("**Hint 1 of 4**\n\nWhat could be undone first?"),
        HumanMessage("why?"),
    ]
    state, said = await turn(builder.compile(), context_with(tmp_path, answers), history)
    assert (state["routed"], said) == ("explain", kind)
    answers = {"asks about the last thing": [leaking], "mathematics tutor": [STEPS]}
    _, said = await turn(builder.compile(), context_with(tmp_path, answers), history)
    assert "5$?" not in said.replace("3x + 5", "") and leaking not in said and "what is the value of $x$?" in said


STEPS_READ = [
    Step(say="Let $p + b = 9$ and $2p + 7b = 33$.", latex="2p + 7b = 33"),
    Step(say="Substitute $p = 9 - b$: $18 + 5b = 33$.", latex="18 + 5b = 33"),
    Step(say="Subtract 18: $5b = 15$.", latex="5b = 15"),
    Step(say="Divide by 5: $b = 3$.", latex="b = 3"),
]


@pytest.mark.parametrize(
    ("words", "step"),
    [
        ("why did you divide by 5?", 4),
        ("How did you get $5b = 15$?", 3),
        ("where does the 15 come from?", 3),
        ("why substitute here?", 2),
        ("how did you get 18 + 5b = 33?", 2),
        ("why?", None),
        ("I do not understand that", None),
    ],
)
def test_the_step_is_found_by_what_the_learner_says_of_it(words: str, step: int | None) -> None:
    assert chosen_step(words, "Ann buys 9 items for 33 dollars.", STEPS_READ) == step


def test_a_sentence_that_was_cut_off_is_not_shown() -> None:
    assert (
        whole_sentences("## Idea\n- Divide by 3.5 first. Then add $x = 2$. And after that you")
        == "Idea Divide by 3.5 first. Then add $x = 2$."
    )
