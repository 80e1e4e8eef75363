"""The asker's side of a stream: few frames for many questions, each on its own, and none lost with the stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.deadline import Deadline
from aethel.v1 import expert_pb2, expert_pb2_grpc, intent_pb2
from aethel.verdict import Served, Vote
from aethel.wire import replica as replica_module
from aethel.wire.absence import Absence, ExpertUnavailable
from aethel.wire.asking import Asking
from aethel.wire.expert_stream import ExpertStream, Traffic
from aethel.wire.replica import WINDOW, NoTurn, Replica
from tests.wire.experts import NAME, ParityExpert, channel_to, serving

Frame = expert_pb2.ExpertServiceVerifyStreamRequest
Frames = expert_pb2.ExpertServiceVerifyStreamResponse


def asking(text: bytes = b"even", name: str = "tx") -> Asking:
    return Asking.of(Question(name, intent_text=text))


def soon(duration_ms: int = 10_000) -> Deadline:
    return Deadline.after_ms(duration_ms)


@pytest.fixture
def expert() -> ParityExpert:
    return ParityExpert()


@asynccontextmanager
async def stream_to(expert: ParityExpert) -> AsyncIterator[tuple[ExpertStream, Traffic]]:
    """A stream to a server of the expert, which has two threads."""
    traffic = Traffic()
    async with serving(expert) as server, channel_to(server) as channel:
        stream = ExpertStream(channel, traffic)
        yield stream, traffic
        expert.released.set()
        await stream.close()


class Script(expert_pb2_grpc.ExpertServiceServicer):
    """A peer that answers frames as a test says, and notes what it was sent."""

    def __init__(self, answers: Any) -> None:
        self.answers = answers
        self.seen: list[Frame] = []
        self.noted = asyncio.Condition()
        self.singles = 0
        self.proved = asyncio.Event()
        self.proved.set()

    async def VerifyStream(self, request_iterator: Any, context: Any) -> AsyncIterator[Any]:  # noqa: N802
        async for frame in request_iterator:
            async with self.noted:
                self.seen.append(frame)
                self.noted.notify_all()
            for answer in self.answers(frame):
                yield answer

    async def Verify(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with self.noted:
            self.singles += 1
            self.noted.notify_all()
        await self.proved.wait()
        return _response(request.question)

    async def Describe(self, request: Any, context: Any) -> Any:  # noqa: N802
        return expert_pb2.ExpertServiceDescribeResponse(expert_name=NAME)

    async def until(self, is_so: Any) -> None:
        async with asyncio.timeout(10), self.noted:
            await self.noted.wait_for(is_so)


@asynccontextmanager
async def scripted(answers: Any) -> AsyncIterator[tuple[Script, Address]]:
    server = grpc.aio.server()
    script = Script(answers)
    expert_pb2_grpc.add_ExpertServiceServicer_to_server(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield script, Address("127.0.0.1", port)
    finally:
        await server.stop(None)


def _response(question: intent_pb2.Question) -> expert_pb2.ExpertServiceVerifyResponse:
    response = expert_pb2.ExpertServiceVerifyResponse(transaction_id=question.transaction_id)
    response.verdict.expert_name = NAME
    return response


def honest(frame: Frame) -> list[Frames]:
    answers = []
    for item in frame.items:
        said = _response(item.question)
        answers.append(expert_pb2.ExpertAnswer(item_id=item.item_id, transaction_id=said.transaction_id))
        answers[-1].verdict.CopyFrom(said.verdict)
    return [Frames(answers=answers)]


def silent(frame: Frame) -> list[Frames]:
    return []


def unknown(frame: Frame) -> list[Frames]:
    answers = [expert_pb2.ExpertAnswer(item_id=item.item_id) for item in frame.items]
    for answer in answers:
        answer.fault.reason = "NOT_KNOWN"
    return [Frames(answers=answers)]


async def absence(work: Any) -> Absence:
    with pytest.raises(ExpertUnavailable) as raised:
        await work
    return raised.value.reason


async def test_what_is_asked_at_once_travels_in_few_frames(expert: ParityExpert) -> None:
    async with stream_to(expert) as (stream, traffic):
        answers = await asyncio.gather(*(stream.ask(asking(name=f"tx-{n}"), soon()) for n in range(64)))
    assert [answer.transaction_id for answer in answers] == [f"tx-{n}" for n in range(64)]
    assert traffic.items == 64
    assert traffic.frames <= 4, "one is out while the rest gathers"


async def test_one_after_the_other_nothing_waits_for_company(expert: ParityExpert) -> None:
    async with stream_to(expert) as (stream, traffic):
        for _ in range(3):
            await stream.ask(asking(), soon())
    assert (traffic.frames, traffic.items) == (3, 3)


async def test_a_question_that_takes_long_holds_up_no_other(expert: ParityExpert) -> None:
    async with stream_to(expert) as (stream, _):
        slow = asyncio.create_task(stream.ask(asking(b"wait"), soon()))
        quick = await asyncio.gather(*(stream.ask(asking(), soon()) for _ in range(20)))
        assert len(quick) == 20
        assert not slow.done()
        expert.released.set()
        assert (await slow).verdict.expert_name == NAME


async def test_who_stops_waiting_has_the_server_told() -> None:
    async with scripted(silent) as (script, address), open_channel(address, 1_000_000) as channel:
        stream = ExpertStream(channel, Traffic())
        waiting = asyncio.create_task(stream.ask(asking(), soon()))
        await script.until(lambda: script.seen)
        waiting.cancel()
        await script.until(lambda: any(frame.cancelled_item_ids for frame in script.seen))
        await stream.close()
    assert [list(frame.cancelled_item_ids) for frame in script.seen] == [[], [1]]


async def test_who_stops_waiting_before_the_frame_is_written_sends_nothing(expert: ParityExpert) -> None:
    async with stream_to(expert) as (stream, traffic):
        waiting = asyncio.create_task(stream.ask(asking(b"crash"), soon()))
        waiting.cancel()
        await stream.ask(asking(), soon())
    assert traffic.items == 1


async def test_every_question_has_its_own_deadline() -> None:
    async with scripted(silent) as (_, address), open_channel(address, 1_000_000) as channel:
        stream = ExpertStream(channel, Traffic())
        patient = asyncio.create_task(stream.ask(asking(), soon()))
        assert await absence(stream.ask(asking(), soon(50))) is Absence.LATE
        assert not patient.done()
        await stream.close()
        assert await absence(patient) is Absence.UNREACHABLE


async def test_a_broken_stream_fails_what_is_open_and_what_comes(expert: ParityExpert) -> None:
    async with serving(expert) as server, channel_to(server) as channel:
        stream = ExpertStream(channel, Traffic())
        open_ones = [asyncio.create_task(stream.ask(asking(b"wait"), soon())) for _ in range(3)]
        await asyncio.to_thread(expert.begun.acquire)
        await server.stop_now()
        expert.released.set()
        assert {await absence(one) for one in open_ones} == {Absence.UNREACHABLE}
        assert stream.is_over
        assert await absence(stream.ask(asking(), soon())) is Absence.UNREACHABLE


@pytest.mark.parametrize("item_id", [0, 2, 2**63])
async def test_an_answer_to_nothing_that_was_asked_is_a_fault_of_the_peer(item_id: int) -> None:
    def strange(frame: Frame) -> list[Frames]:
        return [Frames(answers=[expert_pb2.ExpertAnswer(item_id=item_id)])]

    async with scripted(strange) as (_, address), open_channel(address, 1_000_000) as channel:
        stream = ExpertStream(channel, Traffic())
        assert await absence(stream.ask(asking(), soon())) is Absence.WRONG_ANSWER


async def test_what_the_expert_does_not_know_is_asked_in_a_call_of_its_own() -> None:
    async with scripted(unknown) as (script, address):
        replica = Replica(NAME, address, open_channel(address, 1_000_000))
        verdict = await replica.ask(asking(), soon(), 10_000)
        await replica.close()
    assert (verdict.verdict, script.singles, replica.outstanding) == (Vote.ABSTAIN, 1, 0)


async def test_whoever_has_no_place_in_the_frames_waits_in_order_and_its_time_does_not_run(
    expert: ParityExpert,
) -> None:
    async with serving(expert) as server:
        replica = Replica(NAME, server.address, open_channel(server.address, 1_000_000))
        held = [asyncio.create_task(replica.ask(asking(b"wait"), soon(), 10_000)) for _ in range(WINDOW)]
        await asyncio.to_thread(expert.begun.acquire)
        waiting = asyncio.create_task(replica.ask(asking(), soon(), 500))
        with pytest.raises(NoTurn):
            await replica.ask(asking(), soon(600), 500)
        assert not waiting.done()
        assert replica.outstanding == WINDOW + 1
        expert.released.set()
        assert (await waiting).verdict is Vote.APPROVE
        await asyncio.gather(*held)
        await replica.close()


async def test_what_takes_a_proof_leaves_its_place_in_the_frames_to_others() -> None:
    proving = asyncio.Event()

    async with scripted(unknown) as (script, address):
        script.proved = proving
        replica = Replica(NAME, address, open_channel(address, 1_000_000))
        asked = [asyncio.create_task(replica.ask(asking(), soon(), 10_000)) for _ in range(2 * WINDOW)]
        await script.until(lambda: script.singles == 2 * WINDOW)
        proving.set()
        assert len(await asyncio.gather(*asked)) == 2 * WINDOW
        await replica.close()


async def test_a_proof_never_waits_in_a_frame() -> None:
    async with scripted(honest) as (script, address):
        replica = Replica(NAME, address, open_channel(address, 1_000_000))
        await replica.ask(asking(), soon(), 10_000, in_frames=False)
        await replica.close()
    assert (script.singles, script.seen) == (1, [])


async def test_a_verdict_says_who_served_it_whatever_the_peer_says() -> None:
    def boasting(frame: Frame) -> list[Frames]:
        answers = honest(frame)
        answers[0].answers[0].verdict.replica = "elsewhere:1"
        answers[0].answers[0].verdict.from_cache = True
        return answers

    async with scripted(boasting) as (_, address):
        replica = Replica(NAME, address, open_channel(address, 1_000_000))
        verdict = await replica.ask(asking(), soon(), 10_000)
        await replica.close()
    assert verdict.served == Served(str(address))


async def test_an_old_stream_is_replaced_and_finishes_what_it_has(
    expert: ParityExpert, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(expert) as server:
        replica = Replica(NAME, server.address, open_channel(server.address, 1_000_000))
        first = asyncio.create_task(replica.ask(asking(b"wait"), soon(), 10_000))
        await asyncio.to_thread(expert.begun.acquire)
        monkeypatch.setattr(replica_module, "MAX_STREAM_AGE_S", 0.0)
        assert (await replica.ask(asking(), soon(), 10_000)).verdict is Vote.APPROVE
        assert not first.done()
        expert.released.set()
        assert (await first).verdict is Vote.APPROVE
        await replica.close()
