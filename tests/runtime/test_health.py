"""Health and reflection, as a probe and a foreign client see them."""

import asyncio
from dataclasses import replace

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from aethel.runtime.channel import open_channel
from aethel.runtime.health import Fitness
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import RunningServer
from tests.runtime.service import SERVICE, Probe, serving, settings, unary

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVING = health_pb2.HealthCheckResponse.SERVING


async def health(channel: grpc.aio.Channel, service: str) -> int:
    answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service=service))
    return int(answer.status)


@pytest.mark.parametrize("service", ["", SERVICE])
async def test_health_says_not_serving_until_the_server_is_ready(service: str) -> None:
    given = settings()
    server = RunningServer(Probe().servicers(), given, Metrics())
    await server.start()
    async with open_channel(server.address, given.max_message_bytes) as channel:
        before = await health(channel, service)
        server.ready()
        after = await health(channel, service)
    await server.stop_now()
    assert (before, after) == (NOT_SERVING, SERVING)


async def test_health_says_not_serving_while_the_process_cannot_do_its_work() -> None:
    probe, fitness = Probe(), Fitness()
    given = settings()
    server = RunningServer(replace(probe.servicers(), fitness=fitness), given, Metrics())
    await server.start()
    server.ready()
    told = []
    async with open_channel(server.address, given.max_message_bytes) as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        for is_fit in (True, False, True):
            fitness.change(is_fit=is_fit)
            told.append((await health(channel, SERVICE), (await watch.read()).status))
    await server.stop_now()
    assert told == [(SERVING, SERVING), (NOT_SERVING, NOT_SERVING), (SERVING, SERVING)]


async def test_health_knows_no_other_service() -> None:
    async with serving(Probe()) as (_, channel):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health(channel, "elsewhere.Service")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_watcher_of_health_is_told_of_the_drain_and_does_not_hold_it_up() -> None:
    async with serving(Probe()) as (server, channel):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service=SERVICE))
        told = [(await watch.read()).status]
        more = asyncio.create_task(watch.read())
        assert await server.drain(30) == 0
        told.append((await more).status)
        assert told == [SERVING, NOT_SERVING]
        assert await watch.code() is grpc.StatusCode.UNAVAILABLE


async def test_health_still_answers_when_every_place_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aethel.runtime.server.MAX_REQUESTS_IN_FLIGHT", 1)
    async with serving(probe := Probe()) as (_, channel):
        held = unary(channel, "Hold")(b"")
        await probe.entered.wait()
        assert await health(channel, SERVICE) == SERVING
        held.cancel()


async def test_reflection_lists_the_services_with_health_and_itself() -> None:
    async with serving(Probe()) as (_, channel):
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        answers = [answer async for answer in stub.ServerReflectionInfo(iter([asked]))]
    listed = [service.name for service in answers[0].list_services_response.service]
    assert sorted(listed) == ["grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection", SERVICE]
