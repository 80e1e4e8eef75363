"""Streams, steps and explanations of a whole mesh, as any client of the contract sees them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio

from aethel.progress import Failed, QuestionAdmitted
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault, fault_of
from aethel.store.footprint import Owner
from aethel.v1 import verdict_pb2, verification_pb2_grpc, watching_pb2
from aethel.wire.convert_question import question_to_proto
from services.orchestrator import progress as progress_module
from services.orchestrator.progress import Progress, Running
from tests.orchestrator.processes import MAX_MESSAGE_BYTES, RunningMesh
from tests.orchestrator.questions import payment, theft, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="session")

Request = watching_pb2.VerificationServiceVerifyStreamRequest


@pytest_asyncio.fixture(loop_scope="session")
async def stub(shared_mesh: RunningMesh) -> AsyncIterator[Any]:
    async with open_channel(shared_mesh.orchestrator.address, MAX_MESSAGE_BYTES) as channel:
        yield verification_pb2_grpc.VerificationServiceStub(channel)


def item(item_id: int, question: Any, remaining_ms: int = 20_000) -> watching_pb2.VerificationItem:
    return watching_pb2.VerificationItem(item_id=item_id, question=question, remaining_ms=remaining_ms)


async def test_items_of_a_stream_are_answered_on_their_own(stub: Any) -> None:
    stream = stub.VerifyStream()
    broken = question_to_proto(payment("broken"))
    broken.ClearField("subject")
    items = [
        item(1, question_to_proto(payment("stream-1"))),
        item(2, question_to_proto(unbalanced("stream-2"))),
        item(3, broken),
        item(4, question_to_proto(payment("stream-4")), 0),
    ]
    await stream.write(Request(items=items))
    await stream.done_writing()
    answers = {one.item_id: one async for frame in stream for one in frame.answers}
    assert answers[1].transaction_id == "stream-1"
    assert answers[1].result.consensus == verdict_pb2.CONSENSUS_APPROVED
    assert answers[2].result.consensus == verdict_pb2.CONSENSUS_REJECTED
    assert answers[3].fault.reason == Reason.INVALID_REQUEST
    assert answers[4].fault.reason == Reason.DEADLINE_EXCEEDED


async def test_a_watch_that_names_nothing_known_is_refused(stub: Any) -> None:
    for request, reason in (
        (watching_pb2.VerificationServiceWatchRequest(), Reason.INVALID_REQUEST),
        (watching_pb2.VerificationServiceWatchRequest(transaction_id="nobody's"), Reason.UNKNOWN_ID),
    ):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await stub.Watch(request).read()
        fault = fault_of(raised.value)
        assert fault is not None
        assert fault.reason is reason


async def test_a_running_verification_is_found_by_its_owner_and_told_from_its_beginning() -> None:
    running, gate = Running(), asyncio.Event()

    async def decide() -> Any:
        await gate.wait()
        raise RequestFault(Reason.STORE_UNAVAILABLE, "away")

    deciding = asyncio.create_task(running.follow(Owner("a", "tx"), decide()))
    await asyncio.sleep(0)
    found = running.find(Owner("a", "tx"))
    assert found is not None
    assert running.find(Owner("b", "tx")) is None
    steps = found.steps()
    assert (await anext(steps)).event == QuestionAdmitted("tx")
    gate.set()
    assert (await anext(steps)).event == Failed("STORE_UNAVAILABLE", "away")
    assert [step async for step in steps] == []
    with pytest.raises(RequestFault):
        await deciding
    assert running.find(Owner("a", "tx")) is None


async def test_a_verification_that_is_cancelled_ends_for_its_watchers_too() -> None:
    running = Running()
    deciding = asyncio.create_task(running.follow(Owner("", "tx"), asyncio.Event().wait()))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    found = running.find(Owner("", "tx"))
    assert found is not None
    deciding.cancel()
    assert [type(step.event) for step in [step async for step in found.steps()]] == [QuestionAdmitted, Failed]


async def test_watchers_and_steps_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "MAX_WATCHERS", 1)
    monkeypatch.setattr(progress_module, "MAX_STEPS", 3)
    followed = Progress()
    for _ in range(9):
        followed.tell(QuestionAdmitted("tx"))
    first = followed.steps()
    await anext(first)
    with pytest.raises(RequestFault, match="watch"):
        await anext(followed.steps())
    followed.end()
    assert len([step async for step in first]) == 3


async def test_an_explanation_reserves_nothing_and_names_what_nobody_decided(stub: Any) -> None:
    request = watching_pb2.VerificationServiceExplainRequest(question=question_to_proto(theft()))
    explained = await stub.Explain(request)
    assert explained.result.consensus == verdict_pb2.CONSENSUS_REJECTED
    outcomes = {one.result.id: one.result.outcome for one in explained.obligations}
    assert verdict_pb2.OUTCOME_PROVED in outcomes.values()
    assert {verdict_pb2.OUTCOME_REFUTED, verdict_pb2.OUTCOME_CONTINGENT} & set(outcomes.values())
