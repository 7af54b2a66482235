"""Judges what the learner proposes: an answer, or the lines of their own work. Says right or wrong by computation and helps on with a question.

The verdict comes from the checked solution and the problem's own equations, never from the model or from how sure the learner is. The answer
itself is not disclosed: whoever is wrong learns where to look.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents.checking.judge import AttemptReport, Substitution, ValueText, judge, substitute_claim
from agents.context import Context, context_of
from agents.events import Narrator
from agents.feedback import acknowledge, ask_about, point_at
from agents.nodes.hint import choice_text, leaks_of, others_of, plan_of, read_attempt
from agents.state import Problem, Solution, TutorState

RIGHT = "**That is right.**"
WRONG = "**Not right yet.**"
UNSURE = "**I cannot say for certain.**"
WAY = "**The result is right, but the way to it is not.**"
HOLDS = "**So far your work holds.**"
ASK_WORK = "Show me your lines, one below the other, and I will tell you how far they hold."
_ASKED_NAME = re.compile(r"(?:value of|what is|solve for|find)\s+\$([A-Za-z])\$", re.IGNORECASE)


async def assess(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "route sends an unsolved problem through solve first"  # noqa: S101
    claim, attempt = (state.get("claim") or "").strip(), state.get("attempt") or ""
    if attempt and "=" in claim and not re.match(r"\W*[A-Za-z]\W*=", claim):
        claim = ""  # the last line of the work, an equation on the way, proposes no answer
    narrator.progress("assess", "checking your answer by computation")
    report = await read_attempt(context, attempt, problem, solution) if attempt else None
    sure = solution["verification"]["status"] == "verified"
    fits = await _fits(context, claim, problem, solution) if claim else (report["final"] if report else None)
    asked = _ASKED_NAME.findall(problem["stem"])
    tried = await substitute_claim(context.sandbox, claim, stem=problem["stem"], asked=asked[-1] if asked else "") if claim else None
    if tried is not None and not tried["holds"] and asked:
        fits, sure = False, True  # the problem's own equation refutes it, whatever the solution's standing
    parts = _verdict(fits, sure, tried, report, solution, bool(claim), insisted=_insists(state, fits))
    if not (fits and sure and (report is None or report["first_wrong"] is None)):
        parts.append(await _question(context, problem, solution, report, others_of(state)))
    narrator.say(await _gated(context, parts, problem, solution, f"{claim}\n{attempt}", others_of(state), shown=bool(state.get("shown"))))
    return Command(update={"reply": narrator.parts()}, goto="answer")


async def _fits(context: Context, claim: str, problem: Problem, solution: Solution) -> bool | None:
    """Whether the claim is the solution's answer; None where one of them cannot be read."""
    letter = re.fullmatch(r"\W*(?:option|choice|answer)?\W*([A-Ha-h])\W*", claim)
    if letter and problem["options"]:
        return None if solution["choice"] is None else letter[1].upper() == solution["choice"]
    if _words(claim) == _words(solution["answer"]) or (solution["choice"] and _words(claim) == _words(choice_text(problem, solution))):
        return True
    values = {"claim": ValueText(form="latex", text=claim), "answer": ValueText(form="latex", text=solution["answer"])}
    judgement = await judge(context.sandbox, values, problem["options"], problem["stem"])
    if ("claim", "answer") in judgement["equal"]:
        return True
    if not all(judgement["readings"][name]["readable"] for name in values):
        return None
    option = judgement["readings"]["claim"]["option"]
    return bool(option and option == solution["choice"])


def _words(text: str) -> str:
    return " ".join(re.findall(r"[\w.+*/^=<>-]+", text.lower()))


def _insists(state: TutorState, fits: bool | None) -> bool:
    """Whether the learner was told before that it is not right."""
    told = [message for message in state["messages"] if isinstance(message, AIMessage)]
    return fits is False and bool(told) and WRONG in told[-1].text


def _verdict(
    fits: bool | None,
    sure: bool,
    tried: Substitution | None,
    report: AttemptReport | None,
    solution: Solution,
    claimed: bool,
    *,
    insisted: bool,
) -> list[str]:
    wrong_line = report is not None and report["first_wrong"] is not None
    parts: list[str] = []
    if fits and sure:
        parts.append(WAY if wrong_line else RIGHT)
        parts.append(
            f"Your result agrees with the computed one. {_how(solution)}".strip()
            if not wrong_line
            else "Your result agrees with the computed one."
        )
    elif fits is False and sure:
        parts.append(WRONG)
        if insisted:
            parts.append("I understand that you are sure, and I have computed it once more: it stays as I said.")
    elif claimed or fits is not None:
        parts += [UNSURE, _doubt(fits, solution)]
    elif report is not None:
        parts.append(WRONG if wrong_line else HOLDS if any(line["standing"] == "right" for line in report["lines"]) else UNSURE)
    if tried is not None and (fits is not True or not sure):
        parts.append(_substituted(tried))
    if report is not None:
        parts += [acknowledge(report), point_at(report)]
        if report["other_quantity"]:
            parts.append("The value you end with belongs to the problem, but it is not the quantity that is asked for.")
    return [part for part in parts if part]


def _how(solution: Solution) -> str:
    return {
        "algebra": "I have it from computer algebra on the problem's own formulas.",
        "options": "I have it from computer algebra, and put into the problem's conditions no other option fits.",
        "program": "I have it from a separate computation.",
    }.get(solution["verification"]["method"], "")


def _doubt(fits: bool | None, solution: Solution) -> str:
    if fits is None:
        return "I could not compare your answer with mine by computation."
    against = "for it: my own working comes to the same" if fits else "against it: my own working comes to something else"
    return f"My own solution of this problem could not be verified, so it proves nothing. What speaks {against}."


def _substituted(tried: Substitution) -> str:
    put = f"Put ${tried['value']}$ for ${tried['unknown']}$ into ${tried['equation']}$"
    if tried["holds"]:
        return f"{put}: both sides come to ${tried['left']}$, which speaks for it."
    return f"{put}: the left side comes to ${tried['left']}$, the right side to ${tried['right']}$. They are not equal."


async def _question(context: Context, problem: Problem, solution: Solution, report: AttemptReport | None, others: Sequence[str]) -> str:
    """One question that helps on: about the slip where it is known, otherwise the set-up of the problem."""
    if report is not None and report["first_wrong"] is not None:
        return ask_about(report["lines"][report["first_wrong"]])
    plan = await plan_of(context, problem, solution, others=others)
    if report is not None and report["other_quantity"]:
        return f'Read again what is asked: "{plan["asked"]}" What is still to be done?'
    rung = next((rung for rung in (plan["rungs"][2:3] + plan["rungs"][1:2] + plan["rungs"][:1]) if rung), "")
    return f"{rung} {ASK_WORK}".strip() if report is None else rung


async def _gated(
    context: Context, parts: list[str], problem: Problem, solution: Solution, own: str, others: Sequence[str], *, shown: bool
) -> str:
    """The parts that give nothing away beyond what the learner wrote. Where the answer was shown already there is nothing to keep."""
    verdicts = {RIGHT, WRONG, UNSURE, WAY, HOLDS}
    said = [part for part in parts if part]
    if not shown:
        found = await leaks_of(context, said, problem, solution, also_given=own, others=others)
        said = [part for part, reasons in zip(said, found, strict=True) if part in verdicts or not reasons]
    return " ".join(said)
