"""The paths to an answer, cheapest first: algebra on the problem's own formulas, the model's worked steps, and short SymPy programs run in the sandbox.

Steps and programs come from separate calls that do not see each other, so that their agreement means something. The options are kept from the
model wherever the answer is a value: it computes well and picks letters badly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from agents import prompts
from agents.checking.judge import Derived, compute
from agents.checking.problem import options_are_values, options_can_be_computed
from agents.checking.program import extract_code, objection
from agents.context import Context, ModelReply
from agents.state import Problem, Step
from agents.worked import as_markdown, final_answer, last_named_option, render_steps

Candidate = dict[str, str]
"""`kind` (prose, program, direct, guided), `round`, `text` (the steps, or the code), `form` (latex, python), `answer` ("" where there is none), `reason` (why it counts
for less), `latex` (a program's value typeset), `letter` (the option that trying them gave, "" otherwise)."""
View = Literal["blind", "options"]
Found = tuple[list[Candidate], list[ModelReply]]

TEMPERATURE = 0.6


def computable(problem: Problem) -> bool:
    """Whether a value or formula that a program finds can be the answer."""
    return not problem["options"] or options_can_be_computed(problem)


def first_view(problem: Problem) -> View:
    """What of the problem the first steps see: the options only where they are part of the question."""
    return "blind" if not problem["options"] or options_are_values(problem) else "options"


def derived(found: Derived) -> Candidate:
    return _candidate("direct", 0, text=found["reason"], answer=found["text"], form="python") | {
        "latex": found["latex"],
        "letter": found["letter"],
    }


async def first_steps(context: Context, problem: Problem, on_text: Callable[[str], None] | None) -> Found:
    """The model's most likely steps, which the learner may watch."""
    view = first_view(problem)
    name, text = _asked(problem, view)
    reply = await context.model.chat(
        "solver", prompts.load(name).messages(problem=text), max_tokens=context.limits.solve_tokens, on_text=on_text
    )
    return [_steps(reply, 0, view)], [reply]


async def more_steps(context: Context, problem: Problem, attempt: int, n: int, view: View) -> Found:
    """`n` other ways to work it, side by side."""
    name, text = _asked(problem, view)
    replies = await context.model.sample(
        "solver",
        prompts.load(name).messages(problem=text),
        n,
        max_tokens=context.limits.solve_tokens,
        temperature=TEMPERATURE,
        seed=attempt,
    )
    return [_steps(reply, attempt, view) for reply in replies], replies


async def guided_steps(context: Context, problem: Problem, attempt: int, n: int, answer: str, so_far: Sequence[Step] = ()) -> Found:
    """`n` ways to go on from steps that hold to an answer that was computed: to be shown, never to vote."""
    replies = await context.model.sample(
        "solver",
        prompts.load("go_on").messages(problem=problem["stem"], steps=render_steps(list(so_far)) or "(none yet)", answer=answer),
        n,
        max_tokens=context.limits.solve_tokens,
        temperature=TEMPERATURE,
        seed=attempt,
    )
    return [_steps(reply, attempt, "blind") | {"kind": "guided"} for reply in replies], replies


async def programs(context: Context, problem: Problem, attempt: int, n: int) -> Found:
    """`n` programs and what they compute. They never see the options, so that what they find can be no copy of one."""
    replies = await context.model.sample(
        "solver",
        prompts.load("program").messages(problem=problem["stem"]),
        n,
        max_tokens=context.limits.program_tokens,
        temperature=TEMPERATURE if attempt else 0.0,
        seed=attempt or None,
    )
    codes = list(dict.fromkeys(extract_code(reply.text) for reply in replies))
    return list(await asyncio.gather(*(_computed(context, problem, attempt, code) for code in codes))), replies


async def _computed(context: Context, problem: Problem, attempt: int, code: str) -> Candidate:
    reason = objection(code, problem["text"]) or ""
    candidate = _candidate("program", attempt, text=code, form="python") | {"reason": reason}
    if reason.startswith("it does not parse"):
        return candidate
    value = await compute(context.sandbox, code, seconds=context.limits.program_seconds)
    return candidate | ({"answer": value["text"], "latex": value["latex"]} if value["ok"] else {"reason": value["reason"]})


def _asked(problem: Problem, view: View) -> tuple[str, str]:
    return ("choose", problem["text"]) if view == "options" and problem["options"] else ("solve", problem["stem"])


def _steps(reply: ModelReply, attempt: int, view: View) -> Candidate:
    answer = final_answer(reply.text)
    if answer is None and view == "options" and (letter := last_named_option(reply.text)):
        # a comparison of options that was cut off: the option that was named last
        answer = f"({letter})"
    return _candidate("prose", attempt, text=as_markdown(reply.text), answer=answer or "", form="latex")


def _candidate(kind: str, attempt: int, *, text: str, form: str, answer: str = "") -> Candidate:
    return {"kind": kind, "round": str(attempt), "text": text, "form": form, "answer": answer, "reason": "", "latex": "", "letter": ""}
