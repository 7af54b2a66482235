"""One beat: by code, else by a parametric scene, else as plain text; each way gives way to the next.

begin -> retrieve -> code -> lint -> try -> render -> inspect -> done
                               ^--- repair <-|---------|
      -> draw ---------------------------------^       |-> draw | place | plain

A parametric scene that the coder adds to goes the way of code from `code` on; where that comes to nothing, it is drawn without the addition.
`place` moves and scales what a parametric scene of ours has off the frame or over something else.

The coder's part of it is `agents.animation.coder`.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Literal

from langgraph.graph import START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.animation import coder
from agents.animation.addition import lines_of
from agents.animation.agreement import disagreements
from agents.animation.coder import SECONDS_FOR_CODE, after_failed_code, is_adding, timed
from agents.animation.compose import SCENE
from agents.animation.drawn import wrong_curves
from agents.animation.kinds import load
from agents.animation.state import Attempt, BeatInput, BeatOutput, BeatState, Example, Helper, MadeBeat, Production, production_of
from agents.errors import NoSandbox, RenderError, SandboxError
from agents.rendering.report import Finding, RenderReport
from agents.state import BeatSource

log = logging.getLogger(__name__)
PLACE_SECONDS = 60.0
"""For the trials of a scene's layout; our own scenes take a second or two each."""
_PLACEABLE = frozenset({"off_frame", "overlap", "text_crossed", "tiny_text"})
"""Faults that another place or size mends, and that a card of text does not have."""


async def begin(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["retrieve", "code", "draw", "render"]]:
    """Chooses the first way: the program that an earlier animation has, else code where the storyboard asks for it and there is time."""
    plan, limits = state["plan"], production_of(runtime).ports.limits
    start = {"began": time.time(), "attempts": 0, "calls": 0, "timings": {}, "examples": [], "taken_out": [], "mended": []}
    if (replay := state.get("replay")) is not None:
        attempt = Attempt(way=replay["way"], code=replay["code"], scene=replay["scene"])
        if "added" in replay:
            attempt["added"] = replay["added"]
        # all calls count as used: where the program fails now, the parametric beat follows and no model
        return Command(update=start | {"attempt": attempt, "calls": limits.code_repairs + 1}, goto="render")
    if (plan["draw"] or is_adding(state)) and limits.code_beats > 0 and production_of(runtime).left() > SECONDS_FOR_CODE:
        # an addition is a few statements on what is on screen: whole scenes to copy from would only lead away from it
        return Command(update=start, goto="retrieve" if plan["draw"] else "code")
    return Command(update=start, goto="draw")


async def draw(state: BeatState) -> Command[Literal["render"]]:
    """The parametric scene of this beat's data. A planned card without a picture is plain from the start."""
    data = state["plan"]["data"]
    way: BeatSource = "plain" if data["kind"] == "plain" else "storyboard"
    return Command(update={"attempt": Attempt(way=way, code=load(data).source(), scene=SCENE), "mended": []}, goto="render")


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
        patience = limits.render_seconds if not _by_coder(attempt) else min(limits.render_seconds, max(10.0, production.left()))
        try:
            report = await production.ports.renderer.render(
                attempt["code"], scene=attempt["scene"], quality=limits.quality, out=out, timeout_s=patience
            )
        except NoSandbox:
            raise
        except (SandboxError, RenderError) as error:
            report = _failed(error.message, time.monotonic() - began)
    return {"report": report, "attempts": state["attempts"] + 1, "timings": timed(state, "render_s", began)}


async def place(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["render", "plain"]]:
    """Mends the layout of a parametric scene by trials, as that of a coder's scene; the card of text where no trial was better."""
    production, attempt = production_of(runtime), state["attempt"]
    began = time.monotonic()
    patience = min(PLACE_SECONDS, max(15.0, production.left()))
    mended = None
    try:
        async with production.gate:
            mended = await production.ports.renderer.mend(attempt["code"], scene=attempt["scene"], timeout_s=patience)
    except NoSandbox:
        raise
    except (SandboxError, RenderError) as error:
        log.warning("beat %s: its layout was not mended: %s", state["plan"]["id"], error.message)
    update: BeatState = {"timings": timed(state, "place_s", began)}
    if mended is None or mended["error"] is not None or mended["taken_out"] or not mended["fixes"]:
        return Command(update=update, goto="plain")
    update |= {"attempt": Attempt(way="storyboard", code=mended["source"], scene=attempt["scene"]), "mended": mended["fixes"]}
    return Command(update=update, goto="render")


async def inspect(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["repair", "draw", "place", "plain", "__end__"]]:
    """Takes what is good enough and sends the rest the next way."""
    production = production_of(runtime)
    report, attempt = state["report"], state["attempt"]
    way, by_coder = attempt["way"], _by_coder(attempt)
    # without its addition the picture is clean: what only warns of a scene by code is reason enough to leave an addition away
    grave = [
        finding for finding in report["layout"] if finding["severity"] == "error" or ("added" in attempt and finding["kind"] in _PLACEABLE)
    ]
    faults = [_layout_fault(finding, attempt) for finding in grave] if by_coder else []
    wrong = await disagreements(production.ports.sandbox, report["shown"], production.known) if report["ok"] else []
    faults += [f"{formula} on screen contradicts the solution" for formula in wrong]
    if report["ok"] and way != "plain":
        told = wrong_curves(state["plan"]["data"], state["plan"]["draw"] if way == "code" else "", report.get("curves", []))
        faults += [f"wrong curve: {fault}" for fault in told]
    if way == "storyboard" and not by_coder and report["ok"] and not faults:
        faults = [_layout_fault(finding, attempt) for finding in grave if finding["kind"] in _PLACEABLE]
        if faults and not state["mended"]:
            return Command(update={"errors": [f"storyboard: {faults[0]}"]}, goto="place")
    if report["ok"] and not faults:
        return Command(update=_done(production, state), goto="__end__")
    if by_coder:
        problems = [_fault(report, attempt)] if not report["ok"] else faults[:3]
        what = "addition" if "added" in attempt else "code"
        return Command(
            update={"problems": problems, "taken_out": [], "errors": [f"{what}: {problems[0]}"]}, goto=after_failed_code(state, production)
        )
    error = f"{way}: {_fault(report, attempt) if not report['ok'] else faults[0]}"
    log.warning("beat %s: %s", state["plan"]["id"], error)
    if way == "storyboard":
        return Command(update={"errors": [error]}, goto="plain")
    return Command(update=_done(production, state, error), goto="__end__")


def _done(production: Production, state: BeatState, error: str | None = None) -> BeatOutput:
    report, plan, attempt = state["report"], state["plan"], state["attempt"]
    errors = [*state.get("errors", []), *([error] if error else [])]
    replay = state.get("replay")
    examples = state["examples"] if state["calls"] else []
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
        formulas=report["formulas"],
        retrieved=replay["retrieved"] if replay else [example["id"] for example in examples],
        helped=replay.get("helped", []) if replay else [_helper(example) for example in examples],
        calls=replay["calls"] if replay else state["calls"],
        left_out=replay["left_out"] if replay else len(state["taken_out"]) if _by_coder(attempt) else 0,
        mended=state["mended"] or replay["mended"] if replay else state["mended"] if attempt["way"] != "plain" else [],
        timings=state["timings"],
        steps=plan.get("steps", []),
    )
    if "added" in attempt:
        made["added"] = attempt["added"]
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


def _helper(example: Example) -> Helper:
    return Helper(id=example["id"], scene=example["scene"], source=example["source"], licence=example["licence"])


def _by_coder(attempt: Attempt) -> bool:
    """Whether there is anything in the program that the coder wrote."""
    return attempt["way"] == "code" or "added" in attempt


def _where(line: int | None, attempt: Attempt) -> str:
    """The beginning of a message: the line of what the coder wrote, which in a scene of ours is that among its own statements."""
    if line and "added" in attempt:
        own = lines_of(attempt["code"])
        line = line - own.start + 1 if line in own else None
    return f"line {line}: " if line else ""


def _fault(report: RenderReport, attempt: Attempt) -> str:
    error = report["error"]
    if error is None:
        return "the render gave no video"
    return f"{_where(error['line'], attempt)}{error['message']}" + (f" ({error['hint']})" if error["hint"] else "")


def _layout_fault(finding: Finding, attempt: Attempt) -> str:
    return (
        f"{_where(finding['line'], attempt)}{finding['kind'].replace('_', ' ')}: {', '.join(finding['objects'])} at {finding['at_s']:.1f} s"
    )


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
        "formulas": {"setter": "latex", "count": 0, "as_text": []},
    }


def build_beat() -> StateGraph[BeatState, Production, BeatInput, BeatOutput]:
    builder = StateGraph(BeatState, context_schema=Production, input_schema=BeatInput, output_schema=BeatOutput)
    builder.add_node("begin", begin)
    builder.add_node("retrieve", coder.retrieve)
    builder.add_node("code", coder.code)
    builder.add_node("lint", coder.check)
    builder.add_node("try", coder.try_out)
    builder.add_node("draw", draw)
    builder.add_node("plain", plain)
    builder.add_node("render", render)
    builder.add_node("inspect", inspect)
    builder.add_node("place", place)
    builder.add_node("repair", coder.repair)
    builder.add_edge(START, "begin")
    builder.add_edge("retrieve", "code")
    builder.add_edge("render", "inspect")
    return builder


def video_of(made: MadeBeat) -> Path | None:
    """The beat's video where it is still there."""
    return Path(made["video"]) if made["video"] and Path(made["video"]).is_file() else None
