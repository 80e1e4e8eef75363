"""Numbers as the solver sees them: an expression over a positive whole denominator.

Rates and percentages of whole amounts so stay integer arithmetic: `amount * 5 / 1000` is 5·amount over 1000, and two
numbers are compared by their numerators over a common denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import z3

from aethel.prover.limits import MAXIMUM_BITS, MAXIMUM_DEGREE
from aethel.prover.stops import Unmodelled


@dataclass(frozen=True, slots=True)
class Scaled:
    """`numerator` / `denominator`: a whole or real expression (`z3.ArithRef`) over a whole number above zero.

    `degree` bounds the numerator's degree as a polynomial. What makes one raises Unmodelled beyond the prover's limits.
    """

    numerator: Any
    denominator: int
    degree: int


def constant(value: int | Fraction, context: Any) -> Scaled:
    """A known number."""
    exact = Fraction(value)
    return Scaled(z3.IntVal(exact.numerator, context), exact.denominator, 0)


def on_one_denominator(numbers: list[Scaled]) -> tuple[list[Any], int]:
    """The numerators over the least common denominator, all whole or all real."""
    denominator = 1
    for number in numbers:
        denominator = _bounded(lcm(denominator, number.denominator))
    widened = []
    for number in numbers:
        factor = denominator // number.denominator
        widened.append(number.numerator if factor == 1 else factor * number.numerator)
    return _of_one_sort(widened), denominator


def total(numbers: list[Scaled]) -> Scaled:
    """The sum."""
    parts, denominator = on_one_denominator(numbers)
    return Scaled(z3.Sum(parts), denominator, max(number.degree for number in numbers))


def product(numbers: list[Scaled]) -> Scaled:
    """The product."""
    degree = sum(number.degree for number in numbers)
    if degree > MAXIMUM_DEGREE:
        raise Unmodelled(f"a product of more than {MAXIMUM_DEGREE} unknowns")
    denominator = 1
    for number in numbers:
        denominator = _bounded(denominator * number.denominator)
    return Scaled(z3.Product(_of_one_sort([number.numerator for number in numbers])), denominator, degree)


def negated(number: Scaled) -> Scaled:
    """The number with the other sign."""
    return Scaled(-number.numerator, number.denominator, number.degree)


def chosen(condition: Any, then: Scaled, other: Scaled) -> Scaled:
    """`then` where the condition holds, else `other`."""
    (first, second), denominator = on_one_denominator([then, other])
    return Scaled(z3.If(condition, first, second), denominator, max(then.degree, other.degree))


def _of_one_sort(expressions: list[Any]) -> list[Any]:
    if all(expression.is_int() for expression in expressions):
        return expressions
    return [z3.ToReal(expression) if expression.is_int() else expression for expression in expressions]


def _bounded(denominator: int) -> int:
    if denominator.bit_length() > MAXIMUM_BITS:
        raise Unmodelled(f"a common denominator of more than {MAXIMUM_BITS} bits")
    return denominator
