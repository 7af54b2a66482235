from __future__ import annotations

from evals.curve import HEIGHT, accuracy_curve, chart
from evals.runner import Row


def _row(seconds: float | None, right: bool | None) -> Row:
    return Row(
        id="a", epoch=1, right=right, reason="", expected="", answered="", seconds=seconds, first_text_s=None, prompt_tokens=0,
        completion_tokens=0, cached_tokens=0, retries=0, fault=None,
    )  # fmt: skip


def test_the_curve_rises_with_every_right_answer_and_counts_the_wrong_ones_below() -> None:
    rows = [_row(30.0, True), _row(10.0, True), _row(20.0, False), _row(40.0, True)]
    assert accuracy_curve(rows) == [(10.0, 0.25), (30.0, 0.5), (40.0, 0.75)]


def test_what_was_not_measured_is_no_part_of_it() -> None:
    assert accuracy_curve([_row(None, None), _row(5.0, True)]) == [(5.0, 1.0)]


def test_the_chart_is_as_high_as_the_share_at_its_end_and_empty_before_the_first_answer() -> None:
    lines = chart([(30.0, 0.5), (60.0, 1.0)])
    bars = [line.partition("|")[2] for line in lines[:HEIGHT]]
    heights = [sum(line[column : column + 1] == "#" for line in bars) for column in range(60)]
    assert (heights[0], heights[28], heights[29], heights[58], heights[59]) == (0, 0, HEIGHT // 2, HEIGHT // 2, HEIGHT)
    assert lines[-1].endswith("60 s")


def test_nothing_right_draws_nothing() -> None:
    assert chart(accuracy_curve([_row(3.0, False)])) == []
