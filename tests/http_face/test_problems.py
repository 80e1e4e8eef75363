"""Every reason of the mesh has an HTTP status, and only what is not the caller's doing is a 5xx."""

import pytest

from aethel.runtime.faults import Reason, RequestFault
from services.http_face.problems import problem_of

BROKEN = {
    Reason.DEADLINE_EXCEEDED: 504,
    Reason.OVERLOADED: 503,
    Reason.UNAVAILABLE: 503,
    Reason.STORE_UNAVAILABLE: 503,
    Reason.AUDIT_UNAVAILABLE: 503,
    Reason.INTERNAL: 500,
}


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_the_callers_doing_unless_machinery_is_broken(reason: Reason) -> None:
    status = problem_of(RequestFault(reason, "why")).status
    assert status == BROKEN[reason] if reason in BROKEN else 400 <= status < 500


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.INVALID_REQUEST, 400),
        (Reason.UNAUTHENTICATED, 401),
        (Reason.TOKEN_REFUSED, 403),
        (Reason.PERMISSION_DENIED, 403),
        (Reason.UNKNOWN_ID, 404),
        (Reason.ALREADY_SETTLED, 409),
        (Reason.REQUEST_TOO_LARGE, 413),
        (Reason.RATE_LIMITED, 429),
    ],
)
def test_a_reason_has_the_status_that_callers_know(reason: Reason, status: int) -> None:
    assert problem_of(RequestFault(reason, "why")).response().status_code == status


@pytest.mark.parametrize(("after_ms", "seconds"), [(None, "1"), (1, "1"), (1_000, "1"), (1_001, "2")])
def test_whoever_asked_too_often_is_told_when_to_come_again(after_ms: int | None, seconds: str) -> None:
    fault = RequestFault(Reason.RATE_LIMITED, "why", retry_after_ms=after_ms)
    assert problem_of(fault).response().headers["retry-after"] == seconds


def test_whoever_is_unknown_is_told_what_to_show() -> None:
    assert problem_of(RequestFault(Reason.UNAUTHENTICATED, "why")).response().headers["www-authenticate"] == "Bearer"
