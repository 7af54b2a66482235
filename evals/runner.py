"""Runs a suite with inspect-ai: its dataset, solver, scorer, concurrency, retries and log; what is ours is the question and the verdict."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

import inspect_ai
from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalSample
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.client import HiSolverClient
from evals.earlier import Key, measured_before
from evals.errors import InfrastructureError
from evals.suites.base import Asking, Item, Record, Suite, Verdict, turns_of

log = logging.getLogger("evals")

RECORD, VERDICT = "record", "verdict"


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `retries` counts further tries of an item after an infrastructure error. With `resume`, what the logs in `out` hold is scored
    again and not asked again, only completed where this run measures more, provided that they were `made_with` the same."""

    out: Path
    epochs: int = 1
    seed: int | None = None
    max_concurrency: int = 1
    retries: int = 2
    resume: bool = False
    made_with: Mapping[str, Any] = field(default_factory=dict)


class Fault(TypedDict):
    """Why an item was not measured. `kind` is that of `InfrastructureError`, `evals` for a fault of our own, `not_run` where it never started."""

    kind: str
    message: str


class Row(TypedDict):
    """One item in one epoch. `right` is None where it was not measured; seconds and tokens are over all its requests."""

    id: str
    epoch: int
    right: bool | None
    reason: str
    expected: str
    answered: str
    seconds: float | None
    first_text_s: float | None
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    retries: int
    fault: Fault | None


class Measured(TypedDict):
    """The rows in the dataset's order, and verdict and record of those that were measured; how many items an earlier run had `resumed`."""

    rows: list[Row]
    verdicts: list[Verdict]
    records: list[Record]
    resumed: int


def measure(suite: Suite, items: Sequence[Item], client: HiSolverClient, options: Options) -> Measured:
    """Asks the server about every item `epochs` times. Errors of single items end up in their rows; the log goes to `out/logs`.

    Raises `UsageError` where a run to be resumed was made with something else.
    """
    logs, epochs = options.out / "logs", range(1, options.epochs + 1)
    samples = measured_before(logs, suite.name, options.made_with, needed=RECORD) if options.resume else {}
    for item in items:
        for before in (samples[item.id, epoch] for epoch in epochs if (item.id, epoch) in samples):
            before.store[VERDICT] = suite.score(item, before.store[RECORD])  # by the scorer of today
    begun = {
        (item.id, epoch): samples[item.id, epoch].store[RECORD]
        for item in items
        for epoch in epochs
        if (item.id, epoch) in samples and suite.lacks(item, samples[item.id, epoch].store[RECORD])
    }
    left = [item for item in items if any((item.id, epoch) not in samples or (item.id, epoch) in begun for epoch in epochs)]
    if left:
        samples |= _ask(suite, left, client, options, logs, begun)
    measured = Measured(rows=[], verdicts=[], records=[], resumed=len(items) - len(left))
    for epoch in epochs:
        for item in items:
            sample = samples.get((item.id, epoch))
            row = _row(item, epoch, sample)
            measured["rows"].append(row)
            if sample is not None and row["fault"] is None:
                measured["verdicts"].append(sample.store[VERDICT])
                measured["records"].append(sample.store[RECORD])
    return measured


def _ask(
    suite: Suite, items: Sequence[Item], client: HiSolverClient, options: Options, logs: Path, begun: Mapping[Key, Record]
) -> dict[Key, EvalSample]:
    done = 0
    total = len(items) * options.epochs

    @solver(name=f"ask_{suite.name}")
    def ask() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            item = by_id[str(state.sample_id)]
            seed = None if options.seed is None else options.seed + state.epoch - 1
            # a new learner every time: the server would hand an old one what it solved before
            before = begun.get((item.id, state.epoch))
            how = Asking(learner=f"evals-{secrets.token_hex(8)}", seed=seed, out=options.out, before=before)
            state.store.set(RECORD, await suite.ask(client, item, how))
            return state

        return solve

    @scorer(metrics=[accuracy(), stderr()], name=suite.name)
    def judge() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            nonlocal done
            item = by_id[str(state.sample_id)]
            verdict = await asyncio.to_thread(suite.score, item, state.store.get(RECORD))
            state.store.set(VERDICT, verdict)
            done += 1
            log.info("%s %d/%d %s: %s %s", suite.name, done, total, item.id, "right" if verdict["right"] else "wrong,", verdict["reason"])
            return Score(value=CORRECT if verdict["right"] else INCORRECT, answer=verdict["answered"], explanation=verdict["reason"])

        return score

    by_id = {item.id: item for item in items}
    task = Task(
        name=suite.name,
        dataset=MemoryDataset([Sample(id=item.id, input=item.prompt, target=item.expected) for item in items], name=suite.name),
        solver=ask(),
        scorer=judge(),
        # no reducer: the epochs are counted in the report
        epochs=Epochs(options.epochs, "mean"),
    )
    (run,) = inspect_ai.eval(
        task,
        model=None,
        display="none",
        ctl_server=False,
        log_dir=str(logs),
        log_buffer=1,  # what is measured is on disk before the next item begins
        metadata=dict(options.made_with),
        log_level="error",
        max_samples=options.max_concurrency,
        fail_on_error=False,
        retry_on_error=options.retries,
        score_display=False,
    )
    return {(str(sample.id), sample.epoch): sample for sample in run.samples or []}


def _row(item: Item, epoch: int, sample: EvalSample | None) -> Row:
    row = Row(
        id=item.id,
        epoch=epoch,
        right=None,
        reason="",
        expected=item.expected,
        answered="",
        seconds=None,
        first_text_s=None,
        prompt_tokens=0,
        completion_tokens=0,
        cached_tokens=0,
        retries=len(sample.error_retries or []) if sample else 0,
        fault=None,
    )
    if sample is None or (sample.error is None and VERDICT not in sample.store):
        row["fault"] = Fault(kind="not_run", message="the run ended before this item")
    elif sample.error is not None:
        row["fault"] = _fault(sample.error.message)
    if sample is None or row["fault"] is not None:
        return row
    verdict = cast("Verdict", sample.store[VERDICT])
    turns = turns_of(sample.store[RECORD])
    row["right"], row["reason"], row["answered"] = verdict["right"], verdict["reason"], verdict["answered"]
    if turns:
        row["seconds"] = round(sum(turn["seconds"] for turn in turns), 3)
        first = turns[0]["first_text_s"]
        row["first_text_s"] = None if first is None else round(first, 3)
    row["prompt_tokens"] = sum(turn["prompt_tokens"] for turn in turns)
    row["completion_tokens"] = sum(turn["completion_tokens"] for turn in turns)
    row["cached_tokens"] = sum(turn["cached_tokens"] for turn in turns)
    return row


def _fault(message: str) -> Fault:
    """Takes the kind out of an `InfrastructureError`'s text: the log keeps nothing else of it. Anything else is a fault of these evals."""
    mark, _, rest = message.partition(f"{InfrastructureError.MARK}: ")
    kind, colon, told = rest.partition(": ")
    if mark or not colon:
        return Fault(kind="evals", message=message.splitlines()[0] if message else "an error without a message")
    return Fault(kind=kind, message=told)
