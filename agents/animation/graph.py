"""The animation as a subgraph: storyboard, a beat for each of its parts side by side, assemble.

`animate` is the node for the parent graph. It owns what must not outlive the run: the temporary folder and the gate for renders.
"""

from __future__ import annotations

import asyncio
import logging
import re
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from langchain_core.messages import AnyMessage, HumanMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from agents import rendering
from agents.animation import storyboard as boards
from agents.animation.agreement import known_from
from agents.animation.assemble import assembled
from agents.animation.beat import build_beat
from agents.animation.recall import go_on, limits_at, recall, wanted_quality
from agents.animation.state import (
    AnimationInput,
    AnimationOutput,
    AnimationState,
    BeatInput,
    Join,
    Narrates,
    Production,
    TakesStill,
    production_of,
)
from agents.context import Context, context_of
from agents.errors import InputError, ModelOutputError, StorageError
from agents.events import Narrator
from agents.state import Film, TutorState, no_usage
from agents.usage import usage_of

log = logging.getLogger(__name__)
_REQUEST = re.compile(
    r"^\W*(?:please\s+|can you\s+|could you\s+)*(?:animate|visuali[sz]e|illustrate|(?:make|create|draw|show|render)(?:\s+me)?\s+(?:an?\s+|the\s+)?(?:short\s+)?(?:animation|video|film))"
    r"(?:\s+(?:of|about|for|on|that\s+(?:shows|explains)|showing|explaining))?\s*:?\s*",
    re.IGNORECASE,
)
# storyboard, fan-out and assemble; and in a beat six steps for each of at most a dozen coder calls and two fallbacks
RECURSION_LIMIT = 100


async def storyboard(state: AnimationState, runtime: Runtime[Production]) -> AnimationState:
    """The plans of all beats, from the checked solution where there is one, else from the learner's words."""
    production = production_of(runtime)
    if (recalled := state.get("recalled")) is not None:
        todo = len(recalled["plans"]) - len(recalled["kept"])
        production.narrator.progress("storyboard", f"{todo} of {len(recalled['plans'])} beats to render again")
        return {"plans": recalled["plans"], "made": recalled["kept"]}
    problem, solution = state.get("problem"), state.get("solution")
    if problem is not None and solution is not None:
        plans, replies = await boards.of_solution(production.ports, problem, solution)
    else:
        topic = topic_of(state.get("messages", []))
        replies = []
        plans = boards.by_code(topic) if state.get("animate_by") == "code" else await boards.of_request(production.ports, topic)
        try:
            # half the time for the plan at most, so that there is something left to render it in
            async with asyncio.timeout(max(1.0, production.left() / 2)):
                if not plans:
                    plans, replies = await boards.of_topic(production.ports, topic)
        except (ModelOutputError, TimeoutError) as error:
            log.warning("no storyboard from the model, the topic's own words are shown: %s", error or "out of time")
            plans, replies = boards.plain_topic(topic), []
    production.narrator.progress("storyboard", f"storyboard with {len(plans)} beats", beats=[plan["id"] for plan in plans])
    return {"plans": plans, "usage": usage_of(*replies)}


def topic_of(messages: list[AnyMessage]) -> str:
    """What the learner's last message wants to see. Raises `InputError` where it says nothing."""
    last = next((message for message in reversed(messages) if message.type == "human"), None)
    text = str(last.text).strip() if last is not None else ""
    topic = _REQUEST.sub("", text, count=1).strip() or text
    if not re.search(r"\w", topic):
        raise InputError("there is nothing to animate: name a topic or give a problem", param="messages")
    return topic


def fan_out(state: AnimationState) -> list[Send] | str:
    """One branch for each beat that is not there yet."""
    plans, recalled = state["plans"], state.get("recalled")
    there = {beat["number"] for beat in state.get("made", [])}
    replays = recalled["replays"] if recalled is not None else {}
    inputs = [
        BeatInput(number=number, of=len(plans), plan=plan, replay=replays.get(plan["id"]), usage=no_usage())
        for number, plan in enumerate(plans, 1)
        if number not in there
    ]
    return [Send("beat", given) for given in inputs] or "assemble"


async def assemble(state: AnimationState, runtime: Runtime[Production]) -> AnimationState:
    """One video and its manifest out of what was made."""
    production = production_of(runtime)
    production.narrator.progress("assemble", f"joining {len(state['made'])} beats")
    return {"animation": await assembled(production, state["plans"], state["made"])}


def build() -> StateGraph[AnimationState, Production, AnimationInput, AnimationOutput]:
    """The uncompiled subgraph. Its context is a `Production`, which `animate` makes."""
    builder = StateGraph(AnimationState, context_schema=Production, input_schema=AnimationInput, output_schema=AnimationOutput)
    builder.add_node("storyboard", storyboard)
    builder.add_node("beat", build_beat().compile(name="beat"))
    builder.add_node("assemble", assemble)
    builder.add_edge(START, "storyboard")
    builder.add_conditional_edges("storyboard", fan_out, ["beat", "assemble"])
    builder.add_edge("beat", "assemble")
    builder.add_edge("assemble", END)
    return builder


_Production = CompiledStateGraph[AnimationState, Production, AnimationInput, AnimationOutput]
production: _Production = build().compile(name="animation")


async def _produce(
    graph: _Production, join: Join, poster: TakesStill, narrate: Narrates, state: TutorState, runtime: Runtime[Context]
) -> TutorState:
    ports = context_of(runtime)
    problem, retake, film = state.get("problem"), state.get("retake"), state.get("film")
    about = problem["id"] if problem else ""
    earlier = None
    if retake is not None and film is not None and film["problem_id"] == about:
        earlier = await asyncio.to_thread(recall, ports.artifacts, film["manifest_id"], ports.owner)
    quality = wanted_quality(retake, state.get("quality"), earlier, ports.limits.quality)
    ports = replace(ports, limits=limits_at(ports.limits, quality))
    try:
        ports.work_dir.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix="animation-", dir=ports.work_dir, ignore_cleanup_errors=True)
    except OSError as error:
        raise StorageError(f"no folder for the animation: {error.strerror}") from error
    with folder as name:
        shared = Production(
            ports=ports,
            folder=Path(name),
            gate=asyncio.Semaphore(max(1, ports.limits.parallel_renders)),
            join=join,
            poster=poster,
            narrate=narrate,
            narrator=Narrator(),
            deadline=time.monotonic() + ports.limits.animation_seconds,
            known=tuple(known_from(state.get("problem"), state.get("solution"))),
        )
        messages = state.get("messages", [])
        if retake is not None and problem is not None:
            # "make it HD" is no topic: what the animation is about was said before
            messages = [HumanMessage(problem["text"])]
        given: AnimationState = {"messages": messages, "solution": state.get("solution"), "usage": no_usage()}
        given["animate_by"] = state.get("animate_by")
        given["recalled"] = go_on(earlier, quality) if earlier is not None else None
        if problem is not None:
            given["problem"] = problem
        out = await graph.ainvoke(given, {"recursion_limit": RECURSION_LIMIT}, context=shared)
    animation = out["animation"]
    return {"animation": animation, "usage": out["usage"], "film": Film(problem_id=about, manifest_id=animation.get("manifest_id", ""))}


async def animate(state: TutorState, runtime: Runtime[Context]) -> TutorState:
    """The node of the parent graph. Raises `InputError`, `ModelUnavailable`, `NoSandbox` and `StorageError`; a beat that fails costs itself only."""
    # the graph is named here and not in `_produce`: LangGraph knows, and draws, the graphs that a node itself names
    return await _produce(production, rendering.join, rendering.poster, rendering.narrate, state, runtime)


def animation_node(
    join: Join, poster: TakesStill, narrate: Narrates = rendering.narrate
) -> Callable[[TutorState, Runtime[Context]], Awaitable[TutorState]]:
    """The same node with other ways to join videos, to take a still of one and to put a voice in, for tests."""

    async def node(state: TutorState, runtime: Runtime[Context]) -> TutorState:
        return await _produce(production, join, poster, narrate, state, runtime)

    return node
