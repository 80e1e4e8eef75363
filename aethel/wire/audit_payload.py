"""Payloads of the audit log: what was decided, on what, and by which rules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.metadata import version

from google.protobuf.message import DecodeError

from aethel.request import Question
from aethel.runtime.faults import RequestFault
from aethel.v1 import audit_pb2, intent_pb2, verdict_pb2
from aethel.verdict import MOEResult
from aethel.wire.convert_fault import fault_from_proto, fault_to_proto
from aethel.wire.convert_question import question_from_proto, question_to_proto
from aethel.wire.convert_rules import rules_from_proto, rules_to_proto
from aethel.wire.convert_verdict import MalformedAnswer, result_from_proto

SALT_BYTES = 16
"""Chance in a payload: enough that nobody guesses a payload from its digest."""


class UnreadablePayload(Exception):
    """The payload of a record is not what this program writes; the text says why."""


@dataclass(frozen=True, slots=True)
class Payload:
    """What a record holds: `question` with the rules it was decided by, and what came of it.

    `notes` are what the commit added to the assumptions of `result`; thresholds are those of the consensus.
    """

    question: Question | None
    result: MOEResult | None
    notes: tuple[str, ...]
    confidence_threshold: Decimal
    uncertainty_threshold: Decimal
    program_version: str
    fault: RequestFault | None
    facts: Mapping[str, str]


def payload_of(question: Question, result: bytes, notes: tuple[str, ...], thresholds: tuple[Decimal, Decimal]) -> bytes:
    """The payload of an answer: `result` is the `MOEResult` as it was packed for the caller."""
    confidence, uncertainty = thresholds
    return audit_pb2.AuditPayload(
        salt=os.urandom(SALT_BYTES),
        question=question_to_proto(question).SerializeToString(deterministic=True),
        result=result,
        notes=notes,
        rules=None if question.rules.is_empty() else rules_to_proto(question.rules),
        confidence_threshold=str(confidence),
        uncertainty_threshold=str(uncertainty),
        program_version=_program_version(),
    ).SerializeToString(deterministic=True)


def payload_of_facts(facts: Mapping[str, str], fault: RequestFault | None = None) -> bytes:
    """The payload of what is no answer: the end of a reservation, or a refused request."""
    return audit_pb2.AuditPayload(
        salt=os.urandom(SALT_BYTES),
        facts=facts,
        fault=None if fault is None else fault_to_proto(fault),
        program_version=_program_version(),
    ).SerializeToString(deterministic=True)


def payload_from(data: bytes) -> Payload:
    """What a payload says; raises UnreadablePayload."""
    try:
        message = audit_pb2.AuditPayload.FromString(data)
        question = question_from_proto(intent_pb2.Question.FromString(message.question)) if message.question else None
        return Payload(
            question=None if question is None else replace(question, rules=rules_from_proto(message.rules)),
            result=result_from_proto(verdict_pb2.MOEResult.FromString(message.result)) if message.result else None,
            notes=tuple(message.notes),
            confidence_threshold=Decimal(message.confidence_threshold or 0),
            uncertainty_threshold=Decimal(message.uncertainty_threshold or 0),
            program_version=message.program_version,
            fault=fault_from_proto(message.fault) if message.HasField("fault") else None,
            facts=dict(message.facts),
        )
    except (DecodeError, MalformedAnswer, InvalidOperation) as error:
        raise UnreadablePayload(f"the payload cannot be read: {error}") from error
    except RequestFault as fault:
        raise UnreadablePayload(f"the payload cannot be read: {fault.message}") from fault


@cache
def _program_version() -> str:
    return version("aethel")
