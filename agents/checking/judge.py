"""Asks the sandboxed worker to compare answers: one job for all comparisons of a turn, since the worker's start costs a second.

Both the program and the comparison run behind walls, in separate jobs, so that a program can at most forge its own value, never a verdict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

from agents.checking.program import BATCH_RUNNER, RUNNER
from agents.errors import SandboxError
from agents.sandbox.job import Job, JobLimits, Outcome
from agents.sandbox.python import CODE, entry

_WORKER = entry("agents.checking.worker")


class Runs(Protocol):
    """The part of `agents.context.Sandbox` that is needed here."""

    async def run(self, job: Job) -> Outcome: ...


class ValueText(TypedDict):
    """A candidate answer: `latex` as people write it, `python` as a program printed it."""

    form: Literal["latex", "python"]
    text: str


class Reading(TypedDict):
    """What the worker made of a value: its LaTeX, the option it is (and by which rule), or why it cannot be read."""

    readable: bool
    latex: str
    option: str | None
    how: str


class Judgement(TypedDict):
    readings: dict[str, Reading]
    equal: list[tuple[str, str]]


class Computed(TypedDict):
    """The outcome of a solver program: its value as printed and as LaTeX, or the reason why there is none."""

    ok: bool
    text: str
    latex: str
    reason: str


class Derived(Computed):
    """What direct algebra gives; `letter` is the option it is where trying the options gave it away ("" otherwise), `steps` the way to it where
    algebra can tell that too."""

    letter: str
    steps: list[str]


class ProblemFault(TypedDict):
    """Why a problem has no answer: `contradictory`, `unsolvable`, `underdetermined`, `ambiguous`, `too_large` or `no_question`, with one line for the learner."""

    kind: str
    reason: str


class TrialPlan(TypedDict):
    """See `agents.checking.trial.Trial`."""

    stem: str
    wanted: str
    numbers: dict[str, str]
    predicted: dict[str, str]


class Survey(TypedDict):
    """What algebra says of a problem by itself, and how its options can be tried on numbers where it says nothing."""

    derived: Derived
    fault: ProblemFault | None
    trial: TrialPlan | None


class HintPlan(TypedDict):
    """Four texts made of an `agents.checking.ladder.Plan`, "" where there is nothing safe to say, and what it kept of what the tutor asks."""

    asked: str
    rungs: list[str]
    kept: dict[str, str]


class AttemptLine(TypedDict):
    """A line of the learner's. `of` is the line it should follow from, counted from 0; None for the problem itself."""

    text: str
    standing: Literal["right", "wrong", "unread"]
    slip: str | None
    at: str
    of: int | None


class AttemptReport(TypedDict):
    """See `agents.checking.attempt.Analysis`."""

    lines: list[AttemptLine]
    first_wrong: int | None
    final: bool | None
    other_quantity: bool


class Substitution(TypedDict):
    """Both sides of the problem's equation with the claimed value in it, as LaTeX."""

    equation: str
    unknown: str
    value: str
    left: str
    right: str
    holds: bool


def _package() -> dict[str, Path]:
    """The worker's own source, bound read-only: `agents` without the graph."""
    room = Path(__file__).resolve().parent
    return {f"{CODE}/agents/__init__.py": room.parent / "__init__.py", f"{CODE}/agents/checking": room}


async def compute(sandbox: Runs, code: str, *, seconds: float, point: bool = False) -> Computed:
    """Runs a solver program. Of a system's solution it leaves all coordinates where a `point` is asked for, else the first.

    A program that fails is a `Computed` with a reason; raises `SandboxError` only when the walls fail.
    """
    runner = RUNNER.replace("SECONDS", str(max(1, int(seconds)))).replace("ASKS_FOR_A_POINT", str(point))
    outcome = await sandbox.run(
        Job(
            argv=("-I", "runner.py"),
            files={"program.py": code.encode(), "runner.py": runner.encode()},
            collect="answer.json",
            limits=JobLimits(wall_s=seconds, cpu_s=seconds, memory_mib=1536, work_mib=16, processes=16, output_kib=32, result_mib=1),
        )
    )
    if outcome.status != "ok" or outcome.collected is None:
        lines = outcome.stderr.strip().splitlines()
        reason = lines[-1][:200] if outcome.status == "error" and lines else f"the program ended by {outcome.status}"
        return Computed(ok=False, text="", latex="", reason=reason)
    try:
        answer = json.loads(outcome.collected)
        return Computed(ok=True, text=str(answer["text"])[:2000], latex=str(answer["latex"])[:2000], reason="")
    except (ValueError, KeyError, TypeError):
        return Computed(ok=False, text="", latex="", reason="the program left no readable answer")


async def _ask(sandbox: Runs, request: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
    outcome = await sandbox.run(
        Job(
            argv=("-I", "-c", _WORKER),
            mounts=_package(),
            stdin=json.dumps(request).encode(),
            collect="verdict.json",
            warm=True,
            limits=JobLimits(wall_s=seconds, cpu_s=seconds, memory_mib=1536, work_mib=16, processes=16, output_kib=32, result_mib=1),
        )
    )
    if outcome.collected is None:
        if outcome.status in ("timeout", "memory", "killed"):
            return {}
        raise SandboxError(f"the answer checker failed: {outcome.detail or outcome.stderr[-300:] or outcome.status}")
    answer: dict[str, Any] = json.loads(outcome.collected)
    return answer


async def solve_from_formulas(sandbox: Runs, stem: str, options: Sequence[Mapping[str, Any]], *, seconds: float = 10.0) -> Derived:
    """What the problem's printed formulas give by algebra alone; `ok` is False where they do not say. `reason` names the method."""
    reply = await _ask(sandbox, {"op": "direct", "stem": stem, "options": [dict(option) for option in options]}, seconds=seconds)
    return _derived(reply.get("direct") or {})


def _derived(found: Mapping[str, Any]) -> Derived:
    return Derived(
        ok=bool(found),
        text=str(found.get("text", "")),
        latex=str(found.get("latex", "")),
        reason=str(found.get("method", "")),
        letter=str(found.get("letter", "")),
        steps=[str(step) for step in found.get("steps", [])],
    )


async def survey(sandbox: Runs, stem: str, options: Sequence[Mapping[str, Any]], *, seconds: float = 12.0) -> Survey:
    """What can be known of a problem before any model is asked: its answer by direct algebra, and why it may have none."""
    reply = await _ask(sandbox, {"op": "survey", "stem": stem, "options": [dict(option) for option in options]}, seconds=seconds)
    return Survey(derived=_derived(reply.get("direct") or {}), fault=_fault(reply.get("diagnosis") or {}), trial=reply.get("trial") or None)


async def first_broken_steps(sandbox: Runs, worked: Sequence[Sequence[str]], *, seconds: float = 15.0) -> list[int | None]:
    """For each list of worked steps the first, from 0, that cannot be right together with those before; None where none is found in time."""
    found = (await _ask(sandbox, {"op": "steps", "worked": [list(steps) for steps in worked]}, seconds=seconds)).get("broken")
    return found if isinstance(found, list) and len(found) == len(worked) else [None for _ in worked]


async def substitute(
    sandbox: Runs, stem: str, options: Sequence[Mapping[str, Any]], values: Mapping[str, ValueText], *, seconds: float = 15.0
) -> dict[str, str]:
    """For each value that the problem's printed conditions decide, `satisfies` or `violates`; the others are left out, as is all that takes too long."""
    request = {"op": "conditions", "stem": stem, "options": [dict(option) for option in options], "values": dict(values)}
    verdicts = (await _ask(sandbox, request, seconds=seconds)).get("conditions", {}) if values else {}
    return {name: verdict for name, verdict in verdicts.items() if name in values}


def _fault(found: Mapping[str, Any]) -> ProblemFault | None:
    return ProblemFault(kind=str(found["kind"]), reason=str(found["reason"])) if found else None


async def judge(
    sandbox: Runs, values: Mapping[str, ValueText], options: Sequence[Mapping[str, Any]], stem: str, *, seconds: float = 15.0
) -> Judgement:
    """Reads every value, matches it to the options, and says which pairs are equal. What takes longer than `seconds` counts as unreadable."""
    answer = await _ask(
        sandbox, {"op": "judge", "values": dict(values), "options": [dict(option) for option in options], "stem": stem}, seconds=seconds
    )
    unread = Reading(readable=False, latex="", option=None, how="took too long")
    readings = answer.get("readings", {})
    return Judgement(readings={name: readings.get(name, unread) for name in values}, equal=[(a, b) for a, b in answer.get("equal", [])])


async def find_leaks(
    sandbox: Runs,
    hints: Sequence[str],
    *,
    answer: str,
    choice: str | None,
    choice_text: str,
    problem: str,
    others: Sequence[str] = (),
    seconds: float = 20.0,
) -> list[list[str]]:
    """For each hint the reasons why it gives the answer away, or one of `others`, where other ways end (empty: none). A check that takes too long
    counts as a leak."""
    request = {"op": "leaks", "hints": list(hints), "answer": answer, "choice": choice, "choice_text": choice_text, "problem": problem}
    reply = await _ask(sandbox, {**request, "others": list(others)}, seconds=seconds)
    found = reply.get("leaks")
    if not isinstance(found, list) or len(found) != len(hints):
        return [["the check took too long"] for _ in hints]
    return [[str(reason) for reason in reasons] for reasons in found]


class Move(TypedDict, total=False):
    """What was done between two formulas: see `agents.checking.moves`. Empty where no single move fits."""

    kind: str
    amount: str


async def check_explanation(
    sandbox: Runs, text: str, *, formulas: Sequence[str], known: Sequence[str], seconds: float = 15.0
) -> tuple[list[Move], list[str]]:
    """The moves between consecutive `formulas`, and why `text` cannot be shown (empty: it agrees with the `known` texts). Without a text only the moves.

    A check that takes too long is a reason against the text.
    """
    reply = await _ask(sandbox, {"op": "explanation", "text": text, "formulas": list(formulas), "known": list(known)}, seconds=seconds)
    moves: list[Move] = reply.get("moves", [])
    return moves, [str(reason) for reason in reply.get("reasons", ["it could not be checked in time"])]


async def check_screen(sandbox: Runs, texts: Sequence[str], known: Sequence[str], *, seconds: float = 15.0) -> tuple[list[str], list[str]]:
    """The formulas among `texts` that contradict the `known` texts, and the numbers that those do not hold. What takes too long is let pass."""
    reply = await _ask(sandbox, {"op": "screen", "texts": list(texts), "known": list(known)}, seconds=seconds)
    return [str(formula) for formula in reply.get("wrong", [])], [str(number) for number in reply.get("strange", [])]


class VariantValue(TypedDict, total=False):
    """The answer of a problem with other numbers; empty where there is none or where it is no fit for the original's."""

    text: str
    latex: str


async def answer_variants(
    sandbox: Runs, *, stems: Sequence[str] = (), values: Sequence[str] = (), expected: str = "", seconds: float = 40.0
) -> tuple[list[VariantValue], str]:
    """For every stem (solved from its own formulas) or printed value its answer, and the method. The first is the original.

    Nothing comes back where the original has no answer, or another one than `expected` (LaTeX).
    """
    request = {"op": "variants", "stems": list(stems), "values": list(values), "expected": expected}
    reply = await _ask(sandbox, request, seconds=seconds)
    return reply.get("variants", []), str(reply.get("method", ""))


async def compute_many(sandbox: Runs, codes: Sequence[str], *, seconds: float = 20.0) -> list[str]:
    """The printed value of each solver program, "" where there is none: one job for all of them, since starting SymPy costs a second."""
    outcome = await sandbox.run(
        Job(
            argv=("-I", "runner.py"),
            files={"programs.json": json.dumps(list(codes)).encode(), "runner.py": BATCH_RUNNER.encode()},
            collect="answers.json",
            limits=JobLimits(wall_s=seconds, cpu_s=seconds, memory_mib=1536, work_mib=16, processes=16, output_kib=32, result_mib=1),
        )
    )
    try:
        answers = json.loads(outcome.collected or b"[]")
    except ValueError:
        answers = []
    return [str(answer)[:2000] for answer in answers] if len(answers) == len(codes) else ["" for _ in codes]


async def plan_hints(
    sandbox: Runs,
    steps: Sequence[str],
    *,
    stem: str,
    answer: str,
    choice: str | None,
    choice_text: str,
    problem: str,
    others: Sequence[str] = (),
    asks: Mapping[str, str] | None = None,
    seconds: float = 20.0,
) -> HintPlan:
    """A ladder from the solution's steps. `asks` is what a tutor asks: under `relation` what points to the idea, under the place of a step, counted from
    1, what that step answers; what of it gives something away is left out. `others` are answers that other ways reached, held back as well."""
    request = {"op": "ladder", "steps": list(steps), "stem": stem, "answer": answer, "choice": choice, "choice_text": choice_text}
    found = (await _ask(sandbox, {**request, "others": list(others), "asks": dict(asks or {}), "problem": problem}, seconds=seconds)).get(
        "ladder"
    ) or {}
    return HintPlan(
        asked=str(found.get("asked", "")),
        rungs=[str(rung) for rung in found.get("rungs", [])],
        kept={str(name): str(text) for name, text in found.get("kept", {}).items()},
    )


async def analyse_attempt(
    sandbox: Runs, attempt: str, *, stem: str, answer: str, choice_text: str, steps: Sequence[str], seconds: float = 20.0
) -> AttemptReport | None:
    """How far the learner's own lines hold; None when that takes too long. `steps` are the formulas of the solution."""
    request = {"op": "attempt", "attempt": attempt, "stem": stem, "answer": answer, "choice_text": choice_text, "steps": list(steps)}
    found: AttemptReport | None = (await _ask(sandbox, request, seconds=seconds)).get("attempt")
    return found


async def substitute_claim(sandbox: Runs, claim: str, *, stem: str, asked: str, seconds: float = 10.0) -> Substitution | None:
    """What the problem's own equation becomes with the claimed value in it; None where there is no such equation."""
    found: Substitution | None = (
        await _ask(sandbox, {"op": "substitute", "stem": stem, "claim": claim, "asked": asked}, seconds=seconds)
    ).get("substitution")
    return found
