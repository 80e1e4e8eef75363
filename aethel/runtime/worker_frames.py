"""What passes between a pool and its workers: values behind a header that says how long they are.

Values are pickled, since both ends are processes of this program on one machine, and nothing else can reach the socket
between them. The pool still trusts its workers less than itself, because a worker runs native code on text of
strangers: of an answer it rebuilds only classes of modules that were named beforehand.
"""

from __future__ import annotations

import copyreg
import io
import pickle  # nosec B403
import socket
import struct
import time
from collections.abc import Collection, Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any

QUESTION = struct.Struct("!dI")
"""Header of a question: milliseconds left to answer it, and bytes of the value that follows."""

ANSWER = struct.Struct("!BI")
"""Header of an answer: its kind, and bytes of the value that follows."""

GREETING = struct.Struct("!H")
"""What a worker sends first: 0 where it is ready, else the bytes of the text that follows and says why it never is."""

_PIECE_BYTES = 1 << 20
"""Bytes received at once, so that a header alone makes nobody set memory aside."""


class AnswerKind(IntEnum):
    """What follows the header of an answer. After a `LAST_…` answer the worker takes no further question."""

    VALUE = 0
    ERROR = 1
    LAST_VALUE = 2
    LAST_ERROR = 3


class TooLong(Exception):
    """A value takes more bytes than a frame may; the text says how many."""


class Unreadable(Exception):
    """What was received is no frame, or no value that may be rebuilt; the text says why."""


def _read_only(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(values)


def _reduced(view: MappingProxyType[Any, Any]) -> tuple[Any, ...]:
    return _read_only, (dict(view),)


class _Pickler(pickle.Pickler):
    """Pickles read-only views of mappings too, which arrive as read-only views of a copy."""

    dispatch_table: Mapping[type, Any] = {**copyreg.dispatch_table, MappingProxyType: _reduced}


class _Unpickler(pickle.Unpickler):
    """Rebuilds plain values, and objects of classes that some modules define."""

    def __init__(self, body: bytes | bytearray, modules: Collection[str]) -> None:
        super().__init__(io.BytesIO(body))
        self._modules = modules

    def find_class(self, module: str, name: str) -> Any:
        if module in self._modules and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"an answer holds no `{module}.{name}`")


def packed(value: object, most_bytes: int) -> bytes:
    """A value as bytes; raises `TooLong`, and whatever pickling raises on a value it cannot write."""
    stream = io.BytesIO()
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(value)
    body = stream.getvalue()
    if len(body) > most_bytes:
        raise TooLong(f"a value takes {len(body)} bytes, expected at most {most_bytes}")
    return body


def unpacked_question(body: bytearray) -> Any:
    """The value of a question, which came from the pool that this worker belongs to."""
    return pickle.loads(body)  # nosec B301


def unpacked_answer(body: bytearray, modules: Collection[str]) -> Any:
    """The value of an answer: plain values, and classes that the named modules define; raises `Unreadable`."""
    try:
        return _Unpickler(body, modules).load()
    except Exception as error:  # whatever a wrong byte makes of it
        raise Unreadable(f"an answer cannot be read: {error}") from error


def received(connection: socket.socket, count: int, due_s: float | None = None) -> bytearray:
    """Exactly `count` bytes, by `due_s` on the monotonic clock where given.

    Raises `TimeoutError` when the time is over, `EOFError` when the other end is gone, and `OSError`.
    """
    body = bytearray()
    while len(body) < count:
        _wait_until(connection, due_s)
        piece = connection.recv(min(count - len(body), _PIECE_BYTES))
        if not piece:
            raise EOFError("the other end is gone")
        body += piece
    return body


def sent(connection: socket.socket, header: bytes, body: bytes, due_s: float | None = None) -> None:
    """Send a header and a value by `due_s`; raises `TimeoutError` and `OSError`."""
    _wait_until(connection, due_s)
    connection.sendall(header + body)


def _wait_until(connection: socket.socket, due_s: float | None) -> None:
    if due_s is None:
        return
    left_s = due_s - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the time is over")
    connection.settimeout(left_s)
