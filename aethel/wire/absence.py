"""Why a peer gave no answer: a closed list, so that the caller can decide what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import grpc

from aethel.runtime.faults import Reason, RequestFault, fault_of
from aethel.wire.convert_verdict import MalformedAnswer


class Absence(StrEnum):
    """Why a peer gave no answer that can be used."""

    UNREACHABLE = "UNREACHABLE"
    LATE = "LATE"
    OVERLOADED = "OVERLOADED"
    OTHER_PROGRAM = "OTHER_PROGRAM"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    WRONG_ANSWER = "WRONG_ANSWER"


class PeerUnavailable(Exception):
    """A peer gave no answer that can be used; `detail` is for people and may hold text of the peer."""

    def __init__(self, reason: Absence, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class ExpertUnavailable(PeerUnavailable):
    """An expert gave no verdict that can be used."""


class MeshUnavailable(PeerUnavailable):
    """The orchestrator gave no result that can be used."""


@contextmanager
def answered(unavailable: type[PeerUnavailable]) -> Iterator[None]:
    """Turn whatever keeps an RPC from a usable answer into `unavailable`.

    From the mesh, a fault that lies in the question or in who asks crosses as the `RequestFault` it is: it will fail
    again wherever it is sent. From an expert it does not, since the question was the orchestrator's own making.
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        fault = _fault_of_question(error) if unavailable is MeshUnavailable else None
        raise fault or unavailable(absence_of(error.code()), error.details() or "") from error
    except grpc.aio.UsageError as error:
        raise unavailable(Absence.UNREACHABLE, "the channel is closed") from error
    except MalformedAnswer as error:
        raise unavailable(Absence.WRONG_ANSWER, str(error)) from error


def absence_of(code: grpc.StatusCode) -> Absence:
    """What a status says of the peer that ends a call with it."""
    match code:
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return Absence.UNREACHABLE
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return Absence.LATE
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            return Absence.OVERLOADED
        case grpc.StatusCode.FAILED_PRECONDITION:
            return Absence.OTHER_PROGRAM
        case grpc.StatusCode.INVALID_ARGUMENT | grpc.StatusCode.UNIMPLEMENTED:
            return Absence.REFUSED
        case _:
            return Absence.FAILED


def _fault_of_question(error: grpc.aio.AioRpcError) -> RequestFault | None:
    fault = fault_of(error)
    if fault is None:
        return None
    match fault.reason:
        case (
            Reason.MALFORMED_MESSAGE
            | Reason.INVALID_REQUEST
            | Reason.REQUEST_TOO_LARGE
            | Reason.DIGEST_MISMATCH
            | Reason.VERSION_UNSUPPORTED
            | Reason.TOKEN_REFUSED
            | Reason.RESERVATION_EXPIRED
            | Reason.RESERVATION_REPLACED
            | Reason.NOT_RESERVED
            | Reason.ALREADY_SETTLED
            | Reason.UNKNOWN_ID
            | Reason.NOT_CONFIGURED
            | Reason.UNAUTHENTICATED
            | Reason.PERMISSION_DENIED
        ):
            return fault
        case _:
            return None
