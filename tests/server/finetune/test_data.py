"""`hisolver finetune data`, as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from server.finetune import data
from tests.finetune.data.making import RENDERED, pair, record, scene, write_corpus, write_lines
from tests.finetune.data.test_make import rows

app = typer.Typer()
data.register(app)


def call(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["data", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_make_writes_a_data_set_and_show_reads_it(tmp_path: Path) -> None:
    own = write_lines(tmp_path / "own.jsonl", rows(60))
    code, out, _ = call("make", "-o", tmp_path / "set", "--file", own, "--json")
    assert code == 0
    facts = json.loads(out)
    assert sum(facts["splits"].values()) == 60
    # the installed eval sets were looked through
    assert facts["overlap"]["sat-math-dev.jsonl"] == {"items": 110, "found": 0}
    assert call("show", tmp_path / "set", "--json")[1] == out
    assert facts["version"] in call("show", tmp_path / "set")[1]


def test_an_item_of_an_eval_set_is_left_out(tmp_path: Path) -> None:
    with (data.eval_sets() / "sat-math-dev.jsonl").open() as file:
        item = json.loads(file.readline())
    own = write_lines(tmp_path / "own.jsonl", [*rows(60), {"prompt": f"Solve: {item['question']}", "completion": "D"}])
    code, out, _ = call("make", "-o", tmp_path / "set", "--file", own, "--json")
    assert code == 0
    assert json.loads(out)["overlap"]["sat-math-dev.jsonl"]["found"] == 1
    code, _, told = call("make", "-o", tmp_path / "other", "--file", own, "--strict")
    assert code == 1
    assert "1 of 61 examples overlap with held-out sets (1 of 110 items of sat-math-dev.jsonl)" in told


def test_a_corpus_gives_pairs_and_repairs(tmp_path: Path) -> None:
    scenes = [record(scene(f"S{number}", f"self.play(Create(Circle(radius={number})))"), repository=f"r/{number}") for number in range(30)]
    pairs = [pair(row, f"a circle of radius {number} is drawn") for number, row in enumerate(scenes)]
    corpus = write_corpus(tmp_path / "corpus", [(row, RENDERED) for row in scenes], pairs=pairs)
    code, out, _ = call(
        "make", "-o", tmp_path / "set", "--corpus", corpus, "--synthetic", "5", "--validation", "0", "--test", "0", "--json"
    )
    assert code == 0
    assert json.loads(out)["tasks"] == {"code": 30, "repair": 5}


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("--file", "empty.jsonl"), 1, "empty.jsonl is empty"),
        (("--file", "gone.jsonl"), 1, "there is no file"),
        (("--corpus", "."), 1, "hisolver corpus preprocess"),
        (("--file", "own.jsonl", "--test", "0.6", "--validation", "0.6"), 1, "nothing to train on"),
        (("--file", "own.jsonl", "--held-out", "gone"), 1, "there is no"),
        (("--seed", "one"), 2, "valid int"),
    ],
)
def test_what_cannot_be_done_ends_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.jsonl").touch()
    write_lines(tmp_path / "own.jsonl", rows(60))
    found, _, error = call("make", "-o", "set", *arguments)
    assert found == code
    assert told in " ".join(error.split())
    assert not (tmp_path / "set").exists()


def test_transcripts_are_used_only_where_one_asks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    own = write_lines(tmp_path / "own.jsonl", rows(60))
    assert call("make", "-o", tmp_path / "set", "--file", own)[0] == 0
    assert "No transcripts were used" in (tmp_path / "set" / "CARD.md").read_text()
    code, _, _ = call("make", "-o", tmp_path / "set", "--file", own, "--transcripts")
    assert code != 0
