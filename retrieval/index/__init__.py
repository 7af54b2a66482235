"""The scene index: vectors in an embedded Chroma database and BM25, published whole or not at all.

<cache>/index/manim-<version>/   the examples of the installed Manim's documentation, built at set-up
<cache>/index/corpus/            the scenes of a corpus (see docs/corpus.md), where somebody built one: it is searched instead

In each: index.json (the manifest, replaced in one step), data-<hex>/ (never changed once the manifest names it), cache.sqlite (an aid to the next build).
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.embedding import MODEL, Embedder
from retrieval.errors import REBUILD, RetrievalError
from retrieval.index import chroma
from retrieval.index.build import CHROMA, LEXICAL, build, extractor, turn
from retrieval.index.corpus import scenes_of, write_summary
from retrieval.index.lexical import Lexical
from retrieval.index.manifest import NAME, Manifest, read_manifest
from retrieval.sources import manim_docs

__all__ = [
    "Loaded",
    "Manifest",
    "SceneIndex",
    "build",
    "corpus_folder",
    "default_embedder",
    "docs_folder",
    "ensure_index",
    "index_corpus",
    "index_ready",
    "open_current",
    "open_index",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An index in memory: `rows` by id, for each kind of vector a matrix in that order, and the lexical half."""

    rows: list[chroma.Row]
    vectors: dict[str, Any]
    lexical: Lexical


@dataclass(frozen=True, slots=True)
class SceneIndex:
    """A current index: its folder, its manifest, and the embedder whose vectors it holds."""

    folder: Path
    manifest: Manifest
    embedder: Embedder

    def load(self) -> Loaded:
        """All of it, checked against the manifest's checksums: about 4 KB a scene. Raises `RetrievalError` when it is damaged."""
        data = self.folder / self.manifest.data
        held = chroma.read(data / CHROMA, self.manifest.content, _rebuild(self.manifest.folder))
        return Loaded(held.rows, held.vectors, Lexical.load(data / LEXICAL, self.manifest.files, self.manifest.count))


def docs_folder(cache_dir: Path, manim: str | None = None) -> Path:
    """Where the index of a version of Manim (the installed one) lies."""
    return cache_dir / "index" / f"manim-{manim or manim_docs.installed_version()}"


def corpus_folder(cache_dir: Path) -> Path:
    """Where the index of a corpus lies."""
    return cache_dir / "index" / "corpus"


def default_embedder(cache_dir: Path) -> Embedder:
    return Embedder(cache_dir / "weights" / MODEL)


def index_ready(cache_dir: Path) -> bool:
    """Whether a current index is there. A fraction of a second; loads no model."""
    try:
        embedder = default_embedder(cache_dir)
        corpus = corpus_folder(cache_dir)
        open_index(corpus if (corpus / NAME).exists() else docs_folder(cache_dir), embedder)
    except RetrievalError:
        return False
    return True


def open_index(folder: Path, embedder: Embedder, *, manim: str | None = None) -> SceneIndex:
    """The index in `folder`. Raises `RetrievalError`, naming the command that rebuilds it, when there is none or it is of another version."""
    manim = manim_docs.installed_version() if manim is None else manim
    manifest = read_manifest(folder, REBUILD)
    rebuild = _rebuild(manifest.folder)
    for what, found, wanted in (
        ("version of Manim", manifest.manim, manim),
        ("extraction", manifest.extractor, extractor()),
        ("embedding model", manifest.embedding, embedder.fingerprint()),
    ):
        if found != wanted:
            raise RetrievalError(f"the scene index in {folder} is of another {what}; run `{rebuild}`")
    if not (folder / manifest.data).is_dir():
        raise RetrievalError(f"the scene index in {folder} is damaged (its data is missing); run `{rebuild}`")
    return SceneIndex(folder, manifest, embedder)


def ensure_index(cache_dir: Path, *, embedder: Embedder | None = None, rebuild: bool = False) -> SceneIndex:
    """The current index of Manim's documentation, built first where there is none. Blocking; instant when current, else some seconds.

    Raises `RetrievalError` when the embedding model or Manim is missing, or the index cannot be written.
    """
    embedder = embedder or default_embedder(cache_dir)
    folder = docs_folder(cache_dir)
    if not rebuild:
        try:
            return open_index(folder, embedder)
        except RetrievalError as error:
            logger.info("%s", error.message)
    with turn(folder):
        if not rebuild:
            try:
                return open_index(folder, embedder)  # another process built it while we waited
            except RetrievalError:
                pass
        manifest = build(folder, embedder, manim_docs.collect(), manim=manim_docs.installed_version())
    return SceneIndex(folder, manifest, embedder)


def index_corpus(cache_dir: Path, corpus: Path, *, embedder: Embedder | None = None) -> SceneIndex:
    """Indexes the scenes of a corpus that render on the installed Manim, anew where they changed. Blocking.

    Raises `RetrievalError` when there are none, the embedding model is missing, or the index cannot be written.
    """
    embedder = embedder or default_embedder(cache_dir)
    folder, manim = corpus_folder(cache_dir), manim_docs.installed_version()
    started = time.monotonic()
    records, seen = scenes_of(corpus, manim)
    with turn(folder):
        manifest = build(folder, embedder, records, manim=manim, corpus=str(corpus.absolute()), seen=seen)
    write_summary(corpus, manifest, time.monotonic() - started)
    return SceneIndex(folder, manifest, embedder)


def open_current(cache_dir: Path, *, embedder: Embedder | None = None) -> SceneIndex:
    """What is searched: the index of a corpus where one was built, else that of Manim's documentation, built first where it is missing.

    Raises `RetrievalError`; a corpus's index of another version is refused and not passed over, so that nobody wonders where their scenes are.
    """
    embedder = embedder or default_embedder(cache_dir)
    folder = corpus_folder(cache_dir)
    return open_index(folder, embedder) if (folder / NAME).exists() else ensure_index(cache_dir, embedder=embedder)


def _rebuild(corpus: str) -> str:
    import shlex

    return f"{REBUILD} --corpus {shlex.quote(corpus)}" if corpus else REBUILD
