"""Which examples are nearly the same: MinHash and LSH propose, the Jaccard similarity of the shingles decides, as for the scenes of the corpus.

A. Broder, On the resemblance and containment of documents (1997); K. Lee et al., Deduplicating Training Data Makes Language Models Better (2022).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from finetune.data.example import Example
from retrieval.preprocess.duplicates import NEAR, PROPOSED
from retrieval.preprocess.normal import PERMUTATIONS, hashes_of, shingles_of, signature_of

WORDS = re.compile(r"\w+|[^\w\s]")
LEAST_ASKED = 8
"""Tokens from which a question says enough to be a twin of another by itself: "Draw a circle." is asked by many."""
CROWD = 32
"""Twins of a text from which on it is not kept to be compared with: ten thousand rows of one template would else be compared each with each. Whoever is a
twin of it is one of some of those too."""
SHARED, FEW = 0.05, 20
"""A line is shared that stands in this part of the examples, and in so many at least."""
LEAST_ANSWER = 20
"""The same for an answer: many are "yes", and no twins for that."""


def shingles_of_words(words: list[str]) -> Any:
    """The hashes of five words in a row, sorted, each once, as a NumPy array."""
    import numpy as np

    return np.frombuffer(shingles_of(hashes_of(words)), dtype="<u4")


def jaccard(left: Any, right: Any) -> float:
    """Of two such arrays, in [0, 1]."""
    import numpy as np

    if not len(left) or not len(right):
        return float(len(left) == len(right))
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)


class Index:
    """Texts, to be asked for what is nearly the same."""

    def __init__(self) -> None:
        from datasketch import MinHash, MinHashLSH

        self._permutations = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32").permutations
        self._lsh = MinHashLSH(threshold=PROPOSED, num_perm=PERMUTATIONS)
        self._sets: dict[int, Any] = {}

    def signature(self, found: Any) -> Any:
        import numpy as np
        from datasketch import MinHash

        values = np.frombuffer(signature_of(found.tobytes()), dtype="<u4").astype(np.uint32)
        return MinHash(num_perm=PERMUTATIONS, seed=1, hashvalues=values, permutations=self._permutations, scheme="affine32")

    def near(self, found: Any, signature: Any) -> list[int]:
        """The numbers of the texts whose similarity is `NEAR` or more, in order."""
        return sorted(other for other in self._lsh.query(signature) if jaccard(self._sets[other], found) >= NEAR)

    def add(self, number: int, found: Any, signature: Any) -> None:
        self._sets[number] = found
        self._lsh.insert(number, signature, check_duplication=False)


def twins(examples: Sequence[Example]) -> list[int]:
    """For each example the number of the first of its twins, its own where it has none before it: near in what is asked or in the answer, directly or
    through others. Lines that many of them share, an instruction or an import, say nothing and are passed over."""
    parents = list(range(len(examples)))
    parts = (([example.asked for example in examples], LEAST_ASKED), ([example.answer for example in examples], LEAST_ANSWER))
    for texts, least in parts:
        index, same = Index(), dict[bytes, int]()
        for number, text in enumerate(_own_lines(texts)):
            words = WORDS.findall(text.lower())
            if len(words) < least:
                continue
            found = shingles_of_words(words)
            # word for word the same needs no search, and ten thousand of them would make one slow
            if (first := same.setdefault(found.tobytes(), number)) != number:
                _join(parents, first, number)
                continue
            signature = index.signature(found)
            near = index.near(found, signature)
            for other in near:
                _join(parents, other, number)
            if len(near) < CROWD:
                index.add(number, found, signature)
    return [_root(parents, number) for number in range(len(examples))]


def _own_lines(texts: Sequence[str]) -> Iterator[str]:
    counts = Counter(line for text in texts for line in {line.strip() for line in text.split("\n")})
    many = max(FEW, SHARED * len(texts))
    for text in texts:
        yield "\n".join(line for line in text.split("\n") if counts[line.strip()] < many)


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def _join(parents: list[int], left: int, right: int) -> None:
    first, second = sorted((_root(parents, left), _root(parents, right)))
    parents[second] = first
