"""The whole graph with a scripted model and the real sandbox: what it decides, streams and keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.errors import InputError, ModelUnavailable
from agents.graph import builder
from tests.agents.turns import context_with, turn

PROBLEM = "A farm has 14 cows and hens with 38 legs in all. How many cows are there?\n(A) 4\n(B) 5\n(C) 9"
RIGHT = "1. Let $c$ be the cows: $4c + 2(14 - c) = 38$.\n2. Collect: $2c = 10$.\n3. Divide by 2: $c = 5$.\n\nAnswer: $5$"
WRONG = "1. Half of 38 is 19.\n2. Subtract: $19 - 10 = 9$.\n\nAnswer: $9$"
PROGRAM = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(14 - c), 38), c)[0]\n```"
STATED = "```python\nanswer = 5\n```"
HINTS = json.dumps({"relation": "Each animal has a number of legs: which equation counts them?"})


async def test_steps_and_a_program_that_the_models_own_forms_agree_with_are_verified(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": [RIGHT], "SymPy": [PROGRAM], "helpful assistant": ["There are \\(\\boxed{5}\\) cows."]})
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM)])
    solution = state["solution"]
    assert (solution["choice"], solution["answer"], solution["verification"]["status"]) == ("B", "5", "verified")
    assert [step["latex"] for step in solution["steps"]] == ["4c + 2(14 - c) = 38", "2c = 10", "c = 5"]
    assert state["attempts"] == 2
    assert "boxed" not in said
    assert state["messages"][-1].content == said
    assert said.index("1. Let") < said.index("Answer: (B)")
    assert state["usage"] == {"prompt_tokens": 40, "completion_tokens": 20, "cached_tokens": 8, "calls": 4}


async def test_disagreement_is_tried_again_and_the_steps_that_hold_are_shown(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": [WRONG, RIGHT], "SymPy": [PROGRAM]})
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM)])
    assert state["solution"]["choice"] == "B"
    assert state["solution"]["verification"]["status"] == "verified"
    assert "second look" in said
    assert said.rstrip().endswith("no other.")


async def test_without_a_computation_nothing_is_verified_and_the_text_says_so(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": [RIGHT], "SymPy": [STATED]}, solve_attempts=2)
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM)])
    assert state["solution"]["verification"]["status"] == "unverified"
    assert state["solution"]["choice"] == "B"
    assert state["attempts"] == 2
    assert "Not verified" in said


async def test_a_program_that_never_ends_costs_its_seconds_and_no_more(tmp_path: Path) -> None:
    context = context_with(
        tmp_path, {"tutor": [RIGHT], "SymPy": ["```python\nwhile True: pass\nanswer = 14 + 38\n```"]}, solve_attempts=1, program_seconds=2.0
    )
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)])
    assert state["solution"]["verification"]["status"] == "unverified"


async def test_algebra_on_the_problems_own_formulas_spares_the_program(tmp_path: Path) -> None:
    model_answers: dict[str, list[Any]] = {
        "tutor": ["1. Subtract 5: $3x = 15$.\n2. Divide by 3: $x = 5$.\n\nAnswer: $5$"],
        "SymPy": [RuntimeError("not asked")],
    }
    context = context_with(tmp_path, model_answers)
    state, _ = await turn(builder.compile(), context, [HumanMessage("If $3x + 5 = 20$, what is the value of $x$?")])
    assert state["solution"]["verification"] == {
        "status": "verified", "method": "algebra", "detail": "Computer algebra on the problem's own formulas gives $5$, and the worked steps came to the same."
    }  # fmt: skip


async def test_hints_come_one_by_one_without_solving_again_for_a_client_that_sends_history_only(tmp_path: Path) -> None:
    answers: dict[str, list[Any]] = {"careful mathematics tutor": [RIGHT], "SymPy": [PROGRAM], "You help a student": [HINTS]}
    context = context_with(tmp_path, answers | {"helpful assistant": ["The answer is 5."]})
    graph = builder.compile(checkpointer=InMemorySaver())
    history: list[Any] = [HumanMessage("Give me a hint: " + PROBLEM)]
    texts = []
    for level in (1, 2, 3, 4):
        state, said = await turn(graph, context, [*history], skill=None)
        assert state["hint"]["level"] == level
        assert "Answer" not in said
        texts.append(state["hint"]["text"])
        history += [AIMessage(said), HumanMessage("another hint please")]
    assert len(set(texts)) == 4
    asked = [name for name, _ in context.model.asked]  # type: ignore[attr-defined]
    assert asked.count("careful mathematics tutor") == 1
    assert asked.count("You help a student") == 1


async def test_a_hint_that_leaks_is_rewritten_and_left_out_when_it_still_leaks(tmp_path: Path) -> None:
    answers: dict[str, list[Any]] = {
        "careful mathematics tutor": [RIGHT],
        "SymPy": [PROGRAM],
        "You help a student": [json.dumps({"relation": "Since $2c = 10$, do you get $c = 5$?"})],
        "You rewrite": [json.dumps({"hint": "Is it five, that is (B), in the end?"})],
    }
    state, _ = await turn(builder.compile(), context_with(tmp_path, answers), [HumanMessage(PROBLEM)], skill="hint")
    assert "(B)" not in " ".join(state["ladder"]) and "five" not in " ".join(state["ladder"])
    assert state["hint"]["leak_checked"] is True


async def test_a_message_without_a_problem_gets_an_honest_answer_and_no_model_call(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": [RIGHT]})
    state, said = await turn(builder.compile(), context, [HumanMessage("hello there")])
    assert "could not find a mathematics problem" in said
    assert state["solution"] is None
    assert context.model.asked == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("messages", [[], [HumanMessage("   ")], [HumanMessage("x" * 200_000)]])
async def test_empty_and_huge_messages_are_refused(tmp_path: Path, messages: list[Any]) -> None:
    with pytest.raises(InputError):
        await turn(builder.compile(), context_with(tmp_path, {"tutor": [RIGHT]}), messages)


async def test_a_model_that_is_down_is_an_error_of_the_model(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": [ModelUnavailable("connection refused")], "SymPy": [PROGRAM]})
    with pytest.raises(ModelUnavailable):
        await turn(builder.compile(), context, [HumanMessage(PROBLEM)])


async def test_a_model_that_fails_in_a_later_round_costs_nothing_already_found(tmp_path: Path) -> None:
    context = context_with(
        tmp_path,
        {"tutor": [WRONG, ModelUnavailable("gone")], "SymPy": [PROGRAM, PROGRAM, PROGRAM, ModelUnavailable("gone")]},
        solve_attempts=2,
    )
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)])
    assert state["solution"]["choice"] == "B"
    assert state["solution"]["verification"]["status"] == "unverified"


async def test_a_problem_in_another_language_is_solved_and_checked_like_any_other(tmp_path: Path) -> None:
    context = context_with(
        tmp_path, {"tutor": ["1. Resta 5: $3x = 15$.\n2. Divide: $x = 5$.\n\nAnswer: $5$"], "SymPy": [PROGRAM]}, solve_attempts=1
    )
    state, _ = await turn(builder.compile(), context, [HumanMessage("Si $3x + 5 = 20$, ¿cuál es el valor de $x$?")], skill="solve")
    assert state["solution"]["answer"] == "5"


async def test_latex_that_does_not_parse_is_answered_and_called_unverified(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"tutor": ["1. So $\\frac{3x}{ = 5$.\n\nAnswer: $\\frac{5}{$"], "SymPy": [STATED]}, solve_attempts=1)
    state, said = await turn(builder.compile(), context, [HumanMessage("If $\\frac{3x}{ = 20$, what is the value of $x$?")], skill="solve")
    assert state["solution"]["verification"]["status"] == "unverified"
    assert "Not verified" in said
