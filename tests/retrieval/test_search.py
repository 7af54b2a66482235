"""Searching by meaning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from agents.context import Scene as PortScene
from retrieval.errors import RetrievalError
from retrieval.index import build_index, default_embedder, ensure_index
from retrieval.search import ChromaSearcher, Scene
from server.settings import load_settings


@pytest.fixture
def searcher(tmp_path: Path, embedder: Any, records: list[Any]) -> ChromaSearcher:
    return ChromaSearcher(build_index(tmp_path / "manim-9.9", embedder, records, manim="9.9"))


async def test_the_nearest_scene_comes_first_with_all_that_is_known_of_it(searcher: ChromaSearcher, records: list[Any]):
    scenes = await searcher.search("graph of a parabola", k=3)
    assert scenes[0].scene == "Parabola"
    assert (scenes[0].id, scenes[0].code, scenes[0].licence) == (records[0].id, records[0].code, "MIT")
    assert [scene.score for scene in scenes] == sorted((scene.score for scene in scenes), reverse=True)
    assert -1.0 <= scenes[-1].score < scenes[0].score <= 1.0
    assert len(scenes) == 3


async def test_near_identical_scenes_are_shown_once(tmp_path: Path, embedder: Any, make_record: Callable[..., Any]):
    body = "self.play(Create(Circle(radius={})), Write(Text('ring')), FadeOut(Square()), run_time=2, lag_ratio=0.5, rate_func=smooth)"
    twins = [make_record(name, "circle ring", body.format(size)) for name, size in (("One", 1), ("Two", 2), ("Three", 3))]
    other = make_record("Other", "circle", "self.add(Dot())")
    index = build_index(tmp_path / "manim-9.9", embedder, [*twins, other], manim="9.9")
    scenes = await ChromaSearcher(index).search("circle ring", k=3)
    assert len(scenes) == 2
    assert scenes[0].scene in {"One", "Two", "Three"}
    assert scenes[1].scene == "Other"


@pytest.mark.parametrize(("text", "k"), [("", 3), ("  \n", 3), ("circle", 0)])
async def test_a_search_for_nothing_is_an_error(searcher: ChromaSearcher, text: str, k: int):
    with pytest.raises(RetrievalError):
        await searcher.search(text, k)


async def test_more_than_there_is_gives_what_there_is(searcher: ChromaSearcher):
    assert len(await searcher.search("axes", k=50)) == 3


def test_a_scene_has_the_fields_of_the_port(searcher: ChromaSearcher):
    assert [field.name for field in fields(Scene)] == [field.name for field in fields(PortScene)]


async def test_the_event_loop_goes_on_while_a_search_is_embedded(searcher: ChromaSearcher, monkeypatch: pytest.MonkeyPatch):
    embed = searcher.index.embedder.embed

    def slow(texts: Any) -> Any:
        time.sleep(0.3)
        return embed(texts)

    monkeypatch.setattr(searcher.index.embedder, "embed", slow)
    search = asyncio.create_task(searcher.search("axes"))
    ticks = 0
    while not search.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert ticks > 10


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    return load_settings().cache_dir


@pytest.mark.real
async def test_a_plain_request_finds_the_scene_a_person_would_pick(cache_dir: Path, tmp_path: Path):
    embedder = default_embedder(cache_dir)
    try:
        embedder.fingerprint()
    except RetrievalError as error:
        pytest.skip(error.message)
    searcher = ChromaSearcher(ensure_index(tmp_path, embedder=embedder))
    wanted = {
        "plot a parabola with axes": "graphing",
        "number line with marked points": "number_line",
        "brace under a line segment with label": "brace",
        "transform one formula into another by matching parts": "transform_matching_parts",
        "the angle between two lines": "line.Angle",
        "sur\ud800rogate and a bar chart": "probability.BarChart",
    }
    for text, place in wanted.items():
        assert any(place in scene.source for scene in await searcher.search(text, k=3)), text
    started = time.monotonic()
    await searcher.search("a right triangle with its sides labelled " * 500, k=5)
    assert time.monotonic() - started < 5
