"""Decimal arithmetic that is exact or raises: no operator of `Decimal`, since those round to the thread's context."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded

ZERO = Decimal(0)

WIDTH_DIGITS = 80
"""Longest amount, balance or value of a leg, in digits before and after the point together."""

DEFAULT_CONTEXT_DIGITS = 28
"""Precision of the decimal arithmetic that tools compute a left-out amount in (Python, and others with its default)."""

_PRECISION_DIGITS = 1000
"""More digits than any sum here can have: 10 000 products of two 80-digit numbers need fewer than 330."""

_EXACT = Context(prec=_PRECISION_DIGITS, traps=[Inexact, Rounded, InvalidOperation, Overflow])


add = _EXACT.add
"""The exact sum. Like the two below a bound method, since a function around it would double the time of each leg."""

subtract = _EXACT.subtract
"""The exact difference."""

multiply = _EXACT.multiply
"""The exact product."""


def negated(number: Decimal) -> Decimal:
    """The exact opposite; zero stays zero."""
    return number.copy_negate() if number else ZERO


def fits(number: Decimal) -> bool:
    """Whether `number`, written plainly and as short as can be, has at most `WIDTH_DIGITS` digits."""
    written = str(number)
    if len(written) <= WIDTH_DIGITS and "E" not in written:
        return True  # the usual case: so few digits, and no exponent
    shortest = _EXACT.normalize(number)
    exponent = shortest.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return max(number.adjusted() + 1, 1) + places <= WIDTH_DIGITS


def all_fit(numbers: Sequence[Decimal]) -> bool:
    """Whether each of these `fits`."""
    written = list(map(str, numbers))
    if max(map(len, written), default=0) <= WIDTH_DIGITS and "E" not in "".join(written):
        return True  # the usual case, as in `fits`
    return all(map(fits, numbers))


def renders(stated: Decimal, exact: Decimal) -> bool:
    """Whether `stated` is `exact`, or `exact` rounded half-even to some precision of at least 28 significant digits.

    The rounding is that of the General Decimal Arithmetic specification. If any such precision gives `stated`, so does
    the least one that can hold it: at a coarser precision the distance is below half a unit. So one is tried.
    """
    if stated == exact:
        return True
    held = len(stated.as_tuple().digits) - _trailing_zeros(stated)
    precision = max(DEFAULT_CONTEXT_DIGITS, held)
    return Context(prec=precision, rounding=ROUND_HALF_EVEN).plus(exact) == stated


def _trailing_zeros(number: Decimal) -> int:
    digits = number.as_tuple().digits
    count = 0
    while count < len(digits) and digits[-1 - count] == 0:
        count += 1
    return count
