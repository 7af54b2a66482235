"""The scenes of the bench are many and different."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from retrieval.bench import measure, varied


def test_varied_scenes_differ_parse_and_come_out_the_same_again(records: list[Any]) -> None:
    made = varied(records, 60)
    assert len({record.id for record in made}) == 60
    assert len({record.description for record in made}) == 60
    assert made == varied(records, 60) != varied(records, 60, seed=1)
    for record in made:
        ast.parse(record.code)
        assert f"class {record.scene}(" in record.code


def test_the_bench_tells_of_every_figure_that_has_a_target(embedder: Any, tmp_path: Path) -> None:
    found = measure(embedder, tmp_path, 120, 10)
    assert found["scenes"] == 120
    assert found["search_p50_ms"] <= found["search_p95_ms"]
    assert found["update_s"] > 0 and found["scenes_a_second"] > 0
