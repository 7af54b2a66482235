"""The ports over retrieval."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from agents.context import ApiReference, SceneSearcher
from agents.errors import RetrievalError
from server.scenes import LazyReference, LazySearcher


async def test_the_documentation_of_the_installed_manim_reaches_a_repair_within_its_budget(tmp_path: Path) -> None:
    reference = LazyReference(tmp_path)
    told = await reference.tell(["Axes.get_graph_label"], about="unexpected keyword argument x_value, x_val", chars=300)
    assert len(told) <= 300
    lines = told.splitlines()
    assert lines[0].startswith("get_graph_label(graph, label=")
    assert lines[1].startswith("- x_val: ")
    assert await reference.tell(["no_such_thing"], about="", chars=300) == ""


async def test_documentation_that_cannot_be_kept_costs_the_documentation_only(tmp_path: Path) -> None:
    (tmp_path / "api").write_text("a file where a folder should be")
    assert await LazyReference(tmp_path).tell(["Circle"], about="", chars=300) == ""


async def test_without_an_index_a_search_fails_with_the_mend_and_the_status_tells_it(tmp_path: Path) -> None:
    searcher = LazySearcher(tmp_path)
    assert searcher.status() == {"state": "unopened"}
    with pytest.raises(RetrievalError, match="hisolver weights fetch"):
        await searcher.search("a circle", chars=900)
    assert searcher.status()["state"] == "failed"


@pytest.mark.parametrize(("port", "ours", "method"), [(SceneSearcher, LazySearcher, "search"), (ApiReference, LazyReference, "tell")])
def test_they_take_what_the_ports_take(port: type, ours: type, method: str) -> None:
    assert inspect.signature(getattr(port, method)).parameters.keys() == inspect.signature(getattr(ours, method)).parameters.keys()
