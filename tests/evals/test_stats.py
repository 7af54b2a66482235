"""Statistics against known values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.stats import percentile, sign_test, spread_evenly, wilson


@pytest.mark.parametrize(
    ("right", "n", "low", "high"),
    # R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3; the last one mirrors 0 of 20
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0)],
)
def test_the_wilson_interval_agrees_with_published_values(right: int, n: int, low: float, high: float) -> None:
    assert wilson(right, n) == pytest.approx((low, high), abs=5e-5)


def test_nothing_measured_leaves_everything_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "n"), [(-1, 3), (4, 3), (1, 0), (0, -1)])
def test_an_impossible_share_is_refused(right: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= right <= n"):
        wilson(right, n)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_within_zero_and_one(case: tuple[float, int]) -> None:
    right, n = case
    low, high = wilson(right, n)
    assert 0.0 <= low <= right / n + 1e-12 and right / n - 1e-12 <= high <= 1.0


def test_percentiles_interpolate_between_ranks() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert percentile(values, 50) == 2.5
    assert percentile(values, 95) == pytest.approx(3.85)
    assert (percentile(values, 0), percentile(values, 100)) == (1.0, 4.0)
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None
    with pytest.raises(ValueError, match=r"\[0, 100\]"):
        percentile(values, 101)


def test_the_sign_test_is_exact() -> None:
    assert sign_test(0, 0) == 1.0
    assert sign_test(5, 0) == 1 / 32
    assert sign_test(8, 2) == pytest.approx(56 / 1024)
    assert sign_test(0, 5) == 1.0


def test_a_limit_is_spread_evenly_over_the_dataset() -> None:
    assert spread_evenly(110, 4) == [0, 28, 55, 82]
    assert spread_evenly(3, None) == [0, 1, 2]
    assert spread_evenly(3, 9) == [0, 1, 2]
    assert spread_evenly(10, 5, offset=9) == [1, 3, 5, 7, 9]


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 1000))
def test_no_item_is_taken_twice(n: int, limit: int, offset: int) -> None:
    taken = spread_evenly(n, limit, offset)
    assert len(set(taken)) == len(taken) == min(n, limit)
    assert all(0 <= index < n for index in taken)


def test_the_sign_test_never_leaves_zero_to_one() -> None:
    assert all(0 < sign_test(a, b) <= 1 and math.isfinite(sign_test(a, b)) for a in range(12) for b in range(12))
