"""Batches: answers in order, each question on its own, a bound on how many are decided at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import grpc
import pytest
import pytest_asyncio

from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.settings import Process
from aethel.v1 import intent_pb2, verification_pb2, verification_pb2_grpc
from aethel.verdict import Consensus, MOEResult
from aethel.wire.client import MAX_BATCH_QUESTIONS, RemoteMesh
from aethel.wire.convert import question_to_proto
from services.orchestrator.servicer import BATCH_CONCURRENCY
from tests.orchestrator.processes import (
    MAX_MESSAGE_BYTES,
    RunningProcess,
    running_experts,
    running_orchestrator,
)
from tests.orchestrator.proxy import Proxy, proxy_of
from tests.orchestrator.questions import entry, payment, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 20_000


@dataclass
class Batches:
    """A mesh whose Guardian is reached through a proxy."""

    orchestrator: RunningProcess
    client: RemoteMesh
    guardian: Proxy


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mesh() -> AsyncIterator[Batches]:
    """Real experts, the Guardian behind a proxy, with time enough to be held up."""
    async with running_experts() as experts, proxy_of(experts[Process.GUARDIAN].address) as guardian:
        addresses = {process: running.address for process, running in experts.items()}
        addresses[Process.GUARDIAN] = guardian.address
        async with running_orchestrator(addresses, {"AETHEL_GUARDIAN_TIMEOUT": "10000"}) as (orchestrator, client):
            yield Batches(orchestrator, client, guardian)


async def _raw(mesh: Batches, *questions: intent_pb2.Question) -> list[verification_pb2.BatchAnswer]:
    request = verification_pb2.VerificationServiceVerifyBatchRequest(questions=questions)
    async with open_channel(mesh.orchestrator.address, MAX_MESSAGE_BYTES) as channel:
        response = await verification_pb2_grpc.VerificationServiceStub(channel).VerifyBatch(request, timeout=20)
    return list(response.answers)


async def test_answers_come_in_the_order_of_the_questions(mesh: Batches) -> None:
    questions = [entry(f"q{n}") if n % 3 else unbalanced(f"q{n}") for n in range(30)]
    answers = await mesh.client.verify_batch(questions, PATIENCE_MS)
    expected = [
        (q.transaction_id, Consensus.APPROVED if n % 3 else Consensus.REJECTED) for n, q in enumerate(questions)
    ]
    assert [(one.transaction_id, one.consensus) for one in answers if isinstance(one, MOEResult)] == expected


async def test_a_question_that_is_no_request_fails_alone(mesh: Batches) -> None:
    good = question_to_proto(entry("good"))
    answers = await _raw(mesh, good, intent_pb2.Question(transaction_id="empty"), intent_pb2.Question(), good)
    assert [one.WhichOneof("outcome") for one in answers] == ["result", "fault", "fault", "result"]
    assert answers[1].fault.reason == "INVALID_REQUEST"
    assert "subject" in answers[1].fault.message


async def test_a_question_about_another_program_fails_alone(mesh: Batches) -> None:
    other = replace(payment("other"), expected_digest="0" * 64)
    first, second = await mesh.client.verify_batch([other, payment()], PATIENCE_MS)
    assert isinstance(first, RequestFault)
    assert first.reason is Reason.DIGEST_MISMATCH
    assert isinstance(second, MOEResult)
    assert second.consensus is Consensus.APPROVED, second.reason


async def test_an_empty_batch_is_answered(mesh: Batches) -> None:
    assert await mesh.client.verify_batch([], PATIENCE_MS) == ()


async def test_a_batch_that_is_too_long_is_refused_whole(mesh: Batches) -> None:
    good = question_to_proto(entry())
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await _raw(mesh, *[good] * (MAX_BATCH_QUESTIONS + 1))
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert f"at most {MAX_BATCH_QUESTIONS}" in (failed.value.details() or "")


async def test_no_more_questions_than_the_bound_are_decided_at_once(mesh: Batches) -> None:
    mesh.guardian.held.clear()
    asking = asyncio.create_task(
        mesh.client.verify_batch([entry(f"e{n}") for n in range(3 * BATCH_CONCURRENCY)], PATIENCE_MS)
    )
    await mesh.guardian.until(open_calls=BATCH_CONCURRENCY)
    mesh.guardian.held.set()
    answers = await asking
    assert all(isinstance(one, MOEResult) and one.consensus is Consensus.APPROVED for one in answers)
    assert mesh.guardian.most_open_calls == BATCH_CONCURRENCY
