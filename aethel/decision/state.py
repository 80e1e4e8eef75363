"""What the state before makes of an answer: notes beside an approval, or a rejection in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    GUARDIAN_EXPERT,
    Consensus,
    Evidence,
    ExpertVerdict,
    Finding,
    MOEResult,
    Source,
    Vote,
)


def noted(answer: MOEResult, notes: Sequence[str]) -> MOEResult:
    """The answer with what was judged and not reserved among its assumptions."""
    return replace(answer, assumptions=(*answer.assumptions, *notes))


def refused(answer: MOEResult, findings: tuple[Finding, ...]) -> MOEResult:
    """The answer with the rejection that the state gives: a verdict of the Guardian, by the commit."""
    confidence = CONFIDENCE_BY_EVIDENCE[Evidence.EVALUATED]
    verdict = ExpertVerdict(
        expert_name=GUARDIAN_EXPERT,
        verdict=Vote.REJECT,
        confidence=confidence,
        evidence=Evidence.EVALUATED,
        reason=findings[0].message,
        code=findings[0].code,
        findings=findings,
        source=Source.COMMIT,
        program_digest=answer.program_digest,
    )
    return replace(
        answer,
        consensus=Consensus.REJECTED,
        overall_confidence=confidence,
        expert_verdicts=(*answer.expert_verdicts, verdict),
        reason=f"{GUARDIAN_EXPERT}: {findings[0].message}",
    )
