"""Streams of questions: answers one by one as they get ready, each item on its own, both sides bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, fault_of
from aethel.v1 import expert_pb2, expert_pb2_grpc, intent_pb2, verdict_pb2
from aethel.verdict import ExpertVerdict
from aethel.wire import item_stream
from aethel.wire.convert_question import question_from_proto
from aethel.wire.item_stream import Asked, ItemStream
from tests.wire.experts import SECRET, ParityExpert, channel_to, serving

Frame = expert_pb2.ExpertServiceVerifyStreamRequest
Answers = expert_pb2.ExpertServiceVerifyStreamResponse


def item(item_id: int, text: bytes, remaining_ms: int = 10_000) -> expert_pb2.ExpertItem:
    question = intent_pb2.Question(transaction_id=f"tx-{item_id}", intent=text)
    return expert_pb2.ExpertItem(item_id=item_id, question=question, remaining_ms=remaining_ms)


@asynccontextmanager
async def stream_to(expert: ParityExpert) -> AsyncIterator[Any]:
    """An open stream to a server of the expert, which has two threads."""
    async with serving(expert) as server, channel_to(server) as channel:
        yield open_stream(channel)
        expert.released.set()


def open_stream(channel: grpc.aio.Channel) -> Any:
    """A stream to write to and read from; the stubs know only one that takes an iterator."""
    stub: Any = expert_pb2_grpc.ExpertServiceStub(channel)
    return stub.VerifyStream()


async def answers_of(stream: Any) -> dict[int, expert_pb2.ExpertAnswer]:
    """Every answer until the stream ends, by item."""
    return {answer.item_id: answer async for frame in stream for answer in frame.answers}


async def next_answer(stream: Any) -> expert_pb2.ExpertAnswer:
    frame = await stream.read()
    (answer,) = frame.answers
    return answer  # type: ignore[no-any-return]


@pytest.fixture
def expert() -> ParityExpert:
    return ParityExpert()


async def test_every_item_of_every_frame_is_answered_under_its_own_id(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(7, b"even"), item(8, b"odd")]))
        await stream.write(Frame(items=[item(9, b"even")]))
        await stream.done_writing()
        answers = await answers_of(stream)
    assert {number: answer.transaction_id for number, answer in answers.items()} == {7: "tx-7", 8: "tx-8", 9: "tx-9"}
    assert answers[7].verdict.verdict == verdict_pb2.VERDICT_APPROVE
    assert answers[8].verdict.verdict == verdict_pb2.VERDICT_REJECT


async def test_a_quick_item_is_answered_while_a_slow_one_is_judged(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(1, b"wait"), item(2, b"even")]))
        assert (await next_answer(stream)).item_id == 2
        expert.released.set()
        assert (await next_answer(stream)).item_id == 1


async def test_a_broken_item_is_answered_with_a_fault_and_the_others_with_verdicts(expert: ParityExpert) -> None:
    broken = expert_pb2.ExpertItem(item_id=2, remaining_ms=1_000)
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(1, b"even"), broken, item(3, b"crash"), item(4, b"even", 0)]))
        await stream.done_writing()
        answers = await answers_of(stream)
    assert answers[1].WhichOneof("outcome") == "verdict"
    assert answers[2].fault.reason == Reason.INVALID_REQUEST
    assert answers[3].fault.reason == Reason.INTERNAL
    assert answers[4].fault.reason == Reason.DEADLINE_EXCEEDED
    assert SECRET not in str(answers[3])


async def test_an_item_that_outlives_its_deadline_is_answered_with_a_fault(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(1, b"wait", 200)]))
        answer = await next_answer(stream)
    assert answer.fault.reason == Reason.DEADLINE_EXCEEDED


async def test_a_cancelled_item_gets_no_answer(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(1, b"wait")]))
        await asyncio.to_thread(expert.begun.acquire)
        await stream.write(Frame(cancelled_item_ids=[1, 404], items=[item(2, b"even")]))
        await stream.done_writing()
        assert set(await answers_of(stream)) == {2}


async def test_an_id_that_is_open_already_ends_the_stream(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        await stream.write(Frame(items=[item(1, b"wait"), item(1, b"even")]))
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await answers_of(stream)
    fault = fault_of(raised.value)
    assert fault is not None
    assert fault.reason is Reason.INVALID_REQUEST


async def test_an_id_may_be_used_again_once_it_is_answered(expert: ParityExpert) -> None:
    async with stream_to(expert) as stream:
        for text in (b"even", b"odd"):
            await stream.write(Frame(items=[item(1, text)]))
            assert (await next_answer(stream)).item_id == 1


async def test_a_drain_lets_open_items_finish_and_then_ends_the_stream(expert: ParityExpert) -> None:
    async with serving(expert) as server, channel_to(server) as channel:
        stream = open_stream(channel)
        await stream.write(Frame(items=[item(1, b"wait")]))
        await asyncio.to_thread(expert.begun.acquire)
        draining = asyncio.create_task(server.drain(10))
        expert.released.set()
        assert set(await answers_of(stream)) == {1}
        assert await draining == 0


class Held:
    """Judges whose verdicts wait for the gate; `crowded` is set once `crowd` questions have begun."""

    def __init__(self, crowd: int) -> None:
        self.begun = 0
        self.crowd = crowd
        self.crowded = asyncio.Event()
        self.gate = asyncio.Event()

    async def judge(self, asked: Asked, deadline: Deadline) -> ExpertVerdict:
        self.begun += 1
        if self.begun == self.crowd:
            self.crowded.set()
        await self.gate.wait()
        return ParityExpert().verify(question_from_proto(asked.question), 1)


async def frames_of(*frames: Frame) -> AsyncIterator[Frame]:
    for frame in frames:
        yield frame


async def test_no_more_items_are_open_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_stream, "MAX_OPEN_ITEMS", 3)
    held = Held(crowd=3)
    request = Frame(items=[item(number, b"even") for number in range(10)])
    collecting = asyncio.create_task(collected(ItemStream(held.judge, 10_000), request))
    await held.crowded.wait()
    assert held.begun == 3
    held.gate.set()
    assert sum(len(frame.answers) for frame in await collecting) == 10


async def test_items_still_open_when_their_sender_is_done_are_answered() -> None:
    held = Held(crowd=3)
    request = Frame(items=[item(number, b"even") for number in range(3)])
    collecting = asyncio.create_task(collected(ItemStream(held.judge, 10_000), request))
    await held.crowded.wait()
    held.gate.set()
    assert sum(len(frame.answers) for frame in await collecting) == 3


async def test_what_gets_ready_together_travels_together_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_stream, "MAX_FRAME_BYTES", 1_000)
    held = Held(crowd=30)
    held.gate.set()
    request = Frame(items=[item(number, b"even") for number in range(30)])
    frames = await collected(ItemStream(held.judge, 10_000), request)
    assert 1 < len(frames) < 30
    assert all(frame.ByteSize() <= 1_100 for frame in frames)


async def collected(stream: ItemStream, *frames: Frame) -> list[Answers]:
    """Every frame of answers to frames of items."""
    return [frame async for frame in stream.answers(frames_of(*frames))]
