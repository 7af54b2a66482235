from __future__ import annotations

from pathlib import Path

from agents.picture import picture


def test_the_committed_picture_of_the_graph_is_the_one_that_the_code_draws() -> None:
    committed = Path(__file__).parents[2] / "docs" / "graph.md"
    assert committed.read_text(encoding="utf-8") == picture(), "run `make graph`"
