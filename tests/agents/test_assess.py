"""Judging what the learner proposes, through the graph: right, wrong, unsure, insisting, and the right answer by a wrong way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.graph import builder
from tests.agents.turns import context_with, turn

LINEAR = "If $3(x - 2) + 4 = 19$, what is the value of $x$?"
SOLVED = "1. Multiply out: $3x - 2 = 19$.\n2. Add 2: $3x = 21$.\n3. Divide by 3: $x = 7$.\n\nAnswer: $7$"
COWS = "A farm has 14 cows and hens with 38 legs in all. How many cows are there?\n(A) 4\n(B) 5\n(C) 9"
COUNTED = "1. Let $c$ be the cows: $4c + 2(14 - c) = 38$.\n2. Collect: $2c = 10$.\n3. Divide by 2: $c = 5$.\n\nAnswer: $5$"
PROGRAM = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(14 - c), 38), c)[0]\n```"
STATED = "```python\nanswer = 5\n```"
HINTS = json.dumps({"relation": "Which sum counts the legs of all animals?"})


def _answers(prose: str, program: str = PROGRAM) -> dict[str, list[Any]]:
    return {"careful mathematics tutor": [prose], "SymPy": [program], "You help a student": [HINTS]}


async def _chat(tmp_path: Path, answers: dict[str, list[Any]], *messages: str, **limits: Any) -> list[tuple[dict[str, Any], str]]:
    graph, context = builder.compile(checkpointer=InMemorySaver()), context_with(tmp_path, answers, **limits)
    history: list[Any] = []
    turns = []
    for message in messages:
        history.append(HumanMessage(message))
        state, said = await turn(graph, context, list(history))
        history.append(AIMessage(said))
        turns.append((state, said))
    return turns


async def test_a_right_value_is_called_right(tmp_path: Path) -> None:
    turns = await _chat(tmp_path, _answers(SOLVED), f"Give me a hint: {LINEAR}", "Is my answer 7 right?")
    state, said = turns[-1]
    assert state["routed"] == "assess"
    assert said.startswith("**That is right.**")


@pytest.mark.parametrize("claim", ["5", "x = 5", "$\\frac{10}{2}$"])
async def test_a_wrong_value_is_refuted_by_the_problems_own_equation_without_the_answer(tmp_path: Path, claim: str) -> None:
    turns = await _chat(tmp_path, _answers(SOLVED), f"Give me a hint: {LINEAR}", f"Is my answer {claim} right?")
    said = turns[-1][1]
    assert said.startswith("**Not right yet.**")
    assert "$13$" in said and "$19$" in said
    assert "7" not in said


async def test_insisting_changes_nothing(tmp_path: Path) -> None:
    turns = await _chat(
        tmp_path, _answers(SOLVED), f"Give me a hint: {LINEAR}", "Is my answer 5 right?", "No, I am sure the answer is 5.", "It is 5!"
    )
    for _, said in turns[2:]:
        assert said.startswith("**Not right yet.**")
        assert "it stays" in said and "7" not in said


async def test_the_letter_of_a_wrong_option_is_wrong_and_the_right_letter_is_not_told(tmp_path: Path) -> None:
    turns = await _chat(tmp_path, _answers(COUNTED), f"Give me a hint: {COWS}", "Is it C?", "Is it B?")
    assert turns[1][1].startswith("**Not right yet.**")
    assert "(B)" not in turns[1][1] and "5" not in turns[1][1]
    assert turns[2][1].startswith("**That is right.**")


async def test_an_unverified_solution_is_no_judge(tmp_path: Path) -> None:
    turns = await _chat(tmp_path, _answers(COUNTED, STATED), f"Give me a hint: {COWS}", "Is my answer 9 right?", solve_attempts=1)
    said = turns[-1][1]
    assert said.startswith("**I cannot say for certain.**")
    assert "could not be verified" in said and "against it" in said


async def test_the_first_wrong_line_is_named_and_the_right_ones_are_acknowledged(tmp_path: Path) -> None:
    turns = await _chat(tmp_path, _answers(SOLVED), f"Give me a hint: {LINEAR}", "Here is my work:\n3x - 2 = 19\n3x = 17\nx = 17/3")
    said = turns[-1][1]
    assert said.startswith("**Not right yet.**")
    assert "Line 1 of your work holds" in said and "line 2" in said and "sign of $-2$" in said
    assert "21" not in said and "7$" not in said


async def test_the_right_answer_by_a_wrong_way_is_noticed(tmp_path: Path) -> None:
    turns = await _chat(tmp_path, _answers(SOLVED), f"Give me a hint: {LINEAR}", "Here is my work:\n3x - 2 + 4 = 19\n3x = 21\nx = 7")
    said = turns[-1][1]
    assert said.startswith("**The result is right, but the way to it is not.**")
    assert "line 1" in said
