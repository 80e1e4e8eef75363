"""Bodies of requests: their type is checked, and their size and time are bounded before anything is parsed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from aethel.runtime.faults import Reason
from aethel.wire.exact_json import RowError, read_json
from services.http_face.problems import CallerLeft, Problem, malformed

T = TypeVar("T")

BODY_MS = 15_000
"""Time a body has to arrive, in milliseconds; a caller that is slower holds memory for nothing."""

HELD_BYTES = 64 * 1024 * 1024
"""Bytes of bodies held at once; beyond it a body is refused, so that many large ones do not end the process."""

_INLINE_BYTES = 64 * 1024
"""Bytes of a body that is parsed where it arrived; a larger one is parsed in a thread, since others wait meanwhile."""


class Bodies:
    """Reads bodies of at most `limit_bytes` each; belongs to one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._held_bytes = 0

    @asynccontextmanager
    async def json_of(self, request: Request) -> AsyncIterator[tuple[object, bytes]]:
        """The JSON value of a body as `exact_json` reads it, and its bytes; raises `Problem`.

        The memory counts as held for the time of the `async with` block.
        """
        _check_type(request)
        content = bytearray()
        try:
            await self._read(request, content)
            whole = bytes(content)
            try:
                value = await off_loop(len(whole), lambda: read_json(whole))
            except RowError as error:
                raise malformed(error.message) from None
            yield value, whole
        finally:
            self._held_bytes -= len(content)

    async def _read(self, request: Request, content: bytearray) -> None:
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > self._limit_bytes:
            raise self._too_large()
        try:
            async with asyncio.timeout(BODY_MS / 1000):
                async for chunk in request.stream():
                    if len(content) + len(chunk) > self._limit_bytes:
                        raise self._too_large()
                    if self._held_bytes + len(chunk) > HELD_BYTES:
                        raise _too_busy()
                    content += chunk
                    self._held_bytes += len(chunk)
        except TimeoutError:
            detail = f"the body did not arrive within {BODY_MS} ms"
            raise Problem(HTTPStatus.REQUEST_TIMEOUT, "BODY_TIMEOUT", detail) from None
        except ClientDisconnect as left:
            raise CallerLeft from left

    def _too_large(self) -> Problem:
        detail = f"the body is too large, expected at most {self._limit_bytes} bytes"
        return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, Reason.REQUEST_TOO_LARGE.value, detail)


def _too_busy() -> Problem:
    detail = "too many bodies are being read"
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, Reason.OVERLOADED.value, detail)


async def off_loop(size_bytes: int, work: Callable[[], T]) -> T:
    """What `work` returns: run here where it is over soon, else in a thread, so that others are served meanwhile."""
    return work() if size_bytes <= _INLINE_BYTES else await asyncio.to_thread(work)


def _check_type(request: Request) -> None:
    declared = request.headers.getlist("content-type")
    media, _, parameters = (declared[0] if len(declared) == 1 else "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise _unsupported("`content-type` is something else, expected `application/json`")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _unsupported("`content-encoding` is set, expected a body that is not compressed")


def _unsupported(detail: str) -> Problem:
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail)
