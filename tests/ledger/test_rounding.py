"""Rounding exact fractions agrees with Python's decimal arithmetic, and times are read as RFC 3339 writes them."""

import decimal
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.ledger.allotment import portions
from aethel.ledger.moments import nanoseconds_of
from aethel.ledger.rounding import rounded, written
from aethel.terms import Remainder, Rounding

MODES = {mode: getattr(decimal, f"ROUND_{mode.name}") for mode in Rounding}
SHARES = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


@given(st.integers(-(10**9), 10**9), st.integers(0, 4), st.sampled_from(Rounding))
def test_rounding_agrees_with_the_decimal_arithmetic(units: int, places: int, mode: Rounding) -> None:
    exact = decimal.Decimal(units).scaleb(-6)
    expected = exact.quantize(decimal.Decimal(1).scaleb(-places), MODES[mode])
    assert rounded(Fraction(exact), places, mode) == Fraction(expected)


@given(st.fractions(), st.integers(0, 6), st.sampled_from(Rounding))
def test_rounding_moves_by_less_than_one_unit(exact: Fraction, places: int, mode: Rounding) -> None:
    assert abs(rounded(exact, places, mode) - exact) < Fraction(1, 10**places)


@given(st.fractions())
def test_a_fraction_is_written_exactly(number: Fraction) -> None:
    assert Fraction(written(number)) == number


@given(st.integers(0, 10**6), SHARES, st.sampled_from(Remainder))
def test_portions_sum_to_the_whole_and_are_fair_to_a_unit(units: int, weights: list[int], rule: Remainder) -> None:
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    parts = portions(units, shares, rule)
    assert sum(parts) == units
    most = len(parts) if rule is Remainder.LAST else 1
    assert all(0 <= part - units * share + 1 <= most + 1 for part, share in zip(parts, shares, strict=True))


@given(st.datetimes(), st.integers(-23 * 60, 23 * 60))
def test_a_time_is_read_to_the_nanosecond(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = zoned - datetime(1970, 1, 1, tzinfo=UTC)
    expected = ((since.days * 86_400 + since.seconds) * 10**6 + since.microseconds) * 1000
    assert nanoseconds_of(zoned.isoformat()) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05z",
            "2026-1-2T03:04:05Z",
        ),
        *("2026-01-02T03:04:60Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.1234567890Z", "2026-02-29T00:00:00Z"),
        *("2026-01-02T03:04:05+0100", "2026-01-02T03:04:05Z ", "0000-01-01T00:00:00Z", "2026-01-02T03:04:05,5Z"),
    ],
)
def test_another_form_of_time_is_none(text: str) -> None:
    assert nanoseconds_of(text) is None
