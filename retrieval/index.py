"""The scene index: embeddings in an embedded Chroma collection, published whole or not at all.

<cache>/index/manim-<version>/index.json      the manifest; names the data folder and what is in it; replaced in one step
<cache>/index/manim-<version>/data-<hex>/     Chroma's files; never changed once the manifest names them
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval import extract
from retrieval.embedding import MODEL, Embedder
from retrieval.errors import REBUILD, RetrievalError
from retrieval.records import SceneRecord, corpus_checksum
from retrieval.sources import manim_docs

logger = logging.getLogger(__name__)

FORMAT = 1
COLLECTION = "scenes"
KEPT_FOLDERS = 2
"""The current data folder and the one before it, which a reader may still be using."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `index.json` says. `extractor` is a hash of the code that made the records, `corpus` one of the records, `content` one of what
    Chroma holds; `embedding` is `Embedder.fingerprint`."""

    format: int
    manim: str
    extractor: str
    corpus: str
    embedding: str
    count: int
    content: str
    data: str


@dataclass(frozen=True, slots=True)
class SceneIndex:
    """A current index: its folder, its manifest, and the embedder whose vectors it holds."""

    folder: Path
    manifest: Manifest
    embedder: Embedder

    def open(self) -> Any:
        """The Chroma collection, checked against the manifest's checksum. Raises `RetrievalError` when it is damaged."""
        collection = _open_collection(self.folder / self.manifest.data, create=False)
        found = _content_checksum(collection)
        if found != self.manifest.content:
            raise RetrievalError(f"the scene index in {self.folder} is damaged (its content does not match its checksum); run `{REBUILD}`")
        return collection


def index_folder(cache_dir: Path, manim: str | None = None) -> Path:
    """Where the index of a version of Manim (the installed one) lies."""
    return cache_dir / "index" / f"manim-{manim or manim_docs.installed_version()}"


def default_embedder(cache_dir: Path) -> Embedder:
    return Embedder(cache_dir / "weights" / MODEL)


def index_ready(cache_dir: Path) -> bool:
    """Whether a current index is there. A fraction of a second; loads no model."""
    try:
        open_index(index_folder(cache_dir), default_embedder(cache_dir))
    except RetrievalError:
        return False
    return True


def open_index(folder: Path, embedder: Embedder, *, manim: str | None = None) -> SceneIndex:
    """The index in `folder`. Raises `RetrievalError`, naming the command that rebuilds it, when there is none or it is of another version."""
    manim = manim_docs.installed_version() if manim is None else manim
    manifest = _read_manifest(folder)
    for what, found, wanted in (
        ("format", manifest.format, FORMAT),
        ("version of Manim", manifest.manim, manim),
        ("extraction", manifest.extractor, _extractor()),
        ("embedding model", manifest.embedding, embedder.fingerprint()),
    ):
        if found != wanted:
            raise RetrievalError(f"the scene index in {folder} is of another {what}; run `{REBUILD}`")
    if not (folder / manifest.data).is_dir():
        raise RetrievalError(f"the scene index in {folder} is damaged (its data is missing); run `{REBUILD}`")
    return SceneIndex(folder, manifest, embedder)


def ensure_index(cache_dir: Path, *, embedder: Embedder | None = None, rebuild: bool = False) -> SceneIndex:
    """The current index, built first where there is none. Blocking; instant when current, else some seconds.

    Raises `RetrievalError` when the embedding model or Manim is missing, or the index cannot be written.
    """
    embedder = embedder or default_embedder(cache_dir)
    folder = index_folder(cache_dir)
    if not rebuild:
        try:
            return open_index(folder, embedder)
        except RetrievalError as error:
            logger.info("%s", error.message)
    with _lock(folder):
        if not rebuild:
            try:
                return open_index(folder, embedder)  # another process built it while we waited
            except RetrievalError:
                pass
        return build_index(folder, embedder, manim_docs.collect(), manim=manim_docs.installed_version())


def build_index(folder: Path, embedder: Embedder, records: Sequence[SceneRecord], *, manim: str) -> SceneIndex:
    """Builds beside what is there and then publishes; an interrupted build leaves the old index as it was. Raises `RetrievalError`."""
    fingerprint = embedder.fingerprint()
    vectors = embedder.embed([embedded_text(record) for record in records])
    data = f"data-{secrets.token_hex(8)}"
    try:
        (folder / data).mkdir(parents=True)
        content = _fill(folder / data, records, vectors)
        manifest = Manifest(FORMAT, manim, _extractor(), corpus_checksum(records), fingerprint, len(records), content, data)
        _sync(folder / data)
        _publish(folder, manifest)
    except OSError as error:
        shutil.rmtree(folder / data, ignore_errors=True)
        raise RetrievalError(f"the scene index could not be written to {folder}: {error.strerror}") from error
    _prune(folder, keep=data)
    logger.info("indexed %d scenes of Manim %s", len(records), manim)
    return SceneIndex(folder, manifest, embedder)


def embedded_text(record: SceneRecord) -> str:
    """What of a scene is embedded: the name it documents, its description, and the classes its code uses."""
    subject = record.source.rsplit(".", 1)[-1]
    classes = [name for name in extract.names_used(record.code) if name[0].isupper()]
    return f"{subject}. {record.description}" + (f" Uses {', '.join(classes)}." if classes else "")


def _fill(folder: Path, records: Sequence[SceneRecord], vectors: list[list[float]]) -> str:
    """Writes the collection and returns the checksum of what it then holds."""
    collection = _open_collection(folder, create=True)
    collection.add(
        ids=[record.id for record in records],
        embeddings=vectors,
        documents=[record.code for record in records],
        metadatas=[
            {"scene": record.scene, "source": record.source, "licence": record.licence, "description": record.description}
            for record in records
        ],
    )
    return _content_checksum(collection)


def _open_collection(folder: Path, *, create: bool) -> Any:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    try:
        client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
        # Without embedding_function=None Chroma would fetch a model of its own.
        if create:
            return client.create_collection(COLLECTION, embedding_function=None, metadata={"hnsw:space": "cosine"})
        return client.get_collection(COLLECTION, embedding_function=None)
    except (ChromaError, ValueError, OSError) as error:
        raise RetrievalError(f"the scene index in {folder} cannot be opened ({error}); run `{REBUILD}`") from error


def _content_checksum(collection: Any) -> str:
    """SHA-256 in hex over ids, code, metadata and vectors (as float32), by id."""
    from chromadb.errors import ChromaError

    try:
        held = collection.get(include=["documents", "metadatas", "embeddings"])
    except (ChromaError, OSError) as error:
        raise RetrievalError(f"the scene index cannot be read ({error}); run `{REBUILD}`") from error
    digest = hashlib.sha256()
    rows = zip(held["ids"], held["documents"], held["metadatas"], held["embeddings"], strict=True)
    for scene, document, metadata, vector in sorted(rows, key=lambda row: str(row[0])):
        digest.update(json.dumps([scene, document, metadata], sort_keys=True).encode("ascii"))
        digest.update(struct.pack(f"<{len(vector)}f", *vector))
    return digest.hexdigest()


def _extractor() -> str:
    """A hash of the code that decides what is indexed, so that an index made by older code is built anew."""
    digest = hashlib.sha256()
    for module in (extract.__file__, manim_docs.__file__, __file__):
        digest.update(Path(str(module)).read_bytes())
    return digest.hexdigest()[:16]


def _read_manifest(folder: Path) -> Manifest:
    try:
        found: Mapping[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        manifest = Manifest(**found)
    except FileNotFoundError:
        raise RetrievalError(f"there is no scene index in {folder}; run `{REBUILD}`") from None
    except (OSError, ValueError, TypeError) as error:
        raise RetrievalError(f"the scene index in {folder} is damaged ({error}); run `{REBUILD}`") from error
    if Path(str(manifest.data)).name != manifest.data:
        raise RetrievalError(f"the scene index in {folder} is damaged (its data lies elsewhere); run `{REBUILD}`")
    return manifest


def _publish(folder: Path, manifest: Manifest) -> None:
    new = folder / "index.json.new"
    with new.open("w", encoding="utf-8") as handle:
        json.dump(asdict(manifest), handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    new.replace(folder / "index.json")
    _sync_path(folder)


def _sync(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync_path(path)


def _sync_path(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _prune(folder: Path, keep: str) -> None:
    """Removes what interrupted and older builds left."""
    others = sorted((path for path in folder.glob("data-*") if path.name != keep), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in others[KEPT_FOLDERS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
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
