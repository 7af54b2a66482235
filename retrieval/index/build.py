"""Builds an index beside the one in use and then publishes it; builders take turns."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from retrieval import extract, words
from retrieval.embedding import Embedder
from retrieval.errors import RetrievalError
from retrieval.index import chroma, lexical, texts
from retrieval.index.cache import open_cache
from retrieval.index.manifest import FORMAT, Manifest, publish
from retrieval.preprocess import traits
from retrieval.records import SceneRecord, corpus_checksum
from retrieval.sources import manim_docs

logger = logging.getLogger(__name__)

KEPT_FOLDERS = 2
"""The current data folder and the one before it, which a reader may be opening."""
LEXICAL = "bm25"
CHROMA = "chroma"

Seen = Mapping[str, str | float]
"""What validation adds to a record: `seconds` of its video and the path of its `thumbnail`."""


def build(
    folder: Path,
    embedder: Embedder,
    records: Sequence[SceneRecord],
    *,
    manim: str,
    corpus: str = "",
    seen: Mapping[str, Seen] | None = None,
) -> Manifest:
    """Writes an index of `records` to `folder` and makes it the current one. Only what changed since the last build is read and embedded.

    An interrupted build leaves the old index as it was, and the next one goes on with its vectors. `corpus` is the folder that the records come from, ""
    for Manim's documentation; `seen` has what validation told, by id. Raises `RetrievalError`.
    """
    records = list({record.id: record for record in records}.values())
    if not records:
        raise RetrievalError("there are no scenes to index")
    data = f"data-{secrets.token_hex(8)}"
    try:
        (folder / data).mkdir(parents=True)
        with open_cache(folder, embedder, _reader()) as cache:
            told = cache.told(records)
            both = [[one.description for one in told], [one.intent for one in told]]
            every = cache.vectors([*both[0], *both[1]])
            vectors = dict(zip(chroma.COLLECTIONS, (every[: len(told)], every[len(told) :]), strict=True))
            files = lexical.Lexical.of([one.fields for one in _by_id(records, told)]).save(folder / data / LEXICAL)
            content = chroma.write(folder / data / CHROMA, [row(record, (seen or {}).get(record.id)) for record in records], vectors)
            manifest = Manifest(
                format=FORMAT,
                manim=manim,
                extractor=extractor(),
                corpus=corpus_checksum(records),
                folder=corpus,
                embedding=embedder.fingerprint(),
                count=len(records),
                content=content,
                files=files,
                data=data,
            )
            publish(folder, manifest)
            cache.keep_only_vectors_of([*both[0], *both[1]])
            logger.info("indexed %d scenes, %d texts of them embedded anew", len(records), cache.embedded)
    except OSError as error:
        shutil.rmtree(folder / data, ignore_errors=True)
        raise RetrievalError(f"the scene index could not be written to {folder}: {error.strerror or error}") from error
    except RetrievalError:
        shutil.rmtree(folder / data, ignore_errors=True)
        raise
    _prune(folder, keep=data)
    return manifest


def row(record: SceneRecord, seen: Seen | None = None) -> chroma.Row:
    """What the index knows of a scene besides its vectors; `milliseconds` is 0 where it was not rendered."""
    told = seen or {}
    return {
        "id": record.id,
        "scene": record.scene,
        "source": record.source,
        "licence": record.licence,
        "description": record.description,
        "code": record.code,
        "flavour": record.flavour,
        "cluster": record.cluster or record.id,
        "needs_latex": record.needs_latex,
        "three_d": record.three_d,
        "milliseconds": round(1000 * float(told.get("seconds", 0.0))),
        "thumbnail": str(told.get("thumbnail", "")),
    }


def extractor() -> str:
    """A hash of the code that decides what is indexed and how it is kept, so that an index made by older code is built anew."""
    return _hash(
        (
            extract.__file__,
            words.__file__,
            manim_docs.__file__,
            traits.__file__,
            texts.__file__,
            chroma.__file__,
            lexical.__file__,
            __file__,
        )
    )


def _reader() -> str:
    """The same of the code that decides what a record tells."""
    return _hash((extract.__file__, words.__file__, texts.__file__))


def _hash(files: Iterable[str | None]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(Path(str(file)).read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Waits until nobody else builds in `folder`. A builder that dies gives its turn back. Raises `RetrievalError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise RetrievalError(f"the scene index could not be written to {folder}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _by_id(records: Sequence[SceneRecord], told: Sequence[texts.Told]) -> list[texts.Told]:
    """In the order in which Chroma's rows are read."""
    return [one for _, one in sorted(zip((record.id for record in records), told, strict=True), key=lambda pair: pair[0])]


def _prune(folder: Path, keep: str) -> None:
    """Removes what interrupted and older builds left."""
    others = sorted((path for path in folder.glob("data-*") if path.name != keep), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEPT_FOLDERS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
