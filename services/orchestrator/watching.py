"""The RPCs that stream or tell more than an answer: VerifyStream, Watch and Explain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from aethel.clients.allowance import ALLOWANCE
from aethel.progress import Failed, Step
from aethel.request import Question
from aethel.runtime.caller import CALLER
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.store.footprint import Owner
from aethel.v1 import verification_pb2_grpc, watching_pb2
from aethel.wire.convert import question_from_proto, result_to_proto
from aethel.wire.convert_explanation import explanation_to_proto
from aethel.wire.convert_fault import fault_to_proto
from aethel.wire.convert_progress import step_to_proto
from aethel.wire.item_stream import AnswerStream
from services.orchestrator.mesh import Mesh
from services.orchestrator.progress import Progress, watched

if TYPE_CHECKING:
    import grpc

STREAM_CONCURRENCY = 32
"""Questions of one stream decided at once; what waits for a place keeps its deadline."""


class Timed(Protocol):
    """A request that may say how much time is left."""

    @property
    def remaining_ms(self) -> int: ...

    def HasField(self, name: Any, /) -> bool: ...  # noqa: N802  protobuf's name


class WatchingServicer(verification_pb2_grpc.VerificationServiceServicer):
    """Serves a mesh; no request, and no item of a stream, takes longer than `timeout_ms`."""

    def __init__(self, mesh: Mesh, timeout_ms: int) -> None:
        self._mesh = mesh
        self._timeout_ms = timeout_ms

    async def VerifyStream(  # noqa: N802  the name in the contract
        self,
        request_iterator: AsyncIterator[watching_pb2.VerificationServiceVerifyStreamRequest],
        context: grpc.aio.ServicerContext[Any, Any],  # noqa: ARG002  the signature is gRPC's
    ) -> AsyncIterator[watching_pb2.VerificationServiceVerifyStreamResponse]:
        """Answers to the items of a stream as they get ready, until the caller has sent all and is answered."""
        items = AnswerStream(_Items(self._mesh).answer, _failed, self._timeout_ms)
        async with aclosing(items.frames(request_iterator)) as frames:
            async for answers in frames:
                yield watching_pb2.VerificationServiceVerifyStreamResponse(answers=answers)

    async def Watch(  # noqa: N802  the name in the contract
        self,
        request: watching_pb2.VerificationServiceWatchRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[watching_pb2.VerificationServiceWatchResponse]:
        """Every step of a verification, begun here or found by its id; raises RequestFault."""
        deadline = self._deadline(request, context)
        client = CALLER.get().name
        if request.WhichOneof("watched") is None:
            raise RequestFault(Reason.INVALID_REQUEST, "nothing to watch, expected `question` or `transaction_id`")
        if request.HasField("question"):
            steps = _begun(self._mesh, question_from_proto(request.question), deadline, client)
        else:
            found = self._mesh.running.find(Owner(client, request.transaction_id))
            if found is None:
                raise RequestFault(Reason.UNKNOWN_ID, "no verification of this id runs here")
            steps = found.steps()
        async with aclosing(steps):
            async for step in steps:
                yield step_to_proto(step)

    async def Explain(  # noqa: N802  the name in the contract
        self,
        request: watching_pb2.VerificationServiceExplainRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> watching_pb2.VerificationServiceExplainResponse:
        """How a question is decided, obligation by obligation; raises RequestFault."""
        deadline = self._deadline(request, context)
        question = question_from_proto(request.question)
        return explanation_to_proto(await self._mesh.explain(question, deadline, CALLER.get().name))

    def _deadline(self, request: Timed, context: grpc.aio.ServicerContext[Any, Any]) -> Deadline:
        """The earliest of the call's deadline, the time the caller says is left, and the longest a request may take."""
        deadline = Deadline.of_call(context.time_remaining(), self._timeout_ms)
        return min(deadline, Deadline.after_ms(request.remaining_ms)) if request.HasField("remaining_ms") else deadline


@dataclass(frozen=True, slots=True)
class _Items:
    """Answers the items of one stream, so many at once."""

    mesh: Mesh
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STREAM_CONCURRENCY))

    async def answer(self, item: watching_pb2.VerificationItem, deadline: Deadline) -> watching_pb2.VerificationAnswer:
        question = question_from_proto(item.question)
        async with self.places, ALLOWANCE.get().item(deadline):
            answer = await self.mesh.decide(question, deadline, CALLER.get().name, commits=True)
        return watching_pb2.VerificationAnswer(
            item_id=item.item_id, transaction_id=question.transaction_id, result=result_to_proto(answer)
        )


def _failed(item: watching_pb2.VerificationItem, fault: RequestFault) -> watching_pb2.VerificationAnswer:
    return watching_pb2.VerificationAnswer(
        item_id=item.item_id, transaction_id=item.question.transaction_id, fault=fault_to_proto(fault)
    )


async def _begun(mesh: Mesh, question: Question, deadline: Deadline, client: str) -> AsyncGenerator[Step, None]:
    """The steps of a verification that begins now, and is cancelled when nobody takes them any more.

    Raises the RequestFault that ends it.
    """
    progress = Progress()

    async def decide() -> None:
        with watched(progress):
            await mesh.decide(question, deadline, client, commits=True)

    deciding = asyncio.create_task(decide())
    try:
        async with aclosing(progress.steps()) as steps:
            async for step in steps:
                if isinstance(step.event, Failed):
                    await deciding
                yield step
    finally:
        deciding.cancel()
        await asyncio.gather(deciding, return_exceptions=True)
