"""Faults on the wire: a reason from a closed list, in the trailers of a gRPC status."""

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from aethel.runtime.faults import MAX_MESSAGE_BYTES, Reason, RequestFault, fault_of, wire_status


def received(
    code: grpc.StatusCode, message: str, trailers: tuple[tuple[str, bytes | str], ...]
) -> grpc.aio.AioRpcError:
    """The error a client sees."""
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(*trailers), message, None)


def sent(fault: RequestFault) -> grpc.aio.AioRpcError:
    """A fault after its way over the wire."""
    status = wire_status(fault)
    return received(status.code, status.details, status.trailing_metadata)


def details_of(status: Status) -> tuple[tuple[str, bytes]]:
    return (("grpc-status-details-bin", status.SerializeToString()),)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_survives_the_wire(reason: Reason) -> None:
    fault = fault_of(sent(RequestFault(reason, "no `x`, expected `y`", {"expected": "y"})))
    assert fault is not None
    assert (fault.reason, fault.message, fault.facts) == (reason, "no `x`, expected `y`", {"expected": "y"})


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_travels_as_success(reason: Reason) -> None:
    assert reason.status is not grpc.StatusCode.OK
    assert sent(RequestFault(reason, "")).code() is reason.status


def test_a_fault_names_its_domain_and_reason_for_foreign_clients() -> None:
    (_, value), *_ = wire_status(RequestFault(Reason.OVERLOADED, "busy")).trailing_metadata
    info = ErrorInfo()
    assert isinstance(value, bytes)
    assert Status.FromString(value).details[0].Unpack(info)
    assert (info.domain, info.reason) == ("aethel", "OVERLOADED")


def test_a_message_is_cut_to_its_limit_at_a_whole_character() -> None:
    message = RequestFault(Reason.INVALID_REQUEST, "é" * 10_000).message
    assert message == "é" * (MAX_MESSAGE_BYTES // 2)


def test_a_lone_surrogate_in_a_message_is_escaped() -> None:
    assert RequestFault(Reason.INVALID_REQUEST, "a\ud800b").message == "a\\ud800b"


def test_a_plain_status_holds_no_fault() -> None:
    assert fault_of(received(grpc.StatusCode.UNAVAILABLE, "gone", ())) is None


def test_garbage_in_the_trailers_holds_no_fault() -> None:
    garbage = (("grpc-status-details-bin", b"\xff\xff\xff"),)
    assert fault_of(received(grpc.StatusCode.INTERNAL, "x", garbage)) is None


def test_garbage_in_a_detail_holds_no_fault() -> None:
    status = Status(code=13, message="x")
    status.details.add(type_url="type.googleapis.com/google.rpc.ErrorInfo", value=b"\xff\xff")
    assert fault_of(received(grpc.StatusCode.INTERNAL, "x", details_of(status))) is None


@pytest.mark.parametrize(("domain", "reason"), [("elsewhere", "OVERLOADED"), ("aethel", "UNHEARD_OF")])
def test_a_reason_of_another_domain_or_unheard_of_is_no_fault(domain: str, reason: str) -> None:
    status = Status(code=8, message="x")
    status.details.add().Pack(ErrorInfo(domain=domain, reason=reason))
    assert fault_of(received(grpc.StatusCode.RESOURCE_EXHAUSTED, "x", details_of(status))) is None


def test_a_status_that_contradicts_its_details_holds_no_fault() -> None:
    status = Status(code=13, message="x")
    status.details.add().Pack(ErrorInfo(domain="aethel", reason="INTERNAL"))
    assert fault_of(received(grpc.StatusCode.UNAVAILABLE, "x", details_of(status))) is None
