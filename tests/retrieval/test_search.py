"""Searching by meaning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from agents.context import Scene as PortScene
from retrieval.errors import RetrievalError
from retrieval.index import SceneIndex, build, default_embedder, ensure_index
from retrieval.search import Filters, Scene, Searcher
from server.settings import load_settings


def searcher_over(folder: Path, embedder: Any, records: list[Any], **more: Any) -> Searcher:
    return Searcher(SceneIndex(folder, build(folder, embedder, records, manim="9.9", **more), embedder))


@pytest.fixture
def searcher(tmp_path: Path, embedder: Any, records: list[Any]) -> Searcher:
    return searcher_over(tmp_path / "manim-9.9", embedder, records)


async def test_the_nearest_scene_comes_first_with_all_that_is_known_of_it(searcher: Searcher, records: list[Any]):
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
    scenes = await searcher_over(tmp_path / "manim-9.9", embedder, [*twins, other]).search("circle ring", k=3)
    assert len(scenes) == 2
    assert scenes[0].scene in {"One", "Two", "Three"}
    assert scenes[1].scene == "Other"


@pytest.mark.parametrize(("text", "k"), [("", 3), ("  \n", 3), ("circle", 0)])
async def test_a_search_for_nothing_is_an_error(searcher: Searcher, text: str, k: int):
    with pytest.raises(RetrievalError):
        await searcher.search(text, k)


async def test_more_than_there_is_gives_what_there_is(searcher: Searcher):
    assert len(await searcher.search("axes", k=50)) == 3


def test_a_scene_has_the_fields_of_the_port(searcher: Searcher):
    assert [field.name for field in fields(Scene)][:-1] == [field.name for field in fields(PortScene)]


async def test_scenes_of_one_cluster_are_shown_once(tmp_path: Path, embedder: Any, records: list[Any]):
    first, second, third = (replace(record, cluster="c") if number < 2 else record for number, record in enumerate(records))
    scenes = await searcher_over(tmp_path / "i", embedder, [first, second, third]).search("parabola ladder pie", k=5)
    assert len(scenes) == 2 and "Pie" in {scene.scene for scene in scenes}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(), {"Parabola", "Ladder", "Pie"}),
        (Filters(flavour="manimgl"), {"Ladder"}),
        (Filters(needs_latex=True), {"Parabola"}),
        (Filters(needs_latex=False, three_d=False), {"Ladder"}),
        (Filters(three_d=True), {"Pie"}),
        (Filters(licences=("mit",)), {"Parabola", "Pie"}),
        (Filters(licences=("MIT", "Apache-2.0")), {"Parabola", "Ladder", "Pie"}),
        (Filters(max_seconds=5), {"Parabola"}),
        (Filters(min_seconds=5), {"Ladder"}),
        (Filters(min_seconds=90), set()),
    ],
)
async def test_filters_leave_only_what_passes_them(tmp_path: Path, embedder: Any, records: list[Any], filters: Filters, names: set[str]):
    parabola, ladder, pie = records
    changed = [replace(parabola, needs_latex=True), replace(ladder, flavour="manimgl", licence="Apache-2.0"), replace(pie, three_d=True)]
    seen = {parabola.id: {"seconds": 3.0, "thumbnail": "/t/1.png"}, ladder.id: {"seconds": 8.5}}
    searcher = searcher_over(tmp_path / "i", embedder, changed, seen=seen)
    found = await searcher.search("a picture", k=5, filters=filters)
    assert {scene.scene for scene in found} == names
    assert {scene.thumbnail for scene in found if scene.scene == "Parabola"} <= {"/t/1.png"}


@pytest.mark.parametrize("by", ["fused", "vectors", "descriptions", "intents", "bm25"])
async def test_every_way_to_rank_finds_what_is_asked_for_in_its_words(searcher: Searcher, by: Any):
    scenes = await searcher.search("parabola axes", k=3, by=by)
    assert scenes[0].scene == "Parabola"
    assert all(-1 <= scene.score <= 1 for scene in scenes)


async def test_words_alone_find_nothing_where_none_is_shared(searcher: Searcher):
    assert await searcher.search("xylophone", by="bm25") == []
    assert len(await searcher.search("xylophone")) == 3


async def test_an_unknown_way_is_an_error(searcher: Searcher):
    with pytest.raises(RetrievalError, match="fused"):
        await searcher.search("x", by="magic")  # type: ignore[arg-type]


async def test_a_budget_cuts_the_code_and_leaves_out_what_cannot_be_cut(tmp_path: Path, embedder: Any, make_record: Callable[..., Any]):
    steps = "; ".join(f"self.play(Create(Square(side_length={number})))" for number in range(40))
    long = make_record("Long", "a parabola", f"self.add(Axes().plot(lambda x: x**2)); {steps}")
    one = make_record("One", "a parabola again", f"self.add({', '.join(f'Dot([{number}, 0, 0])' for number in range(80))})")
    scenes = await searcher_over(tmp_path / "i", embedder, [long, one]).search("plot a parabola", chars=300)
    assert [scene.scene for scene in scenes] == ["Long"]
    assert len(scenes[0].code) <= 300 and "plot" in scenes[0].code


async def test_the_event_loop_goes_on_while_a_search_is_embedded(searcher: Searcher, monkeypatch: pytest.MonkeyPatch):
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
    searcher = Searcher(ensure_index(tmp_path, embedder=embedder))
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
