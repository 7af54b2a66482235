"""Who goes where: a hash of the group decides, so that a group never moves, whatever comes or goes beside it.

Near-duplicates in different groups do not tie these together: code that everybody copies would in the end tie nearly all repositories into one. Where
twins would stand in different splits, those in one of them stay, and the others are left out (docs/adr/0017-data-sets.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from finetune.data.example import Example
from finetune.errors import DataError

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
_STAYS: tuple[Split, ...] = ("test", "validation", "train")
"""Whose twin stays: a test set does not shrink for what is added to the training."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Of the groups, each from 0 to 1; the rest is for training."""

    validation: float = 0.1
    test: float = 0.1

    def __post_init__(self) -> None:
        if not (self.validation >= 0 and self.test >= 0 and self.validation + self.test < 1):
            raise DataError(
                f"shares of {self.validation} and {self.test} leave nothing to train on; their sum is less than 1, neither is less than 0"
            )


def split_of(group: str, seed: int, shares: Shares) -> Split:
    """Where a group belongs; nothing else has a part in it. A larger share takes further groups in, and sends none of them elsewhere but from training."""
    digest = hashlib.sha256(f"{seed}\0{group}".encode("utf-8", "replace")).digest()
    place = int.from_bytes(digest[:8]) / 2**64
    if place < shares.test:
        return "test"
    # from the other end, so that the one share does not push the other
    return "validation" if place >= 1 - shares.validation else "train"


def assigned(examples: Sequence[Example], twins: Sequence[int], seed: int, shares: Shares) -> list[Split | None]:
    """The split of each example; None where a twin of it (`finetune.data.near.twins`) stays in another split."""
    places = [split_of(example.group, seed, shares) for example in examples]
    stays: dict[int, Split] = {}
    for root, place in zip(twins, places, strict=True):
        stays[root] = min(stays.get(root, place), place, key=_STAYS.index)
    return [place if stays[root] == place else None for root, place in zip(twins, places, strict=True)]
