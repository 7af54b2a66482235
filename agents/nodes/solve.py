"""One round of solving: worked steps in prose and, beside them, short SymPy programs that are run in the sandbox.

The two come from separate calls that do not see each other, so that their agreement means something. The first round is greedy and its
steps are streamed to the learner; later rounds sample.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.checking.judge import compute, solve_from_formulas
from agents.checking.problem import options_are_values, options_can_be_computed
from agents.checking.program import extract_code, objection
from agents.context import Context, ModelReply, context_of
from agents.errors import ModelError
from agents.events import Narrator
from agents.state import Problem, TutorState
from agents.usage import usage_of
from agents.worked import LearnerStream, as_markdown, final_answer, last_named_option

log = logging.getLogger(__name__)

Candidate = dict[str, str]
"""`kind` (prose, program, direct), `round`, `text` (the steps, or the code), `form` (latex, python), `answer` ("" where there is none), `reason` (why it counts
for less), `latex` (a program's value typeset)."""


async def solve(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["check"]]:
    context = context_of(runtime)
    narrator = Narrator()
    attempt, started = state.get("attempts", 0), time.time()
    problem = state["problem"]
    shown = LearnerStream(narrator.say) if attempt == 0 and state["routed"] == "solve" else None
    narrator.progress(
        "solve", "solving" if attempt == 0 else f"a second look ({attempt + 1} of {context.limits.solve_attempts})", round=attempt
    )
    exact = next((candidate for candidate in state.get("candidates", []) if candidate["kind"] == "direct"), None)
    if attempt == 0:
        begun = asyncio.Event()
        calls = [_first_prose(context, problem, shown, begun), _computation(context, problem, begun)]
    else:
        # one call a prompt: a second one beside it would find no slot that knows the prompt's beginning, and read it all again
        calls = [_prose(context, problem, attempt, None, show_options=state.get("show_options", False))]
        calls += [_program(context, problem, attempt)] if not exact and _computable(problem) else []
    results = await asyncio.gather(*calls, return_exceptions=True)
    done = [result for result in results if result is not None and not isinstance(result, BaseException)]
    failed = [result for result in results if isinstance(result, BaseException)]
    has_steps = any(candidate["kind"] == "prose" for candidate in [*state.get("candidates", []), *(candidate for candidate, _ in done)])
    for error in failed:
        # a call that fails beside or after worked steps leaves those; anything but the model's failure is a fault of ours
        if not isinstance(error, ModelError) or not has_steps:
            raise error
        log.warning("a solver call failed: %s", error)
    if shown:
        shown.close()
    return Command(
        update={
            "attempts": attempt + 1,
            "candidates": [*state.get("candidates", []), *({**candidate, "started": f"{started:.3f}"} for candidate, _ in done)],
            "usage": usage_of(*(reply for _, reply in done if reply is not None)),
            "reply": narrator.parts(),
        },
        goto="check",
    )


def _answer(reply: ModelReply, prompt: str) -> str:
    """The answer line; where a comparison of options was cut off before it, the option that was named last."""
    answer = final_answer(reply.text)
    if answer is None and prompt == "choose" and (letter := last_named_option(reply.text)):
        return f"({letter})"
    return answer or ""


def _computable(problem: Problem) -> bool:
    return not problem["options"] or options_can_be_computed(problem)


def _sampling(attempt: int) -> tuple[float, int | None]:
    return (0.0, None) if attempt == 0 else (0.7, attempt)


async def _first_prose(
    context: Context, problem: Problem, shown: LearnerStream | None, begun: asyncio.Event
) -> tuple[Candidate, ModelReply | None]:
    """The greedy steps; `begun` is set with their first words, and when there will be none."""

    def on_text(piece: str) -> None:
        begun.set()
        if shown is not None:
            shown.feed(piece)

    try:
        return await _prose(context, problem, 0, on_text)
    finally:
        begun.set()


async def _computation(context: Context, problem: Problem, begun: asyncio.Event) -> tuple[Candidate, ModelReply | None] | None:
    """Algebra on the problem's own formulas where they say enough; otherwise a program by the model. The first costs no model call.

    It waits for the first words of the steps: nothing may compete with what the learner is waiting for.
    """
    await begun.wait()
    found = await solve_from_formulas(context.sandbox, problem["stem"], problem["options"])
    if not found["ok"]:
        return await _program(context, problem, 0) if _computable(problem) else None
    candidate = {
        "kind": "direct",
        "round": "0",
        "text": found["reason"],
        "form": "python",
        "answer": found["text"],
        "reason": "",
        "latex": found["latex"],
    }
    return candidate, None


async def _prose(
    context: Context, problem: Problem, attempt: int, on_text: Callable[[str], None] | None, *, show_options: bool = False
) -> tuple[Candidate, ModelReply | None]:
    temperature, seed = _sampling(attempt)
    blind = options_are_values(problem) and not show_options
    prompt, text = ("choose", problem["text"]) if problem["options"] and not blind else ("solve", problem["stem"])
    reply = await context.model.chat(
        "solver",
        prompts.load(prompt).messages(problem=text),
        max_tokens=context.limits.solve_tokens,
        temperature=temperature,
        seed=seed,
        on_text=on_text,
    )
    candidate = {
        "kind": "prose",
        "round": str(attempt),
        "text": as_markdown(reply.text),
        "form": "latex",
        "answer": _answer(reply, prompt),
        "reason": "",
        "latex": "",
    }
    return candidate, reply


async def _program(context: Context, problem: Problem, attempt: int) -> tuple[Candidate, ModelReply | None]:
    temperature, seed = _sampling(attempt)
    text = problem["stem"] if options_are_values(problem) else problem["text"]
    reply = await context.model.chat(
        "solver",
        prompts.load("program").messages(problem=text),
        max_tokens=context.limits.program_tokens,
        temperature=temperature,
        seed=seed,
    )
    code = extract_code(reply.text)
    candidate = {
        "kind": "program",
        "round": str(attempt),
        "text": code,
        "form": "python",
        "answer": "",
        "reason": objection(code, problem["text"]) or "",
        "latex": "",
    }
    if candidate["reason"].startswith("it does not parse"):
        return candidate, reply
    value = await compute(context.sandbox, code, seconds=context.limits.program_seconds)
    if not value["ok"]:
        return {**candidate, "reason": value["reason"]}, reply
    return {**candidate, "answer": value["text"], "latex": value["latex"]}, reply
