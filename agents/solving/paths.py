"""The paths to an answer, cheapest first: algebra on the problem's own formulas, the model's worked steps, and short SymPy programs run in the sandbox.

Steps and programs come from separate calls that do not see each other, so that their agreement means something. The options are kept from the
model wherever the answer is a value: it computes well and picks letters badly.
"""

from __future__ import annotations

import ast
import asyncio
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from agents import prompts
from agents.checking.judge import Derived, TrialPlan, compute
from agents.checking.problem import asks_for_point, options_are_values, options_can_be_computed
from agents.checking.program import extract_code, leaves_out, objection
from agents.checking.program_steps import told
from agents.checking.prose import RELATION, formulas
from agents.checking.recalculation import recalculated
from agents.checking.tables import readable
from agents.context import Context, ModelReply
from agents.solving.free_form import steps_in
from agents.solving.wording import asks_for_amount, asks_for_count, asks_for_difference
from agents.state import Problem, Step
from agents.worked import as_markdown, boxed, final_answer, last_named_option, render_steps, with_money

Candidate = dict[str, str]
"""`kind` (prose, reason, brief, program, trial, direct, and guided: steps that are shown and never vote), `round`, `text` (the steps, or the code), `form` (latex, python), `answer` ("" where there is none), `reason` (why it counts
for less), `worked` (the steps of a direct answer or of a program, where they can be told), `left_out` (numbers of the problem that a program does not use), `latex` (a program's value typeset), `letter` (the option that trying them gave, "" otherwise)."""
View = Literal["blind", "options"]
Found = tuple[list[Candidate], list[ModelReply]]

TEMPERATURE = 0.6
TRIAL_TOLERANCE = 1e-4
"""How near a number computed with decimals must come to what an option gives."""
_LESS_THAN_NOTHING = "it comes to less than nothing"
_IN_PARTS = "it is no whole number, and things are counted"
MAX_DIGITS = 60
"""Of a printed number; what is longer is cut off and fits nothing."""


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
        "worked": _numbered(found["steps"]),
    }


def _numbered(steps: Sequence[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


async def first_steps(context: Context, problem: Problem, view: View, on_text: Callable[[str], None] | None) -> Found:
    """The model's most likely steps, which the learner may watch."""
    name, text = _asked(problem, view)
    reply = await context.model.chat(
        "solver", prompts.load(name).messages(problem=text), max_tokens=context.limits.solve_tokens, on_text=on_text
    )
    return [_steps(reply, 0, view, problem["stem"])], [reply]


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
    return [_steps(reply, attempt, view, problem["stem"]) for reply in replies], replies


async def reasoned(context: Context, problem: Problem, prompt: Literal["reason", "brief"]) -> Found:
    """The model's most likely solution in a form of its own: at length, as instruction-tuned models learnt it and where they are right most often, or
    in brief. Different forms err in different places, which samples of one form do not. What is shown of it are its steps, as a candidate of their own."""
    reply = await context.model.chat(
        "solver", prompts.load(prompt).messages(problem=readable(problem["stem"])), max_tokens=context.limits.reason_tokens
    )
    text = recalculated(as_markdown(reply.text), problem["stem"])
    answer = stated(text)
    made = _candidate(prompt, 1, text=text, answer=answer, form="latex")
    steps = steps_in(text, answer) if answer else []
    told = [_candidate("guided", 1, text=f"{_numbered(steps)}\n\nAnswer: {answer}", answer=answer, form="latex")] if steps else []
    return [made | {"reason": impossible(answer, problem["stem"])}, *told], [reply]


_STATED = re.compile(r"\bthe (?:final )?answer is:?\s*\**\s*(.+?)\s*\**\s*$", re.IGNORECASE)
_COUNTED = re.compile(r"\\?\$?(?P<number>-?\d[\d,]*(?:\.\d+)?(?:/\d+)?\s*\\?%?)(?:\s+[a-z].*)?", re.IGNORECASE | re.DOTALL)


def stated(text: str) -> str:
    """What a solution in free form ends with: its box, what it says that the answer is, or what its last line comes to; "" where it comes to nothing."""
    if found := boxed(text):
        return found
    last = next((line for line in reversed(as_markdown(text).strip().splitlines()) if line.strip()), "")
    said = _STATED.search(last)
    answer = said[1] if said else final_answer(text) or (last.rpartition("=")[2] if "=" in last else "")
    answer = answer.strip("*. \n")
    # "10 girls have short hair"
    counted = _COUNTED.fullmatch(answer)
    return counted["number"].strip() if counted else answer


async def guided_steps(context: Context, problem: Problem, attempt: int, n: int, answer: str, so_far: Sequence[Step] = ()) -> Found:
    """`n` ways to go on from steps that hold to an answer that was computed: to be shown, never to vote."""
    replies = await context.model.sample(
        "solver",
        prompts.load("go_on").messages(problem=readable(problem["stem"]), steps=render_steps(list(so_far)), answer=answer),
        n,
        max_tokens=context.limits.solve_tokens,
        temperature=TEMPERATURE,
        seed=attempt,
    )
    return [_steps(reply, attempt, "blind", problem["stem"]) | {"kind": "guided"} for reply in replies], replies


async def programs(context: Context, problem: Problem, attempt: int, n: int) -> Found:
    """`n` programs and what they compute. They never see the options, so that what they find can be no copy of one."""
    codes, replies = await _codes(context, "program" if _has_equation(problem["stem"]) else "calculate", problem["stem"], attempt, n)
    return await _all_computed(context, "program", problem["text"], problem["stem"], attempt, codes), replies


async def trials(context: Context, trial: TrialPlan, attempt: int, n: int) -> Found:
    """`n` programs for the problem with numbers in place of its letters, and the option that gives what each computes."""
    codes, replies = await _codes(context, "calculate", trial["stem"], attempt, n)
    made = await _all_computed(context, "trial", trial["stem"], trial["stem"], attempt, codes)
    return [candidate | {"letter": fitting_option(candidate["answer"], trial["predicted"])} for candidate in made], replies


def fitting_option(value: str, predicted: Mapping[str, str]) -> str:
    """The letter of the one option that gives the computed value; "" where none or several do, or where `value`, as a program prints it, is no number."""
    whole, _, part = value[:MAX_DIGITS].partition("/")
    try:
        number = float(whole) / float(part or 1)
    except (ValueError, ZeroDivisionError):
        return ""
    fitting = [
        letter for letter, text in predicted.items() if math.isclose(number, float(text), rel_tol=TRIAL_TOLERANCE, abs_tol=TRIAL_TOLERANCE)
    ]
    return fitting[0] if len(fitting) == 1 else ""


async def _codes(context: Context, prompt: str, stem: str, attempt: int, n: int) -> tuple[list[str], list[ModelReply]]:
    replies = await context.model.sample(
        "solver",
        prompts.load(prompt).messages(problem=readable(stem)),
        n,
        max_tokens=context.limits.program_tokens,
        temperature=TEMPERATURE if attempt or n > 1 else 0.0,
        seed=attempt,
    )
    return [extract_code(reply.text) for reply in replies], replies


def _has_equation(stem: str) -> bool:
    """Whether the problem prints a relation between letters, which is for SymPy; a story is calculated with named quantities."""
    return any(RELATION.search(piece.latex) and re.search(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])", piece.latex) for piece in formulas(stem))


async def _all_computed(context: Context, kind: str, text: str, stem: str, attempt: int, codes: Sequence[str]) -> list[Candidate]:
    """A candidate for each program; programs that are the same to the letter run once."""
    different = list(dict.fromkeys(codes))
    made = await asyncio.gather(*(_computed(context, kind, text, stem, attempt, code) for code in different))
    by_code = dict(zip(different, made, strict=True))
    return [dict(by_code[code]) for code in codes]


async def _computed(context: Context, kind: str, text: str, stem: str, attempt: int, code: str) -> Candidate:
    reason = objection(code, text) or ""
    candidate = _candidate(kind, attempt, text=code, form="python") | {"reason": reason, "left_out": ", ".join(leaves_out(code, stem))}
    if reason.startswith("it does not parse"):
        return candidate
    value = await compute(context.sandbox, code, seconds=context.limits.program_seconds, point=asks_for_point(stem))
    if not value["ok"]:
        return candidate | {"reason": value["reason"]}
    if left := letters_of_its_own(value["text"], text):
        return candidate | {"reason": f"its result still holds {left}, which the problem does not know"}
    answer, latex = value["text"], value["latex"]
    if re.fullmatch(r"-\d+(?:[/.]\d+)?", answer) and latex.startswith("-") and asks_for_difference(stem):
        answer, latex = answer[1:], latex[1:].strip()
    elif kind == "program" and (steps := told(code)):
        candidate |= {"worked": _numbered(steps)}
    if kind == "program":
        candidate |= {"reason": candidate["reason"] or impossible(answer, stem)}
    return candidate | {"answer": answer, "latex": latex}


_KNOWN_NAMES = frozenset(["pi", "E", "I", "oo", "True", "False"])


def letters_of_its_own(value: str, problem: str) -> str:
    """The first name in a program's result that stands nowhere in the problem: an unknown that was never solved for. "" where there is none."""
    try:
        tree = ast.parse(value, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called | owners]
    letters = set(re.findall(r"(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z])", problem)) - {"a", "A", "I"}
    # `a` is an article too: as a letter it counts where a formula holds it
    letters |= set(re.findall(r"(?<![\\a-zA-Z])[a-zA-Z](?![a-zA-Z])", " ".join(piece.latex for piece in formulas(problem))))
    for name in names:
        known = (
            name in _KNOWN_NAMES or name.partition("_")[0] in letters or re.search(rf"(?<![a-zA-Z]){re.escape(name)}(?![a-zA-Z])", problem)
        )
        if not known or (len(name) == 1 and name not in letters and name not in _KNOWN_NAMES):
            return name
    return ""


def _asked(problem: Problem, view: View) -> tuple[str, str]:
    return ("choose", readable(problem["text"])) if view == "options" and problem["options"] else ("solve", readable(problem["stem"]))


def _steps(reply: ModelReply, attempt: int, view: View, stem: str) -> Candidate:
    text = recalculated(as_markdown(reply.text), stem)
    answer = final_answer(text)
    if answer is None and view == "options" and (letter := last_named_option(text)):
        # a comparison of options that was cut off: the option that was named last
        answer = f"({letter})"
    made = _candidate("prose", attempt, text=with_money(text), answer=answer or "", form="latex")
    return made | {"reason": impossible(answer or "", stem)}


_NUMBER_FIRST = re.compile(
    r"[\s$\\({]*(?P<sign>-?)\s?(?:\\[dt]?frac\{(?P<over>\d+)\}\{(?P<under>\d+)\}|(?P<whole>\d[\d,]*(?:\.\d+)?)(?:/(?P<part>\d+))?)(?![eE]?\d)"
)


def impossible(answer: str, stem: str) -> str:
    """Why the value that an answer begins with cannot be what a story asks for; "" where it may be."""
    found = _NUMBER_FIRST.match(answer)
    if found is None or _has_equation(stem):
        return ""
    if found["sign"] and asks_for_amount(stem):
        return _LESS_THAN_NOTHING
    over = float((found["over"] or found["whole"]).replace(",", ""))
    under = float(found["under"] or found["part"] or 1)
    value = over / under if under else math.inf
    whole = not math.isfinite(value) or math.isclose(value, round(value), abs_tol=TRIAL_TOLERANCE)
    return "" if whole or not asks_for_count(stem) else _IN_PARTS


def _candidate(kind: str, attempt: int, *, text: str, form: str, answer: str = "") -> Candidate:
    return {"kind": kind, "round": str(attempt), "text": text, "form": form, "answer": answer, "reason": "", "latex": "", "letter": ""}
