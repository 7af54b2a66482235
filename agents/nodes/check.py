"""Compares the candidates of all rounds, and settles on a solution or asks for another round.

`verified` needs two ways to the answer that share nothing, one of them a computation; see `agents.solving.votes.tally`.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.checking.judge import Judgement, ValueText, judge, substitute
from agents.context import Context, Limits, context_of
from agents.events import Narrator
from agents.solving.conclude import conclude, derived_steps, reaching_steps, steps_to_show
from agents.solving.missing import missing_part
from agents.solving.paths import Candidate, computable
from agents.solving.steps import holding_steps
from agents.solving.votes import FREE_FORMS, Tally, cast, only_fitting, tally
from agents.solving.wording import two_readings
from agents.state import Problem, TurnKind, TutorState, no_usage
from agents.worked import derived_formulas, option_letter, steps_of

FIRM, FIRM_VOTES = 0.7, 3
"""Share and number of votes at which an answer that nothing verifies is taken without asking again."""

After = Literal["hint", "animate", "explain", "assess", "variant", "answer"]


async def check(
    state: TutorState, runtime: Runtime[Context]
) -> Command[Literal["solve", "mend", "hint", "animate", "explain", "assess", "variant", "answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    problem, candidates = state["problem"], state["candidates"]
    narrator.progress("check", "checking the answer by computation")
    started = time.monotonic()
    judgement, result = await _weigh(context, problem, candidates)
    narrator.progress("check", "checked", seconds=round(time.monotonic() - started, 2), proof=result.proof)
    direct = any(vote.kind == "direct" for vote in result.votes)
    # what hangs on a missing figure no further round can tell; what algebra read was there
    told = _firm(candidates, result, judged=not computable(problem)) or (
        not direct and result.winner is not None and bool(missing_part(problem["stem"]))
    )
    if not result.proof and not told and may_go_on(state, context.limits, result):
        # where nothing found so far is an option, the next round looks at them
        return Command(update={"show_options": result.winner is None}, goto="solve")
    reaching = reaching_steps(candidates, judgement, result)
    worked = [steps_of(candidates[index]["text"]) for index in reaching]
    sound = dict(zip(reaching, await holding_steps(context.sandbox, worked), strict=True))
    solution = conclude(problem, candidates, judgement, result, sound)
    shown = steps_to_show(candidates, sound)
    # what a computation or a solution in free form found deserves steps that lead there, where none did and algebra tells none
    reasoned = any(candidates[vote.index]["kind"] in FREE_FORMS for vote in result.votes)
    broken = (
        direct or reasoned or bool(result.proof)
        if shown is None
        else bool(result.votes) and sound[shown] < len(steps_of(candidates[shown]["text"]))
    )
    broken = broken and not derived_steps(candidates, result)
    update = {"solution": solution, "ladder": [], "ladder_asks": {}, "holding": sound[shown] if broken and shown is not None else 0}
    return Command(update=update, goto="mend" if broken else after(state["routed"]))


def after(routed: TurnKind) -> After:
    """Where a turn goes on once its problem is solved."""
    return "answer" if routed == "solve" or routed == "picture" else routed


async def _weigh(context: Context, problem: Problem, candidates: list[Candidate]) -> tuple[Judgement, Tally]:
    options = problem["options"]
    letters = {
        index: letter
        for index, candidate in enumerate(candidates)
        if options and candidate["kind"] == "prose" and (letter := option_letter(candidate["answer"]))
    }
    values = {
        str(index): ValueText(form="python" if candidate["form"] == "python" else "latex", text=candidate["answer"])
        for index, candidate in enumerate(candidates)
        if candidate["answer"] and index not in letters and candidate["kind"] != "trial"
    }
    # all options are tried where steps name one of them, or where algebra chose one
    tried = bool(letters) or any(candidate["kind"] == "direct" for candidate in candidates)
    offered = {f"({option['letter']})": ValueText(form="latex", text=option["text"]) for option in options} if tried else {}
    proposed = {**values, **offered}
    for index in letters:
        values |= {
            f"{index}.{place}": ValueText(form="latex", text=formula)
            for place, formula in enumerate(derived_formulas(candidates[index]["text"]))
        }
    judgement, substituted = await asyncio.gather(
        judge(context.sandbox, values, options, problem["stem"]) if values else _nothing(),
        substitute(context.sandbox, problem["stem"], options, proposed if "$" in problem["stem"] else {}),
    )
    votes, refuted = cast(candidates, letters, judgement, substituted, has_options=bool(options))
    greedy = [index for index, candidate in enumerate(candidates) if candidate["round"] == "0"]
    only = only_fitting([option["letter"] for option in options], substituted)
    result = tally(votes, judgement, refuted, letters, greedy, only)
    doubtful = two_readings(problem["stem"]) or (not options and _by_chance(problem["stem"], judgement, result))
    if result.proof in ("program", "trial") and doubtful:
        result = replace(result, proof="")
    return judgement, result


def _by_chance(stem: str, judgement: Judgement, result: Tally) -> bool:
    """Whether a lone pair agrees on a value that two mistakes may well share: nothing, one, or a number that the problem prints."""
    value = next((judgement["readings"][vote.value]["latex"] for vote in result.votes if vote.value is not None), "")
    return sum(vote.kind == "prose" for vote in result.votes) < 2 and value in {"0", "1", *re.findall(r"\d+(?:\.\d+)?", stem)}


async def _nothing() -> Judgement:
    return Judgement(readings={}, equal=[])


def _firm(candidates: list[Candidate], result: Tally, *, judged: bool) -> bool:
    """`judged`: no computation can help, so that a plain majority of as many votes has to do. Programs alone are worth a look for steps that agree.

    A solution at length counts twice: where it is one of two that agree, the answer is right nine times in ten (18 of 20 problems, docs/adr/0003).
    """
    prose = sum(2 if candidates[vote.index]["kind"] == "reason" else 1 for vote in result.votes if vote.kind == "prose")
    counted = prose + sum(vote.sound for vote in result.votes if vote.kind != "prose")
    return prose > 0 and counted >= FIRM_VOTES and (result.share >= FIRM or (judged and result.share > 1 / 2))


def may_go_on(state: TutorState, limits: Limits, result: Tally) -> bool:
    """Whether the budget allows another round that takes as long as those before it.

    No answer at all is worth twice the time of a doubtful one, and so is one that a single attempt came to, where no option nor algebra speaks for it:
    it is more often wrong than right.
    """
    used = state.get("usage") or no_usage()
    lone = len(result.votes) == 1 and result.votes[0].kind != "direct" and not state["problem"]["options"]
    patience = limits.solve_seconds * (2 if result.winner is None or lone else 1)
    return (
        state["attempts"] < limits.solve_attempts
        and (time.time() - state.get("since", 0.0)) * (1 + 1 / state["attempts"]) < patience
        and used["calls"] < limits.solve_calls
        and used["completion_tokens"] < limits.solve_total_tokens
    )
