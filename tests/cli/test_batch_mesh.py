"""Many questions to a mesh that is slow, small or gone: each still gets its own answer, or its own fault."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import grpc
import pytest

from aethel.cli.batch_mesh import AT_ONCE, ask_all
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault
from aethel.transaction import AmountText
from aethel.v1 import verification_pb2, verification_pb2_grpc
from aethel.verdict import Consensus, MOEResult
from aethel.wire.absence import MeshUnavailable
from aethel.wire.client import RemoteMesh
from aethel.wire.convert import result_to_proto
from aethel.wire.convert_fault import fault_to_proto
from tests.cli.command import Command
from tests.wire.partial_mesh import PartialMesh

Context = grpc.aio.ServicerContext[Any, Any]
LATE = RequestFault(Reason.DEADLINE_EXCEEDED, "no time was left")


@dataclass
class Mesh(PartialMesh):
    """A mesh that decides at most `in_time` questions of a call, and none at all of calls after the first `calls`."""

    in_time: int = AT_ONCE
    calls: int = 1_000
    hopeless: frozenset[str] = frozenset()
    too_many: int = 1_000
    sizes: list[int] = field(default_factory=list)

    async def Verify(  # noqa: N802  the name in the contract
        self, request: verification_pb2.VerificationServiceVerifyRequest, context: Context
    ) -> verification_pb2.VerificationServiceVerifyResponse:
        batch = verification_pb2.VerificationServiceVerifyBatchRequest(questions=[request.question])
        (answer,) = (await self.VerifyBatch(batch, context)).answers
        return verification_pb2.VerificationServiceVerifyResponse(result=answer.result)

    async def Prepare(  # noqa: N802  the name in the contract
        self, request: verification_pb2.VerificationServicePrepareRequest, context: Context
    ) -> verification_pb2.VerificationServicePrepareResponse:
        raise AssertionError("a batch prepares nothing")

    async def Replay(  # noqa: N802  the name in the contract
        self, request: verification_pb2.VerificationServiceReplayRequest, context: Context
    ) -> verification_pb2.VerificationServiceReplayResponse:
        raise AssertionError("a batch replays nothing")

    async def VerifyBatch(  # noqa: N802  the name in the contract
        self, request: verification_pb2.VerificationServiceVerifyBatchRequest, context: Context
    ) -> verification_pb2.VerificationServiceVerifyBatchResponse:
        self.sizes.append(len(request.questions))
        if len(self.sizes) > self.calls:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        if len(request.questions) > self.too_many:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too much at once")
        answers = [
            self._answer(question.transaction_id, position) for position, question in enumerate(request.questions)
        ]
        return verification_pb2.VerificationServiceVerifyBatchResponse(answers=answers)

    def _answer(self, transaction_id: str, position: int) -> verification_pb2.BatchAnswer:
        if position >= self.in_time or transaction_id in self.hopeless:
            return verification_pb2.BatchAnswer(fault=fault_to_proto(LATE))
        result = MOEResult(transaction_id, Consensus.APPROVED, Decimal("0.99"))
        return verification_pb2.BatchAnswer(result=result_to_proto(result))


@asynccontextmanager
async def serving(mesh: Mesh) -> AsyncIterator[Address]:
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    verification_pb2_grpc.add_VerificationServiceServicer_to_server(mesh, server)
    address = Address("127.0.0.1", server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    try:
        yield address
    finally:
        await server.stop(None)


async def asked(mesh: Mesh, count: int) -> list[MOEResult | RequestFault]:
    questions = [Question(str(number), transaction=AmountText("1")) for number in range(count)]
    async with serving(mesh) as address, open_channel(address, 65_536) as channel:
        return await ask_all(RemoteMesh(channel), questions, 10_000)


def ids(answers: Sequence[MOEResult | RequestFault]) -> list[str]:
    return [answer.reason if isinstance(answer, RequestFault) else answer.transaction_id for answer in answers]


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


async def test_more_questions_than_one_call_takes_are_answered_in_their_order() -> None:
    mesh = Mesh()
    assert ids(await asked(mesh, 2 * AT_ONCE + 1)) == numbered(2 * AT_ONCE + 1)
    assert mesh.sizes == [AT_ONCE, AT_ONCE, 1]


async def test_questions_without_time_are_asked_again() -> None:
    mesh = Mesh(in_time=20)
    assert ids(await asked(mesh, 50)) == numbered(50)
    assert mesh.sizes == [50, 30, 10]


async def test_a_question_that_is_always_late_keeps_no_other_from_its_answer() -> None:
    mesh = Mesh(hopeless=frozenset({"3"}))
    expected = numbered(10)
    expected[3] = Reason.DEADLINE_EXCEEDED
    assert ids(await asked(mesh, 10)) == expected


async def test_what_is_too_much_at_once_is_asked_in_smaller_calls() -> None:
    mesh = Mesh(too_many=8)
    assert ids(await asked(mesh, 64)) == numbered(64)
    assert max(mesh.sizes[1:]) == 8


async def test_a_question_that_is_too_much_alone_is_its_own_fault() -> None:
    assert ids(await asked(Mesh(too_many=0), 3)) == [Reason.OVERLOADED] * 3


async def test_a_question_that_cannot_be_sent_keeps_no_other_from_its_answer() -> None:
    mesh = Mesh()
    broken = Question("\ud800", transaction=AmountText("1"))
    good = Question("good", transaction=AmountText("1"))
    async with serving(mesh) as address, open_channel(address, 65_536) as channel:
        answers = await ask_all(RemoteMesh(channel), [broken, good], 10_000)
    assert ids(answers) == [Reason.INVALID_REQUEST, "good"]


async def test_a_mesh_that_is_gone_ends_it_all() -> None:
    with pytest.raises(MeshUnavailable):
        await asked(Mesh(calls=1), AT_ONCE + 1)


def test_what_was_answered_before_the_mesh_was_lost_stays_answered(aethel: Command) -> None:
    rows = "".join(f'{{"id": "{number}", "transaction": "1"}}\n' for number in range(AT_ONCE + 1))
    with in_a_thread(Mesh(calls=1)) as address:
        done = aethel("verify", "--batch", "-", "--mesh", str(address), stdin=rows)
    assert done.code == 69
    assert [row["id"] for row in done.rows] == numbered(AT_ONCE)
    assert f"{AT_ONCE} rows answered before" in done.err


@contextmanager
def in_a_thread(mesh: Mesh) -> Iterator[Address]:
    """The mesh served by a loop of its own."""
    started, finish = threading.Event(), asyncio.Event()
    where: list[tuple[Address, Callable[[], object]]] = []

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        async with serving(mesh) as address:
            where.append((address, lambda: loop.call_soon_threadsafe(finish.set)))
            started.set()
            await finish.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    address, stop = where[0]
    try:
        yield address
    finally:
        stop()
        thread.join()
