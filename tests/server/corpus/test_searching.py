"""`hisolver corpus search` and `hisolver corpus index`."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import RetrievalError as IndexFault
from retrieval.search import Filters, Scene
from server.cli import run
from server.corpus import searching

SCENE = Scene("1a2b", "Parabola", "a/b@1: x.py", "MIT", 0.5, "from manim import *\n", "/corpus/thumbnails/1a2b.png")


class FakeSearcher:
    def __init__(self) -> None:
        self.asked: list[tuple[str, int, dict[str, Any]]] = []

    def search_blocking(self, text: str, k: int, **options: Any) -> list[Scene]:
        self.asked.append((text, k, options))
        if text == "fail":
            raise IndexFault("the scene index is damaged; run `hisolver corpus index`")
        return [SCENE]


@pytest.fixture
def searcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeSearcher:
    fake = FakeSearcher()
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(searching, "_open", lambda cache_dir, docs: fake)
    return fake


def test_the_public_shape_is_as_it_was(searcher: FakeSearcher, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corpus", "search", "a parabola", "-k", "3", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [list(scene) for scene in told] == [["id", "scene", "source", "licence", "score", "code"]]
    assert searcher.asked == [("a parabola", 3, {"filters": Filters(), "by": "fused", "chars": None})]


def test_people_are_shown_code_and_thumbnail_and_json_has_it_where_it_is_asked_for(
    searcher: FakeSearcher, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["corpus", "search", "x", "--json", "--thumbnail"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["thumbnail"] == SCENE.thumbnail
    assert run(["corpus", "search", "x"]) == 0
    shown = capsys.readouterr().out
    assert SCENE.thumbnail in shown and "Parabola" in shown and "MIT" in shown and "    from manim import *" in shown


def test_filters_and_ways_reach_the_search(searcher: FakeSearcher) -> None:
    options = ["--flavour", "community", "--no-latex", "--three-d", "--licence", "MIT", "--licence", "Apache-2.0"]
    assert run(["corpus", "search", "x", *options, "--min-seconds", "2", "--max-seconds", "9", "--by", "bm25", "--chars", "900"]) == 0
    filters = Filters("community", False, True, ("MIT", "Apache-2.0"), 2.0, 9.0)
    assert searcher.asked == [("x", 5, {"filters": filters, "by": "bm25", "chars": 900})]


def test_standard_input_is_searched_line_by_line(
    searcher: FakeSearcher, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\ntwo\n"))
    assert run(["corpus", "search", "-", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(line) for line in lines] == [1, 0, 1]
    assert [text for text, _, _ in searcher.asked] == ["one", "two"]


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["x", "--by", "magic"], "fused", 2),
        (["x", "--flavour", "vanilla"], "community", 2),
        (["x", "--chars", "3"], "--chars", 2),
        (["fail"], "hisolver corpus index", 3),
    ],
)
def test_what_cannot_be_searched_is_told_in_one_line(
    searcher: FakeSearcher, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str, code: int
) -> None:
    assert run(["corpus", "search", *arguments]) == code
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_indexing_a_folder_that_is_no_corpus_names_the_step_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path))
    assert run(["corpus", "index", "--corpus", str(tmp_path)]) == 3
    assert "hisolver corpus validate" in capsys.readouterr().err
