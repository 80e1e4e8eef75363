"""Exact fractions to so many decimals, by a named mode: multiplied out first, rounded once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from aethel.ledger.wording import plain
from aethel.terms import Rounding


def rounded(exact: Fraction, decimals: int, mode: Rounding) -> Fraction:
    """`exact` as a whole number of units of `decimals` decimals, as the General Decimal Arithmetic defines the mode."""
    units = exact * 10**decimals
    below = units.numerator // units.denominator
    rest = units - below
    return Fraction(below + (1 if rest and _goes_up(below, rest, mode) else 0), 10**decimals)


def _goes_up(below: int, rest: Fraction, mode: Rounding) -> bool:
    """Whether a number strictly between `below` and the next one becomes the next one."""
    half = Fraction(1, 2)
    is_positive = below >= 0
    match mode:
        case Rounding.UP:
            return is_positive
        case Rounding.DOWN:
            return not is_positive
        case Rounding.CEILING:
            return True
        case Rounding.FLOOR:
            return False
        case Rounding.HALF_UP:
            return rest > half or (rest == half and is_positive)
        case Rounding.HALF_DOWN:
            return rest > half or (rest == half and not is_positive)
        case Rounding.HALF_EVEN:
            return rest > half or (rest == half and below % 2 == 1)
        case _:
            assert_never(mode)


def written(number: Fraction) -> str:
    """The exact value as decimal text, or as a fraction where no decimal is exact."""
    places = _places(number.denominator)
    if places is None:
        return f"{number.numerator}/{number.denominator}"
    units = abs(number.numerator) * 10**places // number.denominator
    digits = tuple(int(digit) for digit in str(units))
    return plain(Decimal((int(number < 0), digits, -places)))


def _places(denominator: int) -> int | None:
    """How many decimals a fraction with this denominator in lowest terms needs; None where no number of them does."""
    twos = (denominator & -denominator).bit_length() - 1
    rest = denominator >> twos
    fives = 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None
