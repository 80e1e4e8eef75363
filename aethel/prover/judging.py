"""The one place that turns outcomes into a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.intent.obligations import Kind, Obligation
from aethel.prover.lines import LISTED_LINES
from aethel.prover.settled import Examined, Settled
from aethel.prover.wording import restricting
from aethel.verdict import REFUTING_OUTCOMES, Disposition, Evidence, Finding, ObligationResult, Outcome, Vote


def vote(results: Sequence[ObligationResult]) -> Vote:
    """REJECT where anything is refuted, APPROVE where there is something and all of it is proved, else ABSTAIN."""
    if any(result.outcome in REFUTING_OUTCOMES for result in results):
        return Vote.REJECT
    if results and all(result.outcome is Outcome.PROVED for result in results):
        return Vote.APPROVE
    return Vote.ABSTAIN


def evidence(results: Sequence[ObligationResult]) -> Evidence:
    """For an approval that of its weakest proof; for a rejection that of its strongest refutation."""
    match vote(results):
        case Vote.APPROVE:
            return min(result.evidence for result in results)
        case Vote.REJECT:
            return max(result.evidence for result in results if result.outcome in REFUTING_OUTCOMES)
        case Vote.ABSTAIN:
            return Evidence.NONE


def findings(examined: Examined) -> tuple[Finding, ...]:
    """False preconditions first, then every refutation in the order of the obligations.

    That an intent whose guards contradict one another has no execution either is said once.
    """
    vacuous = {
        obligation.program
        for obligation, settled in examined.settled
        if settled.result.outcome is Outcome.VACUOUS and settled.finding is not None
    }
    return (
        *examined.preconditions,
        *(
            settled.finding
            for obligation, settled in examined.settled
            if settled.finding is not None
            and not (obligation.kind is Kind.CONSISTENT and obligation.program in vacuous)
        ),
    )


def advice(examined: Examined) -> tuple[Finding, ...]:
    """The lines that name identities and only restrict by that for whom an intent is (S16)."""
    return tuple(
        Finding("S16", restricting(line), Disposition.ADVISE, line.span, obligation.subject)
        for obligation, _ in examined.settled
        if obligation.neutrality is not None
        for line in obligation.neutrality.restricting[:LISTED_LINES]
    )


def reason(results: Sequence[ObligationResult], found: Sequence[Finding]) -> str:
    """One sentence for people."""
    if found:
        return found[0].message
    open_results = [result for result in results if result.outcome is not Outcome.PROVED]
    if open_results:
        first = open_results[0]
        return f"{len(open_results)} of {len(results)} obligations are not decided; {first.id}: {first.detail}"
    if not results:
        return "there is nothing to prove"
    return f"all {len(results)} obligations are proved"


def trace(settled: Sequence[tuple[Obligation, Settled]]) -> tuple[tuple[str, str], ...]:
    """Each obligation with its outcome, the work it took and the lines its proof used."""
    return tuple((obligation.id, _traced(found)) for obligation, found in settled)


def _traced(found: Settled) -> str:
    result = found.result
    work = f" in {result.work} solver resource units" if result.work else ""
    used = f", using {', '.join(found.used)}" if found.used else ""
    return f"{result.outcome.value}, {result.detail}{work}{used}"
