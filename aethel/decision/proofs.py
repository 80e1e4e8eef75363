"""Which required obligations are proved: by whom, on what evidence, and what speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethel.decision.gate import SENTINEL_CLASSES_THAT_MAY_STAY_OPEN, Plan
from aethel.verdict import (
    CONFIDENCE_BY_EVIDENCE,
    REFUTING_OUTCOMES,
    SENTINEL_EXPERT,
    Evidence,
    ExpertVerdict,
    ObligationResult,
    Outcome,
)

DECIDED = frozenset({Evidence.SINGLE_SOLVER, Evidence.EVALUATED, Evidence.CROSS_CHECKED, Evidence.CERTIFIED})
"""The grades that decide; a grade outside this set, also one this version does not know, decides nothing."""

_HARMLESS = frozenset({Outcome.PROVED, Outcome.NOTHING_TO_CHECK})
_LEFT_OPEN = frozenset({Outcome.UNMODELLED, Outcome.BUDGET})
_CONTRADICTING = REFUTING_OUTCOMES | {Outcome.DISAGREEMENT}


@dataclass(frozen=True, slots=True)
class Proofs:
    """`proved` maps an obligation to the confidence of its best proof, `undecided` every other one to the cause."""

    proved: Mapping[str, Decimal]
    undecided: Mapping[str, str]


def proofs_of(plan: Plan, verdicts: Sequence[ExpertVerdict]) -> Proofs:
    """What became of every required obligation, and of every other one that an expert of the panel left open."""
    reports = _reports(verdicts)
    proved: dict[str, Decimal] = {}
    undecided: dict[str, str] = {}
    for name in (*plan.required, *_left_open(plan, verdicts)):
        confidence = _proof(plan, name, reports.get(name, ()))
        if confidence is None:
            undecided[name] = _cause(plan, name, reports.get(name, ()))
        else:
            proved[name] = confidence
    return Proofs(proved, undecided)


def link_confidence(claimed: Decimal, evidence: Evidence) -> Decimal:
    """What a link is worth: what was claimed for it, and never more than its grade of evidence is worth."""
    return min(claimed, CONFIDENCE_BY_EVIDENCE[evidence])


def is_confidence(value: Decimal) -> bool:
    """Whether a number on the wire is a share at all."""
    return value.is_finite() and 0 <= value <= 1


_Report = tuple[ExpertVerdict, ObligationResult]


def _reports(verdicts: Sequence[ExpertVerdict]) -> dict[str, list[_Report]]:
    """Every result by obligation; an id that one verdict lists twice proves nothing there."""
    reports: dict[str, list[_Report]] = {}
    for verdict in verdicts:
        for result in verdict.obligations:
            reports.setdefault(result.id, []).append((verdict, result))
    return reports


def _left_open(plan: Plan, verdicts: Sequence[ExpertVerdict]) -> list[str]:
    found = dict.fromkeys(
        result.id
        for verdict in verdicts
        if verdict.expert_name in plan.experts
        for result in verdict.obligations
        if result.outcome not in _HARMLESS and result.id not in plan.required and not _may_stay_open(verdict, result)
    )
    return sorted(found)


def _may_stay_open(verdict: ExpertVerdict, result: ObligationResult) -> bool:
    return (
        verdict.expert_name == SENTINEL_EXPERT
        and result.id in SENTINEL_CLASSES_THAT_MAY_STAY_OPEN
        and result.outcome in _LEFT_OPEN
    )


def _proof(plan: Plan, name: str, reports: Sequence[_Report]) -> Decimal | None:
    """The confidence of the best proof by an expert entitled to it, None where there is none or somebody disagrees."""
    if any(result.outcome in _CONTRADICTING for _, result in reports):
        return None
    listed = Counter(verdict.expert_name for verdict, _ in reports)
    grades = [
        result.evidence
        for verdict, result in reports
        if verdict.expert_name in plan.required.get(name, frozenset())
        and listed[verdict.expert_name] == 1
        and _holds(verdict, result)
        and result.evidence in DECIDED
        and is_about(plan, verdict)
    ]
    return CONFIDENCE_BY_EVIDENCE[max(grades)] if grades else None


def _holds(verdict: ExpertVerdict, result: ObligationResult) -> bool:
    """Whether a result is a proof; a class of the Sentinel holds of a text that has nothing the class is about."""
    nothing = verdict.expert_name == SENTINEL_EXPERT and result.outcome is Outcome.NOTHING_TO_CHECK
    return result.outcome is Outcome.PROVED or nothing


def is_about(plan: Plan, verdict: ExpertVerdict) -> bool:
    """Whether a verdict that supports an approval is about the program that was asked about."""
    return verdict.program_digest == plan.program_digest


def _cause(plan: Plan, name: str, reports: Sequence[_Report]) -> str:
    entitled = plan.required.get(name, frozenset())
    if not reports:
        return "nobody decided it" if entitled else "no expert of this version reads it"
    said = sorted({f"{verdict.expert_name} says {_said(result)}" for verdict, result in reports})
    return ", ".join(said)


def _said(result: ObligationResult) -> str:
    if result.outcome is Outcome.PROVED and result.evidence not in DECIDED:
        return "PROVED without evidence that decides"
    return str(getattr(result.outcome, "value", "something unknown")) + (f" ({result.detail})" if result.detail else "")
