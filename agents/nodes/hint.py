"""Hands out the next hint of a ladder of four.

The ladder is made once for a problem: code plans what each rung may show, one model call words it, and every rung passes the leak gate before
anyone sees it. A rung that leaks, invents formulas or says nothing about this problem gives way to the one that code built from the solution's steps.
With an attempt of the learner's, a hint starts from its first wrong line.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.chat import HINT_HEADING, read_chat
from agents.checking.judge import AttemptReport, HintPlan, analyse_attempt, find_leaks, plan_hints
from agents.checking.prose import RELATION, formulas, plain_maths
from agents.context import Context, ModelReply, context_of
from agents.errors import ModelOutputError
from agents.escapes import unescaped
from agents.events import Narrator
from agents.feedback import acknowledge, ask_about, point_at
from agents.state import Hint, Problem, Solution, TutorState
from agents.usage import usage_of
from agents.worked import render_steps

RUNGS = 4
LADDER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"hints": {"type": "array", "items": {"type": "string"}, "minItems": RUNGS, "maxItems": RUNGS}},
    "required": ["hints"],
    "additionalProperties": False,
}
REWRITE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"hint": {"type": "string"}},
    "required": ["hint"],
    "additionalProperties": False,
}
SAFE = (
    "Read the last sentence of the problem again: which quantity is asked for, and which quantities are given?",
    "Which equation, formula or definition ties what is given to what is asked for? Write it down before you put any numbers in.",
    "Give the unknown a letter, put the given numbers into that relation, and write the equation that results.",
    "Now simplify your equation one move at a time until the unknown stands alone, then check that it is really what the question asks for.",
)
"""Rungs that can leak nothing: they hold no number and no letter of the problem. The very last resort."""
LAST = "\n\nThat was the last hint. Ask for the full solution whenever you want to compare."
UNSURE = "\n\nI could not check my own solution of this problem, so hold each line against the problem's words before you build on it."
NO_MORE = (
    "You have had all four hints for this problem. Try to carry the last one out, and show me your lines: I will tell you how far they hold. "
    "Or shall I show you the full solution? Say *show me the solution*."
)
_COMMON = frozenset(
    [
        "what",
        "which",
        "that",
        "this",
        "there",
        "these",
        "those",
        "with",
        "have",
        "from",
        "your",
        "does",
        "many",
        "much",
        "find",
        "value",
        "given",
        "asked",
        "problem",
        "question",
    ]
)


async def hint(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "route sends an unsolved problem through solve first"  # noqa: S101
    ladder = state.get("ladder") or []
    asked = state.get("hint_level")
    given = read_chat(state["messages"], state.get("skill")).hints_given
    attempt = state.get("attempt") or ""
    if not asked and given >= RUNGS and not attempt:
        narrator.say(NO_MORE)
        last = Hint(level=RUNGS, of=RUNGS, text=NO_MORE, leak_checked=True)
        return Command(update={"hint": last, "reply": narrator.parts()}, goto="answer")
    level = min(max(asked, 1) if asked else given + 1, RUNGS)
    replies: list[ModelReply] = []
    report = None
    if attempt:
        narrator.progress("hint", "reading your lines")
        report = await read_attempt(context, attempt, problem, solution)
    stuck_at = report["first_wrong"] if report else None
    if not ladder and (stuck_at is None or level > 2):
        narrator.progress("hint", "writing hints that do not give the answer away")
        ladder = await _ladder(context, problem, solution, replies)
    text = ladder[level - 1] if ladder else ""
    if report is not None:
        text = await _on_attempt(context, report, text, level, problem, solution)
    # from the third rung on a hint shows lines of the solution
    unsure = UNSURE if level > 2 and solution["verification"]["status"] != "verified" else ""
    narrator.say(HINT_HEADING.format(level=level, of=RUNGS) + "\n\n" + text + unsure + (LAST if level == RUNGS else ""))
    return Command(
        update={
            "ladder": ladder,
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


async def leaks_of(context: Context, texts: list[str], problem: Problem, solution: Solution, *, also_given: str = "") -> list[list[str]]:
    """For each text why it gives the answer away. What the learner wrote (`also_given`) is theirs already."""
    if not solution["answer"]:
        return [[] for _ in texts]
    return await find_leaks(
        context.sandbox,
        texts,
        answer=solution["answer"],
        choice=solution["choice"],
        choice_text=choice_text(problem, solution),
        problem=f"{also_given}\n{problem['text']}" if also_given else problem["text"],
    )


def choice_text(problem: Problem, solution: Solution) -> str:
    return next((option["text"] for option in problem["options"] if option["letter"] == solution["choice"]), "")


async def plan_of(context: Context, problem: Problem, solution: Solution) -> HintPlan:
    """What may be shown of the solution, rung by rung."""
    return await plan_hints(
        context.sandbox,
        [step["say"] for step in solution["steps"]],
        stem=problem["stem"],
        answer=solution["answer"],
        choice=solution["choice"],
        choice_text=choice_text(problem, solution),
        problem=problem["text"],
    )


async def _on_attempt(context: Context, report: AttemptReport, rung: str, level: int, problem: Problem, solution: Solution) -> str:
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
    found = await leaks_of(context, said, problem, solution, also_given="\n".join(line["text"] for line in report["lines"]))
    kept = [part for part, reasons in zip(said, found, strict=True) if not reasons or part == rung]
    if index is not None and not any(part.startswith("Look at line") for part in kept):
        kept.insert(0, point_at(report, quote=False))
    return " ".join(kept) or rung or SAFE[level - 1]


async def _ladder(context: Context, problem: Problem, solution: Solution, replies: list[ModelReply]) -> list[str]:
    """Four hints that passed the gate. Model calls are added to `replies`."""
    plan = await plan_of(context, problem, solution)
    built = [rung or safe for rung, safe in zip(plan["rungs"] or [""] * RUNGS, SAFE, strict=True)]
    try:
        reply = await context.model.chat(
            "tutor",
            prompts.load("hint").messages(problem=problem["stem"], steps=render_steps(solution["steps"]), answer=_forbidden(solution)),
            max_tokens=context.limits.hint_tokens,
            schema=LADDER_SCHEMA,
        )
    except ModelOutputError:
        return built
    replies.append(reply)
    worded = _strings(reply.text, "hints")[:RUNGS]
    found = await leaks_of(context, worded, problem, solution)
    for index, reasons in enumerate(found):
        if reasons:
            worded[index] = await _rewritten(context, worded[index], index, problem, solution, replies)
    fitting = {index: text for index, text in enumerate(worded) if text and _fits(text, index, plan, problem, solution)}
    return _distinct([fitting.get(index, built[index]) for index in range(RUNGS)], built)


async def _rewritten(context: Context, text: str, index: int, problem: Problem, solution: Solution, replies: list[ModelReply]) -> str:
    """The hint without what gave the answer away; "" where it still does, or where the ladder's calls are spent. The set-up and what follows
    from it are not worth a call: the solution's own lines say them better."""
    while index < 2 and len(replies) <= context.limits.hint_rewrites:  # the first reply was the ladder itself
        reply = await context.model.chat(
            "tutor",
            prompts.load("hint_rewrite").messages(problem=problem["stem"], hint=text, answer=_forbidden(solution)),
            max_tokens=context.limits.hint_tokens // 3,
            schema=REWRITE_SCHEMA,
        )
        replies.append(reply)
        text = next(iter(_strings(reply.text, "hint")), "")
        if text and not (await leaks_of(context, [text], problem, solution))[0]:
            return text
    return ""


def _forbidden(solution: Solution) -> str:
    return f"{solution['answer']}" + (f" (option {solution['choice']})" if solution["choice"] else "")


def _fits(text: str, index: int, plan: HintPlan, problem: Problem, solution: Solution) -> bool:
    """Whether a worded rung keeps to its place: it speaks of this problem, invents no formula, and shows what its rung is there to show."""
    own = {_bare(formula) for formula in _relations(problem["stem"])}
    allowed = (
        {_bare(line) for line in plan["setup"]} | own if index < 3 else {_bare(line) for line in [*plan["setup"], *plan["carry"]]} | own
    )
    shows = {_bare(formula) for formula in _relations(text)}
    if not shows <= allowed or (index == 1 and shows - own):
        return False
    if index < 2 and _numbers(text) - _numbers(problem["stem"]):
        return False  # something was worked out already
    if index >= 2:
        # the set-up and what follows are shown as the solution has them; where it has none, a model's words would be its own invention
        wanted = (plan["setup"], plan["carry"][-1:])[index - 2]
        if not wanted or not all(_bare(line) in _bare(text) for line in wanted):
            return False
    common = _content(text) & (_content(problem["stem"]) | _content(render_steps(solution["steps"])))
    return len(common) >= (2 if index == 0 else 1) and 4 <= len(text.split()) <= 60


def _numbers(text: str) -> set[str]:
    return {number.replace(",", "").rstrip(".") for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)}


def _relations(text: str) -> list[str]:
    return [piece.latex for piece in [*formulas(text), *plain_maths(text)] if RELATION.search(piece.latex)]


def _bare(latex: str) -> str:
    return re.sub(r"[\s${}.,;]|\\(?:left|right|text|cdot|times)|\*", "", latex)


def _content(text: str) -> set[str]:
    """The words and numbers that tell one problem from another."""
    return {word for word in re.findall(r"[a-z]{4,}|\d+(?:\.\d+)?", text.lower()) if word not in _COMMON} | set(
        re.findall(r"\$([^$]{1,40})\$", text)
    )


def _distinct(ladder: list[str], built: list[str]) -> list[str]:
    """A rung that repeats an earlier one gives way to the built one, and that to the safe one of its level."""
    seen: set[str] = set()
    rungs: list[str] = []
    for index, options in enumerate(zip(ladder, built, SAFE, strict=True)):
        text = next((text for text in options if _key(text) not in seen), SAFE[index])
        rungs.append(text)
        seen.add(_key(text))
    return rungs


def _key(text: str) -> str:
    return " ".join(text.lower().split())


def _strings(text: str, field: str) -> list[str]:
    """The string or strings under `field`; none where the text is cut off or not of that form."""
    try:
        value = unescaped(json.loads(text).get(field))
    except (ValueError, AttributeError):
        return []
    items = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]
