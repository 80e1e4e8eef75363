"""The gate that every request passes before it is read: who may ask, and how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault

AUTHORIZATION = "authorization"
"""The metadata in which a bearer token travels (RFC 6750, section 2.1)."""

URI, DNS = "peer_uri", "peer_dns"
"""How gRPC names the entries of a verified certificate's subject alternative name."""

MAX_IDENTITIES = 16
"""Identities of one certificate that are looked at; one with more is no workload's."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that has begun, before anything of its message is read.

    `identities` are those of the caller's verified certificate: URIs as they are, DNS names behind `dns:`.
    `authorization` is the text of that metadata, None where there is none and empty where it is no single text.
    `deadline` is None for a stream of requests, whose items have deadlines of their own.
    """

    method: str
    authorization: str | None
    identities: frozenset[str]
    deadline: Deadline | None
    is_stream: bool = False


class Admission(Protocol):
    """A call that was let in, until the gate's context ends."""

    def served(self) -> AbstractAsyncContextManager[None]:
        """Wait for a place among those that are served; taken once the message is read. Raises RequestFault."""
        ...


class Gate(Protocol):
    """Lets calls in. Belongs to one event loop."""

    def admit(self, arrival: Arrival) -> AbstractContextManager[Admission]:
        """Let a call in for the length of the context; raises RequestFault where it is refused."""
        ...


class _Free:
    """A place for whoever comes."""

    def served(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()


FREE = _Free()
"""An admission that asks for nothing more."""


class OpenGate:
    """Lets everybody in."""

    def admit(self, arrival: Arrival) -> AbstractContextManager[Admission]:  # noqa: ARG002  the signature is the gate's
        """Let a call in."""
        return nullcontext(FREE)


class PeerGate:
    """Lets in callers of one identity alone, by their certificates."""

    def __init__(self, identity: str) -> None:
        self._identity = identity

    @contextmanager
    def admit(self, arrival: Arrival) -> Iterator[Admission]:
        """Let a call in; raises RequestFault for any other identity."""
        if self._identity not in arrival.identities:
            raise RequestFault(Reason.PERMISSION_DENIED, "this process answers its orchestrator alone")
        yield FREE


def identities_of(auth_context: Mapping[str, object]) -> frozenset[str]:
    """The identities in what gRPC says of a connection; empty without a verified certificate."""
    uris, names = _texts(auth_context.get(URI)), _texts(auth_context.get(DNS))
    if len(uris) + len(names) > MAX_IDENTITIES:
        return frozenset()
    return frozenset((*uris, *(f"dns:{name.lower()}" for name in names)))


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list | tuple):
        return ()
    return tuple(value.decode("ascii") for value in values if isinstance(value, bytes) and value.isascii())
