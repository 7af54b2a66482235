"""The lexical half: one BM25 index (bm25s) a field, so that the fields' weights are chosen when searching."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from retrieval.errors import REBUILD, RetrievalError
from retrieval.index.texts import FIELDS

K1, B = 1.2, 0.75
WEIGHTS: Mapping[str, float] = {"description": 1.0, "name": 0.5, "uses": 0.5, "identifiers": 0.3, "texts": 0.1}
NOTHING = "\0"
"""Stands for an empty field: bm25s wants a word in every document."""


class Lexical:
    """Scores all scenes against words. Rows are in the order in which they were given."""

    def __init__(self, indexes: Mapping[str, Any], count: int) -> None:
        self._indexes = indexes
        self.count = count

    @classmethod
    def of(cls, fields: Sequence[Mapping[str, Sequence[str]]]) -> Lexical:
        """An index over the `fields` of each scene."""
        import bm25s

        indexes = {}
        for name in FIELDS:
            index = bm25s.BM25(k1=K1, b=B)
            index.index([list(row.get(name, ())) or [NOTHING] for row in fields], show_progress=False)
            indexes[name] = index
        return cls(indexes, len(fields))

    def save(self, folder: Path) -> dict[str, str]:
        """Writes it to `folder` and returns the SHA-256 of each file by its name there."""
        for name, index in self._indexes.items():
            index.save(folder / name, show_progress=False)
        return {str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}

    @classmethod
    def load(cls, folder: Path, files: Mapping[str, str], count: int) -> Lexical:
        """What `save` wrote. Raises `RetrievalError` where a file is missing or is another one."""
        import bm25s

        try:
            for name, wanted in files.items():
                if _sha256(folder / name) != wanted:
                    raise ValueError(f"{name} does not match its checksum")
            indexes = {name: bm25s.BM25.load(folder / name, allow_pickle=False, load_corpus=False) for name in FIELDS}
        except (OSError, ValueError, KeyError) as error:
            raise RetrievalError(f"the scene index in {folder} is damaged ({error}); run `{REBUILD}`") from error
        return cls(indexes, count)

    def scores(self, words: Sequence[str], weights: Mapping[str, float] = WEIGHTS) -> Any:
        """One number a scene (a numpy array), 0 where no word is met: the fields' BM25 scores, weighted and added."""
        import numpy as np

        total = np.zeros(self.count, dtype=np.float32)
        for name, weight in weights.items():
            index = self._indexes[name]
            known = [word for word in words if word in index.vocab_dict]
            if known and weight:
                total += weight * index.get_scores(known)
        return total


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
