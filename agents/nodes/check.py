"""Compares the candidates of all rounds, and settles on a solution or asks for another round.

`verified` needs a program and worked steps that hold equal values, apart from each other, and exactly one option that fits.
"""

from __future__ import annotations

import time
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.checking.judge import Judgement, ValueText, judge
from agents.checking.votes import Tally, cast, tally
from agents.context import Context, context_of
from agents.events import Narrator
from agents.state import Problem, Solution, Step, TutorState, Verification
from agents.worked import derived_formulas, option_letter, steps_of

ENOUGH_AGREEMENT = 0.6
"""Share of all weight that an agreed answer needs once rounds disagree: one lucky pair among many must not verify."""

FIRM = 0.75
"""Share at which an answer without a matching computation is taken, and called unverified, without asking again."""


async def check(
    state: TutorState, runtime: Runtime[Context]
) -> Command[Literal["solve", "hint", "animate", "explain", "variant", "answer"]]:
    context = context_of(runtime)
    limits = context.limits
    narrator = Narrator()
    problem, candidates = state["problem"], state["candidates"]
    narrator.progress("check", "checking the answer by computation")
    letters = {
        index: letter
        for index, candidate in enumerate(candidates)
        if candidate["kind"] == "prose" and (letter := option_letter(candidate["answer"]))
    }
    values = {
        str(index): ValueText(form="python" if candidate["form"] == "python" else "latex", text=candidate["answer"])
        for index, candidate in enumerate(candidates)
        if candidate["answer"] and not (index in letters and problem["options"])
    }
    for index in letters if problem["options"] else ():
        values |= {
            f"{index}.{place}": ValueText(form="latex", text=formula)
            for place, formula in enumerate(derived_formulas(candidates[index]["text"]))
        }
    started = time.monotonic()
    empty = Judgement(readings={}, equal=[])
    judgement = await judge(context.sandbox, values, problem["options"], problem["stem"]) if values else empty
    result = tally(cast(candidates, letters, judgement, has_options=bool(problem["options"])), judgement)
    narrator.progress("check", "checked", seconds=round(time.monotonic() - started, 2), agreed=result.agreed)
    settled = result.agreed and result.share >= ENOUGH_AGREEMENT
    elapsed = time.time() - float(candidates[0].get("started", time.time())) if candidates else 0.0
    # further rounds cannot verify what has no computation, and rarely change an answer that three votes hold
    firm = len(result.votes) >= 3 or (len(result.votes) >= 2 and not any(candidate["kind"] != "prose" for candidate in candidates))
    firm = firm and result.share >= FIRM
    # no answer at all is worth twice the time of a doubtful one
    patience = limits.solve_seconds * (2 if result.winner is None else 1)
    if not settled and not firm and state["attempts"] < limits.solve_attempts and elapsed < patience:
        return Command(update={"show_options": result.winner is None}, goto="solve")
    solution = _conclude(problem, candidates, letters, judgement, result, verified=settled)
    routed = state["routed"]
    return Command(
        update={"solution": solution, "ladder": []},
        goto="answer" if routed == "solve" or routed == "assess" or routed == "picture" else routed,
    )


def _conclude(
    problem: Problem, candidates: list[dict[str, str]], letters: dict[int, str], judgement: Judgement, result: Tally, *, verified: bool
) -> Solution:
    prose = [index for index, candidate in enumerate(candidates) if candidate["kind"] == "prose"]
    ours = [vote.index for vote in result.votes]
    shown = next((index for index in sorted(ours) if index in prose), None)
    option = next((option for option in problem["options"] if option["letter"] == result.winner), None)
    best = ours[0] if ours else (prose[0] if prose else None)
    answer = _answer_text(option["text"] if option else "", candidates, judgement, best)
    if shown is not None:
        steps = steps_of(candidates[shown]["text"])
    elif ours:
        computed = judgement["readings"][result.votes[0].value or str(ours[0])]["latex"]
        steps = [
            Step(say=f"Setting up the equations of the problem and solving them by computer algebra gives ${computed}$.", latex=computed)
        ]
    else:
        steps = steps_of(candidates[prose[0]]["text"]) if prose else []
    return Solution(
        answer=answer,
        choice=option["letter"] if option else None,
        steps=steps,
        verification=_verification(candidates, judgement, result, has_options=bool(problem["options"]), verified=verified),
        problem_id=problem["id"],
    )


def _answer_text(option: str, candidates: list[dict[str, str]], judgement: Judgement, best: int | None) -> str:
    if option:
        return _bare(option)
    if best is None:
        return ""
    reading: Any = judgement["readings"].get(str(best))
    if candidates[best]["kind"] == "program" and reading and reading["readable"]:
        return str(reading["latex"])
    return _bare(candidates[best]["answer"])


def _bare(text: str) -> str:
    """Without the dollars where the whole text is one formula."""
    text = text.strip().rstrip(".")
    return (
        text[1:-1].strip() if text.startswith("$") and text.endswith("$") and text.count("$") == 2 and not text.startswith("$\\$") else text
    )


def _verification(
    candidates: list[dict[str, str]], judgement: Judgement, result: Tally, *, has_options: bool, verified: bool
) -> Verification:
    computed = next((vote for vote in result.votes if vote.kind != "prose" and vote.sound), None)
    direct = computed is not None and computed.kind == "direct"
    if verified and computed is not None:
        value = judgement["readings"][computed.value or ""]["latex"]
        tail = f", which is option ({result.winner}) and no other" if has_options else ""
        if direct:
            return Verification(
                status="verified",
                method="algebra",
                detail=f"Computer algebra on the problem's own formulas gives ${value}${tail}, and the steps agree.",
            )
        return Verification(
            status="verified", method="program", detail=f"A program computed ${value}$ apart from the steps, and both agree{tail}."
        )
    programs = [candidate for candidate in candidates if candidate["kind"] == "program"]
    if result.agreed:
        detail = "A computation agrees with these steps, but other attempts gave other results."
    elif computed is None and not any(candidate["answer"] for candidate in programs):
        detail = "No computation succeeded for this problem, so nothing confirms the steps."
    elif computed is not None:
        detail = "The computed value and the worked steps do not agree."
    else:
        detail = (
            "The computation did not reach one of the offered answers."
            if has_options
            else "The computation did not confirm the worked steps."
        )
    return Verification(status="unverified", method="none", detail=detail)
