"""Repositories as dictionaries, and what preprocessing makes of them."""

from __future__ import annotations

import textwrap
import zlib
from collections.abc import Callable

import pytest

from retrieval.preprocess.library import Library, installed_library
from retrieval.preprocess.reading import PackedFile, Repository
from retrieval.preprocess.repository import Result, scenes_of
from retrieval.records import SceneRecord
from retrieval.sources import manim_docs

REPOSITORY = Repository(1, "github", "someone/scenes", "MIT", "0123456789abcdef")


@pytest.fixture(scope="session")
def library() -> Library:
    return installed_library(manim_docs.package_folder(), manim_docs.installed_version())


@pytest.fixture
def preprocessed(library: Library) -> Callable[..., Result]:
    """`preprocessed({"a.py": source, ...})`; text is dedented, bytes are taken as they are."""

    def run(files: dict[str, str | bytes], **given: object) -> Result:
        packed = [
            PackedFile(path, zlib.compress(content if isinstance(content, bytes) else textwrap.dedent(content).encode("utf-8")))
            for path, content in files.items()
        ]
        return scenes_of(REPOSITORY, packed, library, **given)  # type: ignore[arg-type]

    return run


@pytest.fixture
def scenes(preprocessed: Callable[..., Result]) -> Callable[..., dict[str, SceneRecord]]:
    """The records by the class to render."""

    def run(files: dict[str, str | bytes]) -> dict[str, SceneRecord]:
        return {scene.record.scene: scene.record for scene in preprocessed(files).scenes}

    return run


@pytest.fixture
def alone() -> Callable[[SceneRecord], dict[str, object]]:
    """Runs the code of a record (which the test itself wrote) with the real Manim and nothing else, and returns its names."""

    def run(record: SceneRecord) -> dict[str, object]:
        names: dict[str, object] = {"__name__": "alone"}
        exec(compile(record.code, record.id, "exec"), names)
        assert record.scene in names
        return names

    return run
