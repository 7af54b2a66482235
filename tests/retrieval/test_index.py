"""The index is whole, current and undamaged, or it is refused with the command that mends it."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from retrieval import index as module
from retrieval.embedding import Embedder
from retrieval.errors import RetrievalError
from retrieval.index import SceneIndex, build, chroma, corpus_folder, ensure_index, index_ready, open_current, open_index
from retrieval.sources import manim_docs

builder = sys.modules["retrieval.index.build"]
COMMAND = "hisolver corpus index"


def built_in(folder: Path, embedder: Embedder, records: list[Any], **more: Any) -> SceneIndex:
    return SceneIndex(folder, build(folder, embedder, records, manim="9.9", **more), embedder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index" / "manim-9.9"


@pytest.fixture
def built(folder: Path, embedder: Any, records: list[Any]) -> SceneIndex:
    return built_in(folder, embedder, records)


def test_what_was_built_is_opened_with_its_content(built: SceneIndex, folder: Path, embedder: Any, records: list[Any]):
    held = open_index(folder, embedder, manim="9.9").load()
    assert [row["id"] for row in held.rows] == sorted(record.id for record in records)
    assert {row["code"] for row in held.rows} == {record.code for record in records}
    assert {row["licence"] for row in held.rows} == {"MIT"}
    assert built.manifest.count == 3


@pytest.mark.parametrize(("embedding", "manim"), [("another", "9.9"), ("words", "10.0")])
def test_an_index_of_another_model_or_manim_is_refused(
    built: SceneIndex, folder: Path, make_embedder: Callable[..., Embedder], embedding: str, manim: str
):
    with pytest.raises(RetrievalError, match=COMMAND) as caught:
        open_index(folder, make_embedder(embedding), manim=manim)
    assert ("embedding model" if embedding == "another" else "Manim") in caught.value.message


def test_an_index_made_by_older_code_is_refused(built: SceneIndex, folder: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "extractor", lambda: "newer")
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(folder, embedder, manim="9.9")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": 1}', '{"format": 2}', None])
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


@pytest.mark.parametrize("change", ["string_value = 'import os' WHERE key = 'code'", "string_value = 'GPL-3.0' WHERE key = 'licence'"])
def test_changed_content_is_refused_by_its_checksum(built: SceneIndex, folder: Path, embedder: Any, tmp_path: Path, change: str):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with sqlite3.connect(copy / built.manifest.data / "chroma" / "chroma.sqlite3") as database:
        assert database.execute(f"UPDATE embedding_metadata SET {change}").rowcount == 3
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(copy, embedder, manim="9.9").load()


@pytest.mark.parametrize("name", ["chroma/chroma.sqlite3", "bm25/uses/vocab.index.json", "bm25/description/data.csc.index.npy"])
@pytest.mark.parametrize("content", [b"not what it was" * 500, None])
def test_files_that_were_replaced_or_lost_are_refused(
    built: SceneIndex, folder: Path, embedder: Any, tmp_path: Path, name: str, content: bytes | None
):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / built.manifest.data / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(RetrievalError, match=COMMAND):
        open_index(copy, embedder, manim="9.9").load()


def test_what_chroma_gives_back_is_what_was_written_to_the_last_bit(tmp_path: Path):
    """Also beyond the rows that it keeps in its log before it sorts them into its graph."""
    import numpy as np

    vectors = np.random.default_rng(7).normal(size=(1500, 32)).astype("<f4")
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: list[Any] = [
        {"id": f"{number:05d}", "milliseconds": number * 77, "three_d": number % 2 == 0, "code": "x" * 9} for number in range(1500)
    ]
    content = chroma.write(tmp_path, rows, {"descriptions": vectors, "intents": vectors[::-1]})
    held = chroma.read(tmp_path, content, COMMAND)
    assert held.rows == rows
    assert (held.vectors["descriptions"] == vectors).all() and (held.vectors["intents"] == vectors[::-1]).all()


def test_a_build_that_fails_leaves_the_old_index_in_use(
    built: SceneIndex, folder: Path, embedder: Any, records: list[Any], monkeypatch: pytest.MonkeyPatch
):
    def full_disk(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(builder, "publish", full_disk)
    with pytest.raises(RetrievalError, match="No space"):
        built_in(folder, embedder, records[:1])
    assert open_index(folder, embedder, manim="9.9").manifest == built.manifest
    assert len(list(folder.glob("data-*"))) == 1


def test_what_a_killed_build_left_is_swept_away_by_later_ones(built: SceneIndex, folder: Path, embedder: Any, records: list[Any]):
    for name in ("data-1", "data-2"):
        (folder / name).mkdir()
        os.utime(folder / name, (1, 1))
    new = built_in(folder, embedder, records)
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


def test_only_what_changed_is_embedded_again(
    built: SceneIndex, folder: Path, embedder: Any, records: list[Any], make_record: Callable[..., Any]
):
    embedder.texts.clear()
    new = make_record("Spring", "a coil", "self.add(ParametricFunction(helix))")
    index = built_in(folder, embedder, [*records[1:], new])
    assert len(embedder.texts) == 2, "a description and an intent"
    assert {row["scene"] for row in index.load().rows} == {"Ladder", "Pie", "Spring"}
    embedder.texts.clear()
    built_in(folder, embedder, records)
    assert len(embedder.texts) == 2, "what no index holds any more was forgotten"


def test_vectors_of_another_model_are_not_used(built: SceneIndex, folder: Path, make_embedder: Callable[..., Any], records: list[Any]):
    other = make_embedder("another")
    built_in(folder, other, records)
    assert len(other.texts) == 6


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_a_damaged_cache_costs_its_vectors_only(built: SceneIndex, folder: Path, embedder: Any, records: list[Any], damage: bytes):
    for path in folder.glob("cache.sqlite*"):
        path.write_bytes(damage)
    embedder.texts.clear()
    assert built_in(folder, embedder, records).manifest.content == built.manifest.content
    assert len(embedder.texts) == 6


def test_a_build_that_is_killed_while_it_embeds_goes_on_with_its_vectors(
    folder: Path, embedder: Any, make_record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    many = [make_record(f"S{number}", f"scene of things {number}", f"self.add(Dot({number}))") for number in range(60)]
    monkeypatch.setattr("retrieval.index.cache.BATCH", 10)
    embed, calls = embedder.embed, []

    def dies(texts: Any) -> Any:
        calls.append(len(texts))
        if len(calls) == 4:
            raise KeyboardInterrupt
        return embed(texts)

    monkeypatch.setattr(embedder, "embed", dies)
    with pytest.raises(KeyboardInterrupt):
        built_in(folder, embedder, many)
    with pytest.raises(RetrievalError):
        open_index(folder, embedder, manim="9.9")
    monkeypatch.setattr(embedder, "embed", embed)
    embedder.texts.clear()
    built_in(folder, embedder, many)
    assert len(embedder.texts) == 120 - 30
    assert len(list(folder.glob("data-*"))) <= 2


def test_a_reader_beside_builders_sees_one_whole_index_or_the_other(folder: Path, embedder: Any, records: list[Any]):
    built_in(folder, embedder, records)
    stop, seen, faults = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.add(tuple(row["scene"] for row in open_index(folder, embedder, manim="9.9").load().rows))
            except RetrievalError as error:
                faults.append(error.message)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for number in range(4):
            built_in(folder, embedder, records[: 1 + number % 2])
    finally:
        stop.set()
        reader.join()
    assert {len(names) for names in seen} <= {1, 2, 3}
    # two builds while one reader opens its files may take them away, as `KEPT_FOLDERS` says; half an index is never read
    assert all("missing" in fault or "cannot be opened" in fault or "damaged" in fault for fault in faults)


def test_no_scenes_are_no_index(folder: Path, embedder: Any):
    with pytest.raises(RetrievalError, match="no scenes"):
        built_in(folder, embedder, [])


def test_an_index_of_a_corpus_is_searched_before_the_documentation_and_refused_by_its_own_command(
    tmp_path: Path, embedder: Any, make_embedder: Callable[..., Any], records: list[Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(manim_docs, "collect", lambda: records)
    assert open_current(tmp_path, embedder=embedder).manifest.folder == ""
    build(corpus_folder(tmp_path), embedder, records[:1], manim=manim_docs.installed_version(), corpus="/srv/my corpus")
    assert open_current(tmp_path, embedder=embedder).manifest.count == 1
    with pytest.raises(RetrievalError, match="corpus index --corpus '/srv/my corpus'"):
        open_current(tmp_path, embedder=make_embedder("another"))
