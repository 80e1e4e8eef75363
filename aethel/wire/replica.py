"""One process of an expert: quick questions travel in the frames of a stream, first proofs in calls of their own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import grpc

from aethel.runtime.address import Address
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason
from aethel.verdict import ExpertVerdict, Served
from aethel.wire.absence import Absence, ExpertUnavailable, absence_of, answered
from aethel.wire.asking import Asking
from aethel.wire.client import RemoteExpert
from aethel.wire.convert_fault import fault_from_proto
from aethel.wire.expert_stream import ExpertStream, Traffic

MAX_STREAM_AGE_S = 300.0
"""Age of a stream beyond which the next question opens another, in seconds: connections are balanced anew by then."""


WINDOW = 16
"""Questions in the frames of one replica at once.

More would wait there, where their time runs, and be late together; here they wait for their turn in order.
"""


class NoTurn(ExpertUnavailable):
    """So many questions were before this one that it was never asked: nobody failed."""


class Replica:
    """The process of the expert `name` at an address, which has the channel for itself.

    `outstanding` counts what is being asked, `traffic` what went through its streams.
    """

    def __init__(self, name: str, address: Address, channel: grpc.aio.Channel) -> None:
        self.name = name
        self.address = address
        self.channel = channel
        self.outstanding = 0
        self.traffic = Traffic()
        self._single = RemoteExpert(name, channel)
        self._served = Served(str(address))
        self._stream: ExpertStream | None = None
        self._opened_s = 0.0
        self._retired: list[ExpertStream] = []
        self._places = asyncio.Semaphore(WINDOW)

    async def ask(
        self, asking: Asking, deadline: Deadline, timeout_ms: int, *, in_frames: bool = True
    ) -> ExpertVerdict:
        """The expert's verdict by the deadline; cancelling tells the process to stop. Raises `ExpertUnavailable`.

        With `in_frames` the question is one that the expert may answer at once, and only where it cannot a call is
        made for it. It has `timeout_ms` milliseconds at most from when it is its turn; raises `NoTurn` if it never is.
        """
        self.outstanding += 1
        try:
            verdict = await self._in_turn(asking, deadline, timeout_ms) if in_frames else None
            if verdict is None:
                own = min(deadline, Deadline.after_ms(timeout_ms))
                verdict = await self._single.ask(asking, own.remaining_s() * 1000)
            return replace(verdict, served=self._served)
        finally:
            self.outstanding -= 1

    async def close(self, grace_s: float = 0) -> None:
        """Ask nothing more and close the channel; what is being asked may take the grace, in seconds."""
        streams = (*self._retired, *([] if self._stream is None else [self._stream]))
        for stream in streams:
            stream.retire()
        await self.channel.close(grace_s)
        await asyncio.gather(*(stream.close() for stream in streams))

    async def _in_turn(self, asking: Asking, deadline: Deadline, timeout_ms: int) -> ExpertVerdict | None:
        """The verdict that came in a frame; None where the expert has to work it out, which takes no place here."""
        if self._places.locked():
            try:
                async with asyncio.timeout(deadline.remaining_s()):
                    await self._places.acquire()
            except TimeoutError:
                raise NoTurn(Absence.LATE, "its turn did not come by the deadline") from None
        else:
            await self._places.acquire()
        try:
            return await self._streamed(asking, min(deadline, Deadline.after_ms(timeout_ms)))
        finally:
            self._places.release()

    async def _streamed(self, asking: Asking, deadline: Deadline) -> ExpertVerdict | None:
        answer = await self._current().ask(asking, deadline)
        if answer.WhichOneof("outcome") == "fault":
            fault = fault_from_proto(answer.fault)
            if fault.reason is Reason.NOT_KNOWN:
                return None
            raise ExpertUnavailable(absence_of(fault.status), fault.message)
        with answered(ExpertUnavailable):
            return asking.verdict(self.name, answer.transaction_id, answer.verdict)

    def _current(self) -> ExpertStream:
        now_s = time.monotonic()
        stream = self._stream
        if stream is not None and not stream.is_over and now_s - self._opened_s < MAX_STREAM_AGE_S:
            return stream
        if stream is not None and not stream.is_over:
            stream.retire()
            self._retired = [stream]
        self._stream = ExpertStream(self.channel, self.traffic)
        self._opened_s = now_s
        return self._stream
