"""The line of requests that wait to be served, and who would wait in vain."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault

_REMEMBERED = 64
"""Latest service times that are measured: a few seconds of work, so that a change is seen in as many."""


class Line:
    """Serves `places` requests at once, the others in the order they came; belongs to one event loop.

    By Little's law the places, all taken, finish `places` requests in the mean service time, so that whoever comes as
    the n-th in line is served after `n * mean / places`. Who cannot be done by the deadline is refused before anything
    is done for it, and who has waited until only the time for the service itself is left, in that moment. That time is
    taken to be twice the median: most take less, and a few long ones do not move it.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._places = places
        self._waiting: deque[tuple[asyncio.Future[None], Deadline]] = deque()
        self._served_ms: deque[float] = deque(maxlen=_REMEMBERED)

    @property
    def length(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def check(self, deadline: Deadline) -> None:
        """Raise RequestFault (OVERLOADED) where a request that comes now would be late."""
        if self._free or not self._served_ms:
            return
        wait_ms = self._wait_ms(self.length + 1)
        if wait_ms + self._own_ms() > deadline.remaining_ms():
            raise self._overloaded(wait_ms)

    @asynccontextmanager
    async def place(self, deadline: Deadline) -> AsyncIterator[None]:
        """A place, once it is this request's turn; raises RequestFault (OVERLOADED) where it came too late."""
        await self._enter(deadline)
        started_s = time.monotonic()
        try:
            yield
        finally:
            self._served_ms.append((time.monotonic() - started_s) * 1000)
            self._leave()

    async def _enter(self, deadline: Deadline) -> None:
        if self._free:
            self._free -= 1
            return
        self.check(deadline)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (turn, deadline)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(max(0.0, deadline.remaining_s() - self._own_ms() / 1000)):
                await turn
        except TimeoutError:
            self._give_up(entry)
            raise self._overloaded(self._wait_ms(self.length + 1)) from None
        except asyncio.CancelledError:
            self._give_up(entry)
            raise

    def _give_up(self, entry: tuple[asyncio.Future[None], Deadline]) -> None:
        """Leave the line, and pass on a place that was given in the same moment."""
        turn, _ = entry
        if entry in self._waiting:
            self._waiting.remove(entry)
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            self._leave()

    def _leave(self) -> None:
        """Give the place to the next who can still be done in time."""
        while self._waiting:
            turn, deadline = self._waiting.popleft()
            if turn.done():
                continue
            if self._own_ms() > deadline.remaining_ms():
                turn.set_exception(self._overloaded(self._wait_ms(self.length + 1)))
                continue
            turn.set_result(None)
            return
        self._free += 1

    def _wait_ms(self, position: int) -> float:
        return 0.0 if not self._served_ms else position * sum(self._served_ms) / len(self._served_ms) / self._places

    def _own_ms(self) -> float:
        return 2 * sorted(self._served_ms)[len(self._served_ms) // 2] if self._served_ms else 0.0

    def _overloaded(self, wait_ms: float) -> RequestFault:
        return RequestFault(
            Reason.OVERLOADED, "more is asked than can be answered in time", retry_after_ms=max(1, round(wait_ms))
        )
