"""How far labellers agree: Krippendorff's alpha for tags and ratings, token F1 for descriptions.

K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). Our own, since the library for it is under the GPL.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import Any, TypeVar

from retrieval.labels.records import Label

Value = TypeVar("Value", bound=Hashable)
Distance = Callable[[Any, Any], float]
RESAMPLES = 500
FEWEST = 10
"""Scenes with two labels or more from which an interval is told."""
SEED = 20261126


def nominal(left: Hashable, right: Hashable) -> float:
    """0 where the two are the same, else 1."""
    return 0.0 if left == right else 1.0


def interval(left: float, right: float) -> float:
    """The squared difference."""
    return float(left - right) ** 2


def jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    """1 less the share of tags in common; two empty sets are the same."""
    return 1.0 - len(left & right) / len(left | right) if left or right else 0.0


def ordinal(counts: Mapping[int, int]) -> Distance:
    """The distance of two ranks, by how many values lie between them. `counts` says how often each rank was given."""

    def distance(left: int, right: int) -> float:
        low, high = min(left, right), max(left, right)
        between = sum(count for rank, count in counts.items() if low <= rank <= high)
        return (between - (counts[low] + counts[high]) / 2) ** 2

    return distance


def alpha(units: Iterable[Sequence[Value]], distance: Distance | Callable[[Counter[Value]], Distance]) -> float | None:
    """Krippendorff's alpha: 1 for full agreement, 0 for that of chance, less for disagreement on purpose.

    A unit holds the values that labellers gave one scene; units with fewer than two count for nothing. `distance` is one of the functions above, or
    `ordinal` itself, which needs the counts. None where there is nothing to compare, or where all values are the same.
    """
    pairable = [list(unit) for unit in units if len(unit) > 1]
    counts: Counter[Value] = Counter(value for unit in pairable for value in unit)
    measure: Distance = ordinal(counts) if distance is ordinal else distance  # type: ignore[assignment]
    total = sum(counts.values())
    expected = 2.0 * sum(counts[a] * counts[b] * measure(a, b) for a, b in combinations(counts, 2))
    if not expected:
        return None
    observed = sum(2.0 * sum(measure(a, b) for a, b in combinations(unit, 2)) / (len(unit) - 1) for unit in pairable)
    return 1.0 - (total - 1) * observed / expected


def between(units: Sequence[Sequence[Value]], distance: Distance | Callable[[Counter[Value]], Distance]) -> tuple[float, float] | None:
    """A 95 % interval of alpha by resampling scenes (percentile bootstrap, fixed seed); None for fewer than `FEWEST` scenes."""
    pairable = [unit for unit in units if len(unit) > 1]
    if len(pairable) < FEWEST:
        return None
    chance = random.Random(SEED)  # noqa: S311 - statistics, not secrets
    found = sorted(
        value for value in (alpha(chance.choices(pairable, k=len(pairable)), distance) for _ in range(RESAMPLES)) if value is not None
    )
    if len(found) < RESAMPLES // 2:
        return None
    return found[int(0.025 * len(found))], found[min(len(found) - 1, int(0.975 * len(found)))]


def token_f1(left: str, right: str) -> float:
    """F1 of the words that two texts share, as bags, without case and punctuation; symmetric, in [0, 1]."""
    a, b = (Counter(re.findall(r"\w+", text.lower())) for text in (left, right))
    if not a or not b:
        return 1.0 if a == b else 0.0
    common = sum((a & b).values())
    return 2.0 * common / (sum(a.values()) + sum(b.values()))


def agreement(labels: Iterable[Label], drafts: Mapping[str, str]) -> dict[str, Any]:
    """What `hisolver corpus label agreement` prints. `drafts` are the descriptions that the tasks were filled with, by scene.

    Drafts draw labellers towards each other, so that F1 flatters: `unchanged_drafts` says how many labels left theirs as it was.
    """
    rows = [label for label in labels if not label.machine]
    by_scene: dict[str, list[Label]] = {}
    for row in rows:
        by_scene.setdefault(row.id, []).append(row)
    shared = [group for group in by_scene.values() if len(group) > 1]
    tags = [[frozenset(label.tags) for label in group] for group in shared]
    ratings = [[label.rating for label in group if label.rating is not None] for group in shared]
    texts = [
        fmean(token_f1(a.description, b.description) for a, b in combinations(written, 2))
        for group in shared
        if len(written := [label for label in group if label.description.strip()]) > 1
    ]
    drafted = [label for label in rows if drafts.get(label.id)]
    unchanged = sum(label.description.split() == drafts[label.id].split() for label in drafted)
    return {
        "scenes": len(by_scene),
        "shared": len(shared),
        "labellers": dict(sorted(Counter(label.by for label in rows).items())),
        "tags": {"measure": "Krippendorff's alpha, Jaccard distance", **_alpha(tags, jaccard)} | {"each": _each_tag(tags)},
        "rating": {"measure": "Krippendorff's alpha, ordinal", **_alpha(ratings, ordinal)},
        "description": {
            "measure": "token F1, mean over scenes",
            "f1": round(fmean(texts), 4) if texts else None,
            "scenes": len(texts),
            "unchanged_drafts": round(unchanged / len(drafted), 4) if drafted else None,
        },
    }


def _alpha(units: Sequence[Sequence[Any]], distance: Any) -> dict[str, Any]:
    value, margin = alpha(units, distance), between(units, distance)
    return {
        "alpha": None if value is None else round(value, 4),
        "interval": None if margin is None else [round(bound, 4) for bound in margin],
        "scenes": sum(len(unit) > 1 for unit in units),
    }


def _each_tag(units: Sequence[Sequence[frozenset[str]]]) -> dict[str, Any]:
    """For every tag that somebody gave: alpha of having it or not, and on how many of the shared scenes anybody gave it."""
    found: dict[str, Any] = {}
    for tag in sorted({tag for unit in units for tags in unit for tag in tags}):
        value = alpha([[tag in tags for tags in unit] for unit in units], nominal)
        found[tag] = {
            "alpha": None if value is None else round(value, 4),
            "scenes": sum(any(tag in tags for tags in unit) for unit in units),
        }
    return found
