"""Plans and verdicts as a healthy mesh makes them, to be broken one thing at a time."""

from decimal import Decimal
from types import MappingProxyType

from aethel.decision.gate import Plan
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    ObligationResult,
    Outcome,
    Vote,
)

DIGEST = "d1" * 32

PAYMENT = Plan(
    transaction_id="tx-1",
    experts=(Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT),
    required=MappingProxyType(
        {
            "post.1": frozenset({Z3_EXPERT}),
            "conserved.EUR": frozenset({Z3_EXPERT, GUARDIAN_EXPERT}),
            "S01": frozenset({SENTINEL_EXPERT}),
        }
    ),
    program_digest=DIGEST,
    language_version="1",
    scope="TEMPLATE",
)
"""A payment's plan, cut down to one obligation of each expert and one that two may decide."""


def result(name: str, outcome: Outcome = Outcome.PROVED, evidence: Evidence = Evidence.EVALUATED) -> ObligationResult:
    """One obligation's result."""
    return ObligationResult(name, outcome, evidence)


def verdict(
    expert: str,
    vote: Vote,
    *obligations: ObligationResult,
    evidence: Evidence = Evidence.EVALUATED,
    confidence: Decimal | None = None,
    findings: tuple[Finding, ...] = (),
    digest: str = DIGEST,
    reason: str = "",
) -> ExpertVerdict:
    """One verdict; its confidence is what its evidence is worth unless given."""
    return ExpertVerdict(
        expert_name=expert,
        verdict=vote,
        confidence=CONFIDENCE_BY_EVIDENCE[evidence] if confidence is None else confidence,
        evidence=evidence,
        reason=reason,
        obligations=obligations,
        findings=findings,
        program_digest=digest,
    )


Z3_APPROVES = verdict(
    Z3_EXPERT,
    Vote.APPROVE,
    result("post.1", evidence=Evidence.SINGLE_SOLVER),
    result("conserved.EUR", evidence=Evidence.SINGLE_SOLVER),
    evidence=Evidence.SINGLE_SOLVER,
)
SENTINEL_APPROVES = verdict(SENTINEL_EXPERT, Vote.APPROVE, result("S01"))
GUARDIAN_APPROVES = verdict(GUARDIAN_EXPERT, Vote.APPROVE, result("conserved.EUR"))
HEALTHY = (Z3_APPROVES, SENTINEL_APPROVES, GUARDIAN_APPROVES)
"""A panel that approves the payment."""


def finding(code: str, confidence: str = "1", disposition: Disposition = Disposition.REJECT) -> Finding:
    """One finding."""
    return Finding(code=code, message="something is wrong", disposition=disposition, confidence=Decimal(confidence))
