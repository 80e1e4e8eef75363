"""The rows of one branch of a search, kept in the simplex: what contradicts them, and where they can all hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, gcd, lcm

from aethel.intent.terms import Sort
from aethel.prover.certificate.linear import AtomKind, Linear
from aethel.prover.certificate.polynomial import Number, Polynomial, Powers, Relation, Row, magnitude, simple, total
from aethel.prover.certificate.proof import Named, Source, Sum
from aethel.prover.certificate.simplex import Bound, Conflict, Reason, Simplex

LEAST = Fraction(1, 2**512)
"""How far below zero a polynomial over rationals must be to count as below: less than any difference in practice."""

_FIRST_IDENTITY = 1_000_000
"""Where the numbers that stand for unknown identities start, so that they differ from known ones where they may."""

_Form = tuple[tuple[Powers, Number], ...]


@dataclass(frozen=True, slots=True)
class Refutation:
    """Rows times multipliers that give something false, and the decisions of the search they rest on."""

    rows: Sum
    decisions: frozenset[int]


class Theory:
    """Rows with the decisions they rest on; `mark` and `undo` take them back in order.

    What is below zero is taken to be below it by `least`.
    """

    def __init__(self, linear: Linear, simplex: Simplex, least: Fraction) -> None:
        self._linear = linear
        self._least = least
        self._simplex = simplex
        self._columns: dict[Powers, int] = {}
        self._sums: dict[_Form, int] = {}
        self._rows: dict[Source, Row] = {}
        self.atoms: dict[int, None] = {}
        """The atoms in rows, in the order they came up; what rounding means of them is known."""

    def mark(self) -> tuple[int, int, int]:
        """A point to which `undo` can go back."""
        return self._simplex.mark(), len(self._rows), len(self.atoms)

    def undo(self, mark: tuple[int, int, int]) -> None:
        """Take back all rows added since."""
        bounds, rows, atoms = mark
        self._simplex.undo(bounds)
        while len(self._rows) > rows:
            self._rows.popitem()
        while len(self.atoms) > atoms:
            self.atoms.popitem()

    def add(self, row: Row, source: Source, decisions: frozenset[int]) -> Refutation | None:
        """Add a row, and what rounding says of the atoms that are new with it; the refutation where one is plain."""
        stack = [(row, source, decisions)]
        while stack:
            row, source, decisions = stack.pop()
            self._rows[source] = row
            refutation = self._bound(row, source, decisions)
            if refutation is not None:
                return refutation
            stack.extend(self._new(row.parts))
        return None

    def know(self, value: Polynomial) -> Refutation | None:
        """Let the atoms of a polynomial have their meaning, though no row has them yet."""
        for row, source, decisions in self._new(value):
            refutation = self.add(row, source, decisions)
            if refutation is not None:
                return refutation
        return None

    def has(self, source: Source) -> bool:
        """Whether this row was added."""
        return source in self._rows

    def check(self) -> Refutation | None:
        """The refutation of all rows in rational numbers, if there is one."""
        return self._refuted(self._simplex.check())

    def value(self, powers: Powers) -> Number:
        """The value of a monomial after `check`; 0 where no row has it."""
        column = self._columns.get(powers)
        return 0 if column is None else self._simplex.values[column]

    def fractional(self) -> Iterable[tuple[int, Number]]:
        """The whole atoms whose value is not whole."""
        for atom in self.atoms:
            value = self.value((atom,))
            if value.denominator != 1 and self._linear.atoms[atom].is_whole:
                yield atom, value

    def cut(self, atom: int) -> Refutation | None:
        """Rows times multipliers whose sum, rounded, the present values break: a Gomory cut, where there is one."""
        simplex = self._simplex
        row = simplex.rows.get(self._columns.get((atom,), -1))
        if row is None:
            return None
        parts: Conflict = []
        for unknown, part in row.items():
            lower, upper, value = simplex.lower[unknown], simplex.upper[unknown], simplex.values[unknown]
            if lower is not None and value == lower.limit:
                factor, bound = ceil(part) - part, lower
            elif upper is not None and value == upper.limit:
                factor, bound = ceil(-part) + part, upper
            elif part.denominator == 1:
                continue
            else:
                return None
            if factor:
                parts.append((factor, bound.reason))
        return self._refuted(parts) if parts else None

    def summed(self, rows: Sum) -> Row:
        """The tightened sum of rows times multipliers."""
        relation = max(self._rows[source].relation for _, source in rows)
        parts: list[tuple[Number, Polynomial]] = []
        for factor, source in rows:
            row = self._rows[source]
            parts.append((factor, {**row.parts, (): row.free}))
        return self._linear.row(total(parts), relation)

    def _new(self, value: Polynomial) -> list[tuple[Row, Source, frozenset[int]]]:
        """What rounding means of the atoms that come up here first."""
        found: list[tuple[Row, Source, frozenset[int]]] = []
        for powers in value:
            for atom in powers:
                if atom not in self.atoms:
                    self.atoms[atom] = None
                    found.extend(self._meaning(atom))
        return found

    def _meaning(self, atom: int) -> list[tuple[Row, Source, frozenset[int]]]:
        found = self._linear.atoms[atom]
        if found.kind is not AtomKind.FLOOR:
            return []
        below, above = self._linear.around(atom)
        which = "second " if found.place else ""
        none: frozenset[int] = frozenset()
        return [(below, Named(f"{which}below", found.term), none), (above, Named(f"{which}above", found.term), none)]

    def _bound(self, row: Row, source: Source, decisions: frozenset[int]) -> Refutation | None:
        if not row.parts:
            is_false = row.free > 0 or (row.free < 0 and row.relation is Relation.EQUAL)
            is_false = is_false or (row.free == 0 and row.relation is Relation.BELOW)
            return Refutation(((1, source),), decisions) if is_false else None
        unknown, factor = self._unknown(row.parts)
        inverse = simple(1 / Fraction(factor))
        limit = simple(-row.free * inverse)
        beyond = magnitude(inverse) * self._least if row.relation is Relation.BELOW else 0
        reason = Reason(source, magnitude(inverse), decisions)
        if row.relation is Relation.EQUAL:
            up = self._simplex.at_most(unknown, Bound(limit, Reason(source, inverse, decisions)))
            down = Bound(limit, Reason(source, -inverse, decisions))
            return self._refuted(up if up is not None else self._simplex.at_least(unknown, down))
        if factor > 0:
            return self._refuted(self._simplex.at_most(unknown, Bound(limit - beyond, reason)))
        return self._refuted(self._simplex.at_least(unknown, Bound(limit + beyond, reason)))

    def _unknown(self, parts: Polynomial) -> tuple[int, Number]:
        """The unknown of the simplex that stands for these parts, and the factor between the two."""
        if len(parts) == 1:
            ((powers, factor),) = parts.items()
            return self._column(powers), factor
        ordered = sorted(parts.items())
        scale = lcm(*(part.denominator for _, part in ordered))
        divisor = Fraction(gcd(*(int(part * scale) for _, part in ordered)), scale)
        factor = simple(divisor if ordered[0][1] > 0 else -divisor)
        inverse = 1 / Fraction(factor)
        form = tuple((powers, simple(part * inverse)) for powers, part in ordered)
        if form not in self._sums:
            self._sums[form] = self._simplex.sum([(part, self._column(powers)) for powers, part in form])
        return self._sums[form], factor

    def _column(self, powers: Powers) -> int:
        if powers not in self._columns:
            is_identity = len(powers) == 1 and self._linear.atoms[powers[0]].term.sort is Sort.IDENTITY
            start = _FIRST_IDENTITY + len(self._columns) if is_identity else 0
            self._columns[powers] = self._simplex.unknown(start)
        return self._columns[powers]

    def _refuted(self, conflict: Conflict | None) -> Refutation | None:
        if conflict is None:
            return None
        sums: dict[Source, Number] = {}
        for factor, reason in conflict:
            sums[reason.source] = sums.get(reason.source, 0) + factor * reason.factor
        scale = lcm(*(part.denominator for part in sums.values()))
        rows = [(int(part * scale), source) for source, part in sums.items() if part]
        divisor = gcd(*(factor for factor, _ in rows)) or 1
        decisions = frozenset[int]().union(*(reason.decisions for _, reason in conflict))
        return Refutation(tuple((factor // divisor, source) for factor, source in rows), decisions)
