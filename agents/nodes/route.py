"""Reads the chat, settles the skill, and clears what belongs to another problem or an earlier run."""

from __future__ import annotations

from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite

from agents.chat import read_chat
from agents.context import Context, context_of
from agents.errors import InputError
from agents.events import Narrator
from agents.state import TutorState, no_usage

NO_PROBLEM = (
    "I could not find a mathematics problem in your message. Post one in full, for instance: *If $3x + 5 = 20$, what is the value of $6x$?* "
    "You can also ask for a hint, or for an animation of a topic such as the Pythagorean theorem."
)


async def route(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["solve", "hint", "animate", "answer"]]:
    """Raises `InputError` for an empty chat or a text over `Limits.problem_chars`."""
    context = context_of(runtime)
    messages = state.get("messages", [])
    if not messages or not any(message.type == "human" and message.text.strip() for message in messages):
        raise InputError("the message is empty: post a mathematics problem", param="messages")
    if len(messages[-1].text) > context.limits.problem_chars:
        raise InputError(
            f"the problem has {len(messages[-1].text):,} characters, more than {context.limits.problem_chars:,}: post one problem at a time",
            param="messages",
        )
    reading = read_chat(messages, state.get("skill"))
    narrator = Narrator()
    update: dict[str, Any] = {
        "usage": Overwrite(no_usage()),
        "routed": reading.skill,
        "attempts": 0,
        "candidates": [],
        "show_options": False,
        "hint": None,
        "animation": None,
    }
    if reading.problem is None:
        narrator.say(NO_PROBLEM)
        return Command(update={**update, "solution": None, "reply": Overwrite(narrator.parts())}, goto="answer")
    if reading.others:
        narrator.say(
            f"Your message holds {reading.others + 1} problems; I take the first one now. Send the next one by itself afterwards.\n\n"
        )
    before = state.get("solution")
    known = bool(before and before.get("problem_id") == reading.problem["id"])
    update |= {"problem": reading.problem, "reply": Overwrite(narrator.parts())}
    if not known:
        update |= {"solution": None, "ladder": []}
    narrator.progress(
        "route",
        {"solve": "working it out", "hint": "thinking of a hint", "animate": "planning the animation"}[reading.skill],
        skill=reading.skill,
    )
    if known or (reading.skill == "animate" and not reading.asks):
        goto: Literal["answer", "hint", "animate"] = "answer" if reading.skill == "solve" else reading.skill
        return Command(update=update, goto=goto)
    return Command(update=update, goto="solve")
