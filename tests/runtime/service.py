"""A small service for the tests, and servers and processes that serve it on a free port."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from aethel.runtime.channel import open_channel
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import RunningServer, Servicers
from aethel.runtime.settings import Process, Settings, read_settings

SERVICE = "tests.runtime.Probe"
SECRET = "Alice owes 4711.00"
"""Text that must never leave the process: a name and an amount."""


def method(name: str) -> str:
    """The full name of one method of the service."""
    return f"/{SERVICE}/{name}"


def unary(channel: grpc.aio.Channel, name: str) -> Any:
    """Calls a method with one request and one response."""
    return channel.unary_unary(method(name), None, None)


def responses(channel: grpc.aio.Channel, name: str) -> Any:
    """Calls a method with one request and a stream of responses."""
    return channel.unary_stream(method(name), None, None)


def requests(channel: grpc.aio.Channel, name: str) -> Any:
    """Calls a method with a stream of requests and one response."""
    return channel.stream_unary(method(name), None, None)


def both(channel: grpc.aio.Channel, name: str) -> Any:
    """Calls a method with a stream of requests and a stream of responses."""
    return channel.stream_stream(method(name), None, None)


async def until_failure(call: Any) -> tuple[list[bytes], grpc.aio.AioRpcError]:
    """Everything a stream of responses brought, and the failure it ended with."""
    received: list[bytes] = []
    try:
        async for response in call:
            received.append(response)  # noqa: PERF401  what came before the failure counts
    except grpc.aio.AioRpcError as error:
        return received, error
    raise AssertionError("the call ended well, expected a failure")


@dataclass
class Probe:
    """Handlers whose progress a test can see and steer; messages are bytes, a request `undecodable` is malformed."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def echo(self, request: bytes, context: object) -> bytes:
        return request

    async def hold(self, request: bytes, context: object) -> bytes:
        """Answers once released."""
        await self._wait()
        return request

    async def stubborn(self, request: bytes, context: object) -> bytes:
        """Answers although it was cancelled."""
        try:
            await self._wait()
        except asyncio.CancelledError:
            return b"too late"
        return request

    async def refuse(self, request: bytes, context: object) -> bytes:
        raise RequestFault(Reason(request.decode()), "the digest is `ab`, expected `cd`", {"expected": "cd"})

    async def refuse_at_length(self, request: bytes, context: object) -> bytes:
        raise RequestFault(Reason.INVALID_REQUEST, "\ud800é\0" * 100_000)

    async def crash(self, request: bytes, context: object) -> bytes:
        raise ValueError(SECRET)

    async def unserializable(self, request: bytes, context: object) -> str:
        return SECRET

    async def aborts(self, request: bytes, context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
        await context.abort(grpc.StatusCode.NOT_FOUND, "nothing of that name")

    async def count(self, request: bytes, context: object) -> AsyncIterator[bytes]:
        """Yields that many numbers, then waits to be released."""
        for number in range(int(request)):
            yield str(number).encode()
        await self._wait()

    async def crash_midway(self, request: bytes, context: object) -> AsyncIterator[bytes]:
        yield b"0"
        raise ValueError(SECRET)

    async def chat(self, requests: AsyncIterator[bytes], context: object) -> AsyncIterator[bytes]:
        """Yields what it is sent, and a farewell when there is no more."""
        async for request in requests:
            yield request
        yield b"farewell"

    async def converse(self, requests: AsyncIterator[bytes], context: object) -> AsyncIterator[bytes]:
        """Like `chat`, but thinks about each request until released."""
        async for request in requests:
            await self._wait()
            yield request
        yield b"farewell"

    async def gather(self, requests: AsyncIterator[bytes], context: object) -> bytes:
        return b"".join([request async for request in requests])

    def blocking(self, request: bytes, context: object) -> bytes:
        """Not asynchronous, which the boundary refuses."""
        return request

    def blocking_stream(self, request: bytes, context: object) -> Iterator[bytes]:
        """Not asynchronous either."""
        yield request

    async def _wait(self) -> None:
        self.entered.set()
        try:
            await self.released.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    def add_to_server(self, server: grpc.aio.Server) -> None:
        unary, streams = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        handlers: dict[str, Any] = {
            "Echo": unary(self.echo, _decoded),
            "Hold": unary(self.hold),
            "Stubborn": unary(self.stubborn),
            "Refuse": unary(self.refuse),
            "RefuseAtLength": unary(self.refuse_at_length),
            "Crash": unary(self.crash),
            "Unserializable": unary(self.unserializable, None, _encoded),
            "Aborts": unary(self.aborts),
            "Blocking": unary(self.blocking),
            "BlockingStream": streams(self.blocking_stream),
            "Count": streams(self.count),
            "CrashMidway": streams(self.crash_midway),
            "Chat": grpc.stream_stream_rpc_method_handler(self.chat, _decoded),
            "Converse": grpc.stream_stream_rpc_method_handler(self.converse),
            "Gather": grpc.stream_unary_rpc_method_handler(self.gather, _decoded),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))

    def servicers(self) -> Servicers:
        return Servicers("probe", (SERVICE,), (self.add_to_server,))


def _decoded(message: bytes) -> bytes:
    if message == b"undecodable":
        raise ValueError(SECRET)
    return message


def _encoded(message: str) -> bytes:
    raise ValueError(message)


def settings(**environ: str) -> Settings:
    """Settings of a server on a free port; `request_timeout="300"` means `AETHEL_REQUEST_TIMEOUT=300`."""
    given = {f"AETHEL_{name.upper()}": value for name, value in environ.items()}
    return read_settings({"AETHEL_LISTEN": "127.0.0.1:0", "AETHEL_Z3_TIMEOUT_NORMAL": "100"} | given, Process.Z3)


@asynccontextmanager
async def serving(probe: Probe, **environ: str) -> AsyncIterator[tuple[RunningServer, grpc.aio.Channel]]:
    """A ready server of the probe and a channel to it, both closed at the end."""
    given = settings(**environ)
    server = RunningServer(probe.servicers(), given, Metrics())
    await server.start()
    server.ready()
    channel = open_channel(server.address, given.max_message_bytes)
    try:
        yield server, channel
    finally:
        await channel.close(None)
        await server.stop_now()
