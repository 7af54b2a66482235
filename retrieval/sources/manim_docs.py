"""The examples in the documentation of the installed Manim: always of the version whose API they show. Licence: MIT, as Manim's."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.extract import Example, examples_in, words_of
from retrieval.preprocess.library import installed_library
from retrieval.preprocess.tokens import tokens_of, words_of_tokens
from retrieval.preprocess.traits import traits_of
from retrieval.records import SceneRecord, scene_id

logger = logging.getLogger(__name__)

LICENCE = "MIT"
OTHER_RENDERER = "opengl"
"""Modules and scenes of this name need a window and a GPU; ours are rendered by Cairo."""


def installed_version() -> str:
    """The version of the installed Manim. Raises `RetrievalError` when there is none."""
    try:
        return importlib.metadata.version("manim")
    except importlib.metadata.PackageNotFoundError:
        raise RetrievalError("Manim is not installed, so there are no scenes to index; install it with `pip install manim`") from None


def package_folder() -> Path:
    """Where Manim's source lies; it is read, never imported. Raises `RetrievalError`."""
    spec = importlib.util.find_spec("manim")
    if spec is None or spec.origin is None:
        raise RetrievalError("Manim is not installed, so there are no scenes to index; install it with `pip install manim`")
    return Path(spec.origin).parent


def collect(folder: Path | None = None, version: str | None = None) -> list[SceneRecord]:
    """All examples for the Cairo renderer, by file and place in it; the same code is taken once. Raises `RetrievalError` when there are none."""
    folder = package_folder() if folder is None else folder
    version = installed_version() if version is None else version
    records: dict[str, SceneRecord] = {}
    callables = installed_library(folder, version).callables
    for path in sorted(folder.rglob("*.py")):
        if OTHER_RENDERER in path.relative_to(folder).parts:
            continue
        for record in _records_of(path, folder, version, callables):
            if OTHER_RENDERER not in record.code.lower():
                records.setdefault(record.id, record)
    if not records:
        raise RetrievalError(f"no examples were found in {folder}")
    return list(records.values())


def _records_of(path: Path, folder: Path, version: str, callables: frozenset[str]) -> Iterator[SceneRecord]:
    module = ".".join(("manim", *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__")
    try:
        for example in examples_in(path.read_text(encoding="utf-8")):
            place = f"{module}.{example.owner}" if example.owner else module
            traits = traits_of(words_of_tokens(tokens_of(example.code)), callables)
            yield SceneRecord(
                id=scene_id(example.code),
                scene=example.scene,
                source=f"manim {version}: {place}",
                licence=LICENCE,
                description=_describe(example),
                code=example.code,
                uses=traits.uses,
                needs_latex=traits.needs_latex,
                three_d=traits.three_d,
            )
    except (SyntaxError, UnicodeDecodeError, OSError) as error:
        logger.warning("%s was left out: %s", path, error)


def _describe(example: Example) -> str:
    """For instance "plot example. Generates a curve based on a function."."""
    parts = (words_of(example.scene), example.summary, example.prose)
    return " ".join(part if part.endswith((".", "!", "?", ":")) else part + "." for part in parts if part)
