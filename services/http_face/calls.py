"""Calls of the orchestrator on behalf of a caller: its credentials, its trace and its time travel with each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import grpc
from google.protobuf.message import Message
from starlette.requests import Request

from aethel.runtime.address import parse_integer
from aethel.runtime.catalogue import MAX_TIMEOUT_MS
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.spans import header
from aethel.runtime.tracing import TRACEPARENT
from aethel.v1 import verification_pb2_grpc
from aethel.wire.convert_verdict import MalformedAnswer
from services.http_face.problems import CallerLeft, Problem, malformed, problem_of, problem_of_call, wrong_answer

if TYPE_CHECKING:
    from aethel.v1.verification_pb2_grpc import VerificationServiceAsyncStub

DEADLINE = "aethel-deadline-ms"
"""The header that says how much time the caller has left, in milliseconds."""

MAX_CALLS = 240
"""Calls of the orchestrator at once: below the streams that it allows one connection, where more would wait unseen."""

_MAX_AUTHORIZATION_CHARS = 4_096
"""Characters of an `authorization`; the orchestrator's own tokens have about seventy."""

_MAX_TRACEPARENT_CHARS = 64

ResponseT = TypeVar("ResponseT")
T = TypeVar("T")
StreamedT_co = TypeVar("StreamedT_co", covariant=True)


class Streamed(Protocol[StreamedT_co]):
    """A call whose responses are read one by one; `read` gives what is no message at the end of the stream."""

    async def read(self) -> StreamedT_co | object: ...

    def cancel(self) -> bool: ...


class MeshCalls:
    """The orchestrator at the end of a channel; belongs to one event loop.

    `needs_credentials` refuses callers without an `authorization`: where this process shows a certificate of its own,
    they would otherwise be taken for it.
    """

    def __init__(self, channel: grpc.aio.Channel, max_message_bytes: int, *, needs_credentials: bool = False) -> None:
        self.stub: VerificationServiceAsyncStub = verification_pb2_grpc.VerificationServiceStub(channel)
        self._max_message_bytes = max_message_bytes
        self._needs_credentials = needs_credentials
        self._open = 0

    async def ask(
        self,
        request: Request,
        method: Callable[..., Awaitable[ResponseT | None]],
        message: Message,
        timeout_ms: int,
    ) -> ResponseT:
        """The response to one call, which ends when the caller leaves; raises `Problem` and `CallerLeft`."""
        metadata = self._prepared(request, message)

        async def called() -> ResponseT | None:
            return await method(message, timeout=deadline_ms(request, timeout_ms) / 1000, metadata=metadata)

        with self._counted(), answered():
            response = await unless_gone(request, called())
            if response is None:
                raise MalformedAnswer("the answer cannot be decoded")
            return response

    @contextmanager
    def stream(
        self, request: Request, method: Callable[..., Streamed[ResponseT]], message: Message, timeout_ms: int
    ) -> Iterator[Streamed[ResponseT]]:
        """A call that answers with a stream, cancelled at the end of the `with` block; raises `Problem`."""
        metadata = self._prepared(request, message)
        with self._counted():
            call = method(message, timeout=deadline_ms(request, timeout_ms) / 1000, metadata=metadata)
            try:
                yield call
            finally:
                call.cancel()

    def _prepared(self, request: Request, message: Message) -> tuple[tuple[str, str], ...]:
        if message.ByteSize() > self._max_message_bytes:
            detail = f"the request is too large, expected at most {self._max_message_bytes} bytes"
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.REQUEST_TOO_LARGE.value, detail)
        metadata = metadata_of(request)
        if self._needs_credentials and not any(name == "authorization" for name, _ in metadata):
            raise Problem(HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED", "`authorization` is missing")
        return metadata

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._open >= MAX_CALLS:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, Reason.OVERLOADED.value, "too many requests at once")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


@contextmanager
def answered() -> Iterator[None]:
    """Turn whatever keeps a call from a usable answer into a `Problem`."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise problem_of_call(error) from None
    except RequestFault as fault:
        raise problem_of(fault) from None
    except MalformedAnswer as error:
        raise wrong_answer() from error


def deadline_ms(request: Request, timeout_ms: int) -> int:
    """The time that a call has: what the caller says is left, but never more than `timeout_ms`; raises `Problem`."""
    said = request.headers.getlist(DEADLINE)
    if not said:
        return timeout_ms
    left_ms = parse_integer(said[0]) if len(said) == 1 else None
    if left_ms is None or not 1 <= left_ms <= MAX_TIMEOUT_MS:
        raise malformed(f"`{DEADLINE}` is something else, expected one integer from 1 to {MAX_TIMEOUT_MS}")
    return min(left_ms, timeout_ms)


def metadata_of(request: Request) -> tuple[tuple[str, str], ...]:
    """What travels with a call; raises `Problem` for credentials that cannot."""
    shown = request.headers.getlist("authorization")
    if len(shown) > 1 or any(not _is_plain(one, _MAX_AUTHORIZATION_CHARS) for one in shown):
        raise malformed("`authorization` is something else, expected one header of printable ASCII")
    metadata = [("authorization", one) for one in shown]
    parent = header() or request.headers.get(TRACEPARENT, "")
    if parent and _is_plain(parent, _MAX_TRACEPARENT_CHARS):
        metadata.append((TRACEPARENT, parent))
    return tuple(metadata)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; it is cancelled, and `CallerLeft` raised, as soon as the caller leaves.

    The body must have been read.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise CallerLeft
    finally:
        for one in (task, gone):
            one.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _is_plain(text: str, most_chars: int) -> bool:
    return len(text) <= most_chars and text.isascii() and text.isprintable()
