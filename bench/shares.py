"""Shares of rows with their exact 95 % interval (Clopper and Pearson, Biometrika 26, 1934)."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import comb

from bench.measure import Figure

_TAIL = Fraction(1, 40)
"""Each of the two tails that the interval leaves out."""

_BITS = 24
"""Binary digits of a bound: a share of one in sixteen million."""


def share(id_: str, what: str, count: int, rows: int, goal: float | None = None) -> Figure:
    """`count` of `rows`, in percent; of no rows nothing is said."""
    low, high = interval(count, rows) if rows else (0.0, 1.0)
    value = 100 * count / rows if rows else 0.0
    return Figure(id_, what, value, "%", rows, 100 * low, 100 * high, goal if rows else None, is_count=True)


def interval(count: int, rows: int) -> tuple[float, float]:
    """The exact 95 % interval of a share of `count` in `rows`, as parts of 1, computed in whole numbers."""
    if not 0 <= count <= rows or rows == 0:
        raise ValueError(f"{count} of {rows} rows is no share")
    return 1 - _upper(rows - count, rows), _upper(count, rows)


@cache
def _upper(count: int, rows: int) -> float:
    """The share at which as few as `count` rows are found with the probability of one tail; 1 for all rows."""
    if count == rows:
        return 1.0
    low, high = 0, 1 << _BITS
    while high - low > 1:
        middle = (low + high) // 2
        if _at_most(count, rows, middle) > _TAIL:
            low = middle
        else:
            high = middle
    return high / (1 << _BITS)


def _at_most(count: int, rows: int, share_: int) -> Fraction:
    """The probability of at most `count` of `rows`, each with the probability `share_` / 2**_BITS."""
    if count > rows // 2:
        return 1 - _at_most(rows - count - 1, rows, (1 << _BITS) - share_)
    other = (1 << _BITS) - share_
    total, power = 0, 1
    for found in range(count + 1):
        total = total * other + comb(rows, found) * power
        power *= share_
    return Fraction(total * other ** (rows - count), 1 << (_BITS * rows))
