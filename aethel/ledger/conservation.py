"""Symbolic conservation: the sum of what an intent changes of one asset is the zero polynomial, in all branches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from aethel.intent.obligations import Obligation
from aethel.intent.terms import Term, Value
from aethel.ledger.facts import facts_of, settled
from aethel.ledger.polynomial import Algebra, Meter, OutOfWork
from aethel.ledger.translation import Translation

SYMBOLIC_WORK = 40_000
"""Products of monomials, and nodes, for one question: some tens of milliseconds, and a payroll of a thousand lines."""


class Conserved(Enum):
    """What the polynomials show. OPEN: not zero here, which a witness may refute."""

    YES = "yes"
    OPEN = "open"
    ASSUMPTION_FALSE = "an assumption is false"
    TOO_MUCH_WORK = "too much work"


@dataclass(frozen=True, slots=True)
class Symbolic:
    """The answer for one asset; `broken` is the assumption that is false."""

    conserved: Conserved
    broken: Term | None = None


def conserved(obligation: Obligation, delta: Term, values: Mapping[str, Value], meter: Meter) -> Symbolic:
    """Whether `delta` is zero wherever the assumptions of `obligation` hold, with `values` filled in.

    YES is a proof: equal canonical polynomials are equal numbers, and every fact used follows from an assumption. A sum
    that is zero by itself needs none of them, not even true ones.
    """
    translation = Translation(Algebra(meter), {**settled(obligation.assumptions), **values})
    try:
        change = translation.polynomial(delta)
        if not change:
            return Symbolic(Conserved.YES)
        facts = facts_of(translation, obligation.assumptions)
        if facts.broken is not None:
            return Symbolic(Conserved.ASSUMPTION_FALSE, facts.broken)
        rest = facts.reduced(change)
    except OutOfWork:
        return Symbolic(Conserved.TOO_MUCH_WORK)
    return Symbolic(Conserved.OPEN if rest else Conserved.YES)
