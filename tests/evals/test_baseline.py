"""Baselines: what counts as a regression, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.baseline import Baseline, check_dataset, compare, load_baseline, save_baseline
from evals.errors import UsageError
from evals.report import Report, SuiteReport, markdown, suite_report
from evals.run import exit_code, outcome
from evals.runner import Fault, Measured, Row
from evals.suites.base import Item, Verdict
from evals.suites.solve import SolveSuite


def row(name: str, right: bool | None, *, epoch: int = 1, seconds: float = 1.0) -> Row:
    return Row(
        id=name, epoch=epoch, right=right, reason="", expected="A", answered="A", seconds=None if right is None else seconds, first_text_s=0.5,
        prompt_tokens=10, completion_tokens=5, cached_tokens=2, retries=0, fault=Fault(kind="timeout", message="late | very") if right is None else None,
    )  # fmt: skip


def report_of(rows: list[Row]) -> SuiteReport:
    verdicts = [
        Verdict(
            right=bool(row["right"]),
            reason="",
            answered="",
            facts={"status": "verified", "method": "program", "answered": True, "choice": "A"},
        )
        for row in rows
        if row["right"] is not None
    ]
    items = [Item(id=name, prompt="", expected="A") for name in dict.fromkeys(row["id"] for row in rows)]
    measured = Measured(rows=rows, verdicts=verdicts, records=[{"turns": []} for _ in verdicts], resumed=0)
    return suite_report(SolveSuite(), measured, items, digest="d", dataset_items=9, epochs=1)


def baseline_of(**scores: float) -> Baseline:
    return Baseline(
        suite="solve",
        made="then",
        dataset_sha256="d",
        epochs=1,
        n=len(scores),
        score=0.0,
        interval=(0, 1),
        metrics={},
        server={},
        items=scores,
    )


def whole(suite: SuiteReport) -> Report:
    return Report(started="now", base_url="http://x", server={}, settings={"limit": 3}, outcome=outcome([suite]), suites=[suite])


def test_flips_are_counted_over_the_shared_items_only() -> None:
    report = report_of([row("a", True), row("b", False), row("c", True), row("new", False)])
    found = compare(report, baseline_of(a=0.0, b=1.0, c=1.0, gone=1.0), Path("solve.json"))
    assert found is not None
    assert (found["shared"], found["went_wrong"], found["went_right"], found["regression"]) == (3, ["b"], ["a"], False)


@pytest.mark.parametrize(("falls", "regression"), [(0, False), (1, False), (2, True)])
def test_a_fall_of_more_than_five_points_is_a_regression(falls: int, regression: bool) -> None:
    names = [f"i{number}" for number in range(20)]
    report = report_of([row(name, number >= falls) for number, name in enumerate(names)])
    found = compare(report, baseline_of(**dict.fromkeys(names, 1.0)), Path("solve.json"))
    assert found is not None and found["regression"] is regression
    report["baseline"] = found
    assert exit_code(whole(report), fail_on_regression=True) == (1 if regression else 0)
    assert exit_code(whole(report), fail_on_regression=False) == 0


def test_an_item_that_could_not_be_measured_is_no_flip_but_exit_3() -> None:
    report = report_of([row("a", None), row("b", True)])
    found = compare(report, baseline_of(a=1.0, b=1.0), Path("solve.json"))
    assert found is not None and found["went_wrong"] == [] and found["shared"] == 1
    assert exit_code(whole(report), fail_on_regression=False) == 3


def test_epochs_of_an_item_are_averaged_before_the_interval() -> None:
    report = report_of([row("a", True, epoch=1), row("a", False, epoch=2), row("b", True, epoch=1), row("b", True, epoch=2)])
    assert (report["n"], report["score"]) == (2, 0.75)
    assert report["interval"][1] - report["interval"][0] > 0.5, "two items stay two items, however often they are asked"


def test_nothing_measured_gives_no_score_and_no_baseline(tmp_path: Path) -> None:
    report = report_of([row("a", None)])
    assert report["score"] is None and report["seconds"] == {"p50": None, "p95": None}
    assert compare(report, baseline_of(a=1.0), Path("x")) is None
    with pytest.raises(UsageError, match="stays as it is"):
        save_baseline(tmp_path / "solve.json", report, whole(report))
    assert list(tmp_path.iterdir()) == []
    assert "not measured" in markdown(whole(report))


def test_a_saved_baseline_is_read_back(tmp_path: Path) -> None:
    report = report_of([row("a", True), row("b", False)])
    save_baseline(tmp_path / "deep" / "solve.json", report, whole(report))
    found = load_baseline(tmp_path / "deep" / "solve.json", "solve")
    assert found is not None and found["items"] == {"a": 1.0, "b": 0.0} and found["score"] == 0.5
    check_dataset(found, tmp_path, "d")
    with pytest.raises(UsageError, match="another version of the dataset"):
        check_dataset(found, tmp_path, "other")
    with pytest.raises(UsageError, match="not of 'hints'"):
        load_baseline(tmp_path / "deep" / "solve.json", "hints")
    assert load_baseline(tmp_path / "none.json", "solve") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"suite": "solve", "items": 3})])
def test_a_damaged_baseline_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "solve.json").write_text(content)
    with pytest.raises(UsageError, match="baseline"):
        load_baseline(tmp_path / "solve.json", "solve")


def test_the_markdown_table_survives_bars_and_line_breaks() -> None:
    broken: Any = row("a", False)
    broken["reason"] = "a | b\nc" + "d" * 500
    text = markdown(whole(report_of([broken, row("b", None)])))
    table = [line for line in text.splitlines() if line.startswith(("| a ", "| b "))]
    assert len(table) == 2 and all(line.replace("\\|", "").count("|") == 8 for line in table)
    assert "late \\| very" in text
