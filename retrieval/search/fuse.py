"""How the two vectors and BM25 make one score. The weights were chosen on half of the queries of the suite `retrieval`: docs/adr/0014-index.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from retrieval.index import Loaded

By = Literal["fused", "vectors", "descriptions", "intents", "bm25"]
WAYS: tuple[str, ...] = get_args(By)

DESCRIPTION, INTENT, WORDS = 0.6, 0.4, 0.15
HALF = 20.0
"""The BM25 score that counts half of the most: BM25 has no upper bound, a cosine has."""


def scores(loaded: Loaded, vector: Any, words: Sequence[str], by: By) -> Any:
    """One number in [-1, 1] a scene: cosine similarities, BM25 squeezed into [0, 1), or their weighted mean. `vector` is None where `by` needs none."""
    lexical = 0.0
    if by in ("fused", "bm25"):
        found = loaded.lexical.scores(words)
        lexical = found / (found + HALF)
    if by == "bm25":
        return lexical
    if by in ("descriptions", "intents"):
        return loaded.vectors[by] @ vector
    near = DESCRIPTION * (loaded.vectors["descriptions"] @ vector) + INTENT * (loaded.vectors["intents"] @ vector)
    return near if by == "vectors" else (near + WORDS * lexical) / (DESCRIPTION + INTENT + WORDS)
