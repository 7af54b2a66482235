"""Where a turn goes first, read off the graph itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.chat import read_chat
from agents.graph import builder
from tests.agents.turns import context_with


async def _next(tmp_path: Path, text: str, skill: str) -> tuple[str, ...]:
    graph = builder.compile(checkpointer=InMemorySaver(), interrupt_before=["solve", "animate", "hint"])
    config = {"configurable": {"thread_id": "t"}}
    context = context_with(tmp_path, {})
    await graph.ainvoke({"messages": [HumanMessage(text)], "skill": skill}, config, context=context)
    return (await graph.aget_state(config)).next


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Can you graph y = x^2 + 2x - 8 with its zeros? What is its vertex?", "animate"),
        ("Draw a circle with centre O and radius 5, and show that its area is 25 pi.", "animate"),
        ("how do you solve 3(x - 2) = 12 step by step?", "animate"),
        ("If $3x + 5 = 20$, what is the value of $x$?\n(A) 3\n(B) 5\n(C) 7", "solve"),
        ("A shop sells pens at 3 dollars each. Tom pays 21 dollars for pens. How many pens does he buy?", "solve"),
    ],
)
async def test_a_request_that_describes_itself_is_animated_without_being_solved_first(tmp_path: Path, text: str, first: str) -> None:
    assert await _next(tmp_path, text, "animate") == (first,)


async def test_the_same_words_are_solved_where_a_solution_is_asked_for(tmp_path: Path) -> None:
    assert await _next(tmp_path, "how do you solve 3(x - 2) = 12 step by step?", "solve") == ("solve",)


async def _second_turn(
    tmp_path: Path, film: bool, words: str, first: str = "Animate: If $3x + 5 = 20$, what is the value of $6x$?"
) -> tuple[str, ...]:
    """Where "try again" goes after a partial animation whose manifest the chat's state names, or has lost."""
    graph = builder.compile(checkpointer=InMemorySaver(), interrupt_before=["solve", "animate", "hint"])
    config = {"configurable": {"thread_id": "t"}}
    told = AIMessage("[Watch the animation](x) (3 s; text and formulas). Some parts could not be rendered and were left out.")
    problem = read_chat([HumanMessage(first)], None).problem
    assert problem is not None
    state = {"film": {"problem_id": problem["id"], "manifest_id": "m"}} if film else {}
    await graph.aupdate_state(config, state, as_node="answer")
    await graph.ainvoke({"messages": [HumanMessage(first), told, HumanMessage(words)]}, config, context=context_with(tmp_path, {}))
    found = await graph.aget_state(config)
    assert found.values["retake"] is not None
    return found.next


@pytest.mark.parametrize("words", ["try again", "make it 1080p"])
async def test_an_animation_that_is_there_is_gone_on_with_at_once(tmp_path: Path, words: str) -> None:
    assert await _second_turn(tmp_path, True, words) == ("animate",)


async def test_one_that_the_state_has_lost_is_made_from_the_beginning(tmp_path: Path) -> None:
    assert await _second_turn(tmp_path, False, "try again") == ("solve",)
    described = "Draw a circle with centre O and radius 5, and show that its area is 25 pi."
    assert await _second_turn(tmp_path, False, "try again", described) == ("animate",)
