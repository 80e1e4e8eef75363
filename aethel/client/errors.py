"""Why a client has no answer, or not the one it needs: one exception for each thing a caller can do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, assert_never, cast

import grpc

from aethel.runtime.faults import Reason, RequestFault, fault_of

if TYPE_CHECKING:
    from aethel.client.answers import Answer
    from aethel.verdict import Counterexample

_RETRY_AFTER_UNITS_MS = {"grpc-retry-pushback-ms": 1, "retry-after": 1_000}
"""Trailing metadata that say how long to wait, and their units in milliseconds."""


class ClientError(Exception):
    """Anything a client raises; the text is for people."""


class NotApproved(ClientError):
    """The mesh did not approve: `answer` has everything it said, `counterexample` values that show why, if any."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"`{answer.transaction_id}` is {answer.consensus.value}: {answer.reason or 'no reason given'}")
        self.answer = answer
        self.reason = answer.reason
        self.counterexample: Counterexample | None = answer.counterexample


class AlreadyAnswered(ClientError):
    """The id was answered before, so that whatever it allows may have been done before."""


class NotKept(ClientError):
    """The mesh keeps no state: nobody would notice that an id is used twice."""


class InvalidQuestion(ClientError):
    """The question is at fault and fails again wherever it is sent; `reason` is of a closed list."""

    def __init__(self, reason: Reason, message: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{message} ({reason.value})")
        self.reason = reason
        self.facts = dict(facts or {})


class UnknownId(ClientError):
    """Nothing is kept of this id, or nothing of it runs where it was looked for."""


class NotRedeemed(ClientError):
    """A token redeems nothing, `reason` says why; the money must not move."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(f"{message} ({reason.value})")
        self.reason = reason


class NotAllowed(ClientError):
    """The mesh does not know the caller, or does not let it ask this."""


class Unavailable(ClientError):
    """No mesh answered, or it had no room; the same question may be asked again under the same id.

    `retry_after_ms` is how long the mesh asks to wait, None where it says nothing.
    """

    def __init__(self, message: str, retry_after_ms: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms


class DeadlineExceeded(ClientError):
    """The time for the answer is over; the same question may be asked again under the same id."""


class Broken(ClientError):
    """The mesh failed, or its answer makes no sense; nothing is approved by it."""


def error_of_fault(fault: RequestFault) -> ClientError:
    """What a fault means to a caller."""
    match fault.reason:
        case (
            Reason.MALFORMED_MESSAGE
            | Reason.INVALID_REQUEST
            | Reason.REQUEST_TOO_LARGE
            | Reason.DIGEST_MISMATCH
            | Reason.VERSION_UNSUPPORTED
        ):
            return InvalidQuestion(fault.reason, fault.message, fault.facts)
        case Reason.DEADLINE_EXCEEDED:
            return DeadlineExceeded(fault.message)
        case Reason.UNAUTHENTICATED | Reason.PERMISSION_DENIED:
            return NotAllowed(f"{fault.message} ({fault.reason.value})")
        case (
            Reason.OVERLOADED
            | Reason.UNAVAILABLE
            | Reason.STORE_UNAVAILABLE
            | Reason.AUDIT_UNAVAILABLE
            | Reason.RATE_LIMITED
            | Reason.CONCURRENCY_LIMITED
            | Reason.QUOTA_EXHAUSTED
        ):
            return Unavailable(fault.message, fault.retry_after_ms)
        case Reason.INTERNAL | Reason.NOT_KNOWN:
            return Broken(fault.message)
        case (
            Reason.TOKEN_REFUSED
            | Reason.RESERVATION_EXPIRED
            | Reason.RESERVATION_REPLACED
            | Reason.NOT_RESERVED
            | Reason.ALREADY_SETTLED
            | Reason.NOT_CONFIGURED
        ):
            return NotRedeemed(fault.reason, fault.message)
        case Reason.UNKNOWN_ID:
            return UnknownId(fault.message)
        case _:
            assert_never(fault.reason)


def error_of(error: grpc.RpcError, address: str) -> ClientError:
    """What a failed RPC means to a caller; `address` is named where nobody answers there."""
    call = cast("grpc.aio.AioRpcError", error)
    fault = fault_of(call)
    said = (fault.message if fault else call.details()) or "no details"
    match call.code():
        case grpc.StatusCode.UNAVAILABLE:
            told = said if fault else f"no mesh answers at `{address}`: {said}"
            return Unavailable(told, _retry_after_ms(call, fault))
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Unavailable(f"the mesh has no room: {said}", _retry_after_ms(call, fault))
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return DeadlineExceeded(f"the mesh at `{address}` did not answer in time")
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED if fault is None:
            return NotAllowed(f"the mesh at `{address}` refuses this client: {said}")
        case grpc.StatusCode.UNIMPLEMENTED:
            return Broken(f"the mesh at `{address}` does not offer this, expected a mesh of this release")
        case _:
            return Broken(said) if fault is None else error_of_fault(fault)


def _retry_after_ms(call: grpc.aio.AioRpcError, fault: RequestFault | None) -> int | None:
    """How long the mesh, or a proxy before it, asks to wait: by a fault, or by gRPC's pushback or HTTP's header."""
    if fault is not None and fault.retry_after_ms is not None:
        return fault.retry_after_ms
    trailing: Iterable[tuple[str, str | bytes]] = cast("Any", call.trailing_metadata()) or ()
    for name, value in trailing:
        if isinstance(value, str) and name in _RETRY_AFTER_UNITS_MS:
            told = _milliseconds(value)
            return None if told is None else told * _RETRY_AFTER_UNITS_MS[name]
    return None


def _milliseconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
