"""What both clients ask alike: calls with their results, and errors of calls that failed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import grpc

from aethel.client.answers import Answer, Answered
from aethel.client.endpoint import Endpoint
from aethel.client.errors import Broken, DeadlineExceeded, error_of, error_of_fault
from aethel.progress import Concluded, Failed, Step
from aethel.request import Question
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.verdict import MOEResult
from aethel.wire.answers import told_ms
from aethel.wire.client import MAX_BATCH_QUESTIONS
from aethel.wire.convert_verdict import MalformedAnswer
from aethel.wire.mesh_calls import Call

DEADLINE_MS = 30_000
"""Time for one answer where neither the call nor the client says another one, in milliseconds."""

ResultT = TypeVar("ResultT")

ENDED = "the mesh ended the stream and left questions open"


def due(deadline_ms: int | None, default_ms: int) -> Deadline:
    """The deadline of a call; raises ValueError where it leaves no time."""
    given_ms = default_ms if deadline_ms is None else deadline_ms
    if given_ms < 1:
        raise ValueError(f"the deadline is {given_ms} ms, expected at least 1")
    return Deadline.after_ms(given_ms)


def body(call: Call[ResultT], deadline: Deadline) -> bytes:
    """The request with the time that is left; raises `DeadlineExceeded` where none is."""
    left_ms = told_ms(deadline.remaining_ms())
    if left_ms < 1:
        raise DeadlineExceeded("the deadline passed before the mesh was asked")
    return call.serialize(left_ms)


@contextmanager
def failing(endpoint: Endpoint) -> Iterator[None]:
    """Turn what keeps a call from its answer into a `ClientError`."""
    try:
        yield
    except grpc.RpcError as error:
        raise error_of(error, endpoint.address) from error
    except MalformedAnswer as error:
        raise Broken(f"the mesh at `{endpoint.address}` gave an answer that cannot be: {error}") from error
    except RequestFault as fault:
        raise error_of_fault(fault) from fault
    except (grpc.aio.UsageError, ValueError) as error:
        raise Broken(f"the client is closed, or cannot be used here: {error}") from error


def chunks(questions: Sequence[Question]) -> Iterator[Sequence[Question]]:
    """The questions in batches that one call may carry."""
    for first in range(0, len(questions), MAX_BATCH_QUESTIONS):
        yield questions[first : first + MAX_BATCH_QUESTIONS]


def answered(questions: Sequence[Question], outcomes: Sequence[MOEResult | RequestFault]) -> list[Answered]:
    """The outcomes of a batch with the ids of their questions."""
    return [
        Answered(
            question.transaction_id,
            error_of_fault(outcome) if isinstance(outcome, RequestFault) else Answer.of(outcome),
        )
        for question, outcome in zip(questions, outcomes, strict=True)
    ]


def stepped(step: Step) -> Step:
    """A step as a caller gets it; raises the error where the verification failed."""
    match step.event:
        case Failed(reason=reason, message=message):
            known = reason in Reason.__members__
            raise error_of_fault(RequestFault(Reason(reason) if known else Reason.INTERNAL, message))
        case Concluded(result=result):
            return Step(step.after_ms, Concluded(Answer.of(result)))
        case _:
            return step


def new_id() -> str:
    """An id that nobody has used."""
    return f"sdk-{secrets.token_hex(16)}"


def new_key() -> str:
    """A key that nobody else knows."""
    return secrets.token_urlsafe(32)
