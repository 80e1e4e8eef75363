"""Whether bounds on unknowns and on sums of unknowns can hold together in rational numbers, and which cannot.

The dual simplex method of Dutertre and de Moura (A Fast Linear-Arithmetic Solver for DPLL(T), CAV 2006): sums are
unknowns defined once by rows of a tableau, and only bounds come and go, so that taking them back costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from aethel.prover.certificate.polynomial import Number, magnitude, simple
from aethel.prover.certificate.proof import Source


@dataclass(frozen=True, slots=True)
class Reason:
    """`factor` times the row at `source` is the bound, as `unknown - limit <= 0` or `limit - unknown <= 0`.

    `decisions` are the steps of the search it rests on.
    """

    source: Source
    factor: Number
    decisions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Bound:
    """The least or the greatest value of an unknown, and why."""

    limit: Number
    reason: Reason


Conflict = list[tuple[Number, Reason]]
"""Bounds times positive multipliers whose sum is false."""

_BLAND_AFTER = 50
"""Pivots after which the choice changes to Bland's, which cannot go round in circles."""


class Simplex:
    """Holds bounds on unknowns, numbered from 0. `spend` is told the coefficients touched."""

    def __init__(self, spend: Callable[[int], None]) -> None:
        self.values: list[Number] = []
        self.lower: list[Bound | None] = []
        self.upper: list[Bound | None] = []
        self.rows: dict[int, dict[int, Number]] = {}
        self._spend = spend
        self._trail: list[tuple[int, bool, Bound | None]] = []

    def unknown(self, value: Number = 0) -> int:
        """A new unknown, which starts at `value`."""
        self.values.append(value)
        self.lower.append(None)
        self.upper.append(None)
        return len(self.values) - 1

    def sum(self, parts: list[tuple[Number, int]]) -> int:
        """A new unknown that always equals this sum of others."""
        row: dict[int, Number] = {}
        for factor, unknown in parts:
            for inner, part in self.rows.get(unknown, {unknown: 1}).items():
                row[inner] = row.get(inner, 0) + factor * part
        row = {inner: simple(part) for inner, part in row.items() if part}
        self._spend(len(row))
        made = self.unknown(sum(part * self.values[inner] for inner, part in row.items()))
        self.rows[made] = row
        return made

    def mark(self) -> int:
        """A point to which `undo` can go back."""
        return len(self._trail)

    def undo(self, mark: int) -> None:
        """Take back all bounds set since."""
        while len(self._trail) > mark:
            unknown, is_upper, old = self._trail.pop()
            (self.upper if is_upper else self.lower)[unknown] = old

    def at_most(self, unknown: int, bound: Bound) -> Conflict | None:
        """Set an upper bound."""
        old, other = self.upper[unknown], self.lower[unknown]
        if old is not None and old.limit <= bound.limit:
            return None
        if other is not None and other.limit > bound.limit:
            return [(1, bound.reason), (1, other.reason)]
        self._trail.append((unknown, True, old))
        self.upper[unknown] = bound
        if self.values[unknown] > bound.limit and unknown not in self.rows:
            self._move(unknown, bound.limit)
        return None

    def at_least(self, unknown: int, bound: Bound) -> Conflict | None:
        """Set a lower bound."""
        old, other = self.lower[unknown], self.upper[unknown]
        if old is not None and old.limit >= bound.limit:
            return None
        if other is not None and other.limit < bound.limit:
            return [(1, bound.reason), (1, other.reason)]
        self._trail.append((unknown, False, old))
        self.lower[unknown] = bound
        if self.values[unknown] < bound.limit and unknown not in self.rows:
            self._move(unknown, bound.limit)
        return None

    def check(self) -> Conflict | None:
        """Move the values inside all bounds, or say which bounds cannot hold together."""
        pivots = 0
        while True:
            leaving = self._outside(first=pivots > _BLAND_AFTER)
            if leaving is None:
                return None
            lower = self.lower[leaving]
            low = lower is not None and self.values[leaving] < lower.limit
            entering = self._entering(leaving, low, first=pivots > _BLAND_AFTER)
            if entering is None:
                return self._conflict(leaving, low)
            bound = lower if low else self.upper[leaving]
            assert bound is not None
            self._pivot(leaving, entering, bound.limit)
            pivots += 1

    def _outside(self, *, first: bool) -> int | None:
        """A sum outside its bounds: the first, or the one that is farthest outside."""
        found, distance = None, Fraction(0)
        for unknown in sorted(self.rows) if first else self.rows:
            value, lower, upper = self.values[unknown], self.lower[unknown], self.upper[unknown]
            if lower is not None and value < lower.limit:
                outside = lower.limit - value
            elif upper is not None and value > upper.limit:
                outside = value - upper.limit
            else:
                continue
            if first:
                return unknown
            if outside > distance:
                found, distance = unknown, Fraction(outside)
        self._spend(len(self.rows))
        return found

    def _entering(self, leaving: int, low: bool, *, first: bool) -> int | None:
        """An unknown of the sum that can still move the way that is needed: the first, or one in the fewest rows."""
        able = []
        for unknown, part in self.rows[leaving].items():
            up = (part > 0) is low
            limit = self.upper[unknown] if up else self.lower[unknown]
            value = self.values[unknown]
            if limit is None or (value < limit.limit if up else value > limit.limit):
                able.append(unknown)
        if not able:
            return None
        if first:
            return min(able)
        return min(able, key=lambda unknown: (sum(unknown in row for row in self.rows.values()), unknown))

    def _conflict(self, leaving: int, low: bool) -> Conflict:
        own = self.lower[leaving] if low else self.upper[leaving]
        assert own is not None
        found: Conflict = [(1, own.reason)]
        for unknown, part in self.rows[leaving].items():
            limit = self.upper[unknown] if (part > 0) is low else self.lower[unknown]
            assert limit is not None
            found.append((magnitude(part), limit.reason))
        return found

    def _move(self, unknown: int, value: Number) -> None:
        change = value - self.values[unknown]
        self.values[unknown] = value
        for made, row in self.rows.items():
            part = row.get(unknown)
            if part is not None:
                self.values[made] = simple(self.values[made] + part * change)
        self._spend(len(self.rows))

    def _pivot(self, leaving: int, entering: int, value: Number) -> None:
        """Exchange a sum with an unknown in it, and move that unknown until the sum has `value`."""
        row = self.rows.pop(leaving)
        inverse = 1 / Fraction(row.pop(entering))
        self._move(entering, simple(self.values[entering] + (value - self.values[leaving]) * inverse))
        self.values[leaving] = value
        turned: dict[int, Number] = {unknown: simple(-part * inverse) for unknown, part in row.items()}
        turned[leaving] = simple(inverse)
        spent = len(turned)
        for other in self.rows.values():
            factor = other.pop(entering, None)
            if factor is None:
                continue
            spent += len(turned)
            for unknown, part in turned.items():
                changed = other.get(unknown, 0) + factor * part
                if changed:
                    other[unknown] = simple(changed)
                else:
                    del other[unknown]
        self.rows[entering] = turned
        self._spend(spent)
