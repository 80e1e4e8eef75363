"""One VerifyStream call, seen from the server: items in, answers out as they get ready, both sides bounded."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar

from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.logs import EventLog
from aethel.runtime.tracing import continued
from aethel.v1 import expert_pb2
from aethel.verdict import ExpertVerdict
from aethel.wire.convert_fault import fault_to_proto
from aethel.wire.convert_verdict import verdict_to_proto

MAX_OPEN_ITEMS = 256
"""Items of one stream that are judged or wait to be sent; beyond it nothing is read, which holds the sender up."""

MAX_FRAME_BYTES = 1_048_576
"""Bytes of answers that travel together; one answer may be larger, and then travels alone."""

_log = EventLog(__name__)


class Item(Protocol):
    """One question of a stream."""

    @property
    def item_id(self) -> int: ...

    @property
    def remaining_ms(self) -> int: ...


class Answer(Protocol):
    """The answer to one item."""

    def ByteSize(self) -> int: ...  # noqa: N802  protobuf's name


ItemT = TypeVar("ItemT", bound=Item)
ItemT_co = TypeVar("ItemT_co", bound=Item, covariant=True)
AnswerT = TypeVar("AnswerT", bound=Answer)


class Frame(Protocol[ItemT_co]):
    """Items and cancellations that travel together."""

    @property
    def items(self) -> Sequence[ItemT_co]: ...

    @property
    def cancelled_item_ids(self) -> Iterable[int]: ...


class AnswerStream(Generic[ItemT, AnswerT]):
    """Answers the items of one call; every item has `timeout_ms` at most, counted from when its frame arrives.

    `answer` answers one item by a deadline and may raise `RequestFault`; `fail` makes the answer that tells of a fault.
    """

    def __init__(
        self,
        answer: Callable[[ItemT, Deadline], Awaitable[AnswerT]],
        fail: Callable[[ItemT, RequestFault], AnswerT],
        timeout_ms: int,
    ) -> None:
        self._answer_item = answer
        self._fail = fail
        self._timeout_ms = timeout_ms
        self._open: dict[int, asyncio.Task[None]] = {}
        self._ready: deque[AnswerT] = deque()
        self._places = asyncio.Semaphore(MAX_OPEN_ITEMS)
        self._changed = asyncio.Event()

    async def frames(self, incoming: AsyncIterator[Frame[ItemT]]) -> AsyncGenerator[list[AnswerT], None]:
        """What travels together until every item is answered; what gets ready while one is sent travels in the next.

        Raises what ended the incoming frames, and `RequestFault` where the sender uses one identifier twice.
        """
        reading = asyncio.create_task(self._read(incoming))
        reading.add_done_callback(lambda _: self._changed.set())
        try:
            while not self._is_over(reading):
                await self._changed.wait()
                self._changed.clear()
                while self._ready:
                    yield self._next_frame()
            await reading
        finally:
            await self._abandon(reading)

    def _is_over(self, reading: asyncio.Task[None]) -> bool:
        if not reading.done():
            return False
        return reading.cancelled() or reading.exception() is not None or not (self._open or self._ready)

    async def _read(self, incoming: AsyncIterator[Frame[ItemT]]) -> None:
        async for frame in incoming:
            for item_id in frame.cancelled_item_ids:
                self._cancel(item_id)
            deadlines = [Deadline.after_ms(min(item.remaining_ms, self._timeout_ms)) for item in frame.items]
            for item, deadline in zip(frame.items, deadlines, strict=True):
                if item.item_id in self._open:
                    raise RequestFault(Reason.INVALID_REQUEST, f"item `{item.item_id}` is open already")
                await self._places.acquire()
                self._open[item.item_id] = asyncio.create_task(self._answer(item, deadline))

    def _cancel(self, item_id: int) -> None:
        task = self._open.pop(item_id, None)
        if task is not None:
            task.cancel()
            self._places.release()
            self._changed.set()

    async def _answer(self, item: ItemT, deadline: Deadline) -> None:
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                answer = await self._answer_item(item, deadline)
        except RequestFault as fault:
            answer = self._fail(item, fault)
        except TimeoutError:
            answer = self._fail(item, RequestFault(Reason.DEADLINE_EXCEEDED, "the deadline of the item has passed"))
        except Exception as error:  # noqa: BLE001  one item must not end the others
            answer = self._fail(item, _incident(error))
        del self._open[item.item_id]
        self._ready.append(answer)
        self._changed.set()

    def _next_frame(self) -> list[AnswerT]:
        frame: list[AnswerT] = []
        frame_bytes = 0
        while self._ready:
            frame_bytes += self._ready[0].ByteSize()
            if frame and frame_bytes > MAX_FRAME_BYTES:
                break
            frame.append(self._ready.popleft())
            self._places.release()
        return frame

    async def _abandon(self, reading: asyncio.Task[None]) -> None:
        """End whatever is not done; nobody waits for it any more."""
        tasks = (reading, *self._open.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Asked = expert_pb2.ExpertItem | expert_pb2.ExpertServiceVerifyRequest
"""A question with the rules of the client who asks it."""

Judge = Callable[[Asked, Deadline], Awaitable[ExpertVerdict]]
"""Judges one question by a deadline; raises `RequestFault`."""


class ItemStream:
    """Judges the items of one call to an expert; every item has `timeout_ms` at most."""

    def __init__(self, judge: Judge, timeout_ms: int) -> None:
        self._judge = judge
        self._items = AnswerStream(self._answer, _failed, timeout_ms)

    async def answers(
        self, frames: AsyncIterator[expert_pb2.ExpertServiceVerifyStreamRequest]
    ) -> AsyncGenerator[expert_pb2.ExpertServiceVerifyStreamResponse, None]:
        """Frames of answers until every item is answered; raises like `AnswerStream.frames`."""
        async with aclosing(self._items.frames(frames)) as answered:
            async for answers in answered:
                yield expert_pb2.ExpertServiceVerifyStreamResponse(answers=answers)

    async def _answer(self, item: expert_pb2.ExpertItem, deadline: Deadline) -> expert_pb2.ExpertAnswer:
        with continued("aethel.item", item.traceparent):
            verdict = verdict_to_proto(await self._judge(item, deadline))
        return expert_pb2.ExpertAnswer(
            item_id=item.item_id, transaction_id=item.question.transaction_id, verdict=verdict
        )


def _failed(item: expert_pb2.ExpertItem, fault: RequestFault) -> expert_pb2.ExpertAnswer:
    return expert_pb2.ExpertAnswer(
        item_id=item.item_id, transaction_id=item.question.transaction_id, fault=fault_to_proto(fault)
    )


def _incident(error: Exception) -> RequestFault:
    incident = secrets.token_hex(8)
    _log.error("an item of a stream failed unexpectedly", exception=error, incident=incident)
    return RequestFault(Reason.INTERNAL, f"internal error, incident {incident}", {"incident": incident})
