"""An embedder of words, so that the index is tested without the model."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from retrieval.embedding import Embedder
from retrieval.records import SceneRecord, scene_id

SIZE = 512


class WordEmbedder(Embedder):
    """Counts hashed words: texts that share words are near to each other."""

    def __init__(self, name: str = "words") -> None:
        super().__init__(Path(name))
        self.texts: list[str] = []

    def fingerprint(self) -> str:
        return hashlib.sha256(str(self.folder).encode()).hexdigest()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.texts.extend(texts)
        return [_vector(text) for text in texts]


def _vector(text: str) -> list[float]:
    counts = [1e-6] * SIZE
    for word in re.findall(r"\w+", text.lower()):
        counts[int(hashlib.sha256(word.encode()).hexdigest(), 16) % SIZE] += 1.0
    length = math.sqrt(sum(count * count for count in counts))
    return [count / length for count in counts]


@pytest.fixture
def make_embedder() -> Callable[..., WordEmbedder]:
    return WordEmbedder


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def make_record() -> Callable[..., SceneRecord]:
    def make(scene: str, description: str, body: str) -> SceneRecord:
        code = f"from manim import *\n\n\nclass {scene}(Scene):\n    def construct(self):\n        {body}\n"
        return SceneRecord(scene_id(code), scene, f"manim 9.9: manim.things.{scene}", "MIT", description, code)

    return make


@pytest.fixture
def records(make_record: Callable[..., SceneRecord]) -> list[SceneRecord]:
    return [
        make_record("Parabola", "parabola graph with axes", "self.add(Axes().plot(lambda x: x**2))"),
        make_record("Ladder", "a ladder leaning on a wall", "self.add(Line(LEFT, UP), Square())"),
        make_record("Pie", "pie chart of shares", "self.add(*[Sector(angle=a) for a in (1, 2, 3)])"),
    ]
