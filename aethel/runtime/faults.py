"""Faults: a caller's mistake or broken machinery, crossing the wire as a gRPC status and a reason of a closed list."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, assert_never, cast

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from grpc_status import rpc_status

DOMAIN = "aethel"
"""Domain of every `google.rpc.ErrorInfo` this program sends."""

RETRY_AFTER = "retry-after"
"""The trailing metadata that says in seconds when to come again."""

MAX_MESSAGE_BYTES = 1_024
"""UTF-8 bytes of a fault's message on the wire; it travels twice in trailers, which peers cap at 8 KiB."""


class Reason(StrEnum):
    """Why a request was not answered; a reason is never renamed, since callers branch on it."""

    MALFORMED_MESSAGE = "MALFORMED_MESSAGE"
    INVALID_REQUEST = "INVALID_REQUEST"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    DIGEST_MISMATCH = "DIGEST_MISMATCH"
    VERSION_UNSUPPORTED = "VERSION_UNSUPPORTED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OVERLOADED = "OVERLOADED"
    UNAVAILABLE = "UNAVAILABLE"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    INTERNAL = "INTERNAL"
    TOKEN_REFUSED = "TOKEN_REFUSED"  # nosec B105
    RESERVATION_EXPIRED = "RESERVATION_EXPIRED"
    RESERVATION_REPLACED = "RESERVATION_REPLACED"
    NOT_RESERVED = "NOT_RESERVED"
    ALREADY_SETTLED = "ALREADY_SETTLED"
    UNKNOWN_ID = "UNKNOWN_ID"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    RATE_LIMITED = "RATE_LIMITED"
    CONCURRENCY_LIMITED = "CONCURRENCY_LIMITED"
    QUOTA_EXHAUSTED = "QUOTA_EXHAUSTED"
    NOT_KNOWN = "NOT_KNOWN"

    @property
    def status(self) -> grpc.StatusCode:
        """The gRPC status this reason travels under."""
        match self:
            case Reason.MALFORMED_MESSAGE | Reason.INVALID_REQUEST | Reason.REQUEST_TOO_LARGE:
                return grpc.StatusCode.INVALID_ARGUMENT
            case Reason.DIGEST_MISMATCH | Reason.VERSION_UNSUPPORTED:
                return grpc.StatusCode.FAILED_PRECONDITION
            case Reason.DEADLINE_EXCEEDED:
                return grpc.StatusCode.DEADLINE_EXCEEDED
            case Reason.OVERLOADED | Reason.RATE_LIMITED | Reason.CONCURRENCY_LIMITED | Reason.QUOTA_EXHAUSTED:
                return grpc.StatusCode.RESOURCE_EXHAUSTED
            case Reason.UNAUTHENTICATED:
                return grpc.StatusCode.UNAUTHENTICATED
            case Reason.PERMISSION_DENIED:
                return grpc.StatusCode.PERMISSION_DENIED
            case Reason.UNAVAILABLE | Reason.STORE_UNAVAILABLE | Reason.AUDIT_UNAVAILABLE:
                return grpc.StatusCode.UNAVAILABLE
            case Reason.INTERNAL:
                return grpc.StatusCode.INTERNAL
            case Reason.TOKEN_REFUSED:
                return grpc.StatusCode.PERMISSION_DENIED
            case Reason.RESERVATION_EXPIRED | Reason.RESERVATION_REPLACED | Reason.NOT_RESERVED:
                return grpc.StatusCode.FAILED_PRECONDITION
            case Reason.ALREADY_SETTLED | Reason.NOT_CONFIGURED:
                return grpc.StatusCode.FAILED_PRECONDITION
            case Reason.UNKNOWN_ID | Reason.NOT_KNOWN:
                return grpc.StatusCode.NOT_FOUND
        assert_never(self)


class RequestFault(Exception):
    """A request that cannot be answered; the message is for the caller and is never logged.

    `facts` are machine-readable details for the caller, such as the version expected. `retry_after_ms` is the time
    after which the same request may be taken, in milliseconds; None where nothing is known of that.
    """

    def __init__(
        self, reason: Reason, message: str, facts: Mapping[str, str] | None = None, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(message)
        self.retry_after_ms = retry_after_ms
        self.reason = reason
        self.message = _bounded(message)
        self.facts = dict(facts or {})

    @property
    def status(self) -> grpc.StatusCode:
        """The gRPC status this fault travels under."""
        return self.reason.status


class WireStatus(NamedTuple):
    """What a call is aborted with."""

    code: grpc.StatusCode
    details: str
    trailing_metadata: tuple[tuple[str, str | bytes], ...]


def wire_status(fault: RequestFault) -> WireStatus:
    """The gRPC status of a fault: code, message, and the reason as `google.rpc.ErrorInfo` in the trailers.

    When to come again is there twice: as `google.rpc.RetryInfo`, and as `retry-after` in whole seconds (RFC 9110,
    section 10.2.3), rounded up.
    """
    info = Any()
    info.Pack(ErrorInfo(reason=fault.reason.value, domain=DOMAIN, metadata=fault.facts))
    details = [info]
    if fault.retry_after_ms is not None:
        retry = Any()
        retry.Pack(RetryInfo(retry_delay=_duration(fault.retry_after_ms)))
        details.append(retry)
    code: int = fault.status.value[0]
    status = rpc_status.to_status(Status(code=code, message=fault.message, details=details))
    trailing = tuple(status.trailing_metadata or ())
    if fault.retry_after_ms is not None:
        trailing = (*trailing, (RETRY_AFTER, str(-(-fault.retry_after_ms // 1000))))
    return WireStatus(fault.status, fault.message, trailing)


def _duration(milliseconds: int) -> Duration:
    return Duration(seconds=milliseconds // 1000, nanos=milliseconds % 1000 * 1_000_000)


def fault_of(error: grpc.aio.AioRpcError) -> RequestFault | None:
    """The fault that a server of this program sent; None for an error that came from elsewhere or is not understood."""
    try:
        status = rpc_status.from_call(cast(grpc.Call, error))
    except (ValueError, DecodeError):
        return None
    info, retry = ErrorInfo(), RetryInfo()
    try:
        for detail in () if status is None else status.details:
            detail.Unpack(info)
            detail.Unpack(retry)
    except DecodeError:
        return None
    if info.domain != DOMAIN or info.reason not in Reason.__members__:
        return None
    after_ms = retry.retry_delay.ToMilliseconds() if retry.HasField("retry_delay") else None
    return RequestFault(Reason(info.reason), error.details() or "", info.metadata, after_ms)


def _bounded(message: str) -> str:
    """The message as valid UTF-8 within its limit, cut at a whole character."""
    encoded = message.encode("utf-8", "backslashreplace")
    return encoded[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore")
