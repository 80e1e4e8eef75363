"""What becomes of one obligation: an outcome with its finding, or an open question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from aethel.intent.obligations import Obligation
from aethel.verdict import Counterexample, Evidence, Finding, ObligationResult, Outcome


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of one obligation, the finding that goes with a refutation, and the lines that its proof used."""

    result: ObligationResult
    finding: Finding | None = None
    used: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """An obligation that is not decided after `work` solver resource units; `reason` is the solver's word for it."""

    work: int
    reason: str = ""


Settlement = tuple[Obligation, Settled]
"""An obligation with what became of it."""


@dataclass(frozen=True, slots=True)
class Examined:
    """Every obligation with what became of it, in order, and the preconditions that are false on the given values."""

    settled: tuple[Settlement, ...]
    preconditions: tuple[Finding, ...]


def proved(obligation: Obligation, evidence: Evidence, detail: str, work: int = 0, used: Sequence[str] = ()) -> Settled:
    """The obligation holds."""
    result = ObligationResult(obligation.id, Outcome.PROVED, evidence, detail, obligation.span, work=work)
    return Settled(result, used=used)


def at_least(settled: Settled, evidence: Evidence | None) -> Settled:
    """A settlement whose evidence is no weaker than what is known besides."""
    if evidence is None or evidence <= settled.result.evidence:
        return settled
    return replace(settled, result=replace(settled.result, evidence=evidence))


def undecided(obligation: Obligation, outcome: Outcome, detail: str, work: int = 0) -> Settled:
    """The obligation is neither proved nor refuted: UNMODELLED, BUDGET, DISAGREEMENT or NOTHING_TO_CHECK."""
    return Settled(ObligationResult(obligation.id, outcome, Evidence.NONE, detail, obligation.span, work=work))


def rejected(
    obligation: Obligation,
    outcome: Outcome,
    evidence: Evidence,
    finding: Finding | None,
    detail: str,
    work: int = 0,
    shown: Counterexample | None = None,
) -> Settled:
    """The obligation fails: REFUTED or VACUOUS, with the finding that tells a person, None where another one does."""
    result = ObligationResult(obligation.id, outcome, evidence, detail, obligation.span, shown, work)
    return Settled(result, finding)
