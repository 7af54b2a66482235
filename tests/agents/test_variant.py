"""Variants in the whole graph: posed only with an answer that was computed before, which later turns agree with."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.graph import builder
from agents.posed import find_posed
from tests.agents.turns import context_with, turn

EQUATION = "If $3x + 5 = 20$, what is the value of $x$?"
LEGS = "A farm has 14 cows and hens with 38 legs in all. How many cows are there?\n(A) 4\n(B) 5\n(C) 9"
RIGHT = "1. Let $c$ be the cows: $4c + 2(14 - c) = 38$.\n2. Collect: $2c = 10$.\n3. Divide by 2: $c = 5$.\n\nAnswer: $5$"
PROGRAM = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(14 - c), 38), c)[0]\n```"


async def test_an_equation_gets_other_numbers_without_any_model_call(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"nothing is asked": []})
    history = [HumanMessage(EQUATION), AIMessage("**Answer: $5$**"), HumanMessage("another one like this")]
    state, said = await turn(builder.compile(), context, history)
    posed = find_posed(said)
    assert state["routed"] == "variant" and posed is not None and posed[0] == "variant"
    numbers = re.fullmatch(r"If \$(\d+)x \+ (\d+) = (\d+)\$, what is the value of \$x\$\?", posed[1])
    assert numbers is not None
    factor, added, total = (int(number) for number in numbers.groups())
    answer = (total - added) // factor
    assert (total - added) % factor == 0 and answer > 0 and answer != 5
    assert state["variant"]["text"] == str(answer)
    assert not re.search(rf"(?<!\d){answer}(?!\d)", said.replace(posed[1], ""))


@pytest.mark.parametrize("problem", [EQUATION, "If $4x + 7 = 31$, what is the value of $x$?"])
async def test_every_further_variant_is_another_one(tmp_path: Path, problem: str) -> None:
    context = context_with(tmp_path, {"nothing is asked": []})
    history: list[Any] = [HumanMessage(problem), AIMessage("**Answer: $5$**")]
    posed = []
    for _ in range(5):
        _, said = await turn(builder.compile(), context, [*history, HumanMessage("one more")])
        posed.append(find_posed(said))
        history += [HumanMessage("one more"), AIMessage(said)]
    assert None not in posed and len(set(posed)) == 5


async def test_a_word_problem_is_varied_with_the_program_that_verified_it_and_solved_to_the_same_answer(tmp_path: Path) -> None:
    context = context_with(tmp_path, {"mathematics tutor": [RIGHT], "SymPy": [PROGRAM]})
    graph = builder.compile(checkpointer=InMemorySaver())
    history: list[Any] = [HumanMessage(LEGS)]
    _, said = await turn(graph, context, history)
    history += [AIMessage(said), HumanMessage("another one like this")]
    state, said = await turn(graph, context, history)
    posed = find_posed(said)
    assert posed is not None
    heads, legs = (int(number) for number in re.findall(r"\d+", posed[1])[:2])
    cows = (legs - 2 * heads) // 2
    assert (legs - 2 * heads) % 2 == 0 and 0 < cows != 5
    assert state["variant"]["text"] == str(cows)
    options = dict(re.findall(r"\(([A-C])\) (\d+)", posed[1]))
    assert len(set(options.values())) == 3 and str(cows) in options.values()

    history += [AIMessage(said), HumanMessage("show me the solution")]
    context.model.answers["mathematics tutor"] = [f"1. Count the legs: $c = {cows}$.\n\nAnswer: ${cows}$"]  # type: ignore[attr-defined]
    context.model.answers["SymPy"] = ["```python\nanswer = 1\n```"]  # type: ignore[attr-defined]
    state, _ = await turn(graph, context, history)
    assert options[state["solution"]["choice"]] == str(cows)


async def test_a_problem_that_the_model_writes_is_posed_only_when_its_answer_is_computed(tmp_path: Path) -> None:
    unsolved = "A rope is cut so that the longer piece is twice the shorter one. Both together are as long as a pole. How long is the pole?"
    written = json.dumps({"problem": "A barn has 10 cows and hens with 26 legs in all. How many cows are there?"})
    steps = "1. $4c + 2(10 - c) = 26$, so $c = 3$.\n\nAnswer: $3$"
    program = "```python\nfrom sympy import *\nc = symbols('c')\nanswer = solve(Eq(4*c + 2*(10 - c), 26), c)[0]\n```"
    history = [HumanMessage(unsolved), AIMessage("**Answer: $1$**"), HumanMessage("another one like this")]
    answers: dict[str, list[Any]] = {"practice problem": [written], "mathematics tutor": [steps], "SymPy": [program]}
    state, said = await turn(builder.compile(), context_with(tmp_path, answers, solve_attempts=1), history)
    assert find_posed(said) == ("variant", json.loads(written)["problem"])
    assert state["variant"]["text"] == "3"

    answers = {"practice problem": [written], "mathematics tutor": [steps.replace("3$", "4$")], "SymPy": [program]}
    state, said = await turn(builder.compile(), context_with(tmp_path, answers, solve_attempts=1), history)
    assert find_posed(said) is None and "could not make" in said
    assert not state.get("variant")
