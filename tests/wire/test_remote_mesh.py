"""The remote mesh: answers in their order, the caller's mistakes as faults, and everything else as an absence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from aethel.request import Question
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault
from aethel.transaction import AmountText
from aethel.v1 import verification_pb2
from aethel.verdict import Consensus, MOEResult
from aethel.wire.absence import Absence, MeshUnavailable
from aethel.wire.client import MAX_BATCH_QUESTIONS, RemoteMesh
from aethel.wire.convert import question_from_proto, result_to_proto
from aethel.wire.convert_fault import fault_to_proto
from tests.wire.experts import ParityExpert, channel_to, running, serving, settings
from tests.wire.partial_mesh import PartialMesh

EVEN = Question("tx", intent_text=b"even")
AMOUNT = Question("tx-2", transaction=AmountText("1"))


class Mesh(PartialMesh):
    """Answers like an orchestrator: UNCERTAIN, and a fault for amounts.

    It leaves out as many answers of a batch as `lost` says, and answers under `impostor` where that is given.
    """

    def __init__(self, lost: int = 0, impostor: str = "") -> None:
        self.lost = lost
        self.impostor = impostor

    async def Verify(self, request: Any, context: Any) -> Any:  # noqa: N802
        question = question_from_proto(request.question)
        return verification_pb2.VerificationServiceVerifyResponse(result=result_to_proto(self._decide(question)))

    async def Prepare(self, request: Any, context: Any) -> Any:  # noqa: N802
        question = Question(request.transaction_id, intent_text=request.intent, budget=request.budget)
        return verification_pb2.VerificationServicePrepareResponse(
            result=result_to_proto(self._decide(question)), certificate=b"proof"
        )

    async def Replay(self, request: Any, context: Any) -> Any:  # noqa: N802
        answer = self._decide(question_from_proto(request.question))
        return verification_pb2.VerificationServiceReplayResponse(
            result=result_to_proto(replace(answer, reason=f"for {request.client}"))
        )

    async def VerifyBatch(self, request: Any, context: Any) -> Any:  # noqa: N802
        answers = [self._answer(question_from_proto(question)) for question in request.questions]
        return verification_pb2.VerificationServiceVerifyBatchResponse(answers=answers[self.lost :])

    def _answer(self, question: Question) -> verification_pb2.BatchAnswer:
        try:
            return verification_pb2.BatchAnswer(result=result_to_proto(self._decide(question)))
        except RequestFault as fault:
            return verification_pb2.BatchAnswer(fault=fault_to_proto(fault))

    def _decide(self, question: Question) -> MOEResult:
        if question.transaction is not None:
            raise RequestFault(Reason.VERSION_UNSUPPORTED, "no amounts here")
        return MOEResult(
            self.impostor or question.transaction_id, Consensus.UNCERTAIN, Decimal(0), reason="a person decides"
        )


@asynccontextmanager
async def mesh(servicer: Mesh) -> AsyncIterator[RemoteMesh]:
    async with running(servicer) as server, channel_to(server) as channel:
        yield RemoteMesh(channel)


async def test_the_mesh_answers_a_question() -> None:
    async with mesh(Mesh()) as remote:
        result = await remote.verify(EVEN, 5_000)
    assert result == MOEResult("tx", Consensus.UNCERTAIN, Decimal(0), reason="a person decides")


async def test_a_question_at_fault_comes_back_as_that_fault() -> None:
    async with mesh(Mesh()) as remote:
        with pytest.raises(RequestFault) as raised:
            await remote.verify(AMOUNT, 5_000)
    assert raised.value.reason is Reason.VERSION_UNSUPPORTED


async def test_a_batch_is_answered_in_order_with_a_fault_in_its_place() -> None:
    async with mesh(Mesh()) as remote:
        first, second, third = await remote.verify_batch((EVEN, AMOUNT, replace(EVEN, transaction_id="tx-3")), 5_000)
    assert isinstance(first, MOEResult)
    assert isinstance(second, RequestFault)
    assert second.reason is Reason.VERSION_UNSUPPORTED
    assert isinstance(third, MOEResult)
    assert (first.transaction_id, third.transaction_id) == ("tx", "tx-3")


async def test_a_batch_with_an_answer_missing_is_no_answer() -> None:
    async with mesh(Mesh(lost=1)) as remote:
        with pytest.raises(MeshUnavailable) as raised:
            await remote.verify_batch((EVEN, EVEN), 5_000)
    assert raised.value.reason is Absence.WRONG_ANSWER


async def test_an_answer_to_another_question_is_no_answer() -> None:
    async with mesh(Mesh(impostor="tx-9")) as remote:
        for asking in (remote.verify(EVEN, 5_000), remote.verify_batch((EVEN,), 5_000)):
            with pytest.raises(MeshUnavailable) as raised:
                await asking
            assert raised.value.reason is Absence.WRONG_ANSWER


async def test_a_preparation_brings_the_certificate() -> None:
    async with mesh(Mesh()) as remote:
        prepared = await remote.prepare("tx", b"even", 5_000)
    assert (prepared.answer.transaction_id, prepared.certificate) == ("tx", b"proof")


async def test_a_preparation_of_another_text_is_no_answer() -> None:
    async with mesh(Mesh(impostor="tx-9")) as remote:
        with pytest.raises(MeshUnavailable) as raised:
            await remote.prepare("tx", b"even", 5_000)
    assert raised.value.reason is Absence.WRONG_ANSWER


async def test_a_batch_beyond_the_limit_is_not_sent() -> None:
    async with mesh(Mesh()) as remote:
        with pytest.raises(RequestFault, match="expected at most"):
            await remote.verify_batch((EVEN,) * (MAX_BATCH_QUESTIONS + 1), 5_000)


async def test_a_mesh_that_is_away_is_unavailable() -> None:
    async with serving(ParityExpert()) as server:
        address = server.address
    channel = open_channel(address, settings().max_message_bytes)
    with pytest.raises(MeshUnavailable) as raised:
        await RemoteMesh(channel).verify(EVEN, 5_000)
    assert raised.value.reason is Absence.UNREACHABLE
    await channel.close(None)
