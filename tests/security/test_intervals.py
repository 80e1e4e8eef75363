"""Interval arithmetic: every result of every operation lies in the interval that is given for it."""

from itertools import product

import pytest

from aethel.intent.terms import Op, divided
from aethel.security import intervals
from aethel.security.intervals import ALL, Interval

NUMBERS = range(-4, 5)
INTERVALS = [Interval(low, high) for low in NUMBERS for high in NUMBERS if low <= high]
DIVISIONS = [Op.FLOOR_DIV, Op.CEIL_DIV, Op.HALF_EVEN_DIV, Op.EXACT_DIV, Op.MOD]


def values(within: Interval) -> list[int]:
    return [value for value in NUMBERS if within.contains(value)]


@pytest.mark.parametrize("op", DIVISIONS)
def test_every_quotient_and_remainder_lies_in_its_interval(op: Op) -> None:
    for left, right in product(INTERVALS, INTERVALS):
        found = intervals.divide(op, left, right, nonzero=True)
        for dividend, divisor in product(values(left), values(right)):
            if divisor != 0:
                assert found.contains(divided(op, dividend, divisor)), (left, right)


def test_sums_products_and_extremes_have_exactly_the_ends_of_their_values() -> None:
    for left, right in product(INTERVALS, INTERVALS):
        pairs = list(product(values(left), values(right)))
        for found, results in (
            (intervals.add(left, right), [a + b for a, b in pairs]),
            (intervals.multiply(left, right), [a * b for a, b in pairs]),
            (intervals.least_of(left, right), [min(pair) for pair in pairs]),
            (intervals.greatest_of(left, right), [max(pair) for pair in pairs]),
        ):
            assert found == Interval(min(results), max(results))


def test_a_square_is_never_below_zero() -> None:
    for only in INTERVALS:
        squares = [value * value for value in values(only)]
        assert intervals.square(only) == Interval(min(squares), max(squares))


def test_nothing_is_known_of_a_division_by_what_can_be_zero() -> None:
    assert intervals.divide(Op.FLOOR_DIV, Interval(1, 2), Interval(0, 3), nonzero=False) == ALL


def test_ends_without_a_bound_stay_without_one() -> None:
    up = Interval(2, None)
    assert intervals.multiply(up, Interval(-3, -1)) == Interval(None, -2)
    assert intervals.multiply(up, Interval(0, 0)) == Interval(0, 0)
    assert intervals.divide(Op.FLOOR_DIV, up, Interval(4, None), nonzero=False) == Interval(0, None)
    assert intervals.negate(up) == Interval(None, -2)
