"""Faults as HTTP answers: problem details (RFC 9457) with the reason of the closed list, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

import grpc
from starlette.responses import Response

from aethel.runtime.faults import Reason, RequestFault, fault_of

CLIENT_CLOSED = 499
"""What is counted where the caller left before the answer; nobody is sent it."""

_RETRY_AFTER_S = 1
"""Seconds after which to come again where nobody knows better."""

_BY_STATUS: Mapping[grpc.StatusCode, HTTPStatus] = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.CONFLICT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
    grpc.StatusCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The HTTP status of each gRPC status that a reason travels under."""

_BY_REASON: Mapping[Reason, HTTPStatus] = {
    Reason.REQUEST_TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Reason.OVERLOADED: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Reasons that HTTP has a status of its own for: too large, and a whole mesh that is busy, not one caller's share."""


class CallerLeft(Exception):
    """The caller closed its connection; nobody is answered."""


class Problem(Exception):
    """A request that is not answered: its HTTP status, why, and in words what was expected.

    `facts` become members of the answer, `headers` its headers.
    """

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        detail: str,
        *,
        facts: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer; what may come again says when (RFC 9110, section 10.2.3)."""
        body: dict[str, object] = {
            "type": f"urn:aethel:problem:{self.reason}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "reason": self.reason,
        }
        if self.facts:
            body["facts"] = self.facts
        headers = dict(self.headers)
        if self.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            headers.setdefault("retry-after", str(_RETRY_AFTER_S))
        if self.status is HTTPStatus.UNAUTHORIZED:
            headers.setdefault("www-authenticate", "Bearer")
        content = json.dumps(body).encode("ascii")
        return Response(content, self.status.value, headers, media_type="application/problem+json")


def malformed(detail: str) -> Problem:
    """The body or a header is not what was expected."""
    return Problem(HTTPStatus.BAD_REQUEST, Reason.INVALID_REQUEST.value, detail)


def problem_of(fault: RequestFault) -> Problem:
    """The problem that a fault of the mesh is to whoever asked over HTTP."""
    status = _BY_REASON.get(fault.reason) or _BY_STATUS.get(fault.status, HTTPStatus.INTERNAL_SERVER_ERROR)
    later_ms = fault.retry_after_ms
    headers = {} if later_ms is None else {"retry-after": str(-(-later_ms // 1000))}
    return Problem(status, fault.reason.value, fault.message, facts=fault.facts, headers=headers)


def problem_of_call(error: grpc.aio.AioRpcError) -> Problem:
    """The problem that a failed call to the orchestrator is; what gRPC itself says is not repeated to the caller."""
    fault = fault_of(error)
    if fault is not None:
        return problem_of(fault)
    match error.code():
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return Problem(HTTPStatus.GATEWAY_TIMEOUT, Reason.DEADLINE_EXCEEDED.value, "no answer before the deadline")
        case grpc.StatusCode.UNAVAILABLE | grpc.StatusCode.CANCELLED:
            return Problem(
                HTTPStatus.SERVICE_UNAVAILABLE, Reason.UNAVAILABLE.value, "the orchestrator cannot be reached"
            )
        case grpc.StatusCode.UNIMPLEMENTED:
            return Problem(HTTPStatus.BAD_GATEWAY, "UNSUPPORTED", "the orchestrator does not serve this")
        case _:
            return wrong_answer()


def wrong_answer() -> Problem:
    """The orchestrator answered something that this version cannot read."""
    return Problem(HTTPStatus.BAD_GATEWAY, "WRONG_ANSWER", "the orchestrator gave no answer that can be read")
