"""The suite `retrieval`: its measures, its dataset, and that it takes what the command prints."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.errors import DatasetError, InfrastructureError
from evals.stats import bootstrap
from evals.suites import retrieval
from evals.suites.base import Asking
from evals.suites.retrieval import WAYS, RetrievalSuite, measures

DATA = Path(retrieval.__file__).parent.parent / "datasets"


def graded(**grades: int) -> list[Any]:
    return [{"place": f"manim.{name}", "scene": name, "id": name, "grade": grade} for name, grade in grades.items()]


def found(*names: str) -> list[Any]:
    return [{"id": name, "scene": name, "place": f"manim.{name}"} for name in names]


def test_the_measures_are_those_of_the_books() -> None:
    told = measures(graded(a=3, b=2, c=1), found("x", "b", "y", "a"))
    assert told["recall@5"] == 1.0 and told["MRR"] == 0.5
    ideal = 7 / math.log2(2) + 3 / math.log2(3) + 1 / math.log2(4)
    assert told["nDCG@10"] == pytest.approx((3 / math.log2(3) + 7 / math.log2(5)) / ideal)
    assert measures(graded(a=3), []) == {"recall@5": 0.0, "nDCG@10": 0.0, "MRR": 0.0, "hit": 0.0}
    assert measures(graded(a=3, c=1), found("c", "x", "y", "z", "w", "a"))["recall@5"] == 0.0


def test_a_scene_that_manim_changed_or_moved_is_still_the_same_scene() -> None:
    changed = [{"id": "new", "scene": "a", "place": "manim.a"}]
    moved = [{"id": "a", "scene": "a", "place": "manim.elsewhere"}]
    other = [{"id": "new", "scene": "a", "place": "manim.elsewhere"}]
    assert [measures(graded(a=3), one)["MRR"] for one in (changed, moved, other)] == [1.0, 1.0, 0.0]


def test_there_are_enough_queries_of_both_kinds_halved_and_proven() -> None:
    suite = RetrievalSuite()
    items = suite.items(DATA)
    assert len(items) >= 150
    assert len({item.prompt.casefold() for item in items}) == len(items)
    halves = Counter(item.data["split"] for item in items)
    assert abs(halves["tune"] - halves["report"]) <= 1
    suite.prove(items)
    with_several = sum(len(item.data["relevant"]) > 1 for item in items)
    assert with_several > len(items) / 3, "the grades must tell scenes apart"


def test_the_places_and_ids_are_those_of_the_installed_manim() -> None:
    from retrieval.sources import manim_docs

    known: dict[tuple[str, str], list[str]] = {}
    for record in manim_docs.collect():
        known.setdefault((record.source.split(": ", 1)[1], record.scene), []).append(record.id)
    for item in RetrievalSuite().items(DATA):
        for one in item.data["relevant"]:
            place, _, number = one["place"].partition("#")
            ids = known[(place, one["scene"])]
            assert bool(number) == (len(ids) > 1), item.id
            assert ids[int(number or 1) - 1] == one["id"], item.id


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kind": "other"}, "kind"),
        ({"split": "both"}, "split"),
        ({"relevant": [{"place": "p", "scene": "s", "id": "i", "grade": 4}]}, "grade"),
        ({"relevant": [{"place": "p", "scene": "s", "id": "i", "grade": 1}]}, "no scene is graded"),
        ({"relevant": ["p"]}, "relevant"),
    ],
)
def test_a_row_that_cannot_be_scored_is_refused(tmp_path: Path, change: dict[str, Any], why: str) -> None:
    import json

    row = {"id": "q", "kind": "learner", "split": "tune", "query": "x", "relevant": graded(a=3)} | change
    (tmp_path / "retrieval_queries.jsonl").write_text(json.dumps(row))
    with pytest.raises(DatasetError, match=why):
        RetrievalSuite().items(tmp_path)


async def test_what_the_command_prints_is_scored_for_every_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    suite = RetrievalSuite()
    items = [suite.items(DATA)[at] for at in (0, -1)]
    asked = []

    async def search(way: str, queries: Any, timeout_s: float) -> Any:
        asked.append(way)
        right = [{"id": one["id"], "scene": one["scene"], "place": one["place"]} for one in items[0].data["relevant"]]
        return {query: right if way == "fused" else [] for query in queries}

    monkeypatch.setattr(retrieval, "_search", search)
    records = [await suite.ask(None, item, Asking("x", None, tmp_path)) for item in items]  # type: ignore[arg-type]
    assert asked == list(WAYS.values()), "once for all queries"
    verdicts = [suite.score(item, record) for item, record in zip(items, records, strict=True)]
    assert [verdict["right"] for verdict in verdicts] == [True, False]
    metrics = suite.metrics(verdicts, records)
    assert metrics["recall@5, fused"]["value"] == 0.5 and metrics["recall@5, BM25 alone"]["value"] == 0.0
    assert metrics["gain of recall@5 over BM25 alone"]["value"] == 0.5
    assert metrics["recall@5, fused"]["interval"] is not None


async def test_a_command_that_fails_is_a_fault_of_the_measuring_and_not_a_wrong_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_CACHE_DIR", "/dev/null/nowhere")
    with pytest.raises(InfrastructureError, match="corpus search --by fused"):
        await retrieval._search("fused", ["a circle"], 250)


def test_the_interval_of_a_mean_holds_it_and_comes_out_the_same_again() -> None:
    values = [0.0, 1.0, 0.5, 1.0, 0.0, 1.0]
    low, high = bootstrap(values)
    assert 0 <= low < sum(values) / 6 < high <= 1
    assert bootstrap(values) == (low, high)
    assert bootstrap([0.3]) == (0.3, 0.3)
    with pytest.raises(ValueError, match="at least one"):
        bootstrap([])
