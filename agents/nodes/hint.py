"""Hands out the next hint of a ladder of four.

The ladder is made once for a problem, every rung passes the leak gate before anyone sees it, and the gate has the last word: a rung that
still leaks after rewriting is replaced by one that holds no computed value at all.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.chat import HINT_HEADING, read_chat
from agents.checking.judge import find_leaks
from agents.context import Context, ModelReply, context_of
from agents.events import Narrator
from agents.state import Hint, Problem, Solution, TutorState
from agents.usage import usage_of
from agents.worked import render_steps

RUNGS = 4
LADDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"hints": {"type": "array", "items": {"type": "string"}, "minItems": RUNGS, "maxItems": RUNGS}},
    "required": ["hints"],
    "additionalProperties": False,
}
REWRITE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"hint": {"type": "string"}},
    "required": ["hint"],
    "additionalProperties": False,
}
SAFE = (
    "Read the last sentence of the problem again: which quantity is asked for, and which quantities are given?",
    "Which equation, formula or definition ties what is given to what is asked for? Write it down before you put any numbers in.",
    "Give the unknown a letter, put the given numbers into that relation, and write the equation that results.",
    "Now simplify your equation one move at a time until the unknown stands alone, then check that it is really what the question asks for.",
)
"""Rungs that can leak nothing: they hold no number and no letter of the problem."""
LAST = "\n\nThat was the last hint. Ask for the full solution whenever you want to compare."


async def hint(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "route sends an unsolved problem through solve first"  # noqa: S101
    replies: list[ModelReply] = []
    ladder = state.get("ladder") or []
    if not ladder:
        narrator.progress("hint", "writing hints that do not give the answer away")
        ladder = await _ladder(context, problem, solution, replies)
    asked = state.get("hint_level")
    given = read_chat(state["messages"], state.get("skill")).hints_given
    level = min(max(asked, 1) if asked else given + 1, RUNGS)
    text = ladder[level - 1]
    narrator.say(HINT_HEADING.format(level=level, of=RUNGS) + "\n\n" + text + (LAST if level == RUNGS else ""))
    return Command(
        update={
            "ladder": ladder,
            "hint": Hint(level=level, of=RUNGS, text=text, leak_checked=True),
            "usage": usage_of(*replies),
            "reply": narrator.parts(),
        },
        goto="answer",
    )


async def _ladder(context: Context, problem: Problem, solution: Solution, replies: list[ModelReply]) -> list[str]:
    """Four hints that passed the gate. Model calls are added to `replies`."""
    answer = _forbidden(solution)
    reply = await context.model.chat(
        "tutor",
        prompts.load("hint").messages(problem=problem["stem"], steps=render_steps(solution["steps"]), answer=answer),
        max_tokens=context.limits.hint_tokens,
        schema=LADDER_SCHEMA,
    )
    replies.append(reply)
    ladder = _strings(reply.text, "hints")[:RUNGS]
    ladder += list(SAFE[len(ladder) :])
    for _ in range(context.limits.hint_rewrites):
        found = await _leaks(context, ladder, problem, solution)
        leaking = [index for index, reasons in enumerate(found) if reasons]
        if not leaking:
            return _distinct(ladder)
        for index in leaking:
            reply = await context.model.chat(
                "tutor",
                prompts.load("hint_rewrite").messages(problem=problem["stem"], hint=ladder[index], answer=answer),
                max_tokens=context.limits.hint_tokens // 3,
                schema=REWRITE_SCHEMA,
            )
            replies.append(reply)
            ladder[index] = next(iter(_strings(reply.text, "hint")), SAFE[index])
    found = await _leaks(context, ladder, problem, solution)
    return _distinct([SAFE[index] if reasons else text for index, (text, reasons) in enumerate(zip(ladder, found, strict=True))])


async def _leaks(context: Context, ladder: list[str], problem: Problem, solution: Solution) -> list[list[str]]:
    choice = solution["choice"]
    text = next((option["text"] for option in problem["options"] if option["letter"] == choice), "")
    return await find_leaks(context.sandbox, ladder, answer=solution["answer"], choice=choice, choice_text=text, problem=problem["text"])


def _forbidden(solution: Solution) -> str:
    return f"{solution['answer']}" + (f" (option {solution['choice']})" if solution["choice"] else "")


def _distinct(ladder: list[str]) -> list[str]:
    """A rung that repeats an earlier one gives way to the safe one of its level."""
    seen: set[str] = set()
    rungs: list[str] = []
    for index, text in enumerate(ladder):
        key = " ".join(text.lower().split())
        rungs.append(SAFE[index] if key in seen else text)
        seen.add(key)
    return rungs


def _strings(text: str, field: str) -> list[str]:
    """The string or strings under `field`; none where the text is cut off or not of that form."""
    try:
        value = json.loads(text).get(field)
    except (ValueError, AttributeError):
        return []
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]
