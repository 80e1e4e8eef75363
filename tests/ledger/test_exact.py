"""Decimal arithmetic beyond the precision that the standard operators keep."""

from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aethel.ledger.exact import add, fits, multiply, negated, renders, subtract

WIDE = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places, Context(prec=200)),
    st.integers(-(10**80) + 1, 10**80 - 1),
    st.integers(0, 80),
)


@given(left=WIDE, right=WIDE)
@example(left=Decimal("1e79"), right=Decimal("1e-80"))
def test_sums_differences_and_products_lose_nothing(left: Decimal, right: Decimal) -> None:
    assert Fraction(add(left, right)) == Fraction(left) + Fraction(right)
    assert Fraction(subtract(left, right)) == Fraction(left) - Fraction(right)
    assert Fraction(multiply(left, right)) == Fraction(left) * Fraction(right)
    assert Fraction(negated(left)) == -Fraction(left)


def test_a_sum_that_would_have_to_be_rounded_is_refused() -> None:
    with pytest.raises(Inexact):
        add(Decimal("1e2000"), Decimal(1))


@given(exact=WIDE, digits=st.integers(1, 90), off=st.integers(-1, 1))
@example(exact=Decimal("-12345678901234567890.123456789"), digits=28, off=0)
@example(exact=Decimal("0." + "9" * 40), digits=28, off=0)
@example(exact=Decimal("0." + "123456789" * 5), digits=33, off=0)
@example(exact=Decimal("1." + "0" * 27 + "5"), digits=28, off=0)
@example(exact=Decimal("1." + "0" * 26 + "15"), digits=28, off=0)
def test_a_rendering_is_the_number_at_some_precision_of_at_least_28_digits(
    exact: Decimal, digits: int, off: int
) -> None:
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(exact)
    step = Decimal(1).scaleb(rounded.adjusted() - digits + 1 if rounded else 0, Context(prec=200))
    stated = add(rounded, multiply(Decimal(off), step))
    some_precision = any(
        Context(prec=precision, rounding=ROUND_HALF_EVEN).plus(exact) == stated for precision in range(28, 170)
    )
    assert renders(stated, exact) == some_precision


def test_the_width_counts_digits_on_both_sides_of_the_point() -> None:
    assert fits(Decimal("9" * 80))
    assert not fits(Decimal("9" * 81))
    assert fits(Decimal("9" * 40 + "." + "9" * 40))
    assert not fits(Decimal("9" * 40 + "." + "9" * 41))
    assert fits(Decimal("0." + "0" * 78 + "1"))
    assert not fits(Decimal("0." + "0" * 79 + "1"))
    assert fits(Decimal("1." + "0" * 200))
    assert not fits(Decimal("-1e80"))
