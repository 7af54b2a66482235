"""Hints through the graph: the ladder, the gate, and hints that start from the learner's own lines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.graph import builder
from tests.agents.turns import context_with, turn

PROBLEM = "A farm has 14 cows and hens with 38 legs in all. How many cows are there?\n(A) 4\n(B) 5\n(C) 9"
RIGHT = "1. Let $c$ be the cows: $4c + 2(14 - c) = 38$.\n2. Multiply out: $2c + 28 = 38$.\n3. Subtract 28: $2c = 10$.\n4. Divide by 2: $c = 5$.\n\nAnswer: $5$"
PROGRAM = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(14 - c), 38), c)[0]\n```"
GOOD = [
    "The farm has cows and hens: which number of theirs is asked for, and what are the 38 legs made of?",
    "A cow has more legs than a hen: which sum counts the legs of all animals?",
    "Write $4c + 2(14 - c) = 38$ for the legs. What does $14 - c$ stand for?",
    "Multiplying out gives $2c + 28 = 38$. Which move comes next?",
]


def _answers(hints: list[str], *rewrites: str) -> dict[str, list[Any]]:
    return {
        "careful mathematics tutor": [RIGHT],
        "SymPy": [PROGRAM],
        "You help a student": [json.dumps({"hints": hints})],
        "You rewrite": [json.dumps({"hint": text}) for text in rewrites] or [RuntimeError("not asked")],
    }


def _calls(context: Any, name: str) -> int:
    return [asked for asked, _ in context.model.asked].count(name)


async def test_four_good_rungs_cost_one_call_and_are_kept_as_they_are(tmp_path: Path) -> None:
    context = context_with(tmp_path, _answers(GOOD))
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    assert state["ladder"] == GOOD
    assert state["hint"]["level"] == 1 and said.endswith(GOOD[0])
    assert _calls(context, "You help a student") == 1 and _calls(context, "You rewrite") == 0


@pytest.mark.parametrize(("program", "sure"), [(PROGRAM, True), ("```python\nanswer = 4\n```", False)])
async def test_lines_of_a_solution_that_could_not_be_checked_are_said_to_be_that(tmp_path: Path, program: str, sure: bool) -> None:
    told = "Tell me how many cows are there, please: the cows are a third of what my aunt keeps."
    context = context_with(tmp_path, {**_answers(GOOD), "SymPy": [program]})
    state, said = await turn(builder.compile(), context, [HumanMessage(PROBLEM if sure else told)], skill="hint", hint_level=3)
    assert (state["solution"]["verification"]["status"] == "verified") is sure
    assert ("I could not check my own solution" in said) is not sure
    assert state["hint"]["text"] in said and "I could not" not in state["hint"]["text"]


async def test_a_leaking_hint_is_rewritten_and_one_about_the_set_up_gives_way_to_the_solutions_own_lines(tmp_path: Path) -> None:
    leaking = [GOOD[0], "Since $2c = 10$, you get $c = 5$.", GOOD[2], "The right one is option (B), of course."]
    rewritten = "Count the legs of all animals in one sum."
    state, _ = await turn(builder.compile(), context_with(tmp_path, _answers(leaking, rewritten)), [HumanMessage(PROBLEM)], skill="hint")
    assert state["ladder"][:3] == [GOOD[0], rewritten, GOOD[2]]
    assert "$2c + 28 = 38$" in state["ladder"][3]
    assert "(B)" not in state["ladder"][3] and "2c = 10" not in state["ladder"][3]


async def test_a_hint_that_leaks_after_every_rewrite_is_replaced_by_one_of_this_problem(tmp_path: Path) -> None:
    leaking = ["There are 5 cows on the farm.", *GOOD[1:]]
    context = context_with(tmp_path, _answers(leaking, "There are five cows: 38 legs.", "So $c = 5$ cows."))
    state, _ = await turn(builder.compile(), context, [HumanMessage(PROBLEM)], skill="hint")
    assert _calls(context, "You rewrite") == context.limits.hint_rewrites
    assert "How many cows are there?" in state["ladder"][0] and "38 legs" in state["ladder"][0]


async def test_rungs_that_speak_of_no_problem_or_invent_formulas_give_way_to_built_ones(tmp_path: Path) -> None:
    vague = ["What is asked, and what is given?", "Think of a relation.", "Write $4c + 14 = 38$ first.", "Solve it."]
    state, _ = await turn(builder.compile(), context_with(tmp_path, _answers(vague)), [HumanMessage(PROBLEM)], skill="hint")
    first, second, third, fourth = state["ladder"]
    assert "How many cows are there?" in first and "14 cows" in first
    assert "cows" in second and "=" not in second
    assert "$4c + 2(14 - c) = 38$" in third
    assert "$2c + 28 = 38$" in fourth and "2c = 10" not in fourth


async def test_the_first_rungs_hold_nothing_that_was_worked_out(tmp_path: Path) -> None:
    early = ["Were all 14 hens, the farm would have 28 legs. How many cows are there?", "The cows add 10 legs to 28 legs.", *GOOD[2:]]
    state, _ = await turn(builder.compile(), context_with(tmp_path, _answers(early)), [HumanMessage(PROBLEM)], skill="hint")
    assert "28 legs" not in state["ladder"][0] + state["ladder"][1]
    assert state["ladder"][2:] == GOOD[2:]


async def test_a_reply_that_is_cut_off_still_leaves_four_rungs_of_this_problem(tmp_path: Path) -> None:
    answers = {**_answers(GOOD), "You help a student": ['{"hints": ["The farm']}
    state, _ = await turn(builder.compile(), context_with(tmp_path, answers), [HumanMessage(PROBLEM)], skill="hint")
    assert len(set(state["ladder"])) == 4 and "38" in state["ladder"][2]


async def test_a_fifth_request_gets_the_offer_of_the_solution_and_no_answer(tmp_path: Path) -> None:
    graph, context = builder.compile(checkpointer=InMemorySaver()), context_with(tmp_path, _answers(GOOD))
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
    context = context_with(tmp_path, _answers(GOOD))
    graph = builder.compile(checkpointer=InMemorySaver())
    await turn(graph, context, [HumanMessage(PROBLEM)], skill="hint")
    message = HumanMessage(f"Hint please. Here is my work:\n{work}")
    state, said = await turn(graph, context, [message], skill="hint", hint_level=2)
    assert all(text in said for text in wanted), said
    assert not any(text in said for text in unwanted), said
    assert state["hint"]["level"] == 2


async def test_an_attempt_that_holds_so_far_is_acknowledged_and_led_on(tmp_path: Path) -> None:
    context = context_with(tmp_path, _answers(GOOD))
    graph = builder.compile(checkpointer=InMemorySaver())
    await turn(graph, context, [HumanMessage(PROBLEM)], skill="hint")
    message = HumanMessage("Hint please. Here is my work:\n4c + 2(14 - c) = 38\n4c + 28 - 2c = 38")
    _, said = await turn(graph, context, [message], skill="hint", hint_level=4)
    assert "Lines 1 and 2" in said and "$2c + 28 = 38$" in said
    assert "again" not in said
