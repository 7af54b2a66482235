"""The index is whole, current and undamaged, or it is refused with the command that mends it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrieval import index as module
from retrieval.embedding import Embedder
from retrieval.errors import RetrievalError
from retrieval.index import SceneIndex, build_index, embedded_text, ensure_index, index_ready, open_index
from retrieval.sources import manim_docs

COMMAND = "hisolver corpus index"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index" / "manim-9.9"


@pytest.fixture
def built(folder: Path, embedder: Any, records: list[Any]) -> SceneIndex:
    return build_index(folder, embedder, records, manim="9.9")


def test_what_was_built_is_opened_with_its_content(built: SceneIndex, folder: Path, embedder: Any, records: list[Any]):
    held = open_index(folder, embedder, manim="9.9").open().get(include=["documents", "metadatas"])
    assert sorted(held["ids"]) == sorted(record.id for record in records)
    assert set(held["documents"]) == {record.code for record in records}
    assert {metadata["licence"] for metadata in held["metadatas"]} == {"MIT"}
    assert built.manifest.count == 3


@pytest.mark.parametrize(("embedding", "manim"), [("another", "9.9"), ("words", "10.0")])
def test_an_index_of_another_model_or_manim_is_refused(
    built: SceneIndex, folder: Path, make_embedder: Callable[..., Embedder], embedding: str, manim: str
):
    with pytest.raises(RetrievalError, match=COMMAND) as caught:
        open_index(folder, make_embedder(embedding), manim=manim)
    assert ("embedding model" if embedding == "another" else "Manim") in caught.value.message


def test_an_index_made_by_older_code_is_refused(built: SceneIndex, folder: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_extractor", lambda: "newer")
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(folder, embedder, manim="9.9")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 1}', None])
def test_a_damaged_or_missing_manifest_is_refused(built: SceneIndex, folder: Path, embedder: Any, content: str | None):
    manifest = folder / "index.json"
    manifest.unlink() if content is None else manifest.write_text(content)
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(folder, embedder, manim="9.9")


@pytest.mark.parametrize("elsewhere", ["../secret", "/etc", "data-x/../../y"])
def test_a_manifest_cannot_point_outside_its_folder(built: SceneIndex, folder: Path, embedder: Any, elsewhere: str):
    manifest = folder / "index.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"data": elsewhere}))
    with pytest.raises(RetrievalError, match="elsewhere"):
        open_index(folder, embedder, manim="9.9")


def test_missing_data_is_refused(built: SceneIndex, folder: Path, embedder: Any):
    shutil.rmtree(folder / built.manifest.data)
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(folder, embedder, manim="9.9")


def test_changed_content_is_refused_by_its_checksum(built: SceneIndex, folder: Path, embedder: Any, tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with sqlite3.connect(copy / built.manifest.data / "chroma.sqlite3") as database:
        changed = database.execute("UPDATE embedding_metadata SET string_value = 'import os' WHERE key = 'chroma:document'").rowcount
    assert changed == 3
    index = open_index(copy, embedder, manim="9.9")
    with pytest.raises(RetrievalError, match=COMMAND):
        index.open()


def test_files_that_are_no_database_are_refused(built: SceneIndex, folder: Path, embedder: Any, tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / built.manifest.data / "chroma.sqlite3").write_bytes(b"not a database at all" * 500)
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(copy, embedder, manim="9.9").open()


def test_a_build_that_fails_leaves_the_old_index_in_use(
    built: SceneIndex, folder: Path, embedder: Any, records: list[Any], monkeypatch: pytest.MonkeyPatch
):
    def full_disk(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(module, "_publish", full_disk)
    with pytest.raises(RetrievalError, match="No space"):
        build_index(folder, embedder, records[:1], manim="9.9")
    assert open_index(folder, embedder, manim="9.9").manifest == built.manifest
    assert len(list(folder.glob("data-*"))) == 1


def test_what_a_killed_build_left_is_swept_away_by_later_ones(built: SceneIndex, folder: Path, embedder: Any, records: list[Any]):
    for name in ("data-1", "data-2"):
        (folder / name).mkdir()
        os.utime(folder / name, (1, 1))
    new = build_index(folder, embedder, records, manim="9.9")
    assert {path.name for path in folder.glob("data-*")} == {new.manifest.data, built.manifest.data}


def test_an_index_is_built_once_and_then_only_opened(tmp_path: Path, embedder: Any, records: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(manim_docs, "collect", lambda: records)
    first = ensure_index(tmp_path, embedder=embedder)
    embedded = len(embedder.texts)
    assert ensure_index(tmp_path, embedder=embedder).manifest == first.manifest
    assert len(embedder.texts) == embedded
    assert ensure_index(tmp_path, embedder=embedder, rebuild=True).manifest.data != first.manifest.data


def test_two_who_need_the_index_at_once_build_it_once(tmp_path: Path, embedder: Any, records: list[Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(manim_docs, "collect", lambda: records)
    found: list[SceneIndex] = []
    threads = [threading.Thread(target=lambda: found.append(ensure_index(tmp_path, embedder=embedder))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({index.manifest.data for index in found}) == 1
    assert len(found) == 3


def test_without_the_embedding_model_there_is_no_index_and_the_message_says_how_to_get_it(tmp_path: Path):
    assert not index_ready(tmp_path)
    with pytest.raises(RetrievalError, match="hisolver weights fetch all-minilm-l6-v2"):
        ensure_index(tmp_path)


def test_what_is_embedded_names_the_subject_and_the_classes_used(records: list[Any]):
    assert embedded_text(records[0]) == "Parabola. parabola graph with axes Uses Axes."
