"""An expert or the whole mesh behind a channel, asked like the object in process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import grpc

from aethel.request import Question
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.spans import header
from aethel.runtime.tracing import TRACEPARENT
from aethel.v1 import expert_pb2, expert_pb2_grpc, verification_pb2, verification_pb2_grpc
from aethel.verdict import ExpertVerdict, MOEResult
from aethel.wire.absence import Absence, ExpertUnavailable, MeshUnavailable, answered
from aethel.wire.answers import result_of, results_of, told_ms
from aethel.wire.asking import Asking
from aethel.wire.convert_question import question_to_proto
from aethel.wire.convert_verdict import MalformedAnswer, result_from_proto

if TYPE_CHECKING:
    from aethel.v1.expert_pb2_grpc import ExpertServiceAsyncStub
    from aethel.v1.verification_pb2_grpc import VerificationServiceAsyncStub

__all__ = [
    "MAX_BATCH_QUESTIONS",
    "Absence",
    "Description",
    "ExpertUnavailable",
    "MeshUnavailable",
    "Preparation",
    "RemoteExpert",
    "RemoteMesh",
]

MAX_BATCH_QUESTIONS = 256
"""Questions of one VerifyBatch, so that one call cannot take a mesh for itself; the contract states it."""

Response = TypeVar("Response")


@dataclass(frozen=True, slots=True)
class Description:
    """Who an expert says it is; `footprint` names features of the contract without their prefix."""

    name: str
    version: str
    language_versions: tuple[str, ...]
    footprint: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What was proved of an intent for all values; `certificate` is empty where there is none."""

    answer: MOEResult
    certificate: bytes


class RemoteExpert:
    """The expert called `name` at the end of a channel; the channel stays the caller's."""

    def __init__(self, name: str, channel: grpc.aio.Channel) -> None:
        self._name = name
        self._stub: ExpertServiceAsyncStub = expert_pb2_grpc.ExpertServiceStub(channel)

    @property
    def name(self) -> str:
        """The name every verdict must bear."""
        return self._name

    async def verify(self, question: Question, deadline_ms: float) -> ExpertVerdict:
        """The expert's verdict within `deadline_ms` milliseconds; cancelling cancels the call.

        Raises `ExpertUnavailable` where there is none that can be used, also when the answer bears another expert's
        name, another question's identifier or another program's digest; `RequestFault` where the question cannot be
        written.
        """
        return await self.ask(Asking.of(question), deadline_ms)

    async def ask(self, asking: Asking, deadline_ms: float) -> ExpertVerdict:
        """Like `verify`, of a question that is written already."""
        request = expert_pb2.ExpertServiceVerifyRequest(
            question=asking.message,
            remaining_ms=told_ms(deadline_ms),
            rules=asking.rules,
            client=asking.question.client,
        )
        if request.remaining_ms == 0:
            raise ExpertUnavailable(Absence.LATE, "no time is left to ask")
        with answered(ExpertUnavailable):
            response = _decoded(await self._stub.Verify(request, timeout=deadline_ms / 1000, metadata=_trace()))
            return asking.verdict(self._name, response.transaction_id, response.verdict)

    async def describe(self, deadline_ms: float) -> Description:
        """Who the expert says it is; raises `ExpertUnavailable`."""
        with answered(ExpertUnavailable):
            request = expert_pb2.ExpertServiceDescribeRequest()
            response = _decoded(await self._stub.Describe(request, timeout=deadline_ms / 1000))
        return Description(
            name=response.expert_name,
            version=response.expert_version,
            language_versions=tuple(response.language_versions),
            footprint=tuple(_feature(number) for number in response.footprint),
        )


class RemoteMesh:
    """The mesh at the end of a channel to its orchestrator; the channel stays the caller's."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: VerificationServiceAsyncStub = verification_pb2_grpc.VerificationServiceStub(channel)

    async def verify(self, question: Question, deadline_ms: float) -> MOEResult:
        """The mesh's answer within `deadline_ms` milliseconds.

        Raises `RequestFault` where the question is at fault and `MeshUnavailable` where the mesh is.
        """
        request = verification_pb2.VerificationServiceVerifyRequest(
            question=question_to_proto(question), remaining_ms=told_ms(deadline_ms)
        )
        with answered(MeshUnavailable):
            response = _decoded(await self._stub.Verify(request, timeout=deadline_ms / 1000, metadata=_trace()))
            return result_of(question, response.result)

    async def prepare(self, transaction_id: str, text: bytes, deadline_ms: float, budget: int = 0) -> Preparation:
        """What the mesh proves of an intent's text for all values, within `deadline_ms` milliseconds.

        `budget` bounds the solver's work in its resource units, 0 meaning the expert's default. Raises like `verify`.
        """
        request = verification_pb2.VerificationServicePrepareRequest(
            transaction_id=transaction_id, intent=text, budget=budget, remaining_ms=told_ms(deadline_ms)
        )
        with answered(MeshUnavailable):
            response = _decoded(await self._stub.Prepare(request, timeout=deadline_ms / 1000, metadata=_trace()))
            if response.result.transaction_id != transaction_id:
                raise MalformedAnswer("the answer is to another question")
            return Preparation(result_from_proto(response.result), response.certificate)

    async def replay(self, question: Question, client: str, deadline_ms: float) -> MOEResult:
        """What the mesh would answer a client now, within `deadline_ms` milliseconds; it changes nothing.

        Raises like `verify`.
        """
        request = verification_pb2.VerificationServiceReplayRequest(
            question=question_to_proto(question), client=client, remaining_ms=told_ms(deadline_ms)
        )
        with answered(MeshUnavailable):
            response = _decoded(await self._stub.Replay(request, timeout=deadline_ms / 1000, metadata=_trace()))
            return result_of(question, response.result)

    async def verify_batch(
        self, questions: Sequence[Question], deadline_ms: float
    ) -> tuple[MOEResult | RequestFault, ...]:
        """Answers to at most `MAX_BATCH_QUESTIONS` questions in their order, all within `deadline_ms` milliseconds.

        A question that could not be answered has a fault in its place. Raises like `verify` where the call as a whole
        failed.
        """
        if len(questions) > MAX_BATCH_QUESTIONS:
            raise RequestFault(
                Reason.REQUEST_TOO_LARGE, f"{len(questions)} questions, expected at most {MAX_BATCH_QUESTIONS}"
            )
        request = verification_pb2.VerificationServiceVerifyBatchRequest(
            questions=[question_to_proto(question) for question in questions], remaining_ms=told_ms(deadline_ms)
        )
        with answered(MeshUnavailable):
            response = _decoded(await self._stub.VerifyBatch(request, timeout=deadline_ms / 1000, metadata=_trace()))
            return results_of(questions, response)


def _trace() -> tuple[tuple[str, str], ...] | None:
    """Metadata that make the peer's spans part of the request at hand; None where nothing is recorded."""
    parent = header()
    return ((TRACEPARENT, parent),) if parent else None


def _decoded(response: Response | None) -> Response:
    """The response; gRPC hands out None where it cannot decode what came."""
    if response is None:
        raise MalformedAnswer("the answer cannot be decoded")
    return response


def _feature(number: expert_pb2.Feature.ValueType) -> str:
    known = number in expert_pb2.Feature.values()
    return expert_pb2.Feature.Name(number if known else expert_pb2.FEATURE_UNSPECIFIED).removeprefix("FEATURE_")
