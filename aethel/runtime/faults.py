"""Faults: a caller's mistake or broken machinery, crossing the wire as a gRPC status and a reason of a closed list."""

from collections.abc import Mapping
from enum import StrEnum
from typing import assert_never, cast

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from grpc_status import rpc_status

DOMAIN = "aethel"
"""Domain of every `google.rpc.ErrorInfo` this program sends."""

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
            case Reason.OVERLOADED:
                return grpc.StatusCode.RESOURCE_EXHAUSTED
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
            case Reason.UNKNOWN_ID:
                return grpc.StatusCode.NOT_FOUND
        assert_never(self)


class RequestFault(Exception):
    """A request that cannot be answered; the message is for the caller and is never logged.

    `facts` are machine-readable details for the caller, such as the version expected.
    """

    def __init__(self, reason: Reason, message: str, facts: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = _bounded(message)
        self.facts = dict(facts or {})

    @property
    def status(self) -> grpc.StatusCode:
        """The gRPC status this fault travels under."""
        return self.reason.status


def wire_status(fault: RequestFault) -> grpc.Status:
    """The gRPC status of a fault: code, message, and the reason as `google.rpc.ErrorInfo` in the trailers."""
    info = ErrorInfo(reason=fault.reason.value, domain=DOMAIN, metadata=fault.facts)
    detail = Any()
    detail.Pack(info)
    code: int = fault.status.value[0]
    return rpc_status.to_status(Status(code=code, message=fault.message, details=[detail]))


def fault_of(error: grpc.aio.AioRpcError) -> RequestFault | None:
    """The fault that a server of this program sent; None for an error that came from elsewhere or is not understood."""
    try:
        status = rpc_status.from_call(cast(grpc.Call, error))
    except (ValueError, DecodeError):
        return None
    for detail in () if status is None else status.details:
        info = ErrorInfo()
        try:
            unpacked = detail.Unpack(info)
        except DecodeError:
            return None
        if unpacked and info.domain == DOMAIN and info.reason in Reason.__members__:
            return RequestFault(Reason(info.reason), error.details() or "", info.metadata)
    return None


def _bounded(message: str) -> str:
    """The message as valid UTF-8 within its limit, cut at a whole character."""
    encoded = message.encode("utf-8", "backslashreplace")
    return encoded[:MAX_MESSAGE_BYTES].decode("utf-8", "ignore")
