"""Shows a bearer token with every call of a channel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc

from aethel.runtime.access import TOKEN_FILE, Access
from aethel.runtime.gate import AUTHORIZATION
from aethel.runtime.settings import SettingsError

_MAX_TOKEN_BYTES = 4_096
"""Bytes of a file with a token; what is larger is another file."""

Token = Callable[[], str]
"""The token to show now."""


def token_of(access: Access) -> Token | None:
    """Where the token comes from, None where none is shown; raises SettingsError where its file has none."""
    if access.token_file is not None:
        file = access.token_file
        _from_file(file)
        return lambda: _from_file(file)
    token = access.token
    return (lambda: token) if token else None


def interceptors(token: Token) -> list[Any]:
    """One interceptor for each kind of call; gRPC takes an object for one kind alone."""
    return [_UnaryUnary(token), _UnaryStream(token), _StreamUnary(token), _StreamStream(token)]


class _Bearer:
    def __init__(self, token: Token) -> None:
        self._token = token

    async def _call(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()), (AUTHORIZATION, f"Bearer {self._token()}"))
        return await continuation(details._replace(metadata=metadata), request)


class _UnaryUnary(_Bearer, grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[type-arg]
    async def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._call(continuation, client_call_details, request)


class _UnaryStream(_Bearer, grpc.aio.UnaryStreamClientInterceptor):  # type: ignore[type-arg]
    async def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        return await self._call(continuation, client_call_details, request)


class _StreamUnary(_Bearer, grpc.aio.StreamUnaryClientInterceptor):  # type: ignore[type-arg]
    async def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return await self._call(continuation, client_call_details, request_iterator)


class _StreamStream(_Bearer, grpc.aio.StreamStreamClientInterceptor):  # type: ignore[type-arg]
    async def intercept_stream_stream(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        return await self._call(continuation, client_call_details, request_iterator)


def _from_file(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_TOKEN_BYTES + 1).strip()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError((f"{TOKEN_FILE.name} names `{file}`, which cannot be read: {reason}",)) from error
    text = content.decode("ascii", "replace")
    if not content or len(content) > _MAX_TOKEN_BYTES or not text.isascii() or not text.isprintable() or " " in text:
        raise SettingsError((f"{TOKEN_FILE.name} names `{file}`, which holds no token",))
    return text
