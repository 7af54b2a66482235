"""The data set of `evals.bench.finetune_train`, which may not import what reads it, is what fine-tuning reads."""

from __future__ import annotations

from pathlib import Path

from evals.bench.finetune_train import pairs, write_dataset
from finetune.data.example import example_id
from finetune.data.stored import read_facts, read_rows


def test_its_data_set_is_read_as_one(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "data", pairs())
    assert read_facts(folder)["splits"] == {"train": 300, "validation": 0, "test": 0}
    rows = list(read_rows(folder, "train"))
    assert rows == pairs() and len({row["id"] for row in rows}) == 300
    assert all(row["id"] == example_id(row["messages"]) for row in rows)
    assert list(read_rows(folder, "test")) == []
