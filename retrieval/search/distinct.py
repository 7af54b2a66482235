"""Near-duplicates of one scene, told apart from scenes that are like each other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrieval.index.chroma import Row

SAME = 0.85
"""Share of common tokens (Jaccard) from which two scenes count as one."""


def distinct(scored: Iterable[tuple[Row, float]], k: int) -> list[tuple[Row, float]]:
    """The first `k` that are nearly none that came before: of another cluster, and of other tokens."""
    kept: list[tuple[Row, float]] = []
    tokens: list[frozenset[str]] = []
    clusters: set[str] = set()
    for row, score in scored:
        own = frozenset(re.findall(r"\w+", str(row["code"]))) - {str(row["scene"])}
        if str(row["cluster"]) not in clusters and all(overlap(own, other) < SAME for other in tokens):
            kept.append((row, score))
            tokens.append(own)
            clusters.add(str(row["cluster"]))
            if len(kept) == k:
                break
    return kept


def overlap(left: frozenset[str], right: frozenset[str]) -> float:
    """The Jaccard index of two sets, 0 for two empty ones."""
    return len(left & right) / (len(left | right) or 1)
