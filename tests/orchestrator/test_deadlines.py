"""Deadlines and cancellation: one absolute deadline for all, kept towards the caller and towards the experts."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import pytest
import pytest_asyncio

from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process
from aethel.v1 import verification_pb2, verification_pb2_grpc
from aethel.verdict import Consensus
from aethel.wire.client import RemoteMesh
from aethel.wire.convert import question_to_proto
from tests.orchestrator.processes import (
    MAX_MESSAGE_BYTES,
    RunningProcess,
    running_experts,
    running_orchestrator,
)
from tests.orchestrator.proxy import Proxy, proxy_of
from tests.orchestrator.questions import entry, payment

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 20_000
REQUEST_TIMEOUT_MS = 3_000
Z3_TIMEOUT_MS = 2_500


@dataclass
class Held:
    """A mesh whose prover is reached through a proxy."""

    orchestrator: RunningProcess
    client: RemoteMesh
    z3: Proxy
    addresses: dict[Process, Address]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def whole() -> AsyncIterator[Held]:
    """Real experts, the prover behind a proxy, and an orchestrator of little patience."""
    async with running_experts() as experts, proxy_of(experts[Process.Z3].address) as z3:
        addresses = {process: running.address for process, running in experts.items()} | {Process.Z3: z3.address}
        little = {
            "AETHEL_REQUEST_TIMEOUT": str(REQUEST_TIMEOUT_MS),
            "AETHEL_Z3_TIMEOUT_NORMAL": str(Z3_TIMEOUT_MS),
        }
        async with running_orchestrator(addresses, little) as (orchestrator, client):
            yield Held(orchestrator, client, z3, addresses)


@pytest.fixture
def mesh(whole: Held) -> Held:
    """The proxy lets everything through until a test says otherwise."""
    whole.z3.be_honest()
    return whole


async def test_a_caller_in_a_hurry_hears_in_time_what_is_undecided(mesh: Held) -> None:
    mesh.z3.held.clear()
    began_s = time.monotonic()
    answer = await mesh.client.verify(payment(), 2_000)
    assert time.monotonic() - began_s < 2
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.degraded == ("Z3_Expert: LATE, no layer answered for it",)


async def test_an_expert_is_told_no_more_time_than_its_caller_has(mesh: Held) -> None:
    await mesh.client.verify(payment(), 1_500)
    (remaining_ms,) = mesh.z3.remaining_ms
    assert 0 < remaining_ms < 1_500


async def test_an_expert_is_told_no_more_time_than_its_own(mesh: Held) -> None:
    await mesh.client.verify(payment(), PATIENCE_MS)
    (remaining_ms,) = mesh.z3.remaining_ms
    assert 0 < remaining_ms <= Z3_TIMEOUT_MS


async def test_a_caller_without_a_deadline_is_answered_within_the_longest_a_request_may_take(mesh: Held) -> None:
    mesh.z3.held.clear()
    longest_ms = 1_600
    environ = {"AETHEL_REQUEST_TIMEOUT": str(longest_ms), "AETHEL_Z3_TIMEOUT_NORMAL": str(longest_ms)}
    request = verification_pb2.VerificationServiceVerifyRequest(question=question_to_proto(payment()))
    async with (
        running_orchestrator(mesh.addresses, environ) as (orchestrator, _),
        open_channel(orchestrator.address, MAX_MESSAGE_BYTES) as channel,
    ):
        began_s = time.monotonic()
        response = await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request)
        took_s = time.monotonic() - began_s
    assert response.result.undecided_obligations
    assert took_s < longest_ms / 1000


async def test_the_deadline_of_the_call_alone_counts(mesh: Held) -> None:
    mesh.z3.held.clear()
    request = verification_pb2.VerificationServiceVerifyRequest(question=question_to_proto(payment()))
    async with open_channel(mesh.orchestrator.address, MAX_MESSAGE_BYTES) as channel:
        response = await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request, timeout=2)
    assert response.result.undecided_obligations


async def test_the_time_a_caller_says_is_left_counts_like_its_deadline(mesh: Held) -> None:
    mesh.z3.held.clear()
    request = verification_pb2.VerificationServiceVerifyRequest(
        question=question_to_proto(payment()), remaining_ms=2_200
    )
    async with open_channel(mesh.orchestrator.address, MAX_MESSAGE_BYTES) as channel:
        began_s = time.monotonic()
        response = await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request, timeout=20)
    assert response.result.undecided_obligations
    assert time.monotonic() - began_s < Z3_TIMEOUT_MS / 1000


async def test_a_caller_that_has_no_time_left_hears_of_its_deadline(mesh: Held) -> None:
    request = verification_pb2.VerificationServiceVerifyRequest(question=question_to_proto(payment()), remaining_ms=0)
    async with open_channel(mesh.orchestrator.address, MAX_MESSAGE_BYTES) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request, timeout=20)
    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_caller_that_goes_away_takes_its_questions_with_it(mesh: Held) -> None:
    mesh.z3.held.clear()
    asking = asyncio.create_task(mesh.client.verify(payment(), PATIENCE_MS))
    await mesh.z3.until(open_calls=1)
    asking.cancel()
    began_s = time.monotonic()
    await mesh.z3.until(open_calls=0)
    assert time.monotonic() - began_s < 1, "the prover was cancelled, not left to its deadline"


async def test_a_batch_whose_caller_goes_away_takes_its_questions_with_it(mesh: Held) -> None:
    mesh.z3.held.clear()
    asking = asyncio.create_task(mesh.client.verify_batch([payment(f"p{n}") for n in range(3)], PATIENCE_MS))
    await mesh.z3.until(open_calls=3)
    asking.cancel()
    began_s = time.monotonic()
    await mesh.z3.until(open_calls=0)
    assert time.monotonic() - began_s < 1


async def test_a_held_prover_holds_up_nobody_who_does_not_need_it(mesh: Held) -> None:
    mesh.z3.held.clear()
    asking = asyncio.create_task(mesh.client.verify(payment(), PATIENCE_MS))
    await mesh.z3.until(open_calls=1)
    answer = await mesh.client.verify(entry(), PATIENCE_MS)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert not asking.done()
    mesh.z3.held.set()
    assert (await asking).consensus is Consensus.APPROVED
