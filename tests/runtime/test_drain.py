"""The end of a server: what is in flight finishes, what waits for its caller ends, nothing hangs."""

import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aethel.runtime.faults import Reason, fault_of
from tests.runtime.service import Probe, both, responses, serving, unary

LONG_S = 60
"""A drain that only ends in time when nothing holds it up."""

PATIENCE_S = 0.2
"""Time in which a drain that has nothing to wait for is over."""


async def test_a_request_in_flight_finishes_during_the_drain() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"answer")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        await asyncio.wait((drain,), timeout=PATIENCE_S)
        assert not drain.done()
        probe.released.set()
        assert await held == b"answer"
        assert await drain == 0


async def test_a_stream_of_responses_finishes_during_the_drain() -> None:
    async with serving(probe := Probe()) as (server, channel):
        call = responses(channel, "Count")(b"2")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        probe.released.set()
        assert [item async for item in call] == [b"0", b"1"]
        assert await drain == 0


async def test_an_idle_stream_of_requests_reads_as_ended_and_its_handler_finishes() -> None:
    async with serving(Probe()) as (server, channel):
        chat = both(channel, "Chat")()
        await chat.write(b"a")
        heard = [await chat.read()]
        more = asyncio.create_task(chat.read())
        assert await server.drain(LONG_S) == 0
        heard.append(await more)
        assert heard == [b"a", b"farewell"]
        assert await chat.code() is grpc.StatusCode.OK


async def test_a_new_request_is_refused_with_its_reason_during_the_drain() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        with pytest.raises(grpc.aio.AioRpcError, match="the server is stopping") as caught:
            await _call_until_refused(channel)
        fault = fault_of(caught.value)
        assert fault is not None
        assert fault.reason is Reason.UNAVAILABLE
        probe.released.set()
        await held
        assert await drain == 0


async def test_health_answers_not_serving_during_the_drain() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        await asyncio.sleep(0)
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.NOT_SERVING
        probe.released.set()
        await held
        await drain


async def test_a_health_check_answered_during_the_drain_does_not_end_it() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"answer")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        await asyncio.wait((drain,), timeout=PATIENCE_S)
        assert not drain.done()
        probe.released.set()
        assert await held == b"answer"
        assert await drain == 0


async def test_a_busy_stream_of_requests_finishes_what_it_has_and_reads_no_more() -> None:
    async with serving(probe := Probe()) as (server, channel):
        call = both(channel, "Converse")()
        await call.write(b"a")
        await probe.entered.wait()
        answers = asyncio.ensure_future(_all(call))
        drain = asyncio.create_task(server.drain(LONG_S))
        await asyncio.sleep(0)
        probe.released.set()
        assert await answers == [b"a", b"farewell"]
        assert await drain == 0


async def test_a_caller_that_asks_again_and_again_is_told_every_time() -> None:
    async with serving(Probe()) as (server, channel):
        await unary(channel, "Echo")(b"")
        drain = asyncio.create_task(server.drain(LONG_S))
        reasons = set()
        clock = asyncio.get_running_loop()
        end_s = clock.time() + PATIENCE_S
        while clock.time() < end_s:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await unary(channel, "Echo")(b"")
            reasons.add(caught.value.details())
        await drain
        assert reasons == {"the server is stopping"}


async def test_every_caller_that_keeps_asking_is_told_that_the_server_is_stopping() -> None:
    async with serving(Probe()) as (server, channel):
        await unary(channel, "Echo")(b"")
        asking = asyncio.gather(*(_call_until_refused(channel) for _ in range(20)), return_exceptions=True)
        await asyncio.sleep(0)
        assert await server.drain(LONG_S) == 0
        refusals = await asyncio.wait_for(asking, 10)
    faults = [fault_of(refusal) for refusal in refusals if isinstance(refusal, grpc.aio.AioRpcError)]
    assert [fault.reason for fault in faults if fault is not None] == [Reason.UNAVAILABLE] * 20


async def test_a_request_that_outlasts_the_drain_is_cut_off_and_counted() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        assert await server.drain(0.05) == 1
        assert probe.cancelled.is_set()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await held
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_stopping_at_once_ends_a_drain_under_way() -> None:
    async with serving(probe := Probe()) as (server, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        drain = asyncio.create_task(server.drain(LONG_S))
        await asyncio.sleep(0)
        assert await server.stop_now() == 1
        await drain
        assert probe.cancelled.is_set()
        with pytest.raises(grpc.aio.AioRpcError):
            await held


async def test_the_port_is_free_after_the_drain() -> None:
    async with serving(Probe()) as (server, _):
        await server.drain(LONG_S)
        async with serving(Probe(), listen=str(server.address)) as (successor, _):
            assert successor.address == server.address


async def _call_until_refused(channel: grpc.aio.Channel) -> None:
    """The caller learns of the drain a moment after it began."""
    while True:
        await unary(channel, "Echo")(b"")


async def _all(call: Any) -> list[bytes]:
    return [response async for response in call]
