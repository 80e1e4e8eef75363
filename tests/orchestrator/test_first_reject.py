"""A caller who asks for no more than the first rejection hears it at once; everybody else hears all."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
import pytest
import pytest_asyncio

from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.settings import Process
from aethel.v1 import verdict_pb2, verification_pb2, verification_pb2_grpc
from aethel.wire.convert import question_to_proto
from tests.orchestrator.processes import MAX_MESSAGE_BYTES, RunningMesh, running_orchestrator
from tests.orchestrator.proxy import Proxy, proxy_of
from tests.orchestrator.questions import payment, theft

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Held:
    """A mesh whose prover is held up, by which the Guardian is heard first."""

    z3: Proxy
    orchestrator: Address

    async def verify(self, question: Question, collect: int) -> verdict_pb2.MOEResult:
        request = verification_pb2.VerificationServiceVerifyRequest(
            question=question_to_proto(question),
            collect=collect,  # type: ignore[arg-type]
        )
        async with open_channel(self.orchestrator, MAX_MESSAGE_BYTES) as channel:
            response = await verification_pb2_grpc.VerificationServiceStub(channel).Verify(request, timeout=20)
        return response.result


@pytest_asyncio.fixture(loop_scope="session")
async def mesh(shared_mesh: RunningMesh) -> AsyncIterator[Held]:
    experts: dict[Process, Address] = {each: one.address for each, one in shared_mesh.processes.items()}
    del experts[Process.ORCHESTRATOR]
    async with (
        proxy_of(experts[Process.Z3]) as z3,
        running_orchestrator(experts | {Process.Z3: z3.address}) as (orchestrator, _),
    ):
        z3.held.clear()
        yield Held(z3, orchestrator.address)
        z3.held.set()


async def test_the_first_certain_rejection_cancels_the_others(mesh: Held) -> None:
    result = await mesh.verify(theft(), verification_pb2.COLLECT_FIRST_REJECT)
    assert result.consensus == verdict_pb2.CONSENSUS_REJECTED
    assert "Z3_Expert" not in [verdict.expert_name for verdict in result.expert_verdicts]
    assert not result.degraded
    await mesh.z3.until(open_calls=0)


@pytest.mark.parametrize("collect", [verification_pb2.COLLECT_UNSPECIFIED, verification_pb2.COLLECT_ALL])
async def test_by_default_everybody_is_heard(mesh: Held, collect: int) -> None:
    asking = asyncio.create_task(mesh.verify(theft(), collect))
    await mesh.z3.until(open_calls=1)
    assert not asking.done()
    mesh.z3.held.set()
    names = [verdict.expert_name for verdict in (await asking).expert_verdicts]
    assert names == ["Z3_Expert", "Sentinel_Expert", "Guardian_Expert"]


async def test_what_nobody_rejects_waits_for_everybody(mesh: Held) -> None:
    asking = asyncio.create_task(mesh.verify(payment(), verification_pb2.COLLECT_FIRST_REJECT))
    await mesh.z3.until(open_calls=1)
    mesh.z3.held.set()
    result = await asking
    assert (result.consensus, len(result.expert_verdicts)) == (verdict_pb2.CONSENSUS_APPROVED, 3)


async def test_a_wish_that_nobody_knows_is_refused(mesh: Held) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await mesh.verify(payment(), 99)
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
