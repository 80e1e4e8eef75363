"""The two numbers an operator may set about consensus."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Thresholds:
    """`confidence`: the least confidence of an approval, and of a heuristic finding that rejects.

    `uncertainty`: the least confidence of a heuristic finding that makes the answer uncertain. Both are shares above 0
    and up to 1, `uncertainty` below `confidence`; raises ValueError for anything else.
    """

    confidence: Decimal = Decimal("0.7")
    uncertainty: Decimal = Decimal("0.5")

    def __post_init__(self) -> None:
        finite = self.confidence.is_finite() and self.uncertainty.is_finite()
        if not finite or not 0 < self.uncertainty < self.confidence <= 1:
            raise ValueError(
                f"thresholds are {self.confidence} and {self.uncertainty}, expected 0 < uncertainty < confidence <= 1"
            )
