"""Redoes the worked steps from the first that does not hold: the learner gets steps that do, or none from there on."""

from __future__ import annotations

import asyncio
import logging

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.checking.judge import ValueText, judge
from agents.context import Context, context_of
from agents.errors import ModelError
from agents.events import Narrator
from agents.nodes.check import After, after
from agents.solving.paths import Candidate, Found, guided_steps
from agents.solving.steps import holding_steps
from agents.state import Solution, Step, TutorState
from agents.usage import usage_of
from agents.worked import steps_of

log = logging.getLogger(__name__)


async def mend(state: TutorState, runtime: Runtime[Context]) -> Command[After]:
    context = context_of(runtime)
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "check has concluded before"  # noqa: S101
    Narrator().progress("mend", "redoing a step that does not hold")
    good = solution["steps"][: state.get("holding", 0)]
    found: Found = ([], [])
    try:
        found = await guided_steps(context, problem, 1, context.limits.mend_samples, solution["answer"], good)
    except ModelError as error:
        log.warning("the broken step stays out: %s", error)
    steps = await _first_sound(context, problem["stem"], good, solution, found[0])
    update = {"solution": {**solution, "steps": steps}} if steps else {}
    return Command(update={**update, "usage": usage_of(*found[1])}, goto=after(state["routed"]))


async def _first_sound(context: Context, stem: str, good: list[Step], solution: Solution, guided: list[Candidate]) -> list[Step]:
    """The good steps with the first continuation that holds and ends in the solution's answer; empty where none does."""
    if not guided:
        return []
    worked = [[*good, *steps_of(candidate["text"])] for candidate in guided]
    ends = {str(index): ValueText(form="latex", text=candidate["answer"]) for index, candidate in enumerate(guided)}
    holding, judgement = await asyncio.gather(
        holding_steps(context.sandbox, worked),
        judge(context.sandbox, {**ends, "answer": ValueText(form="latex", text=solution["answer"])}, [], stem),
    )
    reaches = {name for pair in judgement["equal"] if "answer" in pair for name in pair}
    return next(
        (
            steps
            for index, (steps, held) in enumerate(zip(worked, holding, strict=True))
            if held == len(steps) > len(good) and str(index) in reaches
        ),
        [],
    )
