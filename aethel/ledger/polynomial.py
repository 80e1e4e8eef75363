"""Polynomials over atoms in one canonical form: two that are equal as polynomials are equal as values.

An atom is a variable, or an expression that sums and products cannot express: a rounded division, a reciprocal, or a
truth. A truth is 1 or 0, so its square is itself; a comparison is split into the signs of one polynomial, of which at
most one holds, so the product of opposite signs is 0. A choice `if c then a else b` is `b + c * (a - b)`, and all its
branches are compared at once.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction

Monomial = tuple[tuple[int, int], ...]
"""Atoms with their powers, in order of the atoms; the empty one is 1."""

Polynomial = dict[Monomial, int | Fraction]
"""Monomials with their coefficients, none of them zero; never changed once made."""

Key = tuple[tuple[Monomial, int | Fraction], ...]
"""A polynomial as a hashable value."""

ONE: Monomial = ()

_COEFFICIENT_BITS = 4096
"""Larger coefficients come only from text that multiplies a number by itself over and over."""

_SUMS_PER_PRODUCT = 4
"""Monomials added in the time that two are multiplied."""


class OutOfWork(Exception):
    """The work allowed for one question is spent."""


@dataclass(slots=True)
class Meter:
    """Deterministic work, counted in products of monomials and in nodes; raises `OutOfWork` beyond `limit`."""

    limit: int
    spent: int = 0

    def charge(self, amount: int) -> None:
        self.spent += amount
        if self.spent > self.limit:
            raise OutOfWork


@dataclass(frozen=True, slots=True)
class Atom:
    """What an atom stands for: `is_truth` means 0 or 1, `is_whole` a whole number.

    `opposite` is the truth that never holds together with this one; `subject` is the polynomial whose sign it tells.
    """

    index: int
    is_truth: bool
    is_whole: bool
    is_variable: bool
    opposite: int | None = None
    subject: Polynomial | None = None


@dataclass(slots=True)
class Algebra:
    """Makes atoms, each kind of expression once, and computes with polynomials over them; `meter` bounds all of it."""

    meter: Meter
    atoms: list[Atom] = field(default_factory=list)
    _interned: dict[Hashable, Atom] = field(default_factory=dict)

    def variable(self, name: str, *, is_whole: bool) -> Polynomial:
        """A variable of the program."""
        return _of(self._atom(("variable", name), is_whole=is_whole, is_variable=True))

    def opaque(self, key: Hashable, *, is_whole: bool) -> Polynomial:
        """A number of which only its identity is known: equal keys are equal numbers."""
        return _of(self._atom(("opaque", key), is_whole=is_whole))

    def truth(self, key: Hashable) -> Polynomial:
        """A truth of which only its identity is known."""
        return _of(self._atom(("truth", key), is_whole=True, is_truth=True))

    def below_zero(self, subject: Polynomial) -> Polynomial:
        """1 where `subject` is negative, else 0: a constant, or one of the two signs of its canonical multiple."""
        number = constant(subject)
        if number is not None:
            return constant_polynomial(1 if number < 0 else 0)
        leading = subject[max(subject)]
        monic = scaled(subject, 1 / Fraction(leading))
        below, above = self._signs(monic)
        return _of(below if leading > 0 else above)

    def is_zero(self, subject: Polynomial) -> Polynomial:
        """1 where `subject` is zero, else 0."""
        opposite = self.below_zero(scaled(subject, -1))
        return self.sum((constant_polynomial(1), scaled(self.below_zero(subject), -1), scaled(opposite, -1)))

    def sum(self, parts: Iterable[Polynomial]) -> Polynomial:
        total: Polynomial = {}
        for part in parts:
            self.meter.charge(len(part) // _SUMS_PER_PRODUCT + 1)
            for monomial, coefficient in part.items():
                changed = total.get(monomial, 0) + coefficient
                if changed:
                    total[monomial] = changed
                else:
                    del total[monomial]
        return total

    def product(self, left: Polynomial, right: Polynomial) -> Polynomial:
        self.meter.charge(len(left) * len(right) + 1)
        total: Polynomial = {}
        for first, by in left.items():
            for second, with_ in right.items():
                monomial = self._times(first, second)
                if monomial is None:
                    continue
                changed = total.get(monomial, 0) + by * with_
                if changed:
                    total[monomial] = changed
                else:
                    del total[monomial]
        if any(_bits(coefficient) > _COEFFICIENT_BITS for coefficient in total.values()):
            raise OutOfWork
        return total

    def is_whole(self, subject: Polynomial) -> bool:
        """Whether `subject` is a whole number whatever its atoms are; False where that is not evident."""
        return self.has_whole_atoms(subject) and all(Fraction(count).denominator == 1 for count in subject.values())

    def has_whole_atoms(self, subject: Polynomial) -> bool:
        """Whether every monomial of `subject`, its coefficient aside, is a whole number whatever its atoms are."""
        return all(self.atoms[atom].is_whole for monomial in subject for atom, _ in monomial)

    def substituted(self, subject: Polynomial, by: dict[int, Polynomial]) -> Polynomial:
        """`subject` with each atom of `by` replaced; what stands inside other atoms stays."""
        if not any(atom in by for monomial in subject for atom, _ in monomial):
            return subject
        parts: list[Polynomial] = []
        for monomial, coefficient in subject.items():
            part: Polynomial = {tuple(pair for pair in monomial if pair[0] not in by): coefficient}
            for atom, power in monomial:
                if atom in by:
                    part = self.product(part, self.power(by[atom], power))
            parts.append(part)
        return self.sum(parts)

    def power(self, base: Polynomial, exponent: int) -> Polynomial:
        """`base` to a positive power, by squaring."""
        result = constant_polynomial(1)
        while exponent:
            if exponent % 2:
                result = self.product(result, base)
            exponent //= 2
            base = self.product(base, base) if exponent else base
        return result

    def _times(self, left: Monomial, right: Monomial) -> Monomial | None:
        """The product of two monomials, None where it holds opposite truths and so is zero."""
        if not left or not right:
            return left or right
        powers = dict(left)
        for index, power in right:
            atom = self.atoms[index]
            if atom.opposite is not None and atom.opposite in powers:
                return None
            powers[index] = 1 if atom.is_truth else powers.get(index, 0) + power
        return tuple(sorted(powers.items()))

    def _signs(self, monic: Polynomial) -> tuple[Atom, Atom]:
        name = ("sign", key(monic))
        below = self._interned.get(name)
        if below is None:
            index = len(self.atoms)
            below = Atom(index, True, True, False, index + 1, monic)
            self.atoms.extend((below, Atom(index + 1, True, True, False, index, monic)))
            self._interned[name] = below
        return below, self.atoms[below.index + 1]

    def _atom(self, name: Hashable, *, is_whole: bool, is_truth: bool = False, is_variable: bool = False) -> Atom:
        found = self._interned.get(name)
        if found is None:
            found = Atom(len(self.atoms), is_truth, is_whole, is_variable)
            self._interned[name] = found
            self.atoms.append(found)
        return found


def constant_polynomial(number: int | Fraction) -> Polynomial:
    return {ONE: number} if number else {}


def constant(subject: Polynomial) -> int | Fraction | None:
    """The number `subject` is, None where it holds an atom."""
    if not subject:
        return 0
    return subject.get(ONE) if len(subject) == 1 else None


def scaled(subject: Polynomial, factor: int | Fraction) -> Polynomial:
    return {monomial: coefficient * factor for monomial, coefficient in subject.items()} if factor else {}


def key(subject: Polynomial) -> Key:
    """The same value for the same polynomial, however it was made; equal numbers hash alike, whole or rational."""
    return tuple(sorted(subject.items()))


def _of(atom: Atom) -> Polynomial:
    return {((atom.index, 1),): 1}


def _bits(number: int | Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())
