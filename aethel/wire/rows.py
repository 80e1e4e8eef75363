"""JSON rows to questions and results to JSON rows: one line a question, one line an answer."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.intent.source import quoted
from aethel.request import Context, Question, Scope
from aethel.verdict import Counterexample, ExpertVerdict, Finding, MOEResult, ObligationResult, Span
from aethel.wire.convert_question import MAX_ID_CHARS
from aethel.wire.exact_json import Number, RowError, read_json
from aethel.wire.fields import Fields, text_of
from aethel.wire.proof_rows import proof_from_json, root_from_json
from aethel.wire.transaction_rows import transaction_from_json

__all__ = [
    "MAX_ROW_BYTES",
    "RowError",
    "error_row",
    "obligation_to_row",
    "question_from_row",
    "read_row",
    "result_to_row",
    "verdict_to_row",
]

MAX_ROW_BYTES = 8 * 1024 * 1024
"""Bytes of one line: a mebibyte of text with every byte written as a six-character escape, and room for the rest."""


def read_row(line: bytes) -> Question:
    """The question of one line, at most `MAX_ROW_BYTES` long; raises `RowError` for anything that is no request."""
    if len(line) > MAX_ROW_BYTES:
        raise RowError(f"the row has {len(line)} bytes, expected at most {MAX_ROW_BYTES}")
    value = read_json(line)
    if not isinstance(value, dict):
        raise RowError("the row is no JSON object")
    return question_from_row(value)


def question_from_row(row: Mapping[str, object]) -> Question:
    """The question of one row: `id`, one of `intent` (text) and `transaction` (structured), `args`, `context`, `scope`.

    Numbers are taken as `exact_json` reads them, or as int; a float is refused. Raises `RowError`.
    """
    fields = Fields(row, "")
    transaction_id = fields.text("id")
    if not 1 <= len(transaction_id) <= MAX_ID_CHARS:
        raise RowError(f"`id` has {len(transaction_id)} characters, expected 1 to {MAX_ID_CHARS}")
    try:
        return _question(transaction_id, fields)
    except RowError as error:
        raise RowError(error.message, transaction_id) from None


def _question(transaction_id: str, fields: Fields) -> Question:
    has_text = "intent" in fields
    if has_text == ("transaction" in fields):
        found = "both" if has_text else "neither"
        raise RowError(f"the row has {found} of `intent` and `transaction`, expected exactly one")
    question = Question(
        transaction_id=transaction_id,
        intent_text=_intent_text(fields.take("intent")) if has_text else None,
        transaction=None if has_text else transaction_from_json(fields.take("transaction"), "transaction"),
        arguments=fields.texts_by_name("args", flags=True),
        context=_context(fields.take("context")) if "context" in fields else Context(),
        scope=_scope(fields.text("scope")) if "scope" in fields else Scope.GIVEN,
    )
    fields.done()
    return question


def _intent_text(value: object) -> bytes:
    """The text as bytes; half a character is passed on as it is, since the language answers for what it cannot read."""
    if not isinstance(value, str) or isinstance(value, Number):
        return text_of(value, "intent").encode()
    return value.encode("utf-8", "surrogatepass")


def _scope(name: str) -> Scope:
    names = {scope.value.lower(): scope for scope in Scope}
    if name not in names:
        raise RowError(f"`scope` is {quoted(name)}, expected {' or '.join(f'`{known}`' for known in names)}")
    return names[name]


def _context(value: object) -> Context:
    fields = Fields(value, "context")
    context = Context(
        balances=fields.texts_by_name("balances"),
        inputs=fields.texts_by_name("inputs", flags=True),
        accounts=fields.texts_by_name("accounts"),
        proofs=tuple(proof_from_json(item, path) for item, path in fields.items("proofs", required=False)),
        roots=tuple(root_from_json(item, path) for item, path in fields.items("roots", required=False)),
    )
    fields.done()
    return context


def error_row(transaction_id: str, message: str) -> dict[str, object]:
    """The answer to a row that is no request or that nobody could answer; `id` is empty where none could be read."""
    return {"id": transaction_id, "error": message}


def result_to_row(result: MOEResult) -> dict[str, object]:
    """The answer of the mesh as JSON values.

    `experts` has one member per verdict, by the expert's name, and by name and source where an expert gave two.
    Confidences are numbers from 0 to 1, latencies milliseconds; every amount is exact text.
    """
    experts: dict[str, object] = {}
    for verdict in result.expert_verdicts:
        taken = verdict.expert_name in experts
        experts[f"{verdict.expert_name}/{verdict.source.value}" if taken else verdict.expert_name] = verdict_to_row(
            verdict
        )
    row: dict[str, object] = {
        "id": result.transaction_id,
        "consensus": result.consensus.value,
        "confidence": float(result.overall_confidence),
        "reason": result.reason,
        "latency_ms": round(result.total_latency_ms, 3),
        "experts": experts,
        "findings": [_finding(finding) for finding in result.findings],
        "degraded": list(result.degraded),
        "activated_experts": list(result.activated_experts),
        "skipped_experts": list(result.skipped_experts),
        "undecided_obligations": list(result.undecided_obligations),
        "assumptions": list(result.assumptions),
        "written_cells": list(result.written_cells),
        "program_digest": result.program_digest,
        "language_version": result.language_version,
        "scope": result.scope,
        "dissent": list(result.dissent),
    }
    return row | _stated({"token": result.token})


def verdict_to_row(verdict: ExpertVerdict) -> dict[str, object]:
    """A verdict as JSON values."""
    row: dict[str, object] = {
        "verdict": verdict.verdict.value,
        "code": verdict.code,
        "source": verdict.source.value,
        "latency_ms": round(verdict.latency_ms, 3),
        "confidence": float(verdict.confidence),
        "evidence": verdict.evidence.name,
        "reason": verdict.reason,
        "version": verdict.version,
        "obligations": [obligation_to_row(obligation) for obligation in verdict.obligations],
        "findings": [_finding(finding) for finding in verdict.findings],
        "assumptions": list(verdict.assumptions),
        "not_applicable": list(verdict.not_applicable),
        "proof_trace": [list(pair) for pair in verdict.proof_trace],
    }
    return row | _stated(
        {
            "certificate": verdict.certificate.decode("ascii", "backslashreplace"),
            "replica": verdict.served.replica,
            "assigned_version": verdict.served.assigned_version,
            "answering_version": verdict.served.answering_version,
            "from_cache": verdict.served.from_cache,
        }
    )


def _finding(finding: Finding) -> dict[str, object]:
    row: dict[str, object] = {
        "code": finding.code,
        "message": finding.message,
        "disposition": finding.disposition.value,
        "confidence": float(finding.confidence),
    }
    return row | _stated(
        {
            "span": _span(finding.span),
            "intent": finding.intent,
            "cwe": finding.cwe,
            "impact": "" if finding.impact is None else finding.impact.name,
            "accounts": list(finding.accounts),
            "numbers": dict(finding.numbers),
            "delta": finding.delta,
            "advice": finding.advice,
            "counterexample": _counterexample(finding.counterexample),
            "repair": finding.repair,
        }
    )


def obligation_to_row(obligation: ObligationResult) -> dict[str, object]:
    """What became of an obligation, as JSON values."""
    row: dict[str, object] = {
        "id": obligation.id,
        "outcome": obligation.outcome.value,
        "evidence": obligation.evidence.name,
    }
    return row | _stated(
        {
            "detail": obligation.detail,
            "span": _span(obligation.span),
            "counterexample": _counterexample(obligation.counterexample),
            "work": obligation.work,
            "took_ms": round(obligation.took_ms, 3),
        }
    )


def _counterexample(counterexample: Counterexample | None) -> dict[str, object] | None:
    if counterexample is None:
        return None
    return {
        "inputs": dict(counterexample.inputs),
        "before": dict(counterexample.before),
        "after": dict(counterexample.after),
        "replayed": counterexample.replayed,
        "minimal": counterexample.minimal,
    }


def _span(span: Span | None) -> dict[str, object] | None:
    if span is None:
        return None
    return {"line": span.line, "column": span.column, "start": span.start, "end": span.end}


def _stated(row: dict[str, object]) -> dict[str, object]:
    """The members that say something."""
    return {name: value for name, value in row.items() if value}
