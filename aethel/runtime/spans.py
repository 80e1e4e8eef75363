"""Spans of the request at hand: what took how long, and under what, where somebody records it.

A request is recorded from where it arrives (`aethel.runtime.tracing` decides that) down to the workers that solve for
it. Where nothing is recorded a span costs the look at one variable.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import TracebackType
from typing import Protocol

Attribute = str | int | float | bool


class Recording(Protocol):
    """One span that is being recorded; times are nanoseconds since 1970."""

    @property
    def header(self) -> str:
        """The `traceparent` of W3C Trace Context that makes another process's spans children of this one."""

    @property
    def trace_id(self) -> str:
        """The trace that the span belongs to, in hexadecimal digits."""

    def child(self, name: str, started_ns: int | None = None, *, is_call: bool = False) -> Recording:
        """Begin a span below this one, now unless a time is given; `is_call` where it waits for another process."""

    def note(self, key: str, value: Attribute) -> None:
        """Say something of the span: from closed sets or a number, never a caller's text."""

    def end(self, ended_ns: int | None = None, failure: str = "") -> None:
        """End the span, now unless a time is given; `failure` names the type of what went wrong."""


CURRENT: ContextVar[Recording | None] = ContextVar("span", default=None)
"""The innermost span of the request at hand; None where nothing is recorded."""


class Scope:
    """A span for the time of a `with` block, which hands out None where nothing is recorded."""

    __slots__ = ("_recording", "_token")

    def __init__(self, recording: Recording | None) -> None:
        self._recording = recording
        self._token: Token[Recording | None] | None = None

    def __enter__(self) -> Recording | None:
        if self._recording is not None:
            self._token = CURRENT.set(self._recording)
        return self._recording

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._recording is not None and self._token is not None:
            CURRENT.reset(self._token)
            self._recording.end(failure="" if kind is None else kind.__name__)


_UNRECORDED = Scope(None)


def span(name: str, *, is_call: bool = False) -> Scope:
    """A span below the innermost one, for the time of a `with` block."""
    current = CURRENT.get()
    return _UNRECORDED if current is None else Scope(current.child(name, is_call=is_call))


def header() -> str:
    """What another process is sent so that its spans belong to this request; empty where nothing is recorded."""
    current = CURRENT.get()
    return "" if current is None else current.header


def trace_id() -> str:
    """The trace of the request at hand, in hexadecimal digits; empty where nothing is recorded."""
    current = CURRENT.get()
    return "" if current is None else current.trace_id


def passed(name: str, started_ns: int, ended_ns: int, **facts: Attribute) -> None:
    """Record a span that is over already, below the innermost one; times are nanoseconds since 1970."""
    current = CURRENT.get()
    if current is not None:
        over = current.child(name, started_ns)
        for key, value in facts.items():
            over.note(key, value)
        over.end(ended_ns)
