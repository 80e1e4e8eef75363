"""What a mesh answers, read against what was asked, and how much time it is told of."""

from __future__ import annotations

from collections.abc import Sequence

from aethel.request import Question
from aethel.runtime.faults import RequestFault
from aethel.v1 import verdict_pb2, verification_pb2, watching_pb2
from aethel.verdict import MOEResult
from aethel.wire.convert_fault import fault_from_proto
from aethel.wire.convert_verdict import MalformedAnswer, result_from_proto

_MAX_REMAINING_MS = 2**32 - 1
"""What the field of the contract holds, in milliseconds: seven weeks."""

_RETURN_MS = 5.0
"""Time an answer has to travel back, in milliseconds, but never more than a tenth of the deadline.

The peer is told of a deadline that much earlier, so that an expert that gives up in time is still heard.
"""


def results_of(
    questions: Sequence[Question], response: verification_pb2.VerificationServiceVerifyBatchResponse
) -> tuple[MOEResult | RequestFault, ...]:
    """The answer or fault for each question of a batch, in their order; raises `MalformedAnswer`."""
    if len(response.answers) != len(questions):
        raise MalformedAnswer(f"{len(response.answers)} answers, expected {len(questions)}")
    return tuple(outcome_of(question, answer) for question, answer in zip(questions, response.answers, strict=True))


def outcome_of(
    question: Question, answer: verification_pb2.BatchAnswer | watching_pb2.VerificationAnswer
) -> MOEResult | RequestFault:
    """The answer or fault for one question of several; raises `MalformedAnswer`."""
    match answer.WhichOneof("outcome"):
        case "result":
            return result_of(question, answer.result)
        case "fault":
            return fault_from_proto(answer.fault)
        case None:
            raise MalformedAnswer("an answer is empty")


def result_of(question: Question, message: verdict_pb2.MOEResult) -> MOEResult:
    """The answer to a question; raises `MalformedAnswer` where it is to another one or cannot be."""
    if message.transaction_id != question.transaction_id:
        raise MalformedAnswer("the answer is to another question")
    return result_from_proto(message)


def told_ms(deadline_ms: float) -> int:
    """The time the peer is told of, in whole milliseconds: the deadline less what the answer needs to travel back."""
    return int(min(max(deadline_ms - min(_RETURN_MS, deadline_ms / 10), 0), _MAX_REMAINING_MS))
