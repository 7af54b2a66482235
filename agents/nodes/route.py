"""Reads the chat, settles what this turn is, and clears what belongs to another problem or an earlier run."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command, Overwrite

from agents.animation.asked import is_described
from agents.chat import Reading, is_other_question, read_chat, text_of
from agents.context import Context, context_of
from agents.errors import InputError
from agents.events import Narrator
from agents.posed import quote
from agents.state import TurnKind, TutorState, Variant, no_usage

NO_PROBLEM = (
    "I could not find a mathematics problem in your message. Post one in full, for instance: *If $3x + 5 = 20$, what is the value of $6x$?* "
    "You can also ask for a hint, or for an animation of a topic such as the Pythagorean theorem."
)
OTHER_QUESTION = (
    "That is not a mathematics problem, so there is nothing in it that I could check by computation, and a guess of mine would not help you: an "
    "encyclopedia or a teacher of that subject will. If there is something to count, measure or calculate in it, write that part with its numbers, "
    "and I will work on it with you."
)
WHICH_PROBLEM = "I do not know yet which problem you mean. Post it in full, together with your question, and I will look at it."
REMARK = "You are welcome. From here you can ask *why?*, have a step explained, propose an answer of your own, or ask for another problem like this one."
CONFIRM = "I have not started yet, because I want to be sure that I read the picture correctly. Answer *yes*, or write the problem as it should be."
CORRECTED = "With your correction it reads:\n\n{problem}\n\nIs that right now? Answer *yes*, or write the problem as it should be."

_PROGRESS: dict[TurnKind, str] = {
    "solve": "working it out",
    "hint": "thinking of a hint",
    "animate": "planning the animation",
    "explain": "looking at the step again",
    "assess": "checking your answer",
    "variant": "making another problem like it",
    "picture": "reading the picture",
}
Goto = Literal["solve", "hint", "animate", "explain", "assess", "variant", "picture", "answer", "__end__"]


async def route(state: TutorState, runtime: Runtime[Context]) -> Command[Goto]:
    """Raises `InputError` for an empty chat or a text over `Limits.problem_chars`."""
    context = context_of(runtime)
    messages = state.get("messages", [])
    reading = read_chat(messages, state.get("skill"))
    picture = reading.kind == "picture" and not reading.unconfirmed
    if not picture and (not messages or not any(message.type == "human" and message.text.strip() for message in messages)):
        raise InputError("the message is empty: post a mathematics problem", param="messages")
    if len(messages[-1].text) > context.limits.problem_chars:
        raise InputError(
            f"the problem has {len(messages[-1].text):,} characters, more than {context.limits.problem_chars:,}: post one problem at a time",
            param="messages",
        )
    narrator = Narrator()
    update: dict[str, Any] = {
        "usage": Overwrite(no_usage()),
        "routed": reading.kind,
        "asked": reading.asked,
        "claim": reading.claim,
        "attempt": reading.attempt,
        "shown": reading.shown,
        "attempts": 0,
        "show_options": False,
        "hint": None,
        "animation": None,
        "retake": reading.retake,
    }
    narrator.progress("route", _PROGRESS[reading.kind], skill=reading.kind)
    if picture:
        return Command(update={**update, "solution": None, "reply": Overwrite([])}, goto="picture")
    if (words := _words_alone(reading, text_of(messages[-1]))) is not None:
        narrator.say(words)
        if reading.problem is None:
            update["solution"] = None
        return Command(update={**update, "messages": [AIMessage(words)], "reply": Overwrite(narrator.parts())}, goto="__end__")
    assert reading.problem is not None, "what has no problem is answered in words alone"  # noqa: S101
    if reading.others:
        narrator.say(
            f"Your message holds {reading.others + 1} problems; I take the first one now. Send the next one by itself afterwards.\n\n"
        )
    before = state.get("solution")
    known = bool(before and before.get("problem_id") == reading.problem["id"])
    update |= {"problem": reading.problem, "reply": Overwrite(narrator.parts())}
    if not known:
        update |= {
            "solution": None,
            "ladder": [],
            "ladder_asks": {},
            "candidates": _computed_before(state.get("variant"), reading.problem["id"]),
        }
    film = state.get("film")
    if reading.retake is not None and film is not None and film["problem_id"] == reading.problem["id"]:
        return Command(update=update, goto="animate")
    # an animation that this chat shows and its state has lost is made from the beginning
    said = text_of(messages[-1]) if reading.retake is None else reading.problem["text"]
    described = state.get("animate_by") == "code" or (not reading.problem["options"] and is_described(said))
    return Command(update=update, goto=_goto(reading, known=known, described=described))


def _goto(reading: Reading, *, known: bool, described: bool) -> Goto:
    """`described`: the last message says itself all that is to be seen, so that nothing has to be solved by a model first."""
    if reading.kind == "variant" or (reading.kind == "animate" and (described or not reading.asks)):
        # a variant often follows from the problem's own formulas, without solving it first
        return "variant" if reading.kind == "variant" else "animate"
    if not known:
        return "solve"
    if reading.kind == "solve" or reading.kind == "picture":
        return "answer"
    return reading.kind


def _words_alone(reading: Reading, last: str) -> str | None:
    """The reply where there is nothing to compute; None where there is."""
    if reading.unconfirmed:
        return CORRECTED.format(problem=quote("picture", reading.corrected)) if reading.corrected else CONFIRM
    if reading.problem is None:
        if reading.kind in ("explain", "assess", "variant"):
            return WHICH_PROBLEM
        return OTHER_QUESTION if is_other_question(last) else NO_PROBLEM
    return REMARK if reading.remark else None


def _computed_before(variant: Variant | None, problem_id: str) -> list[dict[str, str]]:
    """The tutor's own answer to a problem that it posed, as a first candidate: what it computed then must count now."""
    if variant is None or variant["problem_id"] != problem_id:
        return []
    return [
        {
            "kind": variant["kind"],
            "round": "0",
            "text": variant["method"],
            "form": "python",
            "answer": variant["text"],
            "reason": "",
            "latex": variant["latex"],
        }
    ]
