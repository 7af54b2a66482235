"""Poses "another one like this": the same problem with other numbers, whose answer is computed before the learner sees it.

Cheapest first: the numbers are replaced by code, and the answer comes from the new problem's own formulas, or from the program that solved the original with the
same numbers replaced. Where neither gives a good problem the model writes one, and it is posed only if steps and program agree on its answer. What
cannot be computed is not posed.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.chat import as_problem
from agents.checking.judge import ValueText, answer_variants, compute, compute_many, judge, solve_from_formulas
from agents.checking.problem import OptionText, parse_problem
from agents.checking.program import extract_code, objection
from agents.checking.variants import (
    Difficulty,
    Slot,
    draw_numbers,
    fill,
    fill_code,
    find_slots,
    needs_options,
    rebuild_options,
    slots_in_code,
)
from agents.context import Context, ModelReply, context_of
from agents.escapes import unescaped
from agents.events import Narrator
from agents.posed import find_posed, quote
from agents.state import Problem, TutorState, Variant
from agents.usage import usage_of
from agents.worked import final_answer

SEEDS = 24
WRITTEN = 2
"""How many problems the model may write before it is said that none could be made."""
VARIANT_TOKENS = 260
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"problem": {"type": "string"}},
    "required": ["problem"],
    "additionalProperties": False,
}
INVITATION = "\n\nTry it yourself. Then tell me your answer and I will check it, or ask for a hint or for the solution."
SORRY = (
    "I could not make another problem like this one whose answer I can compute for certain, and I will not pose one that I could not check. "
    "Post one from your book, and I will work on it with you."
)


@dataclass(frozen=True, slots=True)
class _Made:
    """A new problem and its answer as printed by SymPy and as LaTeX."""

    text: str
    kind: Literal["direct", "program"]
    value: str
    latex: str
    method: str


async def variant(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["solve", "answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    narrator.progress("variant", "changing the numbers")
    problem, difficulty = state["problem"], state["asked"]["difficulty"]
    # a further variant must not be the one that the learner has just seen
    start = sum(find_posed(message.text) is not None for message in state["messages"]) * SEEDS
    seen = {_numbers(problem["text"])} | {_numbers(posed[1]) for message in state["messages"] if (posed := find_posed(message.text))}
    made = await _from_formulas(context, problem, difficulty, start, seen)
    if made is None and state.get("solution") is None:
        # the original's program is needed, and made by solving it
        return Command(goto="solve")
    replies: list[ModelReply] = []
    made = made or await _from_program(context, state, difficulty, start, seen)
    if made is None:
        narrator.progress("variant", "writing a similar problem")
        made = await _written(context, problem, start, replies)
    if made is None:
        narrator.say(SORRY)
        return Command(update={"usage": usage_of(*replies), "reply": narrator.parts()}, goto="answer")
    narrator.say(quote("variant", made.text) + INVITATION)
    posed = find_posed(narrator.said[-1])
    kept = Variant(
        problem_id=as_problem(posed[1] if posed else made.text)["id"], kind=made.kind, text=made.value, latex=made.latex, method=made.method
    )
    return Command(update={"variant": kept, "usage": usage_of(*replies), "reply": narrator.parts()}, goto="answer")


async def _from_formulas(
    context: Context, problem: Problem, difficulty: Difficulty, start: int, seen: set[tuple[str, ...]]
) -> _Made | None:
    slots = find_slots(problem["stem"])
    drawn = _drawn(slots, difficulty, start)
    if not drawn or (needs_options(problem["stem"]) and not problem["options"]):
        return None
    stems = [fill(problem["stem"], slots, numbers) for _, numbers in drawn]
    values, method = await answer_variants(context.sandbox, stems=[problem["stem"], *stems])
    for (seed, _), stem, value in zip(drawn, stems, values[1:], strict=False):
        if value and _numbers(stem) not in seen and (text := _with_options(problem, stem, values[0].get("text", ""), value["text"], seed)):
            return _Made(text, "direct", value["text"], value["latex"], method)
    return None


async def _from_program(
    context: Context, state: TutorState, difficulty: Difficulty, start: int, seen: set[tuple[str, ...]]
) -> _Made | None:
    """By the program that computed the original's verified answer."""
    problem, solution = state["problem"], state["solution"]
    if solution is None or solution["verification"]["status"] != "verified":
        return None
    programs = [
        item
        for item in state.get("candidates", [])
        if item["kind"] == "program" and item["answer"] and not item["reason"] and item["text"].strip()
    ]
    for program in programs[:2]:
        slots = slots_in_code(find_slots(problem["stem"]), program["text"])
        drawn = _drawn(slots, difficulty, start)
        if not drawn:
            continue
        codes = [program["text"], *(fill_code(program["text"], slots, numbers) for _, numbers in drawn)]
        printed = await compute_many(context.sandbox, codes)
        values, _ = await answer_variants(context.sandbox, values=printed, expected=solution["answer"])
        for (seed, numbers), code, value in zip(drawn, codes[1:], values[1:], strict=False):
            stem = fill(problem["stem"], slots, numbers)
            if (
                value
                and _numbers(stem) not in seen
                and (text := _with_options(problem, stem, values[0].get("text", ""), value["text"], seed))
            ):
                return _Made(text, "program", value["text"], value["latex"], code)
    return None


async def _written(context: Context, problem: Problem, start: int, replies: list[ModelReply]) -> _Made | None:
    """A problem by the model whose answer its formulas give, or its steps and a program agree on."""
    started = time.monotonic()
    for attempt in range(WRITTEN):
        if attempt and time.monotonic() - started > context.limits.solve_seconds:
            break
        reply = await context.model.chat(
            "tutor",
            prompts.load("variant").messages(problem=problem["text"]),
            max_tokens=VARIANT_TOKENS,
            temperature=0.7,
            seed=start + attempt + 1,
            schema=SCHEMA,
        )
        replies.append(reply)
        text = _written_text(reply.text)
        if not text or text == problem["text"] or needs_options(text):
            continue
        direct = await solve_from_formulas(context.sandbox, text, [])
        if direct["ok"]:
            return _Made(text, "direct", direct["text"], direct["latex"], direct["reason"])
        if made := await _agreed(context, text, replies):
            return made
    return None


async def _agreed(context: Context, text: str, replies: list[ModelReply]) -> _Made | None:
    limits = context.limits
    program = await context.model.chat("solver", prompts.load("program").messages(problem=text), max_tokens=limits.program_tokens)
    replies.append(program)
    code = extract_code(program.text)
    if objection(code, text):
        return None
    computed = await compute(context.sandbox, code, seconds=limits.program_seconds)
    if not computed["ok"]:
        return None
    steps = await context.model.chat("solver", prompts.load("solve").messages(problem=text), max_tokens=limits.solve_tokens)
    replies.append(steps)
    values = {
        "program": ValueText(form="python", text=computed["text"]),
        "steps": ValueText(form="latex", text=final_answer(steps.text) or ""),
    }
    judgement = await judge(context.sandbox, values, [], text)
    agreed = any({left, right} == {"program", "steps"} for left, right in judgement["equal"])
    return _Made(text, "program", computed["text"], computed["latex"], code) if agreed else None


def _written_text(reply: str) -> str:
    try:
        text = unescaped(json.loads(reply).get("problem", ""))
    except (ValueError, AttributeError):
        return ""
    return text.strip() if isinstance(text, str) else ""


def _numbers(text: str) -> tuple[str, ...]:
    """The numbers of a problem's stem in order: two problems of one pattern that share them are the same."""
    return tuple(re.findall(r"\d+(?:\.\d+)?", parse_problem(text)["stem"]))


def _drawn(slots: list[Slot], difficulty: Difficulty, start: int) -> list[tuple[int, dict[Fraction, Fraction]]]:
    drawn = [(seed, draw_numbers(slots, seed, difficulty)) for seed in range(start, start + SEEDS)] if slots else []
    return [(seed, numbers) for seed, numbers in drawn if numbers]


def _with_options(problem: Problem, stem: str, old: str, new: str, seed: int) -> str:
    """The new problem's text, with options around its answer where the original has options that are numbers; "" where it needs options and gets none."""
    if not problem["options"]:
        return stem
    try:
        options = rebuild_options(
            [OptionText(letter=option["letter"], text=option["text"]) for option in problem["options"]], Fraction(old), Fraction(new), seed
        )
    except ValueError:
        options = []
    if not options:
        return "" if needs_options(stem) else stem
    return stem + "\n\n" + "\n".join(f"({option['letter']}) {option['text']}" for option in options)
