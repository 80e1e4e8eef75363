"""Quotients as constraints over fresh unknowns: the solver's own division is never used.

Each function gives what makes `quotient` the rounded quotient of `dividend` by `divisor` for a positive divisor;
`by_sign` puts the signs together as in `aethel.intent.terms.divided`. Operands are whole or real, quotients whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from aethel.intent.terms import Op

Rounding = Callable[[Any, Any, Any], list[Any]]


def floor(dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    """a = b·q + r with 0 ≤ r < b, the remainder eliminated."""
    product = divisor * quotient
    return [product <= dividend, dividend < product + divisor]


def ceiling(dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    """a = b·q − r with 0 ≤ r < b."""
    product = divisor * quotient
    return [dividend <= product, product < dividend + divisor]


def half_even(dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    """|2·(a − b·q)| ≤ b, and q is even at a tie (IEEE 754-2019, roundTiesToEven)."""
    half = z3.Int(f"{quotient.decl().name()}.half", quotient.ctx)
    twice = 2 * (dividend - divisor * quotient)
    tie = z3.Or(twice == divisor, twice == -divisor)
    even = quotient == 2 * half
    return [-divisor <= twice, twice <= divisor, z3.Or(even, quotient == 2 * half + 1), z3.Implies(tie, even)]


ROUNDINGS: dict[Op, Rounding] = {Op.FLOOR_DIV: floor, Op.CEIL_DIV: ceiling, Op.HALF_EVEN_DIV: half_even}


def by_constant(rounding: Rounding, dividend: Any, divisor: int, quotient: Any) -> list[Any]:
    """The quotient by a divisor that is known and not zero; linear in dividend and quotient."""
    if divisor < 0:
        dividend, divisor = -dividend, -divisor
    return rounding(dividend, z3.IntVal(divisor, quotient.ctx), quotient)


def by_sign(rounding: Rounding, dividend: Any, divisor: Any, quotient: Any) -> list[Any]:
    """The quotient by any divisor; a zero divisor gives 0, as in evaluation."""
    return [
        z3.Implies(divisor > 0, z3.And(*rounding(dividend, divisor, quotient))),
        z3.Implies(divisor < 0, z3.And(*rounding(-dividend, -divisor, quotient))),
        z3.Implies(divisor == 0, quotient == 0),
    ]
