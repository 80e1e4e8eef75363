"""A caller who leaves takes the work along: the call of the orchestrator is cancelled."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.requests import Request
from starlette.types import Message

from services.http_face.calls import unless_gone
from services.http_face.problems import CallerLeft


def request_that(left: asyncio.Event) -> Request:
    """A request whose body was read, and whose caller leaves when it is told to."""

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": []}, receive)


@contextmanager
def noting(ended: asyncio.Event) -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:
        ended.set()
        raise


async def test_work_is_cancelled_when_the_caller_leaves() -> None:
    left, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        with noting(ended):
            left.set()
            await asyncio.Event().wait()

    with pytest.raises(CallerLeft):
        await unless_gone(request_that(left), work())
    assert ended.is_set()


async def test_work_that_ends_first_is_what_the_caller_gets() -> None:
    async def work() -> int:
        return 7

    assert await unless_gone(request_that(asyncio.Event()), work()) == 7
