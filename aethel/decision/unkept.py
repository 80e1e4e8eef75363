"""What an approval leaves open where no store keeps ids and reservations."""

from __future__ import annotations

from dataclasses import replace

from aethel.verdict import Consensus, MOEResult

UNKEPT = "no store is configured: nothing is reserved, and nobody knows whether the id was used before"


def unkept(answer: MOEResult) -> MOEResult:
    """An approval without a store says what it does not cover."""
    if answer.consensus is not Consensus.APPROVED:
        return answer
    return replace(answer, assumptions=(*answer.assumptions, UNKEPT))
