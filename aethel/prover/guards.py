"""Guards as the author wrote them, with the proofs that use them."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.verdict import Span


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard by its place and its text; that of a secret line is empty."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ProofGuards:
    """The guards with which one obligation is proved; `minimal` where it is not without any one of them."""

    obligation: str
    guards: tuple[Guard, ...]
    minimal: bool


@dataclass(frozen=True, slots=True)
class IntentGuards:
    """The guards that the proofs of one intent use, and those that it could do without.

    `used` has the proved obligations whose use was found, those aside that ask for one execution: no guard proves them.
    All of `implied` may go at once without admitting more, or all of `unused` without losing a proof; both are None
    where an obligation is not proved or its use was not found.
    """

    intent: str
    used: tuple[ProofGuards, ...]
    implied: tuple[Guard, ...] | None
    unused: tuple[Guard, ...] | None
