"""What a server is busy with: calls being answered, and waits on a caller that a drain may end."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aethel.runtime.faults import Reason, RequestFault

STOPPING = "the server is stopping"
"""What a caller is told during a drain."""

_MOMENT_S = 0.05
"""Time without a request, in seconds, after which none is on its way from a caller that has learned of the drain."""

_QUIET_MOMENTS = 20
"""Moments to wait for quiet: a caller that goes on asking for a second is not waited for."""


class Ended(Exception):
    """A wait on the caller was ended because the server drains."""


class Waits:
    """Tasks that wait for their callers rather than work, and that a drain may end; belongs to one event loop."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()
        self._over = asyncio.Event()

    @contextmanager
    def on_caller(self) -> Iterator[None]:
        """Mark the current task as waiting on its caller; raises `Ended` once `end` was called."""
        task = asyncio.current_task()
        if self._over.is_set() or task is None:
            raise Ended
        self._tasks.add(task)
        try:
            yield
        except asyncio.CancelledError:
            # Only `end` cancels a task of this set without anybody else having asked for it.
            if self._over.is_set() and task.uncancel() == 0:
                raise Ended from None
            raise
        finally:
            self._tasks.discard(task)

    def end(self) -> None:
        """End every wait, now and from now on."""
        self._over.set()
        for task in self._tasks:
            task.cancel()


class InFlight:
    """Counts calls, refuses requests beyond a limit or during a drain, and tells when no call is left.

    A call is a task of gRPC's and lasts until its status is sent. Belongs to one event loop.
    `request_streams` holds the waits for the next message of a stream of requests.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._calls = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_draining = False
        self._arrived = 0
        self.requests = 0
        self.request_streams = Waits()

    def enter_request(self) -> None:
        """Count the current task as a request until it is done; raises `RequestFault` when it is refused."""
        self._arrived += 1
        if self._is_draining:
            raise RequestFault(Reason.UNAVAILABLE, STOPPING)
        if self.requests >= self._limit:
            raise RequestFault(Reason.OVERLOADED, f"too many requests at once, expected at most {self._limit}")
        self.requests += 1
        self._enter(self._request_done)

    def enter_health_check(self) -> None:
        """Count the current task as a call that takes no place: a busy process is not an ill one."""
        self._enter(self._call_done)

    def drain(self) -> None:
        """Refuse every request from now on; streams of requests read as ended."""
        self._is_draining = True
        self.request_streams.end()

    async def idle(self) -> None:
        """Return once no call is left."""
        await self._idle.wait()

    async def quiet(self) -> None:
        """Return once no request has arrived for a moment, or after a bounded number of moments."""
        for _ in range(_QUIET_MOMENTS):
            arrived = self._arrived
            await asyncio.sleep(_MOMENT_S)
            if self._arrived == arrived:
                return

    def _enter(self, done: Callable[[asyncio.Task[object]], None]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call is a task of the event loop")
        self._calls += 1
        self._idle.clear()
        task.add_done_callback(done)

    def _request_done(self, task: asyncio.Task[object]) -> None:
        self.requests -= 1
        self._call_done(task)

    def _call_done(self, _task: asyncio.Task[object]) -> None:
        self._calls -= 1
        if self._calls == 0:
            self._idle.set()
