"""Records and problems of the audit log as people and programs read them."""

from __future__ import annotations

from datetime import UTC, datetime

from aethel.audit.examine import Problem
from aethel.audit.record import Record
from aethel.cli.exits import CommandError, ExitCode
from aethel.wire.audit_payload import Payload, UnreadablePayload, payload_from
from aethel.wire.rows import result_to_row


def time_of(record: Record) -> str:
    """When it was written by the store's clock; a number that is no time is shown as it is."""
    try:
        return datetime.fromtimestamp(record.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return str(record.at_ms)


def payload_of(record: Record) -> Payload | None:
    """What the record holds, None where there is nothing or it was erased; raises CommandError."""
    if not record.payload:
        return None
    try:
        return payload_from(record.payload)
    except UnreadablePayload as error:
        sentence = f"{error}; it was altered, or a newer program wrote it"
        raise CommandError(ExitCode.FAILED, sentence) from error


def payload_row(payload: Payload) -> dict[str, object]:
    """A payload in JSON."""
    question, fault = payload.question, payload.fault
    text = None if question is None else question.intent_text
    return {
        "program_version": payload.program_version,
        "intent": None if text is None else text.decode("utf-8", "backslashreplace"),
        "args": {} if question is None else dict(question.arguments),
        "thresholds": {
            "confidence": str(payload.confidence_threshold),
            "uncertainty": str(payload.uncertainty_threshold),
        },
        "result": None if payload.result is None else result_to_row(payload.result),
        "notes": list(payload.notes),
        "fault": None if fault is None else {"reason": fault.reason.value, "message": fault.message},
        "facts": dict(payload.facts),
    }


def problem_row(problem: Problem) -> dict[str, object]:
    """A problem in JSON."""
    return {
        "wrong": problem.wrong.value,
        "writer": problem.writer,
        "first": problem.first,
        "last": problem.last,
        "sentence": problem.sentence,
    }
