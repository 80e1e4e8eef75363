"""The consensus: a conjunction over required obligations, never an average, and never an approval by default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from aethel.decision.gate import FOOTPRINTS, Plan
from aethel.decision.heuristics import is_heuristic, weigh
from aethel.decision.proofs import DECIDED, Proofs, is_about, is_confidence, link_confidence, proofs_of
from aethel.decision.thresholds import Thresholds
from aethel.verdict import (
    Consensus,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    MOEResult,
    Outcome,
    Source,
    Vote,
)

GATEWAY = "Gateway"
"""The name under which the orchestrator's own rejection of an unreadable question stands among the verdicts."""

_UNKNOWN = Decimal(0)
_ABSTAINING = frozenset(Outcome) - {Outcome.PROVED}
_NAMED_UNDECIDED = 4
"""Causes, and undecided obligations of each, named in the reason; all of them are listed beside it."""


@dataclass(frozen=True, slots=True)
class _Rejection:
    expert: str
    confidence: Decimal
    reason: str


def decide(
    plan: Plan, verdicts: Sequence[ExpertVerdict], thresholds: Thresholds, degraded: Sequence[str] = ()
) -> MOEResult:
    """The mesh's answer from the verdicts of one panel; their order does not matter.

    - A rejection on evidence that decides, or by heuristics above the confidence threshold, is REJECTED.
    - Every chosen expert took part, every required obligation is proved by an expert entitled to it, nobody rejects and
      every approval reaches the confidence threshold: APPROVED, as sure as the weakest of these links.
    - Anything else, an empty panel and every value this version does not know included, is UNCERTAIN, which has no
      confidence; `reason` says why and `undecided_obligations` what is open.
    """
    heard = _in_panel_order((*_gateway(plan), *verdicts))
    rejections = [rejection for verdict in heard for rejection in _rejections(plan, verdict, thresholds)]
    if rejections:
        confidence = max(rejection.confidence for rejection in rejections)
        reason = f"{rejections[0].expert}: {rejections[0].reason}"
        return _result(plan, heard, Consensus.REJECTED, confidence, reason, degraded)
    proofs = proofs_of(plan, heard)
    doubts = _doubts(plan, heard, proofs, thresholds)
    open_ids = tuple(proofs.undecided)
    if doubts:
        return _result(plan, heard, Consensus.UNCERTAIN, _UNKNOWN, "; ".join(doubts), degraded, open_ids)
    weakest = min((*proofs.proved.values(), *(_worth(verdict) for verdict in heard if verdict.verdict is Vote.APPROVE)))
    reason = f"all {len(proofs.proved)} required obligations are proved"
    return _result(plan, heard, Consensus.APPROVED, weakest, reason, degraded)


def _gateway(plan: Plan) -> tuple[ExpertVerdict, ...]:
    """The verdict on a question that is rejected as it stands: reading it is evaluation, not opinion."""
    rejecting = [finding for finding in plan.findings if finding.disposition is Disposition.REJECT]
    if not rejecting:
        return ()
    return (
        ExpertVerdict(
            expert_name=GATEWAY,
            verdict=Vote.REJECT,
            confidence=Decimal("0.99"),
            evidence=Evidence.EVALUATED,
            reason=rejecting[0].message,
            code=rejecting[0].code,
            findings=plan.findings,
            source=Source.GATEWAY,
            program_digest=plan.program_digest,
        ),
    )


def _in_panel_order(verdicts: Sequence[ExpertVerdict]) -> tuple[ExpertVerdict, ...]:
    order = {name: position for position, name in enumerate((GATEWAY, *FOOTPRINTS))}
    names = [verdict.expert_name for verdict in verdicts]
    # Only verdicts under one name need more to be told apart by, which takes longer than all else here.
    has_twins = len(set(names)) < len(names)
    return tuple(
        sorted(
            verdicts, key=lambda v: (order.get(v.expert_name, len(order)), v.expert_name, repr(v) if has_twins else "")
        )
    )


def _rejections(plan: Plan, verdict: ExpertVerdict, thresholds: Thresholds) -> list[_Rejection]:
    """What rejects in one verdict: its vote on evidence that decides, or its heuristic findings."""
    if verdict.program_digest not in ("", plan.program_digest):
        return []
    findings = [finding for finding in verdict.findings if finding.disposition is Disposition.REJECT]
    if verdict.verdict is Vote.REJECT and verdict.evidence in DECIDED:
        first = next((f for f in findings if f.code == verdict.code), findings[0] if findings else None)
        confidence = _worth(verdict) if is_confidence(verdict.confidence) else _UNKNOWN
        return [_Rejection(verdict.expert_name, confidence, verdict.reason or _sentence(first))]
    return [
        _Rejection(verdict.expert_name, finding.confidence, _sentence(finding))
        for finding in weigh(verdict.findings, thresholds).rejecting
    ]


def _doubts(plan: Plan, heard: Sequence[ExpertVerdict], proofs: Proofs, thresholds: Thresholds) -> list[str]:
    """Every reason not to approve, where nothing rejects."""
    doubts = _absences(plan, heard)
    for verdict in heard:
        doubts.extend(f"{verdict.expert_name}: {cause}" for cause in _doubts_of(plan, verdict, thresholds))
    doubts.extend(f"undecided is {sentence}" for sentence in _open(proofs))
    if not proofs.proved:
        doubts.append("nothing was proved")
    if any(confidence < thresholds.confidence for confidence in proofs.proved.values()):
        doubts.append("a proof is weaker than the confidence threshold")
    return doubts


def _open(proofs: Proofs) -> list[str]:
    """What is undecided, by cause, the first of each kind named."""
    by_cause: dict[str, list[str]] = {}
    for name, cause in proofs.undecided.items():
        by_cause.setdefault(cause, []).append(name)
    sentences = []
    for cause, names in list(by_cause.items())[:_NAMED_UNDECIDED]:
        more = f" and {len(names) - _NAMED_UNDECIDED} more" if len(names) > _NAMED_UNDECIDED else ""
        sentences.append(f"{', '.join(names[:_NAMED_UNDECIDED])}{more}: {cause}")
    return sentences


def _absences(plan: Plan, heard: Sequence[ExpertVerdict]) -> list[str]:
    answers = Counter(verdict.expert_name for verdict in heard)
    found = [] if plan.experts else ["no expert was asked"]
    found += [f"{name} gave no verdict" for name in plan.experts if not answers[name]]
    found += [f"{name} gave a verdict without being asked" for name in sorted(answers) if name not in plan.experts]
    return found + [
        f"{name} gave {count} verdicts, expected one" for name, count in sorted(answers.items()) if count > 1
    ]


def _doubts_of(plan: Plan, verdict: ExpertVerdict, thresholds: Thresholds) -> list[str]:
    """Why one verdict that does not reject stands against an approval."""
    found = [_sentence(finding) for finding in weigh(verdict.findings, thresholds).doubting]
    found += [
        _sentence(finding)
        for finding in verdict.findings
        if finding.disposition is not Disposition.ADVISE and not is_heuristic(finding)
    ]
    if verdict.program_digest not in ("", plan.program_digest):
        found.append("it answers about another program")
    elif verdict.verdict is Vote.APPROVE:
        found += _weak_approval(plan, verdict, thresholds)
    elif verdict.verdict is not Vote.ABSTAIN:
        found.append(f"it votes {_shown(verdict.verdict)} on evidence {_shown(verdict.evidence)}")
    elif not any(result.outcome in _ABSTAINING for result in verdict.obligations):
        # An abstention that names its obligations blocks through them, unless another expert proved them.
        found.append(verdict.reason or "it abstains without saying on what")
    return found


def _weak_approval(plan: Plan, verdict: ExpertVerdict, thresholds: Thresholds) -> list[str]:
    if not is_about(plan, verdict):
        return ["it approves without naming the program"]
    if verdict.evidence not in DECIDED:
        return [f"it approves on evidence {_shown(verdict.evidence)}, which decides nothing"]
    if not is_confidence(verdict.confidence) or _worth(verdict) < thresholds.confidence:
        return [f"its approval has confidence {verdict.confidence}, expected at least {thresholds.confidence}"]
    return []


def _worth(verdict: ExpertVerdict) -> Decimal:
    return link_confidence(verdict.confidence, verdict.evidence)


def _sentence(finding: Finding | None) -> str:
    return "it rejects" if finding is None else f"{finding.code}: {finding.message}"


def _shown(value: object) -> str:
    return str(getattr(value, "name", value))


def _dissent(consensus: Consensus, heard: Sequence[ExpertVerdict]) -> tuple[str, ...]:
    agreeing = {
        Consensus.APPROVED: Vote.APPROVE,
        Consensus.REJECTED: Vote.REJECT,
        Consensus.UNCERTAIN: Vote.ABSTAIN,
    }[consensus]
    return tuple(
        f"{verdict.expert_name}: {_shown(verdict.verdict)}" for verdict in heard if verdict.verdict is not agreeing
    )


def _result(
    plan: Plan,
    heard: Sequence[ExpertVerdict],
    consensus: Consensus,
    confidence: Decimal,
    reason: str,
    degraded: Sequence[str],
    undecided: tuple[str, ...] = (),
) -> MOEResult:
    return MOEResult(
        transaction_id=plan.transaction_id,
        consensus=consensus,
        overall_confidence=confidence,
        expert_verdicts=tuple(heard),
        activated_experts=plan.experts,
        reason=reason,
        findings=plan.findings,
        degraded=tuple(degraded),
        skipped_experts=tuple(plan.skipped),
        undecided_obligations=undecided,
        assumptions=tuple(dict.fromkeys(text for verdict in heard for text in verdict.assumptions)),
        written_cells=plan.written_cells,
        program_digest=plan.program_digest,
        language_version=plan.language_version,
        scope=plan.scope,
        dissent=_dissent(consensus, heard),
    )
