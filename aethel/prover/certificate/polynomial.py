"""Polynomials over numbered atoms with exact coefficients, and the rows that say how one compares with zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from math import gcd, lcm

from aethel.prover.certificate.limits import MAXIMUM_BITS, MAXIMUM_DEGREE, MAXIMUM_PARTS
from aethel.prover.certificate.stops import TooLargeToCertify

Number = int | Fraction
Powers = tuple[int, ...]
"""A monomial: its atoms in order, each as often as its exponent; empty for the constant."""

Polynomial = dict[Powers, Number]
"""Coefficients that are not zero, whole ones as `int`. Never changed once made."""

Frozen = frozenset[tuple[Powers, Number]]


class Relation(IntEnum):
    """How a polynomial compares with zero; a sum of rows has the largest relation of its parts."""

    EQUAL = 0
    AT_MOST = 1
    BELOW = 2


@dataclass(frozen=True, slots=True)
class Row:
    """`parts` + `free` is, by `relation`, zero, at most zero or below zero."""

    parts: Polynomial
    free: Number
    relation: Relation


def constant(value: Number) -> Polynomial:
    """A number."""
    return {(): simple(value)} if value else {}


def magnitude(value: Number) -> Number:
    """The number without its sign."""
    return -value if value < 0 else value


def simple(value: Number) -> Number:
    """The number, as `int` where it is whole: arithmetic on those is ten times faster."""
    return value.numerator if value.denominator == 1 else value


def frozen(value: Polynomial) -> Frozen:
    """What equal polynomials have in common."""
    return frozenset(value.items())


def total(parts: Iterable[tuple[Number, Polynomial]]) -> Polynomial:
    """The sum of multiples."""
    result: Polynomial = {}
    for factor, polynomial in parts:
        for powers, part in polynomial.items():
            result[powers] = result.get(powers, 0) + factor * part
    return _bounded(result)


def product(left: Polynomial, right: Polynomial) -> Polynomial:
    """The product; raises TooLargeToCertify."""
    if len(left) * len(right) > MAXIMUM_PARTS:
        raise TooLargeToCertify(f"a product of more than {MAXIMUM_PARTS} monomials")
    result: Polynomial = {}
    for first, factor in left.items():
        for second, part in right.items():
            powers = tuple(sorted(first + second))
            result[powers] = result.get(powers, 0) + factor * part
    return _bounded(result)


def _bounded(value: Polynomial) -> Polynomial:
    result = {powers: simple(part) for powers, part in value.items() if part}
    if len(result) > MAXIMUM_PARTS:
        raise TooLargeToCertify(f"a sum of more than {MAXIMUM_PARTS} monomials")
    for powers, part in result.items():
        if len(powers) > MAXIMUM_DEGREE:
            raise TooLargeToCertify(f"a product of more than {MAXIMUM_DEGREE} unknowns")
        if max(part.numerator.bit_length(), part.denominator.bit_length()) > MAXIMUM_BITS:
            raise TooLargeToCertify(f"a coefficient of more than {MAXIMUM_BITS} bits")
    return result


def tightened(value: Polynomial, relation: Relation, *, is_whole: bool) -> Row:
    """The row; where all its atoms are whole, with coefficients without common divisor and the constant rounded up."""
    parts = {powers: part for powers, part in value.items() if powers}
    free = value.get((), 0)
    if not is_whole:
        return Row(parts, free, relation)
    scale = lcm(free.denominator, *(part.denominator for part in parts.values()))
    if scale != 1:
        parts = {powers: int(part * scale) for powers, part in parts.items()}
        free = free * scale
    whole = int(free) + (1 if relation is Relation.BELOW else 0)
    divisor = gcd(*(int(part) for part in parts.values())) or 1
    if divisor != 1:
        if relation is Relation.EQUAL and whole % divisor:
            return Row({}, 1, Relation.AT_MOST)
        parts = {powers: int(part) // divisor for powers, part in parts.items()}
        whole = -(-whole // divisor)
    return Row(parts, whole, Relation.EQUAL if relation is Relation.EQUAL else Relation.AT_MOST)
