"""One VerifyStream call, seen from the asker: questions gather while a frame is written, answers come one by one."""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import grpc
from grpc.aio import EOF  # type: ignore[attr-defined]

from aethel.runtime.deadline import Deadline
from aethel.runtime.spans import header
from aethel.v1 import expert_pb2, expert_pb2_grpc
from aethel.wire.absence import Absence, ExpertUnavailable, answered
from aethel.wire.answers import told_ms
from aethel.wire.asking import Asking
from aethel.wire.convert_verdict import MalformedAnswer

MAX_FRAME_BYTES = 1_048_576
"""Bytes of questions that travel together; one question may be larger, and then travels alone."""


@dataclass(slots=True)
class Traffic:
    """What was sent so far: frames, and the questions in them."""

    frames: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    asking: Asking
    deadline: Deadline
    traceparent: str
    answer: asyncio.Future[expert_pb2.ExpertAnswer]


class ExpertStream:
    """A call that begins when it is made, and is over when it breaks, or is retired and has answered everything.

    At most one frame is being written; what is asked meanwhile travels in the next one. `traffic` is counted up. The
    call serves many requests and belongs to the trace of none; each item names its own.
    """

    def __init__(self, channel: grpc.aio.Channel, traffic: Traffic) -> None:
        stub: Any = expert_pb2_grpc.ExpertServiceStub(channel)
        self._call = stub.VerifyStream()
        self._traffic = traffic
        self._open: dict[int, asyncio.Future[expert_pb2.ExpertAnswer]] = {}
        self._gathered: dict[int, _Waiting] = {}
        self._given_up: list[int] = []
        self._last_id = 0
        self._is_retired = False
        self._ended: ExpertUnavailable | None = None
        self._writing: asyncio.Task[None] | None = None
        self._reading = asyncio.create_task(self._read(), context=Context())

    @property
    def is_over(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._is_retired or self._ended is not None

    async def ask(self, asking: Asking, deadline: Deadline) -> expert_pb2.ExpertAnswer:
        """The answer to one question by the deadline; cancelling tells the peer to stop.

        Raises `ExpertUnavailable` where there is none: UNREACHABLE where the stream broke, LATE at the deadline,
        WRONG_ANSWER where the peer sent what cannot be read.
        """
        if self._ended is not None:
            raise self._ended
        self._last_id += 1
        item_id = self._last_id
        answer: asyncio.Future[expert_pb2.ExpertAnswer] = asyncio.get_running_loop().create_future()
        self._open[item_id] = answer
        self._gathered[item_id] = _Waiting(asking, deadline, header(), answer)
        self._write_soon()
        try:
            async with asyncio.timeout(deadline.remaining_s()):
                return await answer
        except TimeoutError:
            raise ExpertUnavailable(Absence.LATE, "no answer by the deadline") from None
        finally:
            self._leave(item_id)

    def retire(self) -> None:
        """Take no more questions; the call ends once what is open is answered."""
        self._is_retired = True
        self._write_soon()

    async def close(self) -> None:
        """End the call now; whoever still waits hears that the peer cannot be reached."""
        self._end(ExpertUnavailable(Absence.UNREACHABLE, "the stream is closed"))
        tasks = [task for task in (self._reading, self._writing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, item_id: int) -> None:
        """Nobody waits for this item any more; the peer is told where it was sent and not answered."""
        if self._open.pop(item_id, None) is None:
            return
        if self._gathered.pop(item_id, None) is None and self._ended is None:
            self._given_up.append(item_id)
            self._write_soon()

    def _write_soon(self) -> None:
        if self._writing is None and self._ended is None:
            self._writing = asyncio.create_task(self._write(), context=Context())

    async def _write(self) -> None:
        try:
            while (frame := self._next_frame()) is not None:
                await self._call.write(frame)
            if self._is_retired:
                await self._call.done_writing()
        except (grpc.aio.BaseError, asyncio.InvalidStateError):
            # The reader learns why, and tells whoever waits.
            return
        finally:
            self._writing = None

    def _next_frame(self) -> expert_pb2.ExpertServiceVerifyStreamRequest | None:
        """What has gathered, as far as it fits; None where nothing has."""
        frame = expert_pb2.ExpertServiceVerifyStreamRequest()
        frame_bytes = 0
        while self._gathered:
            item_id, waiting = next(iter(self._gathered.items()))
            frame_bytes += waiting.asking.message.ByteSize()
            if frame.items and frame_bytes > MAX_FRAME_BYTES:
                break
            del self._gathered[item_id]
            remaining_ms = told_ms(waiting.deadline.remaining_ms())
            if remaining_ms == 0:
                self._fail(waiting.answer, ExpertUnavailable(Absence.LATE, "no time is left to ask"))
                continue
            asking = waiting.asking
            frame.items.add(
                item_id=item_id,
                question=asking.message,
                remaining_ms=remaining_ms,
                rules=asking.rules,
                traceparent=waiting.traceparent,
                client=asking.question.client,
            )
        frame.cancelled_item_ids.extend(self._given_up)
        self._given_up.clear()
        if not frame.items and not frame.cancelled_item_ids:
            return None
        self._traffic.frames += 1
        self._traffic.items += len(frame.items)
        return frame

    async def _read(self) -> None:
        ended = ExpertUnavailable(Absence.UNREACHABLE, "the stream ended")
        try:
            with answered(ExpertUnavailable):
                while (frame := await self._call.read()) is not EOF:
                    self._take(frame)
        except ExpertUnavailable as error:
            ended = error
        finally:
            self._end(ended)

    def _take(self, frame: expert_pb2.ExpertServiceVerifyStreamResponse | None) -> None:
        if frame is None:
            raise MalformedAnswer("a frame of answers cannot be decoded")
        for answer in frame.answers:
            if not 0 < answer.item_id <= self._last_id:
                raise MalformedAnswer("an answer to nothing that was asked")
            waiting = self._open.pop(answer.item_id, None)
            # Without anybody waiting it is one that was given up and was on its way already.
            if waiting is not None and not waiting.done():
                waiting.set_result(answer)

    def _end(self, ended: ExpertUnavailable) -> None:
        if self._ended is not None:
            return
        self._ended = ended
        self._call.cancel()
        self._gathered.clear()
        waiting, self._open = list(self._open.values()), {}
        for answer in waiting:
            self._fail(answer, ExpertUnavailable(ended.reason, ended.detail))

    @staticmethod
    def _fail(answer: asyncio.Future[expert_pb2.ExpertAnswer], why: ExpertUnavailable) -> None:
        if not answer.done():
            answer.set_exception(why)
