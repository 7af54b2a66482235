from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.suites.base import Item, Record
from evals.suites.solve import SolveSuite, WordProblemSuite

DATA = Path(__file__).resolve().parents[2] / "evals" / "datasets"


def _record(answer: str, *, choice: str | None = None, status: str = "verified", method: str = "program", seconds: float = 12.0) -> Record:
    solution: dict[str, Any] = {"answer": answer, "choice": choice, "verification": {"status": status, "method": method}}
    return {"turns": [{"text": "", "hisolver": {"solution": solution}, "refused": None, "seconds": seconds, "first_text_s": 1.0}]}


@pytest.mark.parametrize("suite", [SolveSuite(), WordProblemSuite()], ids=lambda suite: suite.name)
def test_every_gold_answer_scores_and_no_blank_or_scrambled_one_does(suite: Any) -> None:
    suite.prove(suite.items(DATA))


@pytest.mark.parametrize("answer", ["18", "\\$18", "18 \\text{ dollars}", "x = 18", "18.00", "\\frac{36}{2}", "$18$ dollars", "eighteen"])
def test_a_number_is_read_as_people_write_it(answer: str) -> None:
    assert WordProblemSuite().score(Item("i", "?", "18"), _record(answer))["right"]


@pytest.mark.parametrize("answer", ["", "180", "1.8", "17 or 18", "-18", "\\frac{18}{2}", "no number"])
def test_another_number_or_several_are_wrong(answer: str) -> None:
    assert not WordProblemSuite().score(Item("i", "?", "18"), _record(answer))["right"]


def test_the_curve_counts_what_was_right_in_time_and_precision_only_what_was_verified() -> None:
    suite = WordProblemSuite()
    records = [
        _record("18", seconds=9.0),
        _record("18", status="unverified", method="none", seconds=50.0),
        _record("17", seconds=5.0),
        _record("17", status="refuted", method="substitution", seconds=100.0),
    ]
    metrics = suite.metrics([suite.score(Item("i", "?", "18"), record) for record in records], records)
    curve = [metrics[f"right within {seconds} s"]["value"] for seconds in (10, 45, 60, 120)]
    assert curve == [0.25, 0.25, 0.5, 0.5]
    assert (metrics["verified coverage"]["value"], metrics["verified precision"]["value"]) == (0.5, 0.5)
    assert metrics["refuted"]["value"] == 0.25
