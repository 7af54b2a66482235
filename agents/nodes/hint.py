"""Hands out the next hint of a ladder of four.

The ladder is made once for a problem. One model call asks what points to the idea and which small question each computed step answers; code plans what
each rung may show and builds the rungs of that and of the solution's own lines. Questions and rungs pass the leak gate before anyone sees them, and what
does not pass gives way to what code says by itself. With an attempt of the learner's, a hint starts from its first wrong line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.chat import HINT_HEADING, read_chat
from agents.checking.judge import AttemptReport, HintPlan, analyse_attempt, find_leaks, plan_hints
from agents.checking.phrases import asked_names
from agents.checking.rungs import safe_rungs
from agents.context import Context, ModelReply, context_of
from agents.errors import ModelOutputError
from agents.escapes import unescaped
from agents.events import Narrator
from agents.feedback import acknowledge, ask_about, point_at
from agents.state import Hint, Problem, Solution, TutorState
from agents.usage import usage_of
from agents.worked import render_steps

RUNGS = 4
MAX_OTHERS = 4
"""Answers of other ways that the gate looks for as well; each costs about what the answer itself costs."""
_ONE_QUESTION = {"type": "string", "pattern": "^[A-Z][^?]{8,180}[?]$"}
_SMALL_QUESTION = {"type": "string", "pattern": "^(How|What|Which) [^?:]{5,120}[?]$"}
"""What a step answers is asked for in one clause; a fact before it mostly belongs to the next step."""
REWRITE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"hint": _ONE_QUESTION},
    "required": ["hint"],
    "additionalProperties": False,
}
LAST = "\n\nThat was the last hint. Ask for the full solution whenever you want to compare."
UNSURE = "\n\nI could not check my own solution of this problem, so hold each line against the problem's words before you build on it."
NO_MORE = (
    "You have had all four hints for this problem. Try to carry the last one out, and show me your lines: I will tell you how far they hold. "
    "Or shall I show you the full solution? Say *show me the solution*."
)


async def hint(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "route sends an unsolved problem through solve first"  # noqa: S101
    ladder, asks = state.get("ladder") or [], state.get("ladder_asks") or {}
    asked = state.get("hint_level")
    given = read_chat(state["messages"], state.get("skill")).hints_given
    attempt = state.get("attempt") or ""
    if not asked and given >= RUNGS and not attempt:
        narrator.say(NO_MORE)
        last = Hint(level=RUNGS, of=RUNGS, text=NO_MORE, leak_checked=True)
        return Command(update={"hint": last, "reply": narrator.parts()}, goto="answer")
    level = min(max(asked, 1) if asked else given + 1, RUNGS)
    replies: list[ModelReply] = []
    others = others_of(state)
    report = None
    if attempt:
        narrator.progress("hint", "reading your lines")
        report = await read_attempt(context, attempt, problem, solution)
    stuck_at = report["first_wrong"] if report else None
    if not ladder and (stuck_at is None or level > 2):
        narrator.progress("hint", "writing hints that do not give the answer away")
        ladder, asks = await _ladder(context, problem, solution, others, replies)
    text = ladder[level - 1] if ladder else ""
    if report is not None:
        text = await _on_attempt(context, report, text, level, problem, solution, others)
    # from the third rung on a hint shows lines of the solution
    unsure = UNSURE if level > 2 and solution["verification"]["status"] != "verified" and text not in safe_of(problem) else ""
    narrator.say(HINT_HEADING.format(level=level, of=RUNGS) + "\n\n" + text + unsure + (LAST if level == RUNGS else ""))
    return Command(
        update={
            "ladder": ladder,
            "ladder_asks": asks,
            "hint": Hint(level=level, of=RUNGS, text=text, leak_checked=True),
            "usage": usage_of(*replies),
            "reply": narrator.parts(),
        },
        goto="answer",
    )


async def read_attempt(context: Context, attempt: str, problem: Problem, solution: Solution) -> AttemptReport | None:
    """The attempt line by line. An unverified solution is no measure: then only the problem's own equations count."""
    sure = solution["verification"]["status"] == "verified"
    return await analyse_attempt(
        context.sandbox,
        attempt,
        stem=problem["stem"],
        answer=solution["answer"] if sure else "",
        choice_text=choice_text(problem, solution) if sure else "",
        steps=[step["latex"] for step in solution["steps"]] if sure else [],
    )


async def leaks_of(
    context: Context, texts: list[str], problem: Problem, solution: Solution, *, also_given: str = "", others: Sequence[str] = ()
) -> list[list[str]]:
    """For each text why it gives the answer away, or one of `others`. What the learner wrote (`also_given`) is theirs already."""
    if not solution["answer"]:
        return [[] for _ in texts]
    return await find_leaks(
        context.sandbox,
        texts,
        answer=solution["answer"],
        choice=solution["choice"],
        choice_text=choice_text(problem, solution),
        problem=f"{also_given}\n{problem['text']}" if also_given else problem["text"],
        others=others,
    )


def choice_text(problem: Problem, solution: Solution) -> str:
    return next((option["text"] for option in problem["options"] if option["letter"] == solution["choice"]), "")


def safe_of(problem: Problem) -> tuple[str, ...]:
    return safe_rungs([option["text"] for option in problem["options"]])


def others_of(state: TutorState) -> list[str]:
    """The answers that other ways reached, where nothing is verified: any of them may be the right one, so that no hint may tell them either.
    Options are in the problem for all to see."""
    solution, problem = state["solution"], state["problem"]
    if solution is None or solution["verification"]["status"] == "verified" or problem["options"]:
        return []
    answers = dict.fromkeys(candidate["answer"].strip() for candidate in state.get("candidates") or [])
    return [answer for answer in answers if answer and answer != solution["answer"]][:MAX_OTHERS]


async def plan_of(
    context: Context, problem: Problem, solution: Solution, *, others: Sequence[str] = (), asks: Mapping[str, str] | None = None
) -> HintPlan:
    """The rungs that may be built of the solution and of what a tutor asks."""
    return await plan_hints(
        context.sandbox,
        [step["say"] for step in solution["steps"]],
        stem=problem["stem"],
        answer=solution["answer"],
        choice=solution["choice"],
        choice_text=choice_text(problem, solution),
        problem=problem["text"],
        others=others,
        asks=asks,
    )


async def _on_attempt(
    context: Context, report: AttemptReport, rung: str, level: int, problem: Problem, solution: Solution, others: Sequence[str]
) -> str:
    """The hint that starts from the learner's own lines; what the gate objects to is left out."""
    index = report["first_wrong"]
    known = acknowledge(report)
    if index is None:
        if report["other_quantity"]:
            parts = [
                known,
                "The value you end with is not yet what the question asks for. Read its last sentence again: what is still missing?",
            ]
        elif report["final"]:
            parts = [
                known,
                "Your lines reach an end that I have nothing against. Check it in the problem's own words before you hand it in.",
            ]
        else:
            parts = [known, f"From there: {rung}" if known else rung]
    else:
        line = report["lines"][index]
        parts = [known, point_at(report), ask_about(line) if level >= 2 or line["slip"] == "relation" else "", rung if level > 2 else ""]
    said = [part for part in parts if part]
    own = "\n".join(line["text"] for line in report["lines"])
    found = await leaks_of(context, said, problem, solution, also_given=own, others=others)
    kept = [part for part, reasons in zip(said, found, strict=True) if not reasons or part == rung]
    if index is not None and not any(part.startswith("Look at line") for part in kept):
        kept.insert(0, point_at(report, quote=False))
    return " ".join(kept) or rung


async def _ladder(
    context: Context, problem: Problem, solution: Solution, others: Sequence[str], replies: list[ModelReply]
) -> tuple[list[str], dict[str, str]]:
    """Four hints that passed the gate, and what the model asked for them, which is empty unless all of it passed. Model calls are added to `replies`."""
    asks = await _asked_by_the_model(context, problem, solution, replies)
    plan = await plan_of(context, problem, solution, others=others, asks=asks)
    for _ in range(context.limits.hint_rewrites):
        if "relation" not in asks or "relation" in plan["kept"]:
            break
        try:
            reply = await context.model.chat(
                "tutor",
                prompts.load("hint_rewrite").messages(problem=problem["stem"], hint=asks["relation"], answer=_forbidden(solution)),
                max_tokens=context.limits.hint_tokens // 3,
                schema=REWRITE_SCHEMA,
            )
        except ModelOutputError:
            break  # the ladder does without it
        replies.append(reply)
        asks["relation"] = _texts(reply.text).get("hint", "")
        if not asks["relation"]:
            break
        plan = await plan_of(context, problem, solution, others=others, asks=asks)
    return _distinct(plan["rungs"] or [""] * RUNGS, safe_of(problem)), asks if plan["kept"] == asks else {}


async def _asked_by_the_model(context: Context, problem: Problem, solution: Solution, replies: list[ModelReply]) -> dict[str, str]:
    """By `relation` and by the places of the computed steps what the model asks; empty where its reply cannot be read."""
    says = [step["say"] for step in solution["steps"]]
    names = asked_names(says)
    schema = {
        "type": "object",
        "properties": {name: _SMALL_QUESTION if name.isdigit() else _ONE_QUESTION for name in names},
        "required": names,
        "additionalProperties": False,
    }
    try:
        reply = await context.model.chat(
            "tutor",
            prompts.load("hint").messages(problem=problem["stem"], steps=render_steps(solution["steps"]), names=", ".join(names)),
            max_tokens=context.limits.hint_tokens,
            schema=schema,
        )
    except ModelOutputError:
        return {}
    replies.append(reply)
    found = _texts(reply.text)
    return {name: found[name] for name in names if found.get(name)}


def _forbidden(solution: Solution) -> str:
    return f"{solution['answer']}" + (f" (option {solution['choice']})" if solution["choice"] else "")


def _distinct(rungs: Sequence[str], safe: Sequence[str]) -> list[str]:
    """A rung that is missing or repeats an earlier one gives way to the safe one of its level."""
    kept: list[str] = []
    for text, instead in zip(rungs, safe, strict=True):
        kept.append(text if text and text not in kept else instead)
    return kept


def _texts(text: str) -> dict[str, str]:
    """The strings of a JSON object; none where the text is cut off or not of that form."""
    try:
        value = unescaped(json.loads(text))
    except ValueError:
        return {}
    return {str(name): item.strip() for name, item in value.items() if isinstance(item, str)} if isinstance(value, dict) else {}
