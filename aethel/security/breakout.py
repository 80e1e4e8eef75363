"""How a text could leave the place it is written into: one finding of a sink's check, before it has a name."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from aethel.security.classes import SecurityClass


@dataclass(frozen=True, slots=True)
class Breakout:
    """Characters `start` to `end` (half-open, of the text that was judged) that a sink would read as its own syntax.

    `what` says what the sink would do with them, as the end of a sentence; `advice` what would make the finding go
    away. `confidence` lies in (0, 1]: the chance, as measured on labelled text, that such a text is an attack.
    """

    class_: SecurityClass
    start: int
    end: int
    what: str
    advice: str
    cwe: int
    confidence: Decimal = Decimal(1)
