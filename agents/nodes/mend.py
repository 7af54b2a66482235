"""Redoes the worked steps from the first that does not hold: the learner gets steps that do, or none from there on."""

from __future__ import annotations

import logging

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.checking.judge import ValueText, judge
from agents.context import Context, ModelReply, context_of
from agents.errors import ModelError
from agents.events import Narrator
from agents.nodes.check import After, after
from agents.solving.paths import TEMPERATURE
from agents.solving.steps import holding_steps
from agents.state import Solution, Step, TutorState
from agents.usage import usage_of
from agents.worked import final_answer, render_steps, steps_of

log = logging.getLogger(__name__)


async def mend(state: TutorState, runtime: Runtime[Context]) -> Command[After]:
    context = context_of(runtime)
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "check has concluded before"  # noqa: S101
    Narrator().progress("mend", "redoing a step that does not hold")
    good = solution["steps"][: state.get("holding", 0)]
    replies: list[ModelReply] = []
    try:
        replies = await context.model.sample(
            "solver",
            prompts.load("go_on").messages(problem=problem["stem"], steps=render_steps(good) or "(none yet)", answer=solution["answer"]),
            context.limits.mend_samples,
            max_tokens=context.limits.solve_tokens,
            temperature=TEMPERATURE,
            seed=1,
        )
    except ModelError as error:
        log.warning("the broken step stays out: %s", error)
    steps = await _first_sound(context, problem["stem"], good, solution, replies)
    update = {"solution": {**solution, "steps": steps}} if steps else {}
    return Command(update={**update, "usage": usage_of(*replies)}, goto=after(state["routed"]))


async def _first_sound(context: Context, stem: str, good: list[Step], solution: Solution, replies: list[ModelReply]) -> list[Step]:
    """The good steps with the first continuation that holds and ends in the solution's answer; empty where none does."""
    worked = [[*good, *steps_of(reply.text)] for reply in replies]
    holding = await holding_steps(context.sandbox, worked)
    ends = {str(index): ValueText(form="latex", text=final_answer(reply.text) or "") for index, reply in enumerate(replies)}
    judgement = (
        await judge(context.sandbox, {**ends, "answer": ValueText(form="latex", text=solution["answer"])}, [], stem) if ends else None
    )
    reaches = {pair[0] for pair in judgement["equal"] if pair[1] == "answer"} if judgement else set()
    return next(
        (
            steps
            for index, (steps, held) in enumerate(zip(worked, holding, strict=True))
            if held == len(steps) > len(good) and str(index) in reaches
        ),
        [],
    )
