"""Which scenes of a corpus may be retrieved."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import RetrievalError
from retrieval.index import corpus_folder, index_corpus, open_current
from retrieval.index.corpus import scenes_of
from retrieval.records import Origin
from retrieval.search import Searcher
from retrieval.sources import manim_docs


@pytest.fixture
def corpus(tmp_path: Path, records: list[Any]) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    first = replace(records[0], origin=Origin("github", "a/b", "1a2b", "x.py", 3), uses=("Axes",), migrated=("ShowCreation",))
    write(folder / "scenes.jsonl", [asdict(first), *map(asdict, records[1:])])
    told = [{"id": record.id, "ok": True, "manim": "9.9", "seconds": 4.5, "thumbnail": f"thumbnails/{record.id}.png"} for record in records]
    told[1] |= {"ok": False, "error": {"kind": "api", "message": "no", "line": 1}, "thumbnail": None}
    told[2] |= {"manim": "9.8"}
    write(folder / "validated.jsonl", told)
    return folder


def write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_only_scenes_that_rendered_on_this_manim_are_taken(corpus: Path, records: list[Any]) -> None:
    found, seen = scenes_of(corpus, "9.9")
    assert [record.id for record in found] == [records[0].id]
    assert found[0].origin == Origin("github", "a/b", "1a2b", "x.py", 3)
    assert (found[0].uses, found[0].migrated) == (("Axes",), ("ShowCreation",))
    assert seen[records[0].id] == {"seconds": 4.5, "thumbnail": str(corpus / "thumbnails" / f"{records[0].id}.png")}


def test_a_corpus_of_another_manim_is_refused_with_the_step_to_do_again(corpus: Path) -> None:
    with pytest.raises(RetrievalError, match=r"2 rendered on another version.*corpus validate --corpus"):
        scenes_of(corpus, "10.0")


@pytest.mark.parametrize(("name", "step"), [("scenes.jsonl", "preprocess"), ("validated.jsonl", "validate")])
@pytest.mark.parametrize("content", [None, b"{", b"[]\n", b"\xff\xfe"])
def test_a_missing_or_damaged_file_names_the_step_that_makes_it(corpus: Path, name: str, step: str, content: bytes | None) -> None:
    (corpus / name).unlink() if content is None else (corpus / name).write_bytes(content)
    with pytest.raises(RetrievalError, match=f"hisolver corpus {step}"):
        scenes_of(corpus, "9.9")


@pytest.mark.parametrize("change", [{"code": "x = 1"}, {"code": None}, {"id": "0" * 16}])
def test_a_record_whose_id_is_not_that_of_its_code_is_refused(corpus: Path, records: list[Any], change: Any) -> None:
    write(corpus / "scenes.jsonl", [asdict(records[0]) | change])
    with pytest.raises(RetrievalError, match=r"scenes.jsonl:1"):
        scenes_of(corpus, "9.9")


async def test_the_scenes_of_a_corpus_are_searched_with_their_thumbnails(
    corpus: Path, tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manim_docs, "installed_version", lambda: "9.9")
    cache = tmp_path / "cache"
    index = index_corpus(cache, corpus, embedder=embedder)
    assert index.folder == corpus_folder(cache) and index.manifest.folder == str(corpus)
    scenes = await Searcher(open_current(cache, embedder=embedder)).search("parabola")
    assert [scene.scene for scene in scenes] == ["Parabola"]
    assert scenes[0].thumbnail.endswith(".png")


@pytest.mark.parametrize("version", ["0123456789abcdef", ""])
def test_an_index_names_the_version_of_the_corpus_it_was_made_from(
    corpus: Path, tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr(manim_docs, "installed_version", lambda: "9.9")
    if version:
        (corpus / "validate.summary.json").write_text(json.dumps({"corpus": version}))
    index = index_corpus(tmp_path / "cache", corpus, embedder=embedder)
    told = json.loads((corpus / "index.summary.json").read_text())
    assert told["corpus"] == version and told["read"] == index.manifest.corpus and told["scenes"] == index.manifest.count == 1
