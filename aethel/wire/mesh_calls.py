"""The RPCs of the mesh for clients of any kind: what is sent, and how the answer is read against what was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from aethel.explanation import Explanation
from aethel.progress import Concluded, Step
from aethel.request import Question
from aethel.runtime.faults import RequestFault
from aethel.v1 import intent_pb2, verification_pb2, watching_pb2
from aethel.verdict import MOEResult
from aethel.wire.answers import outcome_of, result_of, results_of
from aethel.wire.client import Preparation
from aethel.wire.convert_explanation import explanation_from_proto
from aethel.wire.convert_progress import step_from_proto
from aethel.wire.convert_question import question_to_proto
from aethel.wire.convert_verdict import MalformedAnswer, result_from_proto
from aethel.wire.settling import KeptResult, Settled, kept_of

ResultT_co = TypeVar("ResultT_co", covariant=True)

_SERVICE = f"/{verification_pb2.DESCRIPTOR.services_by_name['VerificationService'].full_name}"


@dataclass(frozen=True, slots=True)
class Call(Generic[ResultT_co]):
    """One RPC with one request: `request` takes the milliseconds that the mesh is told of.

    `read` makes the result of a response, None for a streamed one that this version does not know; it raises
    `MalformedAnswer`.
    """

    method: str
    request: Callable[[int], Any]
    response_type: Any
    read: Callable[[Any], ResultT_co]

    def serialize(self, remaining_ms: int) -> bytes:
        """The bytes of the request."""
        sent: bytes = self.request(remaining_ms).SerializeToString()
        return sent

    def parse(self, received: bytes) -> ResultT_co:
        """What a response says; raises `MalformedAnswer`."""
        return self.read(parsed(self.response_type, received))


def parsed(response_type: Any, received: bytes) -> Any:
    """The message in these bytes; raises `MalformedAnswer` where there is none."""
    try:
        return response_type.FromString(received)
    except ValueError as error:
        raise MalformedAnswer("the answer cannot be decoded") from error


def verify_call(question: Question) -> Call[MOEResult]:
    """Decide one question; raises `RequestFault` where it cannot be written, as all of these do."""
    sent = question_to_proto(question)
    return Call(
        f"{_SERVICE}/Verify",
        lambda left_ms: verification_pb2.VerificationServiceVerifyRequest(question=sent, remaining_ms=left_ms),
        verification_pb2.VerificationServiceVerifyResponse,
        lambda response: result_of(question, response.result),
    )


def batch_call(questions: Sequence[Question]) -> Call[tuple[MOEResult | RequestFault, ...]]:
    """Decide at most `MAX_BATCH_QUESTIONS` questions; each has its answer or its fault, in their order."""
    sent = [question_to_proto(question) for question in questions]
    return Call(
        f"{_SERVICE}/VerifyBatch",
        lambda left_ms: verification_pb2.VerificationServiceVerifyBatchRequest(questions=sent, remaining_ms=left_ms),
        verification_pb2.VerificationServiceVerifyBatchResponse,
        lambda response: results_of(questions, response),
    )


def prepare_call(transaction_id: str, text: bytes, budget: int) -> Call[Preparation]:
    """Prove a text for all values; `budget` bounds the solver's work, 0 meaning the expert's default."""

    def read(response: verification_pb2.VerificationServicePrepareResponse) -> Preparation:
        if response.result.transaction_id != transaction_id:
            raise MalformedAnswer("the answer is to another question")
        return Preparation(result_from_proto(response.result), response.certificate)

    return Call(
        f"{_SERVICE}/Prepare",
        lambda left_ms: verification_pb2.VerificationServicePrepareRequest(
            transaction_id=transaction_id, intent=text, budget=budget, remaining_ms=left_ms
        ),
        verification_pb2.VerificationServicePrepareResponse,
        read,
    )


def explain_call(question: Question) -> Call[Explanation]:
    """Explain how a question is decided."""
    sent = question_to_proto(question)

    def read(response: watching_pb2.VerificationServiceExplainResponse) -> Explanation:
        result_of(question, response.result)
        return explanation_from_proto(response)

    return Call(
        f"{_SERVICE}/Explain",
        lambda left_ms: watching_pb2.VerificationServiceExplainRequest(question=sent, remaining_ms=left_ms),
        watching_pb2.VerificationServiceExplainResponse,
        read,
    )


def settle_call(token: str, retry_key: str) -> Call[Settled]:
    """Redeem a token, once; whoever shows the same retry key again is told that it has settled."""
    request = verification_pb2.VerificationServiceSettleRequest(token=token, retry_key=retry_key)
    return Call(
        f"{_SERVICE}/Settle",
        lambda _: request,
        verification_pb2.VerificationServiceSettleResponse,
        lambda response: Settled(_named(response.transaction_id), response.is_repeated),
    )


def release_call(token: str) -> Call[str]:
    """Give back what a token would redeem; the result is its id."""
    request = verification_pb2.VerificationServiceReleaseRequest(token=token)
    return Call(
        f"{_SERVICE}/Release",
        lambda _: request,
        verification_pb2.VerificationServiceReleaseResponse,
        lambda response: _named(response.transaction_id),
    )


def result_call(transaction_id: str) -> Call[KeptResult]:
    """What is kept of an id of this client."""
    request = verification_pb2.VerificationServiceGetResultRequest(transaction_id=transaction_id)
    return Call(
        f"{_SERVICE}/GetResult",
        lambda _: request,
        verification_pb2.VerificationServiceGetResultResponse,
        lambda response: kept_of(transaction_id, response),
    )


def _named(transaction_id: str) -> str:
    if not transaction_id:
        raise MalformedAnswer("the answer names no id")
    return transaction_id


def watch_call(watched: Question | str) -> Call[Step | None]:
    """Decide a question, or follow one that is being decided under this id; answered by a stream of steps."""
    transaction_id = watched if isinstance(watched, str) else watched.transaction_id
    request = watching_pb2.VerificationServiceWatchRequest()
    if isinstance(watched, str):
        request.transaction_id = watched
    else:
        request.question.CopyFrom(question_to_proto(watched))

    def told(left_ms: int) -> watching_pb2.VerificationServiceWatchRequest:
        request.remaining_ms = left_ms
        return request

    def read(response: watching_pb2.VerificationServiceWatchResponse) -> Step | None:
        step = step_from_proto(response)
        answer = step.event.result if step is not None and isinstance(step.event, Concluded) else None
        if answer is not None and answer.transaction_id != transaction_id:
            raise MalformedAnswer("the answer is to another question")
        return step

    return Call(f"{_SERVICE}/Watch", told, watching_pb2.VerificationServiceWatchResponse, read)


STREAM_METHOD = f"{_SERVICE}/VerifyStream"
"""The method of the bidirectional stream."""


def frame_of(items: Iterable[tuple[int, intent_pb2.Question, int]]) -> bytes:
    """The bytes of a frame of items: each an id, a written question and the milliseconds left for it."""
    return watching_pb2.VerificationServiceVerifyStreamRequest(
        items=[
            watching_pb2.VerificationItem(item_id=item_id, question=question, remaining_ms=left_ms)
            for item_id, question, left_ms in items
        ]
    ).SerializeToString()


def answers_in(frame: bytes, asked: Mapping[int, Question]) -> list[tuple[int, MOEResult | RequestFault]]:
    """The answers of a frame by item; those to items nobody waits for are left out. Raises `MalformedAnswer`."""
    message = parsed(watching_pb2.VerificationServiceVerifyStreamResponse, frame)
    return [(one.item_id, outcome_of(asked[one.item_id], one)) for one in message.answers if one.item_id in asked]
