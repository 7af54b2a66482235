"""A report from beginning to end: answers, likelihoods, verdicts, measures, gate. Each step goes on where the last run was stopped."""

from __future__ import annotations

import asyncio
import datetime
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from finetune.errors import ReportError
from finetune.report import gate, skill
from finetune.report.gate import Primary
from finetune.report.items import DataSet, Item
from finetune.report.measures import Found, measure
from finetune.report.ports import MODELS, Generates, Judge, Likelihood, Model, Sampling, Scores, Verdict
from finetune.report.samples import Samples

SAMPLES, REPORT = "samples.jsonl", "report.json"
SHORTEST, LONGEST = 64, 1024
"""Bounds of the limit on an answer's length, in tokens, where none is asked for."""
CHARS_A_TOKEN = 3.0
"""A careful guess for code, where nobody can count."""
JUDGED_AT_ONCE = 16
OTHERS = 4
"""Prompts of others that an answer is tried after. With one alone even a model that learnt wrong answers mostly tells them apart."""
T = TypeVar("T")
Tell = Callable[[int, int, str], None]
"""(done, of, what): how far it is."""


@dataclass(frozen=True, slots=True)
class Order:
    """`samples` answers an item: several make sense at a temperature above 0 only. `max_new_tokens` None: twice what the held-out answers need.
    Without `likelihoods` perplexity and use of the prompt are left out: five passes over each item, which are hours where a token takes long.
    `so_far` asks nothing more: it reports what both have answered, and the gate does not pass it."""

    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    max_new_tokens: int | None = None
    primary: Primary = "success"
    likelihoods: bool = True
    so_far: bool = False
    skill_items: int = skill.ITEMS

    def __post_init__(self) -> None:
        if self.samples < 1 or self.skill_items < 0 or (self.max_new_tokens is not None and self.max_new_tokens < 1):
            raise ReportError("samples and new tokens are at least 1")
        if self.samples > 1 and self.temperature == 0:
            raise ReportError("several samples of an item are all the same at temperature 0; name a temperature")


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared: `base` and `adapter` as they stand in the report; their hashes tell this report's samples from another's."""

    base: Mapping[str, Any]
    adapter: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """`report` as in `report.json`, `items` those that were asked, `found` all answers."""

    report: dict[str, Any]
    items: tuple[Item, ...]
    skill: tuple[Item, ...]
    found: Found


async def make(
    out: Path,
    data: DataSet,
    compared: Compared,
    models: Generates,
    judge: Judge,
    order: Order,
    tell: Tell,
    *,
    unrelated: Sequence[Item] | None = None,
    anew_if_changed: bool = False,
) -> Made:
    """Makes the report and writes `report.json` into the folder `out`. `unrelated` are checked as `skill` does; None takes its items. `anew_if_changed`
    forgets the answers of another report that are there.

    Raises `FinetuneError`, `OSError`.
    """
    from retrieval.whole import write_whole

    limit = order.max_new_tokens or _limit(data.items, models)
    items = tuple(item for item in data.items if models.fits(item.prompt, limit))
    if not items:
        raise ReportError(f"none of the {len(data.items)} held-out prompts fits the models' context with {limit} new tokens; ask for fewer")
    left_out = len(data.items) - len(items)
    unrelated = skill.make(order.skill_items, order.seed) if unrelated is None else tuple(unrelated)
    sampling = Sampling(limit, order.temperature, order.top_p, order.seed)
    identity = {
        "base": dict(compared.base),
        "adapter": dict(compared.adapter),
        "dataset": data.version,
        "sampling": asdict(sampling),
        "skill_items": len(unrelated),
    }
    with Samples(out / SAMPLES, identity, anew_if_changed=anew_if_changed) as samples:
        asked = len(items) + len(unrelated)
        if order.so_far:
            items, unrelated = (_answered(group, samples.found, order.samples) for group in (items, unrelated))
        else:
            await _ask(samples, models, items, unrelated, order, sampling, tell)
        if order.likelihoods and not order.so_far and isinstance(models, Scores):
            await _score(samples, models, items, tell)
        await _judge(samples, judge, items, unrelated, order.samples, tell)
        found = samples.found
    report = {
        **identity,
        "dataset": {"name": data.name, "version": data.version, "held_out": data.held_out},
        "items": len(items),
        "left_out": left_out,
        "other_tasks": data.other_tasks,
        "unjudged": _unjudged(items, found, order.samples),
        "not_asked": asked - len(items) - len(unrelated),
        "likelihoods": order.likelihoods,
        "samples": order.samples,
        "primary": order.primary,
        "measures": measure(items, unrelated, found, order.samples),
        "made_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    decided = gate.decide(report)
    report["gate"] = {"passed": decided.passed, "reasons": list(decided.reasons)}
    written = json.dumps(report, indent=2, allow_nan=False).encode()
    write_whole(out / REPORT, lambda file: file.write(written))
    return Made(report, items, tuple(unrelated), found)


def _answered(items: Sequence[Item], found: Found, samples: int) -> tuple[Item, ...]:
    """Those that both models have answered. The shortest prompts are asked first, so that these are no fair sample of all."""
    return tuple(item for item in items if all((model, item.id, sample) in found.answers for model in MODELS for sample in range(samples)))


def _limit(items: Sequence[Item], models: Generates) -> int:
    """Twice the length that 95 of 100 held-out answers stay under: who needs more than that does not stop."""
    if isinstance(models, Scores):
        lengths = sorted(models.length(item) for item in items)
    else:
        lengths = sorted(round(len(item.completion) / CHARS_A_TOKEN) for item in items)
    return max(SHORTEST, min(LONGEST, 2 * lengths[min(len(lengths) - 1, int(len(lengths) * 0.95))]))


async def _ask(
    samples: Samples, models: Generates, items: Sequence[Item], unrelated: Sequence[Item], order: Order, sampling: Sampling, tell: Tell
) -> None:
    short = Sampling(min(skill.NEW_TOKENS, sampling.max_new_tokens), seed=sampling.seed)
    # of one length together, so that little of a batch is padding; the batches must be the same when it goes on
    by_length = sorted(items, key=lambda item: (sum(len(message["content"]) for message in item.prompt), item.id))
    total = len(MODELS) * (len(items) * order.samples + len(unrelated))
    # they may make it smaller as they go
    done, size = 0, models.batch
    for model in MODELS:
        for group, count, how in ((by_length, order.samples, sampling), (unrelated, 1, short)):
            for sample in range(count):
                for batch in _batches(group, size):
                    wanted = [item for item in batch if (model, item.id, sample) not in samples.found.answers]
                    if wanted:
                        tell(done, total, f"{model} answers")
                        drawn = replace(how, seed=_seed(how.seed, wanted[0].id, sample))
                        answers = await models.answers(model, [item.prompt for item in wanted], drawn)
                        samples.keep([samples.answers(model, item.id, sample, one) for item, one in zip(wanted, answers, strict=True)])
                    done += len(batch)
    tell(total, total, "answered")


def _batches(group: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (group[start : start + size] for start in range(0, len(group), size))


def _seed(seed: int, item: str, sample: int) -> int:
    """Another one for each batch and sample, the same for both models."""
    return zlib.crc32(f"{seed} {item} {sample}".encode())


async def _score(samples: Samples, models: Scores, items: Sequence[Item], tell: Tell) -> None:
    total, done = len(MODELS) * len(items), 0
    for model in MODELS:
        for index, item in enumerate(items):
            if (model, item.id) not in samples.found.likelihoods:
                tell(done, total, f"{model} reads")
                found: Likelihood = await models.likelihood(model, item, _others(items, index))
                samples.keep([samples.likelihood(model, item.id, found)])
            done += 1
    tell(total, total, "read")


def _others(items: Sequence[Item], index: int) -> list[Item]:
    """Items of the same task with other prompts and other completions: the next ones round the circle."""
    here, found = items[index], []
    for step in range(1, len(items)):
        item = items[(index + step) % len(items)]
        if item.task == here.task and item.completion != here.completion and item.prompt != here.prompt:
            found.append(item)
        if len(found) == OTHERS:
            break
    return found


async def _judge(samples: Samples, judge: Judge, items: Sequence[Item], unrelated: Sequence[Item], count: int, tell: Tell) -> None:
    jobs: list[tuple[Model, Item, int]] = [
        (model, item, sample) for item in items if item.check is not None for sample in range(count) for model in MODELS
    ]
    # what could not be judged is tried again: the judge may be there now
    open_jobs = [job for job in jobs if _right(samples.found, job) is None]
    for number, batch in enumerate(_batches(open_jobs, JUDGED_AT_ONCE)):
        tell(len(jobs) - len(open_jobs) + number * JUDGED_AT_ONCE, len(jobs), "judged")
        verdicts = await asyncio.gather(*(_verdict(judge, item, samples.found, model, sample) for model, item, sample in batch))
        samples.keep([samples.verdict(model, item.id, sample, one) for (model, item, sample), one in zip(batch, verdicts, strict=True)])
    # by computation, at once
    fresh = [(model, item) for item in unrelated for model in MODELS if (model, item.id, 0) not in samples.found.verdicts]
    samples.keep(
        [samples.verdict(model, item.id, 0, skill.verdict(item, samples.found.answers[(model, item.id, 0)].text)) for model, item in fresh]
    )
    tell(len(jobs), len(jobs), "judged")


def _right(found: Found, job: tuple[Model, Item, int]) -> bool | None:
    verdict = found.verdicts.get((job[0], job[1].id, job[2]))
    return None if verdict is None else verdict.right


async def _verdict(judge: Judge, item: Item, found: Found, model: Model, sample: int) -> Verdict:
    text = found.answers[(model, item.id, sample)].text
    if not text.strip():
        return Verdict(False, "there is no answer")
    return await judge.verdict(item, text)


def _unjudged(items: Sequence[Item], found: Found, samples: int) -> int:
    """Items with a check of which an answer could not be judged."""
    return sum(
        any(_right(found, (model, item, sample)) is None for model in MODELS for sample in range(samples))
        for item in items
        if item.check is not None
    )
