"""What an example shares with held-out items: the same text, thirteen words in a row, or nearly the same text.

T. Brown et al., Language Models are Few-Shot Learners (2020), appendix C: 13-grams of lower-case words without punctuation. An item of fewer words is looked
for whole. In programs 13 words in a row are common to all, so that there it takes 40. Edits inside every 13 words are left to the near-duplicates;
paraphrases are found by neither (S. Yang et al., Rethinking Benchmark and Contamination for Language Models with Rephrased Samples, 2023).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from finetune.data.example import Example
from finetune.data.near import WORDS as TOKENS
from finetune.data.near import Index, shingles_of_words
from retrieval.preprocess.normal import hashes_of

PROSE, CODE = 13, 40
"""Words in a row that are an overlap."""
LEAST = 5
"""Words that an item must have to be looked for inside a text; a shorter one must be all of it."""
LEAST_NEAR = 8
_WORDS = re.compile(r"[^\W_]+")
_CODE = re.compile(r"\bdef \w+\(|^\s*(?:from|import) \w|^class \w+\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Item:
    """One held-out item: the texts of it that no example may hold. `name` says which of its set."""

    set: str
    name: str
    texts: tuple[str, ...]


@dataclass
class _Known:
    """Which items hold a run of words, by its hash, for one length of run."""

    holders: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    sorted: Any = None


class HeldOut:
    """Held-out items, to be asked which of them an example overlaps with."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items: Sequence[Item] = list(items)
        self._runs: dict[int, _Known] = {}
        self._whole: dict[str, set[int]] = defaultdict(set)
        self._index = Index()
        self._near: list[int] = []
        for number, item in enumerate(self.items):
            for text in item.texts:
                self._add(number, text)
        self._freeze()

    def overlaps(self, example: Example) -> set[int]:
        """The numbers of the items in `items`."""
        found: set[int] = set()
        for text in (example.asked, example.answer):
            words = _WORDS.findall(text.lower())
            found |= self._whole.get(" ".join(words), set())
            for length, runs in _rolled(words, self._lengths):
                found |= _holders(self._runs[length], runs)
            tokens = TOKENS.findall(text.lower())
            if len(tokens) >= LEAST_NEAR and self._near:
                shingles = shingles_of_words(tokens)
                found |= {self._near[place] for place in self._index.near(shingles, self._index.signature(shingles))}
        return found

    def _add(self, number: int, text: str) -> None:
        words = _WORDS.findall(text.lower())
        if not words:
            return
        self._whole[" ".join(words)].add(number)
        length = CODE if _CODE.search(text) else PROSE
        if len(words) < length:
            length = len(words) if length == PROSE else 0
        if length >= LEAST:
            known = self._runs.setdefault(length, _Known())
            for _, runs in _rolled(words, [length]):
                for value in runs.tolist():
                    known.holders[value].add(number)
        tokens = TOKENS.findall(text.lower())
        if len(tokens) >= LEAST_NEAR:
            shingles = shingles_of_words(tokens)
            self._index.add(len(self._near), shingles, self._index.signature(shingles))
            self._near.append(number)

    def _freeze(self) -> None:
        import numpy as np

        self._lengths = sorted(self._runs)
        for known in self._runs.values():
            known.sorted = np.array(sorted(known.holders), dtype=np.uint64)


def _rolled(words: list[str], lengths: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """For each length, ascending, a 64-bit hash of every so many words in a row, in order, as a NumPy array; lengths beyond the text are left out."""
    import numpy as np

    wanted = [length for length in lengths if length <= len(words)]
    if not wanted:
        return
    hashes = hashes_of(words).astype(np.uint64) + np.uint64(1)
    total = np.zeros(len(words) + 1, dtype=np.uint64)
    for length in range(1, wanted[-1] + 1):
        # one word more: each run is the last one without its end, times a factor that makes the order count
        total = total[:-1] * np.uint64(0x9E3779B97F4A7C15) + hashes[length - 1 :]
        if length in wanted:
            yield length, total


def _holders(known: _Known, runs: Any) -> set[int]:
    import numpy as np

    places = np.searchsorted(known.sorted, runs)
    places[places == len(known.sorted)] = 0
    return {number for value in runs[known.sorted[places] == runs].tolist() for number in known.holders[value]}


def found_by_set(items: Sequence[Item], found: Iterable[int]) -> Iterator[tuple[str, int, int]]:
    """For each held-out set its name, how many items it has, and how many of them were found."""
    hit = set(found)
    for name in dict.fromkeys(item.set for item in items):
        own = [number for number, item in enumerate(items) if item.set == name]
        yield name, len(own), sum(number in hit for number in own)
