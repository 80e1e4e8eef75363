"""The outermost layer of every RPC, seen by a real client of a real server."""

import asyncio
import logging

import grpc
import pytest

from aethel.runtime import server as server_module
from aethel.runtime.channel import target
from aethel.runtime.faults import Reason, fault_of
from aethel.runtime.server import RunningServer
from tests.runtime.service import SECRET, Probe, both, method, requests, responses, serving, unary, until_failure

SOON_MS = "100"
"""A cap that passes quickly and is far longer than a call takes."""


async def failure(channel: grpc.aio.Channel, name: str, request: bytes = b"") -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await unary(channel, name)(request, timeout=10)
    return caught.value


def count_of(server: RunningServer, name: str, code: str) -> float | None:
    labels = {"method": method(name), "code": code}
    return server.metrics.registry.get_sample_value("aethel_requests_total", labels)


async def test_every_kind_of_handler_answers() -> None:
    async with serving(probe := Probe()) as (_, channel):
        probe.released.set()
        assert await unary(channel, "Echo")(b"a") == b"a"
        assert [item async for item in responses(channel, "Count")(b"2")] == [b"0", b"1"]
        assert await requests(channel, "Gather")(iter([b"a", b"b"])) == b"ab"
        chat = both(channel, "Chat")(iter([b"a"]))
        assert [item async for item in chat] == [b"a", b"farewell"]


@pytest.mark.parametrize("reason", Reason)
async def test_a_fault_reaches_the_caller_with_its_reason_status_and_facts(reason: Reason) -> None:
    async with serving(Probe()) as (_, channel):
        error = await failure(channel, "Refuse", reason.encode())
    fault = fault_of(error)
    assert fault is not None
    assert (error.code(), fault.reason, fault.facts) == (reason.status, reason, {"expected": "cd"})
    assert error.details() == "the digest is `ab`, expected `cd`"


async def test_a_huge_hostile_message_of_a_fault_still_reaches_the_caller() -> None:
    async with serving(Probe()) as (_, channel):
        error = await failure(channel, "RefuseAtLength")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert 1000 < len((error.details() or "").encode()) <= 1024


@pytest.mark.parametrize("name", ["Crash", "Unserializable"])
async def test_an_unknown_exception_is_an_opaque_incident(name: str) -> None:
    async with serving(Probe()) as (_, channel):
        error = await failure(channel, name)
    fault = fault_of(error)
    assert fault is not None
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == f"internal error, incident {fault.facts['incident']}"


async def test_an_unknown_exception_midway_in_a_stream_is_an_opaque_incident() -> None:
    async with serving(Probe()) as (_, channel):
        call = responses(channel, "CrashMidway")(b"")
        received, error = await until_failure(call)
    assert received == [b"0"]
    assert (error.details() or "").startswith("internal error, incident")


async def test_nothing_of_an_unknown_exception_reaches_the_caller() -> None:
    async with serving(Probe()) as (_, channel):
        error = await failure(channel, "Crash")
    for leak in (SECRET, "ValueError", "Traceback", "service.py"):
        assert leak not in repr((error.details(), error.trailing_metadata()))


async def test_an_incident_is_logged_under_the_number_the_caller_was_told(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Probe()) as (_, channel):
        fault = fault_of(await failure(channel, "Crash"))
    (record,) = [record for record in caplog.records if record.name == "aethel.runtime.boundary"]
    assert fault is not None
    assert vars(record)["aethel_fields"] == {"incident": fault.facts["incident"], "method": method("Crash")}
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


async def test_a_blocking_handler_is_refused() -> None:
    async with serving(Probe()) as (_, channel):
        assert (await failure(channel, "Blocking")).code() is grpc.StatusCode.INTERNAL


async def test_a_blocking_stream_is_refused() -> None:
    async with serving(Probe()) as (_, channel):
        _, error = await until_failure(responses(channel, "BlockingStream")(b""))
    assert error.code() is grpc.StatusCode.INTERNAL


async def test_an_abort_by_the_handler_is_left_as_it_is() -> None:
    async with serving(Probe()) as (server, channel):
        error = await failure(channel, "Aborts")
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "nothing of that name")
    assert count_of(server, "Aborts", "NOT_FOUND") == 1


async def test_a_message_that_cannot_be_decoded_is_the_callers_mistake() -> None:
    async with serving(Probe()) as (_, channel):
        error = await failure(channel, "Echo", b"undecodable")
    fault = fault_of(error)
    assert fault is not None
    assert fault.reason is Reason.MALFORMED_MESSAGE
    assert SECRET not in (error.details() or "")


async def test_a_message_that_cannot_be_decoded_ends_a_stream_of_requests() -> None:
    async with serving(Probe()) as (_, channel):
        chat = both(channel, "Chat")(iter([b"a", b"undecodable"]))
        received, error = await until_failure(chat)
    assert received == [b"a"]
    assert error.details() == "the request message cannot be decoded"


async def test_a_call_without_a_message_is_refused() -> None:
    async with serving(Probe()) as (_, channel):
        with pytest.raises(grpc.aio.AioRpcError, match="no request message, expected one"):
            await requests(channel, "Echo")(iter(()))


async def test_a_message_beyond_the_limit_is_refused() -> None:
    async with (
        serving(Probe(), max_message_bytes="65536") as (server, _),
        grpc.aio.insecure_channel(target(server.address)) as unlimited,
    ):
        error = await failure(unlimited, "Echo", b"x" * 65_537)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "Received message larger than max" in (error.details() or "")


async def test_a_small_message_that_unpacks_beyond_the_limit_is_refused() -> None:
    async with serving(Probe(), max_message_bytes="65536") as (server, _):
        packing = grpc.aio.insecure_channel(target(server.address), compression=grpc.Compression.Gzip)
        async with packing:
            error = await failure(packing, "Echo", b"\0" * 50_000_000)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "Decompressed message larger than max" in (error.details() or "")


async def test_the_handler_is_cancelled_when_the_callers_deadline_passes() -> None:
    async with serving(probe := Probe()) as (_, channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unary(channel, "Hold")(b"", timeout=0.1)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_the_handler_is_cancelled_when_the_caller_cancels() -> None:
    async with serving(probe := Probe()) as (_, channel):
        call = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        call.cancel()
        await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_the_handler_of_a_stream_is_cancelled_when_the_caller_cancels() -> None:
    async with serving(probe := Probe()) as (_, channel):
        call = responses(channel, "Count")(b"1")
        await probe.entered.wait()
        call.cancel()
        await asyncio.wait_for(probe.cancelled.wait(), 5)


async def test_the_handler_is_cancelled_when_its_callers_connection_is_gone() -> None:
    async with serving(probe := Probe()) as (server, _):
        caller = grpc.aio.insecure_channel(target(server.address))
        call = unary(caller, "Hold")(b"")
        await probe.entered.wait()
        await caller.close(None)
        await asyncio.wait_for(probe.cancelled.wait(), 5)
        assert call.cancelled()


async def test_a_request_without_a_deadline_gets_the_cap() -> None:
    async with serving(probe := Probe(), request_timeout=SOON_MS) as (_, channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unary(channel, "Hold")(b"")
        fault = fault_of(caught.value)
        assert fault is not None
        assert fault.reason is Reason.DEADLINE_EXCEEDED
        assert probe.cancelled.is_set()


async def test_a_later_deadline_of_the_caller_does_not_lift_the_cap() -> None:
    async with serving(Probe(), request_timeout=SOON_MS) as (_, channel):
        fault = fault_of(await failure(channel, "Hold"))
    assert fault is not None
    assert fault.reason is Reason.DEADLINE_EXCEEDED


async def test_a_stream_of_responses_gets_the_cap() -> None:
    async with serving(probe := Probe(), request_timeout=SOON_MS) as (_, channel):
        call = responses(channel, "Count")(b"1")
        received, error = await until_failure(call)
        assert received == [b"0"]
        assert error.details() == "the deadline of the request has passed"
        assert probe.cancelled.is_set()


async def test_a_caller_that_never_sends_its_message_gets_the_cap() -> None:
    async with serving(Probe(), request_timeout=SOON_MS) as (_, channel):
        call = requests(channel, "Echo")()
        with pytest.raises(grpc.aio.AioRpcError, match="the deadline of the request has passed"):
            await call


async def test_a_handler_that_answers_after_its_deadline_is_late() -> None:
    async with serving(probe := Probe(), request_timeout=SOON_MS) as (_, channel):
        error = await failure(channel, "Stubborn")
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert probe.cancelled.is_set()


async def test_a_stream_of_requests_outlives_the_cap() -> None:
    async with serving(probe := Probe(), request_timeout=SOON_MS) as (_, channel):
        chat = both(channel, "Chat")()
        await chat.write(b"early")
        assert await chat.read() == b"early"
        await failure(channel, "Hold")  # lasts exactly as long as the cap
        await chat.write(b"late")
        assert await chat.read() == b"late"
        assert probe.cancelled.is_set()
        chat.cancel()


async def test_requests_beyond_the_limit_are_refused_and_the_place_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "MAX_REQUESTS_IN_FLIGHT", 1)
    async with serving(probe := Probe()) as (_, channel):
        held = unary(channel, "Hold")(b"held")
        await probe.entered.wait()
        fault = fault_of(await failure(channel, "Echo"))
        assert fault is not None
        assert fault.reason is Reason.OVERLOADED
        probe.released.set()
        assert await held == b"held"
        assert await unary(channel, "Echo")(b"a") == b"a"


async def test_a_method_nobody_serves_is_unimplemented_and_makes_no_label() -> None:
    async with serving(Probe()) as (server, channel):
        assert (await failure(channel, "Nothing")).code() is grpc.StatusCode.UNIMPLEMENTED
        assert count_of(server, "Nothing", "UNIMPLEMENTED") is None
        other = {"method": "other", "code": "UNIMPLEMENTED"}
        assert server.metrics.registry.get_sample_value("aethel_requests_total", other) == 1


async def test_answers_refusals_and_crashes_are_counted_by_their_status() -> None:
    async with serving(Probe()) as (server, channel):
        await unary(channel, "Echo")(b"a")
        await failure(channel, "Refuse", Reason.OVERLOADED.encode())
        await failure(channel, "Crash")
        assert count_of(server, "Echo", "OK") == 1
        assert count_of(server, "Refuse", "RESOURCE_EXHAUSTED") == 1
        assert count_of(server, "Crash", "INTERNAL") == 1


async def test_a_request_whose_caller_left_is_counted_as_cancelled() -> None:
    async with serving(probe := Probe()) as (server, channel):
        call = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        call.cancel()
        await probe.cancelled.wait()
    assert count_of(server, "Hold", "CANCELLED") == 1


async def test_requests_in_flight_are_shown_while_they_last() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        assert server.metrics.registry.get_sample_value("aethel_requests_in_flight") == 1
        probe.released.set()
        await held
    assert server.metrics.registry.get_sample_value("aethel_requests_in_flight") == 0


async def test_a_caller_that_gives_up_leaves_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Probe()) as (_, channel):
        for _ in range(50):
            with pytest.raises(grpc.aio.AioRpcError):
                await unary(channel, "Hold")(b"", timeout=0.005)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
