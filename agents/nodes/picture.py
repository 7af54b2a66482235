"""Reads a picture of a problem and asks whether it was read right. Nothing is solved before the learner has said yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AnyMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.context import Context, context_of
from agents.events import Narrator
from agents.posed import quote
from agents.reading.result import ReadPicture
from agents.state import TutorState

CONFIRM = "Is that right? Answer *yes*, or write the problem as it should be. I start once you have confirmed it."
NO_TEXT = (
    "I could not read any text in the picture. A sharper picture, taken straight from above in good light, may help; or type the problem."
)
FIGURE_ONLY = (
    "There seems to be a drawing in the picture, but I found no text that I can read, and I cannot see drawings. "
    "Type the problem, and say in words what the drawing shows: the lengths, the angles, and what is asked."
)
FIGURE_TOO = (
    "There is also a drawing or a table in the picture, and that I cannot see. If the problem needs it, add in words what it shows "
    "(lengths, angles, labels, the numbers of the table)."
)
DOUBTFUL = "I am least sure of: {lines}"
NO_READER = "I cannot look at this picture here. Type the problem, and I will work on it."


async def picture(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    """Raises `InputError` for a picture that cannot be decoded, and what the reader raises."""
    context = context_of(runtime)
    narrator = Narrator()
    narrator.progress("picture", "reading the picture")
    found: list[ReadPicture] = []
    if context.reader is not None:
        for key in keys_of(state["messages"][-1]):
            if key in context.pictures:
                found.append(await context.reader.read(context.pictures[key]))
    narrator.say(_reply(found))
    return Command(update={"routed": "picture", "reply": narrator.parts()}, goto="answer")


def keys_of(message: AnyMessage) -> list[str]:
    """The keys that stand for the message's pictures, in order."""
    parts = message.content if isinstance(message.content, list) else []
    return [str(part["image_url"]["url"]) for part in parts if isinstance(part, dict) and part.get("type") == "image_url"]


def _reply(found: Sequence[ReadPicture]) -> str:
    if not found:
        return NO_READER
    text = "\n".join(each.text for each in found if each.text)
    figure = any(each.figure for each in found)
    if not text:
        return FIGURE_ONLY if figure else NO_TEXT
    said = [quote("picture", text)]
    if doubtful := [line for each in found for line in each.doubtful]:
        said.append(DOUBTFUL.format(lines="; ".join(f"“{line}”" for line in doubtful[:3])))
    if figure:
        said.append(FIGURE_TOO)
    return "\n\n".join([*said, CONFIRM])
