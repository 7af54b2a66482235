"""The statistics of the comparison: two models over the same items. Pure, with the source of each method; SciPy where it has the method.

Everything is paired: item by item, what the tuned model did against what its base did.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""
ROUNDS = 4000
"""Of the bootstrap."""
Interval = tuple[float, float]


def wilson(right: int, n: int) -> Interval:
    """The 95 % Wilson score interval of a share of `right` in `n`; (0, 1) where nothing was measured.

    E. B. Wilson, JASA 22 (1927), by `scipy.stats`. Raises `ValueError` unless 0 <= right <= n.
    """
    from scipy.stats import binomtest

    if not 0 <= right <= n:
        raise ValueError(f"a share needs 0 <= right <= n, not right={right}, n={n}")
    if n == 0:
        return (0.0, 1.0)
    found = binomtest(right, n).proportion_ci(confidence_level=0.95, method="wilson")
    return (float(found.low), float(found.high))


def mcnemar(better: int, worse: int) -> float:
    """The two-sided exact p of McNemar's test: so many items got better and worse, and either way were equally likely. 1.0 for no changes.

    Q. McNemar, Psychometrika 12 (1947); the exact form is the binomial test over the changes.
    """
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse, 0.5).pvalue) if better + worse else 1.0


def paired_share(base: Sequence[bool], tuned: Sequence[bool]) -> Interval:
    """The 95 % interval of the difference of two shares over the same items.

    Wald's interval with half an item added to each of the four cells, which stays honest for few items: A. Agresti and Y. Min, Statistics in Medicine
    24 (2005). Raises `ValueError` for no items.
    """
    if not base:
        raise ValueError("a difference needs at least one pair")
    up = sum(after and not before for before, after in zip(base, tuned, strict=True)) + 0.5
    down = sum(before and not after for before, after in zip(base, tuned, strict=True)) + 0.5
    n = len(base) + 2
    spread = Z95 * math.sqrt((up + down) - (up - down) ** 2 / n) / n
    return max(-1.0, (up - down) / n - spread), min(1.0, (up - down) / n + spread)


def wilcoxon(differences: Sequence[float]) -> float:
    """The two-sided p of the signed-rank test that the differences lie around zero; 1.0 where all are zero. F. Wilcoxon (1945), by `scipy.stats`."""
    from scipy.stats import wilcoxon as signed_rank

    moved = [difference for difference in differences if difference != 0]
    return float(signed_rank(moved).pvalue) if moved else 1.0


def bootstrap(statistic: Callable[..., Any], *columns: Sequence[float], seed: int = 0, rounds: int = ROUNDS) -> Interval:
    """The 95 % percentile interval of a statistic of items, by drawing the items again and again, a column's rows together; the same for the same seed.

    `statistic` takes for each column an array (rounds, items) and gives one value a round. B. Efron and R. Tibshirani, An Introduction to the Bootstrap
    (1993), chapter 13. Raises `ValueError` for no items.
    """
    import numpy

    arrays = [numpy.asarray(column, dtype=float) for column in columns]
    count = len(arrays[0])
    if count == 0:
        raise ValueError("an interval needs at least one item")
    draw = numpy.random.default_rng(seed)
    values: list[float] = []
    while len(values) < rounds:
        # in parts: ten thousand items would otherwise take a gigabyte
        part = min(rounds - len(values), max(1, 2_000_000 // count))
        chosen = draw.integers(0, count, size=(part, count))
        values.extend(numpy.atleast_1d(statistic(*(array[chosen] for array in arrays))).tolist())
    low, high = numpy.percentile(values, [2.5, 97.5])
    return (float(low), float(high))


def mean_rows(values: Any) -> Any:
    """The mean of each round: (rounds, items) to (rounds,)."""
    return values.mean(axis=-1)
