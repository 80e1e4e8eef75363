"""What a server is busy with: requests being answered, and waits on a caller that a drain may end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aethel.runtime.faults import Reason, RequestFault


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
    """Counts requests being answered, refuses those beyond a limit, and tells when none is left.

    Belongs to one event loop. `request_streams` holds the waits for the next message of a stream of requests.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._idle = asyncio.Event()
        self._idle.set()
        self.count = 0
        self.request_streams = Waits()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Hold a place for one request; raises `RequestFault` when every place is taken."""
        if self.count >= self._limit:
            raise RequestFault(Reason.OVERLOADED, f"too many requests at once, expected at most {self._limit}")
        self.count += 1
        self._idle.clear()
        try:
            yield
        finally:
            self.count -= 1
            if self.count == 0:
                self._idle.set()

    async def idle(self) -> None:
        """Return once no request is being answered."""
        await self._idle.wait()
