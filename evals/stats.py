"""The statistics of a report: small, with guards, each with its source."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""


def wilson(right: float, n: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval for a share of `right` in `n` trials, within [0, 1]; (0, 1) when nothing was measured.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927). It stays sensible for few
    trials and for shares near 0 and 1, where the normal approximation does not. `right` may be a fraction: a mean over epochs, with `n` the
    number of items, which treats the epochs of one item as one trial. Raises `ValueError` unless 0 <= right <= n.
    """
    if n < 0 or not 0 <= right <= n:
        raise ValueError(f"a share needs 0 <= right <= n, not right={right}, n={n}")
    if n == 0:
        return (0.0, 1.0)
    share = right / n
    centre = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # at the ends one limit is exact; rounding must not move it
    low = 0.0 if right == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if right == n else min(1.0, (centre + spread) / scale)
    return (low, high)


def percentile(values: Sequence[float], q: float) -> float | None:
    """The `q`-th percentile (0 to 100) with linear interpolation between ranks, as numpy's default; None for no values.

    Raises `ValueError` for a `q` outside [0, 100].
    """
    if not 0 <= q <= 100:
        raise ValueError(f"a percentile lies in [0, 100], not {q}")
    if not values:
        return None
    ordered = sorted(values)
    at = (len(ordered) - 1) * q / 100
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def sign_test(worse: int, better: int) -> float:
    """The chance of at least `worse` falls among `worse + better` changes if both ways were equally likely (exact, one-sided); 1.0 for none.

    The paired comparison of two runs over the same items (McNemar's exact form).
    """
    n = worse + better
    return sum(math.comb(n, k) for k in range(worse, n + 1)) / 2**n if n else 1.0


def paired_gain(pairs: Sequence[tuple[bool, bool]], z: float = Z95) -> tuple[float, float, float]:
    """The mean gain from the first to the second outcome of each item, with its interval.

    The Wald interval for paired proportions with the Agresti-Min adjustment (half an item in each cell), which stays honest for few items:
    A. Agresti and Y. Min, Statistics in Medicine 24 (2005). Raises `ValueError` for no pairs.
    """
    if not pairs:
        raise ValueError("a gain needs at least one pair")
    better = sum(after and not before for before, after in pairs)
    worse = sum(before and not after for before, after in pairs)
    n, up, down = len(pairs) + 2, better + 0.5, worse + 0.5
    spread = z * math.sqrt((up + down) - (up - down) ** 2 / n) / n
    middle = (up - down) / n
    return (better - worse) / len(pairs), max(-1.0, middle - spread), min(1.0, middle + spread)


def bootstrap(values: Sequence[float], *, rounds: int = 2000, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of a mean, by drawing the values again and again with the same seed, so that a report can be made twice.

    Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Raises `ValueError` for no values.
    """
    if not values:
        raise ValueError("a mean needs at least one value")
    draw = random.Random(seed)  # noqa: S311 - statistics, no secrets
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(rounds))
    low, high = percentile(means, 2.5), percentile(means, 97.5)
    assert low is not None and high is not None  # noqa: S101 - there are values
    return (low, high)


def spread_evenly(n: int, limit: int | None, offset: int = 0) -> list[int]:
    """`limit` indices spread evenly over `n` items, `round(i * n / limit)`, all shifted round by `offset`; all of them where limit is None or too large."""
    if limit is None or limit >= n:
        return list(range(n))
    return sorted((round(i * n / limit) + offset) % n for i in range(limit))
