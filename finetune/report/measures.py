"""What the answers amount to, measure by measure, base against tuned. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from finetune.report import stats
from finetune.report.items import Item
from finetune.report.ports import MODELS, Answer, Likelihood, Model, Verdict

Better = Literal["higher", "lower"] | None
NGRAM = 4
_WORD = re.compile(r"\w+|[^\w\s]")
WORDS: dict[str, str] = {
    "success": "answers that do what was asked (pass@1)",
    "runaway": "answers that only the limit on length ended",
    "ended": "answers that the model ended itself, by an end token",
    "empty": "answers with nothing in them",
    "repetition": f"share of an answer's runs of {NGRAM} words that were there before",
    "length": "tokens of an answer",
    "perplexity": "perplexity of the held-out answers",
    "prompt_use": "held-out answers likelier after their own prompt than after each of four others",
    "skill": "unrelated sums and instructions done right",
}
"""What each measure says, for people. `success_TASK` is `success` over one task's items."""


class Measure(TypedDict):
    """`difference` is tuned less base, `low` and `high` its 95 % interval, `p` two-sided by `test`; `n` items were compared.

    The `..._interval`s are those of each model alone. `better` is None where neither direction is good.
    """

    base: float
    tuned: float
    difference: float
    low: float
    high: float
    p: float
    better: Better
    n: int
    test: str
    base_interval: list[float]
    tuned_interval: list[float]


class Found:
    """All that was asked and judged. Keys are (model, item's id, number of the sample), for likelihoods (model, item's id)."""

    def __init__(self) -> None:
        self.answers: dict[tuple[Model, str, int], Answer] = {}
        self.verdicts: dict[tuple[Model, str, int], Verdict] = {}
        self.likelihoods: dict[tuple[Model, str], Likelihood] = {}


def repetition(text: str, n: int = NGRAM) -> float:
    """rep-n within one answer: the share of its runs of `n` words (or signs) that occurred in it before, 0 to 1; 0 for fewer than `n` words.

    S. Welleck et al., Neural Text Generation with Unlikelihood Training, ICLR 2020 (seq-rep-n), over words in place of tokens, so that models behind an
    endpoint can be measured in the same way.
    """
    words = _WORD.findall(text.lower())
    runs = [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]
    return 1 - len(set(runs)) / len(runs) if runs else 0.0


def measure(items: Sequence[Item], skill: Sequence[Item], found: Found, samples: int) -> dict[str, Measure]:
    """Every measure that there is something for. An item without an answer or a verdict of both models is left out of that measure."""
    measures: dict[str, Measure | None] = {"success": _judged(items, found, samples)}
    tasks = sorted({item.task for item in items if item.check is not None})
    if len(tasks) > 1:
        for task in tasks:
            measures[f"success_{task}"] = _judged([item for item in items if item.task == task], found, samples)
    measures["runaway"] = _of_answers(items, found, samples, lambda answer: answer.ran_away, "lower")
    measures["ended"] = _of_answers(items, found, samples, lambda answer: answer.ended, "higher")
    measures["empty"] = _of_answers(items, found, samples, lambda answer: not answer.text.strip(), "lower")
    measures["repetition"] = _of_answers(items, found, samples, lambda answer: repetition(answer.text), "lower")
    measures["length"] = _of_answers(items, found, samples, lambda answer: float(answer.tokens), None)
    measures["perplexity"] = _perplexity(items, found)
    measures["prompt_use"] = _prompt_use(items, found)
    measures["skill"] = _judged(skill, found, 1)
    return {name: value for name, value in measures.items() if value is not None}


def _judged(items: Sequence[Item], found: Found, samples: int) -> Measure | None:
    base, tuned = [], []
    for item in items:
        verdicts = [[found.verdicts.get((model, item.id, sample)) for sample in range(samples)] for model in MODELS]
        told = [[verdict.right for verdict in group if verdict is not None and verdict.right is not None] for group in verdicts]
        if all(len(group) == samples for group in told):
            # the unbiased estimate of pass@1: the share of the samples that are right (M. Chen et al. 2021, k = 1)
            base.append(sum(told[0]) / samples)
            tuned.append(sum(told[1]) / samples)
    return _compared(base, tuned, "higher", shares=samples == 1)


def _of_answers(items: Sequence[Item], found: Found, samples: int, value: Callable[[Answer], float], better: Better) -> Measure | None:
    columns: list[list[float]] = [[], []]
    whole = True
    for item in items:
        answers = [[found.answers.get((model, item.id, sample)) for sample in range(samples)] for model in MODELS]
        if any(answer is None for group in answers for answer in group):
            continue
        for column, group in zip(columns, answers, strict=True):
            values = [value(answer) for answer in group if answer is not None]
            whole = whole and all(isinstance(each, bool) for each in values)
            column.append(sum(values) / samples)
    return _compared(columns[0], columns[1], better, shares=whole and samples == 1)


def _compared(base: Sequence[float], tuned: Sequence[float], better: Better, *, shares: bool) -> Measure | None:
    """One value an item and model; `shares` are values of 0 and 1."""
    n = len(base)
    if n == 0:
        return None
    differences = [after - before for before, after in zip(base, tuned, strict=True)]
    if shares:
        up, down = sum(difference > 0 for difference in differences), sum(difference < 0 for difference in differences)
        low, high = stats.paired_share([value > 0 for value in base], [value > 0 for value in tuned])
        p, test = stats.mcnemar(up, down), "McNemar, exact"
        alone = [stats.wilson(round(sum(values)), n) for values in (base, tuned)]
    else:
        low, high = stats.bootstrap(stats.mean_rows, differences)
        p, test = stats.wilcoxon(differences), "Wilcoxon, signed ranks"
        alone = [stats.bootstrap(stats.mean_rows, values) for values in (base, tuned)]
    means = sum(base) / n, sum(tuned) / n
    return Measure(
        base=means[0],
        tuned=means[1],
        difference=sum(differences) / n,
        low=low,
        high=high,
        p=p,
        better=better,
        n=n,
        test=test,
        base_interval=list(alone[0]),
        tuned_interval=list(alone[1]),
    )


def _perplexity(items: Sequence[Item], found: Found) -> Measure | None:
    """exp of the mean negative log-likelihood a token, over all completions together; intervals by drawing items, p over the items' means."""
    import numpy

    pairs = [(found.likelihoods[("base", item.id)], found.likelihoods[("tuned", item.id)]) for item in items if _scored(item, found)]
    if not pairs:
        return None
    base, tuned = [pair[0].nll for pair in pairs], [pair[1].nll for pair in pairs]
    tokens = [float(pair[0].tokens) for pair in pairs]

    def perplexity(nll: Any, count: Any) -> Any:
        # a mean above 700 nats would overflow, and says the same
        return numpy.exp(numpy.minimum(nll.sum(axis=-1) / count.sum(axis=-1), 700.0))

    def difference(before: Any, after: Any, count: Any) -> Any:
        return perplexity(after, count) - perplexity(before, count)

    low, high = stats.bootstrap(difference, base, tuned, tokens)
    values = [float(perplexity(numpy.asarray(column), numpy.asarray(tokens))) for column in (base, tuned)]
    return Measure(
        base=values[0],
        tuned=values[1],
        difference=values[1] - values[0],
        low=low,
        high=high,
        p=stats.wilcoxon([(after - before) / count for before, after, count in zip(base, tuned, tokens, strict=True)]),
        better="lower",
        n=len(pairs),
        test="Wilcoxon, signed ranks",
        base_interval=list(stats.bootstrap(perplexity, base, tokens)),
        tuned_interval=list(stats.bootstrap(perplexity, tuned, tokens)),
    )


def _prompt_use(items: Sequence[Item], found: Found) -> Measure | None:
    base, tuned = [], []
    for item in items:
        if not _scored(item, found):
            continue
        pair = [found.likelihoods[(model, item.id)] for model in MODELS]
        if pair[0].other_nll is not None and pair[1].other_nll is not None:
            base.append(float(pair[0].nll < pair[0].other_nll))
            tuned.append(float(pair[1].nll < pair[1].other_nll))
    return _compared(base, tuned, "higher", shares=True)


def _scored(item: Item, found: Found) -> bool:
    pair = [found.likelihoods.get((model, item.id)) for model in MODELS]
    return all(one is not None and one.tokens > 0 and math.isfinite(one.nll) for one in pair)


def is_better(found: Mapping[str, Any]) -> bool:
    """Whether the difference of a measure lies on its better side."""
    difference = float(found["difference"])
    return difference > 0 if found["better"] == "higher" else difference < 0 if found["better"] == "lower" else False
