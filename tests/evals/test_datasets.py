"""Every committed dataset proves itself, and a damaged one is told by file, line and field."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from evals.errors import DatasetError
from evals.run import main
from evals.suites import SUITES
from evals.suites.base import Item, Proof
from evals.suites.solve import SolveSuite

DATA = Path(__file__).parents[2] / "evals" / "datasets"


@pytest.mark.parametrize("name", SUITES)
def test_gold_scores_one_and_blank_and_scrambled_score_zero_on_every_item(name: str) -> None:
    suite = SUITES[name]()
    items = suite.items(DATA)
    scores = {
        kind: [suite.score(item, getattr(suite.proof(item), kind))["right"] for item in items] for kind in ("gold", "blank", "scrambled")
    }
    assert all(scores["gold"]) and not any(scores["blank"]) and not any(scores["scrambled"])
    suite.prove(items)


def test_the_files_are_the_ones_whose_hashes_the_readme_gives() -> None:
    rows = re.findall(r"^\| (\S+\.jsonl) \| (\d+) \|.*?([0-9a-f]{64}) \|$", (DATA / "README.md").read_text(), re.MULTILINE)
    assert len(rows) == 3
    for name, count, digest in rows:
        data = (DATA / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
        assert sum(bool(line.strip()) for line in data.split(b"\n")) == int(count)


def test_the_prompt_is_the_question_and_the_options_one_a_line() -> None:
    first = SolveSuite().items(DATA)[0]
    assert first.prompt.splitlines()[1:] == ["(A)2", "(B)4", "(C)9", "(D)10"] and first.expected == "D"


def test_a_suite_whose_scorer_cannot_fail_is_refused() -> None:
    class Generous(SolveSuite):
        def proof(self, item: Item) -> Proof:
            proof = super().proof(item)
            return Proof(gold=proof.gold, blank=proof.gold, scrambled=proof.scrambled)

    suite = Generous()
    with pytest.raises(DatasetError, match="blank answer of agieval-sat-math-000 scores 1 instead of 0"):
        suite.prove(suite.items(DATA))


ROW = {"id": "a", "question": "q", "options": ["(A)1", "(B)2"], "label": "B"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "has no rows"),
        (["{"], "sat-math-dev.jsonl:1"),
        ([json.dumps(ROW), json.dumps({**ROW, "id": "b", "label": ""})], "sat-math-dev.jsonl:2: field 'label'"),
        ([json.dumps({**ROW, "label": "C"})], "the label one of them"),
        ([json.dumps({**ROW, "options": ["(B)1", "(A)2"]})], "must be lettered"),
        ([json.dumps(ROW), json.dumps(ROW)], "two items are called a"),
    ],
)
def test_a_damaged_dataset_is_exit_2_and_says_where(
    tmp_path: Path, lines: list[str], told: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sat-math-dev.jsonl").write_text("\n".join(lines) + "\n")
    with pytest.raises(DatasetError, match=re.escape(told)):
        SolveSuite().items(tmp_path)
    assert main(["solve", "--dry-run", "--data-dir", str(tmp_path)]) == 2
