"""Ends a turn: says the checked result or names the video, and puts the assistant's message on record."""

from __future__ import annotations

import re
from typing import Any

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from agents.chat.retakes import LEFT_OUT, NOT_MADE, WATCH
from agents.context import Context
from agents.events import Narrator
from agents.state import Animation, Solution, TutorState
from agents.worked import idea_of, render_steps, steps_of

_SOURCES = {"code": "written by the model", "storyboard": "drawn from the solution's data", "plain": "text and formulas"}

_SIZES = {"m": ", 720p", "h": ", 1080p"}


async def answer(state: TutorState, runtime: Runtime[Context]) -> dict[str, Any]:
    narrator = Narrator()
    solution, animation = state.get("solution"), state.get("animation")
    said = "".join(state.get("reply", []))
    if solution is not None and solution["verification"]["method"] == "diagnosis":
        narrator.say(no_answer(solution))
    elif state["routed"] == "solve" and solution is not None:
        _say_solution(narrator, solution, said)
    elif state["routed"] == "animate" and animation is not None:
        _say_animation(narrator, animation, solution, said)
    return {"messages": [AIMessage(content=said + "".join(narrator.said))], "reply": narrator.parts()}


def _say_solution(narrator: Narrator, solution: Solution, said: str) -> None:
    steps = solution["steps"]
    shown = bool(said.strip()) and all(step["say"] in said for step in steps)
    told = [step["say"] for step in steps_of(said)]
    if not shown and said.strip() and told == [step["say"] for step in steps[: len(told)]] and idea_of(said) == solution.get("idea", ""):
        narrator.say(("" if said.endswith("\n") else "\n") + render_steps(steps[len(told) :], first=len(told) + 1))
    elif not shown:
        if said.strip():
            narrator.say("\n\nThe check did not bear that out. A second look:\n\n")
        narrator.say(render_steps(steps, solution.get("idea", "")))
    narrator.say("\n\n" + result_line(solution))


def result_line(solution: Solution) -> str:
    """The answer and how far it can be trusted, in plain words."""
    verification = solution["verification"]
    if verification["method"] == "diagnosis":
        return no_answer(solution)
    if not solution["answer"]:
        return f"I could not reach an answer. {verification['detail']}"
    value = solution["answer"] if _is_prose(solution["answer"]) else f"${solution['answer']}$"
    choice = f"({solution['choice']}) " if solution["choice"] else ""
    line = f"**Answer: {choice}{value}**\n\n"
    if verification["status"] == "verified":
        return f"{line}✓ Checked: {verification['detail']}"
    if verification["status"] == "refuted":
        return f"{line}✗ This cannot be right: {verification['detail']} Do not rely on it."
    return f"{line}⚠ Not verified: {verification['detail']} Please check it yourself before you rely on it."


def _is_prose(answer: str) -> bool:
    """Whether the answer holds words, or formulas that stand between dollars already, rather than being one formula."""
    outside = re.sub(r"\\(?:text|mathrm)\s*\{[^{}]*\}", "", answer)
    return bool("$" in answer.replace("\\$", "") or re.search(r"(?<![\\a-zA-Z{])[a-zA-Z]{3,}", outside))


def no_answer(solution: Solution) -> str:
    """What is wrong with the problem itself."""
    return f"**This problem has no answer as it stands.** {solution['verification']['detail']} Look at it again, or send it with what is missing."


def _say_animation(narrator: Narrator, animation: Animation, solution: Solution | None, said: str) -> None:
    if said.strip():
        narrator.say("\n\n")
    if animation["status"] == "failed" or not animation["url"]:
        reasons = "; ".join(error for beat in animation["beats"] for error in beat["errors"][-1:]) or "nothing could be rendered"
        narrator.say(f"{NOT_MADE}: {reasons}.")
        return
    kinds = ", ".join(dict.fromkeys(_SOURCES[beat["source"]] for beat in animation["beats"]))
    partly = f" {LEFT_OUT} and were left out; say *try again* and only they are made again." if animation["status"] == "partial" else ""
    gif = f", [as a GIF]({animation['gif_url']})" if animation.get("gif_url") else ""
    size = _SIZES.get(animation.get("quality", "l"), "")
    lacking = "".join(f" {warning}" for warning in animation.get("warnings", []))
    narrator.say(f"{WATCH}({animation['url']}){gif} ({animation['seconds']:.0f} s{size}; {kinds}).{partly}{lacking}")
    if solution is not None:
        narrator.say("\n\n" + result_line(solution))
