"""Explanations to protobuf messages and back."""

from __future__ import annotations

from aethel.explanation import ExplainedObligation, Explanation
from aethel.v1 import watching_pb2
from aethel.wire.convert_verdict import (
    obligation_from_proto,
    obligation_to_proto,
    result_from_proto,
    result_to_proto,
)


def explanation_to_proto(explanation: Explanation) -> watching_pb2.VerificationServiceExplainResponse:
    """The message of an explanation."""
    return watching_pb2.VerificationServiceExplainResponse(
        result=result_to_proto(explanation.result),
        obligations=[
            watching_pb2.ExplainedObligation(
                expert_name=one.expert_name,
                result=obligation_to_proto(one.result),
                kind=one.kind,
                claim=one.claim,
                required=one.is_required,
                repair=one.repair,
            )
            for one in explanation.obligations
        ],
    )


def explanation_from_proto(message: watching_pb2.VerificationServiceExplainResponse) -> Explanation:
    """The explanation of a message; raises `MalformedAnswer` where a number of it cannot be."""
    return Explanation(
        result=result_from_proto(message.result),
        obligations=tuple(
            ExplainedObligation(
                expert_name=one.expert_name,
                result=obligation_from_proto(one.result),
                kind=one.kind,
                claim=one.claim,
                is_required=one.required,
                repair=one.repair,
            )
            for one in message.obligations
        ),
    )
