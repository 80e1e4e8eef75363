"""A whole process from outside: its ready line, its signals, its exit codes and what it writes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.request import urlopen

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aethel.runtime.address import parse_address
from aethel.runtime.channel import open_channel
from aethel.runtime.faults import fault_of
from aethel.runtime.server import ExitCode
from tests.runtime.service import SECRET, SERVICE, Probe, serving, unary
from tests.tools import REPOSITORY

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVING = health_pb2.HealthCheckResponse.SERVING


@dataclass
class Running:
    """A started process, its ready line and a channel to it."""

    process: asyncio.subprocess.Process
    ready: dict[str, object]
    channel: grpc.aio.Channel

    async def hold(self) -> "asyncio.Future[bytes]":
        """A request that the process has begun to answer and holds until released."""
        held = asyncio.ensure_future(_answer(unary(self.channel, "Hold")(b"answer")))
        assert await self.line() == "entered"
        return held

    async def line(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.readline()).decode().strip()

    def release(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")

    async def watch(self) -> AsyncIterator[int]:
        """What health says, from now on."""
        stub = health_pb2_grpc.HealthStub(self.channel)
        async for told in stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE)):
            yield told.status

    async def end(self) -> tuple[int, str, str]:
        """Exit code, the rest of stdout, stderr."""
        out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


async def _answer(call: object) -> bytes:
    answer: bytes = await call  # type: ignore[misc]
    return answer


async def spawn(**environ: str) -> asyncio.subprocess.Process:
    given = {f"AETHEL_{name.upper()}": value for name, value in environ.items()}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AETHEL_")}
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.runtime.process"),
        cwd=REPOSITORY,
        env=inherited | {"AETHEL_LISTEN": "127.0.0.1:0"} | given,
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
    )


@asynccontextmanager
async def running(**environ: str) -> AsyncIterator[Running]:
    process = await spawn(**environ)
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    address = parse_address(ready["address"])
    assert address is not None
    async with open_channel(address, 65_536) as channel:
        try:
            yield Running(process, ready, channel)
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()


async def test_the_ready_line_tells_the_real_addresses() -> None:
    async with running(metrics_listen="127.0.0.1:0") as mesh:
        assert mesh.ready == {
            "ready": True,
            "service": "probe",
            "address": mesh.ready["address"],
            "metrics": mesh.ready["metrics"],
            "health": None,
        }
        await unary(mesh.channel, "Echo")(b"")
        shown = await asyncio.to_thread(_get, f"http://{mesh.ready['metrics']}/metrics")
        assert f'aethel_requests_total{{code="OK",method="/{SERVICE}/Echo"}} 1.0' in shown


def _get(address: str) -> str:
    with urlopen(address, timeout=10) as answer:
        text: str = answer.read().decode()
        return text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_drains_the_process_and_the_request_in_flight_finishes(number: signal.Signals) -> None:
    async with running() as mesh:
        watch = mesh.watch()
        assert await anext(watch) == SERVING
        held = await mesh.hold()
        mesh.process.send_signal(number)
        assert await anext(watch) == NOT_SERVING
        assert not held.done()
        mesh.release()
        assert await held == b"answer"
        with pytest.raises(grpc.aio.AioRpcError, match="the server is stopping"):
            await anext(watch)
        code, out, _ = await mesh.end()
        assert (code, out) == (ExitCode.STOPPED, "closed\n")


async def test_a_second_signal_stops_the_process_at_once() -> None:
    async with running(drain_seconds="3600") as mesh:
        watch = mesh.watch()
        assert await anext(watch) == SERVING
        held = await mesh.hold()
        mesh.process.send_signal(signal.SIGTERM)
        assert await anext(watch) == NOT_SERVING
        mesh.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.aio.AioRpcError):
            await held
        code, out, _ = await mesh.end()
        assert (code, out) == (ExitCode.CUT_OFF, "closed\n")


async def test_a_request_that_outlasts_the_drain_is_cut_off_and_the_exit_code_says_so() -> None:
    async with running(drain_seconds="0") as mesh:
        held = await mesh.hold()
        mesh.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await held
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert (await mesh.end())[0] == ExitCode.CUT_OFF


async def test_a_port_of_another_process_stops_the_start_with_a_sentence() -> None:
    async with serving(Probe()) as (server, _):
        process = await spawn(listen=str(server.address))
        out, err = await process.communicate()
    assert process.returncode == ExitCode.CANNOT_LISTEN
    assert out == b"closed\n"
    assert err.decode() == (
        f"cannot listen on `{server.address}`: address already in use, expected a free address of this machine\n"
    )


async def test_wrong_settings_stop_the_start_with_a_sentence_each() -> None:
    process = await spawn(sentinel_timeout="soon", listn="127.0.0.1:1")
    out, err = await process.communicate()
    assert process.returncode == ExitCode.WRONG_SETTINGS
    assert out == b""
    assert err.decode().splitlines() == [
        "AETHEL_SENTINEL_TIMEOUT is `soon`, expected an integer from 1 to 600000, in decimal digits",
        "AETHEL_LISTN is no setting of this program, expected a known name, perhaps AETHEL_LISTEN",
    ]


async def test_the_log_holds_the_incident_and_nothing_of_the_request() -> None:
    async with running() as mesh:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await unary(mesh.channel, "Crash")(SECRET.encode())
        fault = fault_of(caught.value)
        assert fault is not None
        mesh.process.send_signal(signal.SIGTERM)
        _, _, err = await mesh.end()
    lines = [json.loads(line) for line in err.splitlines()]
    (incident,) = [line for line in lines if line["level"] == "ERROR"]
    assert incident["incident"] == fault.facts["incident"]
    assert incident["exception"][0]["type"] == "ValueError"
    assert SECRET not in err
