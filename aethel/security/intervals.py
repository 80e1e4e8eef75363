"""Intervals of exact numbers, and what arithmetic makes of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from aethel.intent.terms import Op

Number = int | Fraction


class Interval(NamedTuple):
    """All numbers from `low` to `high`, both included; None is no bound on that side."""

    low: Number | None
    high: Number | None

    @property
    def is_empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high

    def contains(self, value: Number) -> bool:
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)


ALL = Interval(None, None)
"""Every number."""

_Extended = tuple[int, Number]
"""A number, or an infinity: (-1, 0) and (1, 0) lie below and above every (0, number)."""

_ROUNDING: dict[Op, Callable[[Number], int]] = {Op.FLOOR_DIV: floor, Op.CEIL_DIV: ceil, Op.HALF_EVEN_DIV: round}
"""Each never falls where its argument rises, so that it takes ends to ends."""


def point(value: Number) -> Interval:
    return Interval(value, value)


def meet(first: Interval, second: Interval) -> Interval:
    """The numbers in both, which may be none."""
    lows = [low for low in (first.low, second.low) if low is not None]
    highs = [high for high in (first.high, second.high) if high is not None]
    return Interval(max(lows, default=None), min(highs, default=None))


def join(first: Interval, second: Interval) -> Interval:
    """The least interval with all numbers of both."""
    low = None if first.low is None or second.low is None else min(first.low, second.low)
    high = None if first.high is None or second.high is None else max(first.high, second.high)
    return Interval(low, high)


def add(first: Interval, second: Interval) -> Interval:
    low = None if first.low is None or second.low is None else first.low + second.low
    high = None if first.high is None or second.high is None else first.high + second.high
    return Interval(low, high)


def negate(only: Interval) -> Interval:
    return Interval(None if only.high is None else -only.high, None if only.low is None else -only.low)


def least_of(first: Interval, second: Interval) -> Interval:
    """What `min` of a number of each can be."""
    highs = [high for high in (first.high, second.high) if high is not None]
    return Interval(join(first, second).low, min(highs, default=None))


def greatest_of(first: Interval, second: Interval) -> Interval:
    """What `max` of a number of each can be."""
    return negate(least_of(negate(first), negate(second)))


def multiply(first: Interval, second: Interval) -> Interval:
    products = [_times(one, other) for one in _ends(first) for other in _ends(second)]
    return _between(min(products), max(products))


def square(only: Interval) -> Interval:
    """What a number times itself can be."""
    product = multiply(only, only)
    return Interval(max(product.low or 0, 0) if not only.contains(0) else 0, product.high)


def divide(op: Op, left: Interval, right: Interval, *, nonzero: bool) -> Interval:
    """What FLOOR_DIV, CEIL_DIV, HALF_EVEN_DIV, EXACT_DIV or MOD gives; all numbers where the divisor can be zero.

    `nonzero` says that a whole divisor is known not to be zero, although its interval holds zero.
    """
    if right.contains(0):
        if not nonzero:
            return ALL
        below, above = Interval(right.low, -1), Interval(1, right.high)
        parts = [divide(op, left, part, nonzero=True) for part in (below, above) if not part.is_empty]
        return ALL if not parts else parts[0] if len(parts) == 1 else join(parts[0], parts[1])
    if op is Op.MOD:
        return _remainder(left, right)
    quotient = multiply(left, _reciprocal(right))
    rounding = _ROUNDING.get(op)
    if rounding is None:
        return quotient
    low = None if quotient.low is None else rounding(quotient.low)
    return Interval(low, None if quotient.high is None else rounding(quotient.high))


def _remainder(left: Interval, right: Interval) -> Interval:
    """`a % b` of whole numbers has the sign of `b` and is nearer to zero."""
    if right.low is not None and right.low > 0:
        highs = [] if right.high is None else [right.high - 1]
        if left.low is not None and left.low >= 0 and left.high is not None:
            if left.high < right.low:
                return left
            highs.append(left.high)
        return Interval(0, min(highs, default=None))
    return negate(_remainder(negate(left), negate(right)))


def _reciprocal(only: Interval) -> Interval:
    """One divided by each number of an interval without zero."""
    inverse = [Fraction(0) if end is None else 1 / Fraction(end) for end in (only.high, only.low)]
    return Interval(inverse[0], inverse[1])


def _ends(only: Interval) -> tuple[_Extended, _Extended]:
    low: _Extended = (-1, 0) if only.low is None else (0, only.low)
    high: _Extended = (1, 0) if only.high is None else (0, only.high)
    return low, high


def _times(first: _Extended, second: _Extended) -> _Extended:
    if first[0] == 0 and second[0] == 0:
        return 0, first[1] * second[1]
    return _sign(first) * _sign(second), 0


def _sign(end: _Extended) -> int:
    return end[0] or (end[1] > 0) - (end[1] < 0)


def _between(low: _Extended, high: _Extended) -> Interval:
    return Interval(None if low[0] else low[1], None if high[0] else high[1])
