"""Against values that others published or that can be counted by hand."""

from __future__ import annotations

import random

import pytest

from finetune.report import stats


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_intervals(right: int, n: int, low: float, high: float) -> None:
    assert stats.wilson(right, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_nothing_says_nothing() -> None:
    assert stats.wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="right=3"):
        stats.wilson(3, 2)


def test_mcnemar_is_the_binomial_that_can_be_counted() -> None:
    assert stats.mcnemar(0, 0) == 1.0
    assert stats.mcnemar(5, 0) == pytest.approx(2 / 2**5)
    assert stats.mcnemar(6, 0) == stats.mcnemar(0, 6) == pytest.approx(2 / 2**6)
    # 8 against 2: 2 * (1 + 10 + 45) / 1024
    assert stats.mcnemar(8, 2) == pytest.approx(112 / 1024)
    assert stats.mcnemar(7, 7) == 1.0


def test_wilcoxon_is_exact_for_few_values_without_ties() -> None:
    # all of five ranks on one side: 2 / 2**5
    assert stats.wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0]) == pytest.approx(0.0625)
    assert stats.wilcoxon([0.0, 0.0]) == 1.0
    assert stats.wilcoxon([]) == 1.0


def test_the_paired_interval_holds_the_true_difference_about_as_often_as_it_says() -> None:
    draw = random.Random(0)
    held = 0
    for _ in range(2000):
        base, tuned = [], []
        for _ in range(50):
            kind = draw.random()
            # 10 % only the base, 25 % only the tuned model, 30 % both: the difference is 0.15
            base.append(kind < 0.1 or 0.35 <= kind < 0.65)
            tuned.append(0.1 <= kind < 0.65)
        low, high = stats.paired_share(base, tuned)
        held += low <= 0.15 <= high
    assert 0.93 <= held / 2000 <= 0.98


def test_without_any_change_the_paired_interval_is_not_a_point() -> None:
    low, high = stats.paired_share([True] * 20, [True] * 20)
    assert low < 0 < high


def test_the_bootstrap_keeps_a_rows_columns_together_and_repeats_itself() -> None:
    values = [float(value) for value in range(40)]
    low, high = stats.bootstrap(lambda a, b: (a - b).mean(axis=-1), values, [value - 1 for value in values])
    assert (low, high) == (1.0, 1.0)
    assert stats.bootstrap(stats.mean_rows, values) == stats.bootstrap(stats.mean_rows, values)
    low, high = stats.bootstrap(stats.mean_rows, values)
    # the mean's standard error is 11.54 / sqrt(40) = 1.83
    assert low == pytest.approx(19.5 - 1.96 * 1.83, abs=0.4) and high == pytest.approx(19.5 + 1.96 * 1.83, abs=0.4)
    with pytest.raises(ValueError, match="at least one"):
        stats.bootstrap(stats.mean_rows, [])
