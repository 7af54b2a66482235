"""Hints through the graph: the ladder, the gate, and hints that start from the learner's own lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.errors import ModelOutputError
from agents.graph import builder
from tests.agents.turns import context_with, turn

PROBLEM = "A farm has 14 cows and hens with 38 legs in all. How many cows are there?\n(A) 4\n(B) 5\n(C) 9"
RIGHT = "1. Let $c$ be the cows: $4c + 2(14 - c) = 38$.\n2. Multiply out: $2c + 28 = 38$.\n3. Subtract 28: $2c = 10$.\n4. Divide by 2: $c = 5$.\n\nAnswer: $5$"
PROGRAM = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(14 - c), 38), c)[0]\n```"
RELATION = "A cow has more legs than a hen: which sum counts the legs of all animals?"
JARS = (
    "Ann fills 3 jars with 20 beads each and gives 15 beads away. She shares the rest among 5 friends. How many beads does each friend get?"
)
COUNTED = (
    "1. All beads: $3 \\times 20 = 60$.\n2. Take the given ones away: $60 - 15 = 45$.\n3. Share them: $45 \\div 5 = 9$.\n\nAnswer: $9$"
)
BEADS = {
    "relation": "Only what she keeps is shared: how do you get from the jars to that?",
    "1": "How many beads are in the jars?",
    "2": "How many beads does Ann keep?",
    "3": "How many beads are there for a friend?",
}


def _answers(relation: str, *rewrites: str) -> dict[str, list[Any]]:
    return {
        "careful mathematics tutor": [RIGHT],
        "SymPy": [PROGRAM],
        "You help a student": [json.dumps({"relation": relation})],
        "You rewrite": [json.dumps({"hint": text}) for text in rewrites] or [RuntimeError("not asked")],
    }


def _of_beads(**asks: str) -> dict[str, list[Any]]:
    program = "```python\nanswer = (3*20 - 15)/5\n```"
    asked = json.dumps({**BEADS, **asks})
    return {"careful mathematics tutor": [COUNTED], "SymPy": [program], "You help a student": [asked], "You rewrite": [RuntimeError("no")]}


def _calls(context: Any, name: str) -> int:
    return [asked for asked, _ in context.model.asked].count(name)


async def test_a_ladder_costs_one_call_and_asks_what_the_model_asked(tmp_path: Path) -> None:
    context = context_with(tmp_path, _answers(RELATION))
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    first, second, third, fourth = state["ladder"]
    assert "How many cows are there?" in first and "14 cows" in first and said.endswith(first)
    assert second.startswith(RELATION) and "=" not in second
    assert "$4c + 2(14 - c) = 38$" in third and "$2c + 28" not in third
    assert "$2c + 28 = 38$" in fourth and "2c = 10" not in fourth
    assert state["ladder_asks"] == {"relation": RELATION}
    assert _calls(context, "You help a student") == 1 and _calls(context, "You rewrite") == 0


async def test_small_questions_lead_through_a_story_and_the_last_one_is_the_problems_own(tmp_path: Path) -> None:
    context = context_with(tmp_path, _of_beads())
    state, _ = await turn(builder.compile(), context, [HumanMessage(JARS)], skill="hint")
    _, second, third, fourth = state["ladder"]
    assert "(1) How many beads are in the jars? (2) How many beads does Ann keep? (3) How many beads does each friend get?" in second
    assert (
        third.startswith("How many beads are in the jars?")
        and "$3 \\times 20$" in third
        and third.endswith("then answer the next question: How many beads does Ann keep?")
    )
    assert "$60 - 15 = 45$" in fourth and "How many beads does each friend get? It takes one division of two numbers" in fourth
    assert state["ladder_asks"] == BEADS
    (question,) = [text for name, text in context.model.asked if name == "You help a student"]  # type: ignore[attr-defined]
    assert question.endswith("Ask: relation, 1, 2, 3")


async def test_a_small_question_that_tells_a_result_is_left_out(tmp_path: Path) -> None:
    context = context_with(tmp_path, _of_beads(**{"2": "Are there 45 beads left for the friends?"}))
    state, _ = await turn(builder.compile(), context, [HumanMessage(JARS)], skill="hint")
    assert "45" not in state["ladder"][1] + state["ladder"][2]
    assert "(1) How many beads are in the jars? (2) How many beads does each friend get?" in state["ladder"][1]
    assert state["ladder_asks"] == {}


@pytest.mark.parametrize(("program", "sure"), [(PROGRAM, True), ("```python\nanswer = 4\n```", False)])
async def test_lines_of_a_solution_that_could_not_be_checked_are_said_to_be_that(tmp_path: Path, program: str, sure: bool) -> None:
    told = "Tell me how many cows are there, please: the cows are a third of what my aunt keeps."
    context = context_with(tmp_path, {**_answers(RELATION), "SymPy": [program]})
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM if sure else told)], skill="hint", hint_level=3)
    assert (state["solution"]["verification"]["status"] == "verified") is sure
    assert ("I could not check my own solution" in said) is not sure
    assert state["hint"]["text"] in said and "I could not" not in state["hint"]["text"]


@pytest.mark.parametrize(
    "leaking",
    [
        "Why are there 5 cows on the farm?",
        "Is it option (B) that fits the legs?",
        "Were all 14 hens, would 28 legs do?",
        "Does $2c = 10$ help?",
    ],
)
async def test_a_question_that_gives_something_away_is_rewritten(tmp_path: Path, leaking: str) -> None:
    rewritten = "Which sum counts the legs of all animals?"
    context = context_with(tmp_path, _answers(leaking, rewritten))
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    assert state["ladder"][1].startswith(rewritten) and leaking not in " ".join(state["ladder"])
    assert state["ladder_asks"] == {"relation": rewritten}


async def test_a_question_that_leaks_after_every_rewrite_is_left_out(tmp_path: Path) -> None:
    context = context_with(tmp_path, _answers("Are there 5 cows?", "Are there five cows: 38 legs?", "Is $c = 5$ right?"))
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    assert _calls(context, "You rewrite") == context.limits.hint_rewrites
    assert "cows" in state["ladder"][1] and "5" not in state["ladder"][1] and "five" not in state["ladder"][1]
    assert state["ladder_asks"] == {}


@pytest.mark.parametrize("cut", ['{"relation": "The farm', '["a", "b"]', "", '{"relation": 3}'])
async def test_a_reply_that_cannot_be_read_still_leaves_four_rungs_of_this_problem(tmp_path: Path, cut: str) -> None:
    answers = {**_answers(RELATION), "You help a student": [cut]}
    state, _ = await turn(builder.compile(), context_with(tmp_path, answers), [HumanMessage(PROBLEM)], skill="hint")
    assert len(set(state["ladder"])) == 4 and "38" in state["ladder"][2]


async def test_a_fifth_request_gets_the_offer_of_the_solution_and_no_answer(tmp_path: Path) -> None:
    graph, context = builder.compile(checkpointer=InMemorySaver()), context_with(tmp_path, _answers(RELATION))
    history: list[Any] = [HumanMessage("Give me a hint: " + PROBLEM)]
    for _ in range(5):
        state, said = await turn(graph, context, list(history), skill="hint")
        history += [AIMessage(said), HumanMessage("another hint please")]
    assert "full solution" in said and "**Hint" not in said
    assert "(B)" not in said
    assert state["hint"]["level"] == 4


@pytest.mark.parametrize(
    ("work", "wanted", "unwanted"),
    [
        ("4c + 2(14 - c) = 38\n2c + 28 = 38\n2c = 66", ["Lines 1 and 2", "line 3", "`2c = 66`"], ["2c = 10", "Line 3 of your work holds"]),
        ("4c + 2(14 - c) = 38\n4c + 28 - c = 38\n3c = 10", ["Line 1 of your work holds", "line 2", "line 1"], ["2c"]),
        ("38 / 2 = 18", ["line 1", "not equal"], ["holds", "19"]),
    ],
)
async def test_a_hint_with_an_attempt_starts_from_its_first_wrong_line(
    tmp_path: Path, work: str, wanted: list[str], unwanted: list[str]
) -> None:
    context = context_with(tmp_path, _answers(RELATION))
    graph = builder.compile(checkpointer=InMemorySaver())
    await turn(graph, context, [HumanMessage(PROBLEM)], skill="hint")
    message = HumanMessage(f"Hint please. Here is my work:\n{work}")
    state, said = await turn(graph, context, [message], skill="hint", hint_level=2)
    assert all(text in said for text in wanted), said
    assert not any(text in said for text in unwanted), said
    assert state["hint"]["level"] == 2


async def test_an_attempt_that_holds_so_far_is_acknowledged_and_led_on(tmp_path: Path) -> None:
    context = context_with(tmp_path, _answers(RELATION))
    graph = builder.compile(checkpointer=InMemorySaver())
    await turn(graph, context, [HumanMessage(PROBLEM)], skill="hint")
    message = HumanMessage("Hint please. Here is my work:\n4c + 2(14 - c) = 38\n4c + 28 - 2c = 38")
    _, said = await turn(graph, context, [message], skill="hint", hint_level=4)
    assert "Lines 1 and 2" in said and "$2c + 28 = 38$" in said
    assert "again" not in said


async def test_where_nothing_is_verified_no_hint_tells_what_another_way_ends_with(tmp_path: Path) -> None:
    # steps and programs disagree: whichever is right, neither of their ends may be told
    answers = _of_beads() | {"SymPy": ["```python\nanswer = 3*20 - 15\n```"]}
    state, _ = await turn(builder.compile(), context_with(tmp_path, answers, solve_attempts=2), [HumanMessage(JARS)], skill="hint")
    assert state["solution"]["verification"]["status"] == "unverified"
    assert {candidate["answer"].strip("$ ") for candidate in state["candidates"]} >= {"9", "45"}
    told = " ".join(state["ladder"])
    assert "45" not in told and "9" not in told and "60 - 15" not in told


async def test_a_rewrite_that_cannot_be_read_costs_no_hint(tmp_path: Path) -> None:
    answers = _answers("Are there 5 cows?") | {"You rewrite": [ModelOutputError("cut off")]}
    context = context_with(tmp_path, answers)
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    assert _calls(context, "You rewrite") == 1
    assert len(set(state["ladder"])) == 4 and "5 cows" not in " ".join(state["ladder"])
