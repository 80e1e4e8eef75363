"""The interval of a share is the exact one of Clopper and Pearson."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.shares import interval, share


@pytest.mark.parametrize(
    ("count", "rows", "low", "high"),
    [
        (0, 10, 0.0, 0.308497),
        (1, 10, 0.002529, 0.445016),
        (5, 10, 0.187086, 0.812914),
        (10, 10, 0.691503, 1.0),
        (0, 831, 0.0, 0.004429),
        (3, 1000, 0.000619, 0.008742),
    ],
)
def test_known_intervals(count: int, rows: int, low: float, high: float) -> None:
    assert interval(count, rows) == pytest.approx((low, high), abs=2e-6)


@given(st.integers(1, 40).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_the_interval_holds_the_share_and_mirrors_the_rest(given_: tuple[int, int]) -> None:
    count, rows = given_
    low, high = interval(count, rows)
    assert 0 <= low <= count / rows <= high <= 1
    assert interval(rows - count, rows) == pytest.approx((1 - high, 1 - low), abs=1e-6)


@pytest.mark.parametrize(("count", "rows"), [(-1, 5), (6, 5), (0, 0)])
def test_what_is_no_share_is_refused(count: int, rows: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        interval(count, rows)


def test_a_goal_is_about_what_was_counted_and_not_about_its_interval() -> None:
    assert share("x", "x", 2, 100, 2.0).holds is True
    assert share("x", "x", 3, 100, 2.0).holds is False
    assert share("x", "x", 0, 5, 0.0).holds is True
    assert share("x", "x", 0, 0, 0.0).holds is None
