"""One beat: by code, else by a parametric scene, else as plain text; each way gives way to the next.

begin -> retrieve -> code -> lint -> render -> inspect -> done
                      ^------- repair <----------|
      -> draw -----------------------^           |-> draw | plain
"""

from __future__ import annotations

import ast
import asyncio
import logging
import time
from pathlib import Path
from typing import Literal

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.animation.compose import SCENE
from agents.animation.kinds import load
from agents.animation.lint import code_in, lint
from agents.animation.manim_names import manim_names
from agents.animation.state import Attempt, BeatInput, BeatOutput, BeatState, MadeBeat, Production, production_of
from agents.context import ChatMessage
from agents.errors import ModelError, NoSandbox, RenderError, RetrievalError, SandboxError
from agents.rendering.report import Finding, RenderReport
from agents.state import BeatSource
from agents.usage import usage_of

log = logging.getLogger(__name__)
EXAMPLE_CHARS = 900
# a parametric beat takes 3 to 6 s to render: below this the coder is not asked (again)
SECONDS_FOR_CODE = 45.0


async def begin(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["retrieve", "draw", "render"]]:
    """Chooses the first way: the program that an earlier animation has, else code where the storyboard asks for it and there is time."""
    plan, limits = state["plan"], production_of(runtime).ports.limits
    start = {"began": time.time(), "attempts": 0, "calls": 0, "timings": {}, "examples": []}
    if (replay := state.get("replay")) is not None:
        attempt = Attempt(way=replay["way"], code=replay["code"], scene=replay["scene"])
        # all calls count as used: where the program fails now, the parametric beat follows and no model
        return Command(update=start | {"attempt": attempt, "calls": limits.code_repairs + 1}, goto="render")
    if plan["draw"] and limits.code_beats > 0 and production_of(runtime).left() > SECONDS_FOR_CODE:
        return Command(update=start, goto="retrieve")
    return Command(update=start, goto="draw")


async def retrieve(state: BeatState, runtime: Runtime[Production]) -> BeatState:
    """Scenes to write by: small, without comments and docstrings, which are no help and may hold instructions."""
    ports = production_of(runtime).ports
    began = time.monotonic()
    try:
        scenes = await ports.searcher.search(state["plan"]["draw"], k=2 * ports.limits.retrieved_scenes)
    except RetrievalError as error:
        log.warning("no scenes for beat %s: %s", state["plan"]["id"], error)
        scenes = []
    examples = [{"id": scene.id, "code": code} for scene in scenes if (code := bare(scene.code)) and len(code) <= EXAMPLE_CHARS]
    return {"examples": examples[: ports.limits.retrieved_scenes], "timings": _timed(state, "retrieve_s", began)}


def bare(code: str) -> str:
    """A scene without comments and docstrings; "" for what is not Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(body, list) and body:
            node.body = [item for item in body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))] or [ast.Pass()]
    return ast.unparse(tree)


async def code(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["lint", "draw"]]:
    """Asks the coder for the scene."""
    return await _written(state, runtime, _request(state))


async def repair(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["lint", "draw"]]:
    """Asks the coder for the scene again, with what was wrong. The conversation's beginning is the same, so the engine has it in its cache."""
    last: ChatMessage = {"role": "assistant", "content": f"```python\n{state['attempt']['code']}```"}
    complaint = prompts.load("repair").messages(error="\n".join(state["problems"])[:900])
    return await _written(state, runtime, [*_request(state), last, *complaint])


def _request(state: BeatState) -> list[ChatMessage]:
    examples = "".join(f"Retrieved example:\n```python\n{example['code']}\n```\n" for example in state["examples"])
    messages: list[ChatMessage] = prompts.load("coder").messages(
        examples=examples, draw=state["plan"]["draw"], say=str(state["plan"]["data"].get("say") or state["plan"]["plain"]["text"])
    )
    return messages


async def _written(state: BeatState, runtime: Runtime[Production], messages: list[ChatMessage]) -> Command[Literal["lint", "draw"]]:
    production = production_of(runtime)
    limits = production.ports.limits
    began = time.monotonic()
    patience = min(limits.beat_seconds - (time.time() - state["began"]), production.left() - SECONDS_FOR_CODE / 2)
    try:
        async with asyncio.timeout(max(1.0, patience)):
            # greedy first; a little heat afterwards, or a small model repeats its mistake word for word
            reply = await production.ports.model.chat(
                "coder", messages, max_tokens=limits.code_tokens, temperature=0.0 if state["calls"] == 0 else 0.4, seed=state["calls"]
            )
    except TimeoutError:
        return Command(update={"errors": ["code: the coder took too long"], "timings": _timed(state, "code_s", began)}, goto="draw")
    except ModelError as error:
        return Command(update={"errors": [f"code: {error.message}"], "timings": _timed(state, "code_s", began)}, goto="draw")
    update: BeatState = {
        "attempt": Attempt(way="code", code=code_in(reply.text), scene=None),
        "calls": state["calls"] + 1,
        "timings": _timed(state, "code_s", began),
        "usage": usage_of(reply),
    }
    return Command(update=update, goto="lint")


async def check(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["render", "repair", "draw"]]:
    """Mends what can be mended mechanically; a program that is certain to fail is not rendered."""
    linted = lint(state["attempt"]["code"], await manim_names())
    attempt = Attempt(way="code", code=linted.source, scene=linted.scene)
    if not linted.problems:
        return Command(update={"attempt": attempt}, goto="render")
    error = f"code: {linted.problems[0]}"
    return Command(
        update={"attempt": attempt, "problems": list(linted.problems[:4]), "errors": [error]},
        goto=_after_failed_code(state, production_of(runtime)),
    )


async def draw(state: BeatState) -> Command[Literal["render"]]:
    """The parametric scene of this beat's data. A planned card without a picture is plain from the start."""
    data = state["plan"]["data"]
    way: BeatSource = "plain" if data["kind"] == "plain" else "storyboard"
    return Command(update={"attempt": Attempt(way=way, code=load(data).source(), scene=SCENE)}, goto="render")


async def plain(state: BeatState) -> Command[Literal["render"]]:
    """The same message as text and formula."""
    return Command(update={"attempt": Attempt(way="plain", code=load(state["plan"]["plain"]).source(), scene=SCENE)}, goto="render")


async def render(state: BeatState, runtime: Runtime[Production]) -> BeatState:
    """Renders the attempt behind the walls, at most `Limits.parallel_renders` at a time."""
    production = production_of(runtime)
    attempt, limits = state["attempt"], production.ports.limits
    out = production.folder / f"beat-{state['number']:02d}-{state['attempts']}.mp4"
    async with production.gate:
        began = time.monotonic()
        # our own scenes always get the time they need; what strangers wrote lives within the animation's budget
        patience = limits.render_seconds if attempt["way"] != "code" else min(limits.render_seconds, max(10.0, production.left()))
        try:
            report = await production.ports.renderer.render(
                attempt["code"], scene=attempt["scene"], quality=limits.quality, out=out, timeout_s=patience
            )
        except NoSandbox:
            raise
        except (SandboxError, RenderError) as error:
            report = _failed(error.message, time.monotonic() - began)
    return {"report": report, "attempts": state["attempts"] + 1, "timings": _timed(state, "render_s", began)}


async def inspect(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["repair", "draw", "plain", "__end__"]]:
    """Takes what is good enough and sends the rest the next way."""
    report, way = state["report"], state["attempt"]["way"]
    faults = [finding for finding in report["layout"] if finding["severity"] == "error"]
    if report["ok"] and (way != "code" or not faults):
        return Command(update=_done(production_of(runtime), state), goto="__end__")
    if way == "code":
        problems = [_fault(report)] if not report["ok"] else [_layout_fault(finding) for finding in faults[:3]]
        return Command(
            update={"problems": problems, "errors": [f"code: {problems[0]}"]}, goto=_after_failed_code(state, production_of(runtime))
        )
    error = f"{way}: {_fault(report)}"
    log.warning("beat %s: %s", state["plan"]["id"], error)
    if way == "storyboard":
        return Command(update={"errors": [error]}, goto="plain")
    return Command(update=_done(production_of(runtime), state, error), goto="__end__")


def _after_failed_code(state: BeatState, production: Production) -> Literal["repair", "draw"]:
    limits = production.ports.limits
    spent = time.time() - state["began"]
    if state["calls"] > limits.code_repairs or spent > limits.beat_seconds - SECONDS_FOR_CODE / 2 or production.left() < SECONDS_FOR_CODE:
        return "draw"
    return "repair"


def _done(production: Production, state: BeatState, error: str | None = None) -> BeatOutput:
    report, plan, attempt = state["report"], state["plan"], state["attempt"]
    errors = [*state.get("errors", []), *([error] if error else [])]
    replay = state.get("replay")
    made = MadeBeat(
        number=state["number"],
        id=plan["id"],
        kind=str(plan["data"]["kind"]) if attempt["way"] != "code" else "scene",
        say=str(plan["data"].get("say") or ""),
        source=attempt["way"],
        attempts=state["attempts"],
        errors=errors,
        video=report["video"] if report["ok"] else None,
        seconds=report["seconds"] if report["ok"] else 0.0,
        code=attempt["code"],
        scene=attempt["scene"],
        shown=report["shown"],
        layout=report["layout"],
        retrieved=replay["retrieved"] if replay else [example["id"] for example in state["examples"]] if state["calls"] else [],
        timings=state["timings"],
    )
    what = f"{made['kind'].replace('_', ' ')} {'rendered' if made['video'] else 'failed'}"
    production.narrator.progress(
        "beat",
        f"beat {made['number']} of {state['of']}: {what}",
        id=made["id"],
        source=made["source"],
        attempts=made["attempts"],
        ok=made["video"] is not None,
    )
    return {"made": [made]}


def _fault(report: RenderReport) -> str:
    error = report["error"]
    if error is None:
        return "the render gave no video"
    where = f"line {error['line']}: " if error["line"] else ""
    return f"{where}{error['message']}" + (f" ({error['hint']})" if error["hint"] else "")


def _layout_fault(finding: Finding) -> str:
    where = f"line {finding['line']}: " if finding["line"] else ""
    return f"{where}{finding['kind'].replace('_', ' ')}: {', '.join(finding['objects'])} at {finding['at_s']:.1f} s"


def _failed(message: str, wall_s: float) -> RenderReport:
    return {
        "ok": False,
        "video": None,
        "seconds": 0.0,
        "wall_s": wall_s,
        "sandbox": "",
        "error": {"kind": "runtime", "message": message, "line": None, "hint": ""},
        "layout": [],
        "shown": [],
    }


def _timed(state: BeatState, name: str, began: float) -> dict[str, float]:
    timings = state.get("timings", {})
    return timings | {name: round(timings.get(name, 0.0) + time.monotonic() - began, 2)}


def build_beat() -> StateGraph[BeatState, Production, BeatInput, BeatOutput]:
    builder = StateGraph(BeatState, context_schema=Production, input_schema=BeatInput, output_schema=BeatOutput)
    builder.add_node("begin", begin)
    builder.add_node("retrieve", retrieve)
    builder.add_node("code", code)
    builder.add_node("lint", check)
    builder.add_node("draw", draw)
    builder.add_node("plain", plain)
    builder.add_node("render", render)
    builder.add_node("inspect", inspect)
    builder.add_node("repair", repair)
    builder.add_edge(START, "begin")
    builder.add_edge("retrieve", "code")
    builder.add_edge("render", "inspect")
    return builder


def video_of(made: MadeBeat) -> Path | None:
    """The beat's video where it is still there."""
    return Path(made["video"]) if made["video"] and Path(made["video"]).is_file() else None
