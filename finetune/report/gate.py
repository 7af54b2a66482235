"""Whether an adapter may be published, from its report alone. Pure: the same report, the same decision.

It passes if the paired test shows that it is better on the primary measure, and nothing shows that it runs away more often, no longer heeds the prompt, or
forgets the unrelated skill. What cannot be told is no proof: a report over too few items does not pass. That a held-out answer became likelier
(perplexity) proves nothing either: masked end tokens and shuffled answers do that, too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from finetune.errors import GateError
from finetune.report.measures import is_better

LEVEL = 0.05
"""Of the two-sided paired test on the primary measure, and of the guards."""
MIN_ITEMS = 30
"""Fewer items than this are too few to tell."""
MORE_RUNAWAY = 0.01
"""One answer in a hundred more may be chance."""
MOST_RUNAWAY = 0.05
"""Whatever the base does: a tuned model that surely runs away more often than this is not published."""
FORGOTTEN = 0.05
"""The share of the unrelated items that may be lost; a smaller loss counts where it is significant."""
MIN_SKILL = 0.05
"""The share of the unrelated items that the base must do, or else forgetting would not show."""
Primary = Literal["success", "runaway"]
PRIMARIES: tuple[Primary, ...] = get_args(Primary)
"""`success`: the answers are judged. `runaway`: the adapter is to teach the stop, and its answers need not be better otherwise."""


@dataclass(frozen=True, slots=True)
class Gate:
    """`reasons` say in plain words what stands against publishing; none where it passed."""

    passed: bool
    reasons: tuple[str, ...]


def decide(report: Mapping[str, Any]) -> Gate:
    """From the measures of a report (`report.json`); what a report says of its own gate is not looked at. Raises `GateError` where it is no report."""
    measures, primary = report.get("measures"), report.get("primary", "success")
    if not isinstance(measures, Mapping) or primary not in PRIMARIES:
        raise GateError(
            "this is no report: it has no measures, or a primary measure that is not known; make it anew with `hisolver finetune report`"
        )
    reasons = [
        *_whole(report),
        *_better(measures, cast("Primary", primary)),
        *_runaway(measures),
        *_no_worse(measures, primary),
        *_skill(measures),
    ]
    return Gate(not reasons, tuple(reasons))


def _whole(report: Mapping[str, Any]) -> list[str]:
    """What was left out on request: or else the task or the guard that stands in the way could be, once all are known."""
    reasons = []
    if not_asked := report.get("not_asked", 0):
        reasons.append(f"It is not whole: {not_asked} items have not been asked of both models yet.")
    if other_tasks := report.get("other_tasks", 0):
        reasons.append(f"It is not whole: {other_tasks} held-out items of other tasks were left out.")
    if not report.get("likelihoods", True):
        reasons.append("It is not whole: whether it heeds the prompt was left out (--no-likelihoods).")
    return reasons


def _better(measures: Mapping[str, Any], primary: Primary) -> list[str]:
    found = _measure(measures, primary)
    if found is None:
        return [
            "It cannot be told whether it is better: none of the answers could be judged. The held-out examples need a check (an answer, or a scene "
            "that renders), and somebody to judge them."
        ]
    n = int(found["n"])
    what = "does what was asked" if primary == "success" else "runs away"
    counts = f"the base {what} on {_share(found, 'base')} of {n} items, the tuned model on {_share(found, 'tuned')}"
    if n < MIN_ITEMS:
        return [f"Too few items to tell: {n} were compared, at least {MIN_ITEMS} are needed ({counts})."]
    if is_better(found) and found["p"] < LEVEL:
        return []
    if found["difference"] == 0:
        told = f"It is not better: {counts}."
    elif is_better(found):
        told = f"It is not shown to be better: {counts}; that may be chance (p = {found['p']:.2g}, below {LEVEL} is needed)."
    else:
        told = f"It is worse: {counts} (p = {found['p']:.2g})."
    perplexity = _measure(measures, "perplexity")
    if perplexity is not None and is_better(perplexity):
        told += (
            f" That the held-out answers became likelier (perplexity {perplexity['base']:.3g} to {perplexity['tuned']:.3g}) is no proof."
        )
    return [told]


def _runaway(measures: Mapping[str, Any]) -> list[str]:
    found = _measure(measures, "runaway")
    if found is None:
        return ["It was not measured how often answers run away."]
    counts = f"{_share(found, 'tuned')} of {found['n']} answers, {_share(found, 'base')} with the base"
    if found["difference"] > MORE_RUNAWAY or (found["difference"] > 0 and found["p"] < LEVEL):
        return [f"It runs away more often than the base: {counts}."]
    if found["tuned_interval"][0] > MOST_RUNAWAY:
        return [f"It runs away too often, whatever the base does: {counts}. Did it see an end token in training?"]
    return []


def _no_worse(measures: Mapping[str, Any], primary: str) -> list[str]:
    told = {
        "prompt_use": "It heeds the prompt less than its base: the held-out answer is likelier after its own prompt than after other items' for",
        "success": "It does what was asked less often than its base: on",
    }
    reasons = []
    for name, words in told.items():
        found = _measure(measures, name)
        if name != primary and found is not None and found["difference"] < 0 and found["p"] < LEVEL:
            reasons.append(
                f"{words} {_share(found, 'tuned')} of {found['n']} items, with the base {_share(found, 'base')} (p = {found['p']:.2g})."
            )
    return reasons


def _skill(measures: Mapping[str, Any]) -> list[str]:
    found = _measure(measures, "skill")
    if found is None or found["n"] < MIN_ITEMS:
        return [
            f"Too few unrelated items to tell whether it forgot anything: {0 if found is None else found['n']}, at least {MIN_ITEMS} are needed."
        ]
    counts = f"{_share(found, 'tuned')} of {found['n']} unrelated items are done right, {_share(found, 'base')} with the base"
    # rounding: 0.95 - 1.0 is a hair below -0.05
    if found["difference"] < -FORGOTTEN - 1e-9 or (found["difference"] < 0 and found["p"] < LEVEL):
        return [f"It forgot something: {counts} (p = {found['p']:.2g})."]
    if found["base"] < MIN_SKILL:
        return [f"It cannot be told whether it forgot anything: the base does too few of the unrelated items ({counts})."]
    return []


def _measure(measures: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Raises `GateError` where its numbers are none: a comparison with them would let everything pass."""
    found = measures.get(name)
    if found is None:
        return None
    try:
        numbers = [float(found[key]) for key in ("base", "tuned", "difference", "p", "n")] + [float(end) for end in found["tuned_interval"]]
        whole = all(math.isfinite(number) for number in numbers) and len(found["tuned_interval"]) == 2 and "better" in found
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole:
        raise GateError(f"the measure {name} of this report is damaged; make it anew with `hisolver finetune report`")
    return cast("Mapping[str, Any]", found)


def _share(found: Mapping[str, Any], model: str) -> str:
    """A count where it is one, else a share."""
    count = float(found[model]) * float(found["n"])
    return f"{round(count)}" if abs(count - round(count)) < 1e-6 else f"{count:.1f}"
