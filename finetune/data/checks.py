"""What a data set must not be: without examples, or with one answer over and over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from finetune.errors import DataError

SAME = 0.8
"""The share of examples with one and the same answer from which on that is all there is to learn."""
SAME_TEMPLATE = 0.5
"""The share of near-duplicates across splits from which on a data set is one template."""
FEWEST = 20
"""Examples below which a share says nothing."""


def one_answer(answers: Sequence[str], where: str) -> None:
    """Raises `DataError` where nearly all answers are the same, word for word."""
    if len(answers) < FEWEST:
        return
    answer, count = Counter(" ".join(answer.split()) for answer in answers).most_common(1)[0]
    if count >= SAME * len(answers):
        shown = answer if len(answer) <= 60 else f"{answer[:60]}..."
        raise DataError(
            f"{where}: {count} of {len(answers)} answers are the same ({shown!r}); a model would learn to say that to everything. "
            "Look for a column that was taken for another, or leave most of them out"
        )


def all_filled(counts: Mapping[str, int], groups: int, wanted: Mapping[str, float]) -> None:
    """Raises `DataError` where a split that was wanted is empty."""
    empty = [name for name, share in wanted.items() if share and not counts.get(name)]
    if empty:
        raise DataError(
            f"{groups} groups leave {' and '.join(empty)} empty: a repository is never parted. Split by scene (--split-by scene), choose another --seed, "
            "give other shares (--validation, --test; 0 for none), or add data"
        )


def few_twins(crossing: int, examples: int) -> None:
    """Raises `DataError` where most examples are near-duplicates of one in another split: left out, they would leave little, and a test among them would
    measure nothing."""
    if crossing > SAME_TEMPLATE * examples:
        raise DataError(
            f"{crossing} of {examples} examples are near-duplicates of others in another split, as rows of one template are. Give rows that belong together "
            "the same `group`, or take all for training (--validation 0 --test 0) and bring a test of another kind"
        )
