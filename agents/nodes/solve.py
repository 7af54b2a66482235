"""One round of solving. The first is algebra on the problem's own formulas, the model's most likely steps, streamed to the learner, and a program
where algebra says nothing; later rounds sample several ways at once, and are asked for only when the first ones do not agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.checking.judge import TrialPlan, survey
from agents.context import Context, context_of
from agents.errors import ModelError
from agents.events import Narrator
from agents.solving.paths import Candidate, Found, computable, derived, first_steps, first_view, more_steps, programs, reasoned, trials
from agents.solving.shown import ShownSteps
from agents.state import Problem, Solution, TutorState, Verification
from agents.usage import usage_of

log = logging.getLogger(__name__)
_CHOICES = 3
"""How often the model chooses among the options of a problem that algebra has answered: two of three are a majority."""


async def solve(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["check", "answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    attempt, problem = state.get("attempts", 0), state["problem"]
    known = state.get("candidates", [])
    narrator.progress(
        "solve", "solving" if attempt == 0 else f"a second look ({attempt + 1} of {context.limits.solve_attempts})", round=attempt
    )
    since = state.get("since", 0.0) if attempt else time.time()
    trial: Any = state.get("trial") if attempt else None
    shown = ShownSteps(context.sandbox, narrator.say) if attempt == 0 and state["routed"] == "solve" else None
    if attempt == 0:
        # before the model is asked: it costs half a second, often gives the answer, and would compete with the first words
        found = await survey(context.sandbox, problem["stem"], problem["options"])
        if found["fault"] is not None and not known:
            solution = Solution(
                answer="",
                choice=None,
                steps=[],
                verification=Verification(status="unverified", method="diagnosis", detail=found["fault"]["reason"]),
                problem_id=problem["id"],
            )
            return Command(update={"solution": solution, "candidates": [], "ladder": [], "ladder_asks": {}}, goto="answer")
        if found["derived"]["ok"] and not any(candidate["kind"] == "direct" for candidate in known):
            known = [*known, derived(found["derived"])]
        trial = found["trial"]
        calls = _first_round(context, problem, known, trial, shown)
    else:
        calls = _later_round(context, problem, known, attempt, trial, show_options=state.get("show_options", False))
    async with shown or contextlib.nullcontext():
        results = await asyncio.gather(*calls, return_exceptions=True)
    done = [result for result in results if not isinstance(result, BaseException)]
    made = [candidate for candidates, _ in done for candidate in candidates]
    has_steps = any(candidate["kind"] == "prose" for candidate in [*known, *made])
    for error in (result for result in results if isinstance(result, BaseException)):
        # a call that fails beside or after worked steps leaves those; anything but the model's failure is a fault of ours
        if not isinstance(error, ModelError) or not has_steps:
            raise error
        log.warning("a solver call failed: %s", error)
    return Command(
        update={
            "attempts": attempt + 1,
            "since": since,
            "trial": trial,
            "candidates": [*known, *made],
            "usage": usage_of(*(reply for _, replies in done for reply in replies)),
            "reply": narrator.parts(),
        },
        goto="check",
    )


def _first_round(
    context: Context, problem: Problem, known: list[Candidate], trial: TrialPlan | None, shown: ShownSteps | None
) -> list[Awaitable[Found]]:
    begun = asyncio.Event()

    def on_text(piece: str) -> None:
        begun.set()
        if shown is not None:
            shown.feed(piece)

    exact = any(candidate["kind"] != "prose" for candidate in known)

    async def steps() -> Found:
        try:
            return await first_steps(context, problem, "blind" if exact and computable(problem) else first_view(problem), on_text)
        finally:
            begun.set()

    async def program() -> Found:
        await begun.wait()  # nothing may compete with the first words, which the learner is waiting for
        samples = 1 if trial is None and _in_free_form(problem) else context.limits.program_samples
        return await _computations(context, problem, trial, 0, samples)

    return [steps()] if exact or not computable(problem) else [steps(), program()]


def _in_free_form(problem: Problem) -> bool:
    """Whether the model is asked for solutions in its own forms: those end in a value, which is then looked for among the options."""
    return computable(problem) and first_view(problem) == "blind"


def _computations(context: Context, problem: Problem, trial: TrialPlan | None, attempt: int, n: int) -> Awaitable[Found]:
    """Programs for the problem itself, or for the problem on numbers where its options are formulas."""
    return trials(context, trial, attempt, n) if trial is not None else programs(context, problem, attempt, n)


def _later_round(
    context: Context, problem: Problem, known: list[Candidate], attempt: int, trial: TrialPlan | None, *, show_options: bool
) -> list[Awaitable[Found]]:
    """Samples of steps and of programs. Formulas to choose from are looked for in both ways: with the options in sight, and without.

    Where algebra knows the answer and the first steps did not reach it, short programs confirm it soonest; what they find is compared with the answer
    itself, so that they see no options. If they do not, the model is asked in turn to choose among the options and for other steps and programs.
    Where no algebra helps and the answer is a value, the model solves it in its own forms before it is asked for other steps and programs.
    """
    limits, view = context.limits, first_view(problem)
    exact = any(candidate["kind"] == "direct" for candidate in known)
    n = limits.solve_samples if computable(problem) else limits.judged_samples
    if exact and computable(problem):
        if attempt % 2 == 0 and problem["options"]:
            return [more_steps(context, problem, attempt, _CHOICES, "options")]
        # numbers in place of letters are another way for the algebra's own reading too, once programs for the formulas have failed
        confirming = _computations(context, problem, trial if attempt > 1 else None, attempt, limits.program_samples)
        return [confirming] if attempt == 1 else [more_steps(context, problem, attempt, n, "blind"), confirming]
    if attempt == 1 and _in_free_form(problem):
        return [reasoned(context, problem, "reason"), reasoned(context, problem, "brief")]
    calls: list[Awaitable[Found]]
    if view == "options" and computable(problem) and n > 1:
        calls = [
            more_steps(context, problem, attempt, n - n // 2, "options"),
            more_steps(context, problem, attempt, n // 2, "blind"),
        ]
    else:
        calls = [more_steps(context, problem, attempt, n, "options" if show_options else view)]
    return calls if exact or not computable(problem) else [*calls, _computations(context, problem, trial, attempt, limits.program_samples)]
