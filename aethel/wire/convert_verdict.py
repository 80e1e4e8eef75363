"""Verdicts and results to protobuf messages and back; what is not understood never comes back as an approval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Context, Decimal

from aethel.v1 import verdict_pb2
from aethel.verdict import (
    Consensus,
    Counterexample,
    Disposition,
    Evidence,
    ExpertVerdict,
    Finding,
    Impact,
    MOEResult,
    ObligationResult,
    Outcome,
    Served,
    Source,
    Span,
    Vote,
)

_VOTE_TO_PROTO = {
    Vote.APPROVE: verdict_pb2.VERDICT_APPROVE,
    Vote.REJECT: verdict_pb2.VERDICT_REJECT,
    Vote.ABSTAIN: verdict_pb2.VERDICT_ABSTAIN,
}
_CONSENSUS_TO_PROTO = {
    Consensus.APPROVED: verdict_pb2.CONSENSUS_APPROVED,
    Consensus.REJECTED: verdict_pb2.CONSENSUS_REJECTED,
    Consensus.UNCERTAIN: verdict_pb2.CONSENSUS_UNCERTAIN,
}
_EVIDENCE_TO_PROTO = {
    Evidence.NONE: verdict_pb2.EVIDENCE_NONE,
    Evidence.HEURISTIC: verdict_pb2.EVIDENCE_HEURISTIC,
    Evidence.SINGLE_SOLVER: verdict_pb2.EVIDENCE_SINGLE_SOLVER,
    Evidence.EVALUATED: verdict_pb2.EVIDENCE_EVALUATED,
    Evidence.CROSS_CHECKED: verdict_pb2.EVIDENCE_CROSS_CHECKED,
    Evidence.CERTIFIED: verdict_pb2.EVIDENCE_CERTIFIED,
}
_OUTCOME_TO_PROTO = {
    Outcome.PROVED: verdict_pb2.OUTCOME_PROVED,
    Outcome.REFUTED: verdict_pb2.OUTCOME_REFUTED,
    Outcome.CONTINGENT: verdict_pb2.OUTCOME_CONTINGENT,
    Outcome.VACUOUS: verdict_pb2.OUTCOME_VACUOUS,
    Outcome.NOTHING_TO_CHECK: verdict_pb2.OUTCOME_NOTHING_TO_CHECK,
    Outcome.UNMODELLED: verdict_pb2.OUTCOME_UNMODELLED,
    Outcome.BUDGET: verdict_pb2.OUTCOME_BUDGET,
    Outcome.DISAGREEMENT: verdict_pb2.OUTCOME_DISAGREEMENT,
}
_DISPOSITION_TO_PROTO = {
    Disposition.REJECT: verdict_pb2.DISPOSITION_REJECT,
    Disposition.ADVISE: verdict_pb2.DISPOSITION_ADVISE,
}
_IMPACT_TO_PROTO = {
    Impact.LOW: verdict_pb2.IMPACT_LOW,
    Impact.MEDIUM: verdict_pb2.IMPACT_MEDIUM,
    Impact.HIGH: verdict_pb2.IMPACT_HIGH,
    Impact.CRITICAL: verdict_pb2.IMPACT_CRITICAL,
}
_SOURCE_TO_PROTO = {
    Source.EXPERT: verdict_pb2.SOURCE_EXPERT,
    Source.LAYER: verdict_pb2.SOURCE_LAYER,
    Source.SECOND_LINE: verdict_pb2.SOURCE_SECOND_LINE,
    Source.GATEWAY: verdict_pb2.SOURCE_GATEWAY,
    Source.COMMIT: verdict_pb2.SOURCE_COMMIT,
}
_VOTE_FROM_PROTO = {number: vote for vote, number in _VOTE_TO_PROTO.items()}
_CONSENSUS_FROM_PROTO = {number: consensus for consensus, number in _CONSENSUS_TO_PROTO.items()}
_EVIDENCE_FROM_PROTO = {number: evidence for evidence, number in _EVIDENCE_TO_PROTO.items()}
_OUTCOME_FROM_PROTO = {number: outcome for outcome, number in _OUTCOME_TO_PROTO.items()}
_DISPOSITION_FROM_PROTO = {number: disposition for disposition, number in _DISPOSITION_TO_PROTO.items()}
_IMPACT_FROM_PROTO = {number: impact for impact, number in _IMPACT_TO_PROTO.items()}
_SOURCE_FROM_PROTO = {number: source for source, number in _SOURCE_TO_PROTO.items()}

_CONFIDENCE = Context(prec=15, rounding=ROUND_DOWN)
"""Fifteen digits survive a double unchanged; more are cut, so that no confidence grows on its way."""


class MalformedAnswer(Exception):
    """An answer that no working expert or mesh gives, such as a confidence that is no number."""


def verdict_to_proto(verdict: ExpertVerdict) -> verdict_pb2.ExpertVerdict:
    """The message of a verdict; a character that UTF-8 lacks (a lone surrogate) is written as its escape."""
    return verdict_pb2.ExpertVerdict(
        expert_name=_text(verdict.expert_name),
        verdict=_VOTE_TO_PROTO[verdict.verdict],
        confidence=_confidence_to_proto(verdict.confidence),
        latency_ms=verdict.latency_ms,
        reason=_text(verdict.reason),
        proof_trace=_named_to_proto(verdict.proof_trace),
        evidence=_EVIDENCE_TO_PROTO[verdict.evidence],
        code=_text(verdict.code),
        obligations=[obligation_to_proto(obligation) for obligation in verdict.obligations],
        findings=[_finding_to_proto(finding) for finding in verdict.findings],
        assumptions=_texts(verdict.assumptions),
        not_applicable=_texts(verdict.not_applicable),
        source=_SOURCE_TO_PROTO[verdict.source],
        expert_version=_text(verdict.version),
        program_digest=_text(verdict.program_digest),
        certificate=verdict.certificate,
        replica=_text(verdict.served.replica),
        assigned_version=_text(verdict.served.assigned_version),
        answering_version=_text(verdict.served.answering_version),
        from_cache=verdict.served.from_cache,
    )


def verdict_from_proto(message: verdict_pb2.ExpertVerdict) -> ExpertVerdict:
    """The verdict of a message; raises `MalformedAnswer` where a number of it cannot be.

    An enum value that is missing or unknown reads as the value that approves nothing: ABSTAIN, NONE, UNMODELLED, and
    REJECT for a finding; an unknown impact reads as CRITICAL.
    """
    return ExpertVerdict(
        expert_name=message.expert_name,
        verdict=_VOTE_FROM_PROTO.get(message.verdict, Vote.ABSTAIN),
        confidence=_confidence_from_proto(message.confidence),
        evidence=_EVIDENCE_FROM_PROTO.get(message.evidence, Evidence.NONE),
        reason=message.reason,
        code=message.code,
        latency_ms=_latency_from_proto(message.latency_ms),
        obligations=tuple(obligation_from_proto(obligation) for obligation in message.obligations),
        findings=tuple(_finding_from_proto(finding) for finding in message.findings),
        proof_trace=_named_from_proto(message.proof_trace),
        assumptions=tuple(message.assumptions),
        not_applicable=tuple(message.not_applicable),
        source=_SOURCE_FROM_PROTO.get(message.source, Source.EXPERT),
        version=message.expert_version,
        program_digest=message.program_digest,
        certificate=message.certificate,
        served=Served(message.replica, message.assigned_version, message.answering_version, message.from_cache),
    )


def result_to_proto(result: MOEResult) -> verdict_pb2.MOEResult:
    """The message of a result; a character that UTF-8 lacks (a lone surrogate) is written as its escape."""
    return verdict_pb2.MOEResult(
        transaction_id=_text(result.transaction_id),
        consensus=_CONSENSUS_TO_PROTO[result.consensus],
        overall_confidence=_confidence_to_proto(result.overall_confidence),
        expert_verdicts=[verdict_to_proto(verdict) for verdict in result.expert_verdicts],
        total_latency_ms=result.total_latency_ms,
        activated_experts=_texts(result.activated_experts),
        reason=_text(result.reason),
        findings=[_finding_to_proto(finding) for finding in result.findings],
        degraded=_texts(result.degraded),
        skipped_experts=_texts(result.skipped_experts),
        undecided_obligations=_texts(result.undecided_obligations),
        assumptions=_texts(result.assumptions),
        written_cells=_texts(result.written_cells),
        program_digest=_text(result.program_digest),
        language_version=_text(result.language_version),
        scope=_text(result.scope),
        dissent=_texts(result.dissent),
        token=_text(result.token),
    )


def result_from_proto(message: verdict_pb2.MOEResult) -> MOEResult:
    """The result of a message; a consensus that is missing or unknown is UNCERTAIN.

    Raises `MalformedAnswer` where a number of it cannot be.
    """
    return MOEResult(
        transaction_id=message.transaction_id,
        consensus=_CONSENSUS_FROM_PROTO.get(message.consensus, Consensus.UNCERTAIN),
        overall_confidence=_confidence_from_proto(message.overall_confidence),
        expert_verdicts=tuple(verdict_from_proto(verdict) for verdict in message.expert_verdicts),
        total_latency_ms=_latency_from_proto(message.total_latency_ms),
        activated_experts=tuple(message.activated_experts),
        reason=message.reason,
        findings=tuple(_finding_from_proto(finding) for finding in message.findings),
        degraded=tuple(message.degraded),
        skipped_experts=tuple(message.skipped_experts),
        undecided_obligations=tuple(message.undecided_obligations),
        assumptions=tuple(message.assumptions),
        written_cells=tuple(message.written_cells),
        program_digest=message.program_digest,
        language_version=message.language_version,
        scope=message.scope,
        dissent=tuple(message.dissent),
        token=message.token,
    )


def _finding_to_proto(finding: Finding) -> verdict_pb2.Finding:
    return verdict_pb2.Finding(
        code=_text(finding.code),
        message=_text(finding.message),
        disposition=_DISPOSITION_TO_PROTO[finding.disposition],
        span=_span_to_proto(finding.span),
        intent=_text(finding.intent),
        cwe=finding.cwe,
        confidence=_confidence_to_proto(finding.confidence),
        accounts=_texts(finding.accounts),
        numbers=_named_to_proto(finding.numbers),
        delta=_text(finding.delta),
        advice=_text(finding.advice),
        counterexample=_counterexample_to_proto(finding.counterexample),
        repair=_text(finding.repair),
        impact=None if finding.impact is None else _IMPACT_TO_PROTO[finding.impact],
    )


def _finding_from_proto(message: verdict_pb2.Finding) -> Finding:
    return Finding(
        code=message.code,
        message=message.message,
        disposition=_DISPOSITION_FROM_PROTO.get(message.disposition, Disposition.REJECT),
        span=_span_from_proto(message.span) if message.HasField("span") else None,
        intent=message.intent,
        cwe=message.cwe if message.HasField("cwe") else None,
        confidence=_confidence_from_proto(message.confidence),
        accounts=tuple(message.accounts),
        numbers=_named_from_proto(message.numbers),
        delta=message.delta,
        advice=message.advice,
        counterexample=(
            _counterexample_from_proto(message.counterexample) if message.HasField("counterexample") else None
        ),
        repair=message.repair,
        impact=_IMPACT_FROM_PROTO.get(message.impact, Impact.CRITICAL) if message.HasField("impact") else None,
    )


def obligation_to_proto(obligation: ObligationResult) -> verdict_pb2.ObligationResult:
    """The message of an obligation's outcome."""
    return verdict_pb2.ObligationResult(
        id=_text(obligation.id),
        outcome=_OUTCOME_TO_PROTO[obligation.outcome],
        evidence=_EVIDENCE_TO_PROTO[obligation.evidence],
        detail=_text(obligation.detail),
        span=_span_to_proto(obligation.span),
        counterexample=_counterexample_to_proto(obligation.counterexample),
        work=obligation.work,
        took_ms=obligation.took_ms,
    )


def obligation_from_proto(message: verdict_pb2.ObligationResult) -> ObligationResult:
    """The outcome of a message; raises `MalformedAnswer` where a number of it cannot be."""
    return ObligationResult(
        id=message.id,
        outcome=_OUTCOME_FROM_PROTO.get(message.outcome, Outcome.UNMODELLED),
        evidence=_EVIDENCE_FROM_PROTO.get(message.evidence, Evidence.NONE),
        detail=message.detail,
        span=_span_from_proto(message.span) if message.HasField("span") else None,
        counterexample=(
            _counterexample_from_proto(message.counterexample) if message.HasField("counterexample") else None
        ),
        work=message.work,
        took_ms=_latency_from_proto(message.took_ms),
    )


def _counterexample_to_proto(counterexample: Counterexample | None) -> verdict_pb2.Counterexample | None:
    if counterexample is None:
        return None
    return verdict_pb2.Counterexample(
        inputs=_named_to_proto(counterexample.inputs),
        before=_named_to_proto(counterexample.before),
        after=_named_to_proto(counterexample.after),
        replayed=counterexample.replayed,
        minimal=counterexample.minimal,
    )


def _counterexample_from_proto(message: verdict_pb2.Counterexample) -> Counterexample:
    return Counterexample(
        inputs=_named_from_proto(message.inputs),
        before=_named_from_proto(message.before),
        after=_named_from_proto(message.after),
        replayed=message.replayed,
        minimal=message.minimal,
    )


def _span_to_proto(span: Span | None) -> verdict_pb2.Span | None:
    if span is None:
        return None
    return verdict_pb2.Span(start=span.start, end=span.end, line=span.line, column=span.column)


def _span_from_proto(message: verdict_pb2.Span) -> Span:
    return Span(message.start, message.end, message.line, message.column)


def _named_to_proto(pairs: Sequence[tuple[str, str]]) -> list[verdict_pb2.NamedValue]:
    return [verdict_pb2.NamedValue(name=_text(name), value=_text(value)) for name, value in pairs]


def _named_from_proto(messages: Iterable[verdict_pb2.NamedValue]) -> tuple[tuple[str, str], ...]:
    return tuple((message.name, message.value) for message in messages)


def _texts(texts: Iterable[str]) -> list[str]:
    return [_text(text) for text in texts]


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _confidence_to_proto(confidence: Decimal) -> float:
    return float(_CONFIDENCE.plus(confidence))


def _confidence_from_proto(confidence: float) -> Decimal:
    if not 0 <= confidence <= 1:
        raise MalformedAnswer(f"a confidence is `{confidence}`, expected a number from 0 to 1")
    return Decimal(repr(confidence))


def _latency_from_proto(latency_ms: float) -> float:
    if not 0 <= latency_ms < float("inf"):
        raise MalformedAnswer(f"a latency is `{latency_ms}` ms, expected a finite number of at least 0")
    return latency_ms
