"""Builds, runs and drains the gRPC server of one process."""

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import IO, Any

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from aethel.runtime.address import Address
from aethel.runtime.boundary import RequestBoundary
from aethel.runtime.catalogue import MIN_MESSAGE_BYTES
from aethel.runtime.channel import KEEPALIVE_MS, KEEPALIVE_TIMEOUT_MS
from aethel.runtime.collection import set_aside_what_is_kept
from aethel.runtime.gate import Gate, OpenGate, PeerGate
from aethel.runtime.health import Fitness, Health
from aethel.runtime.inflight import InFlight
from aethel.runtime.logs import EventLog, configure_logging
from aethel.runtime.metrics import Metrics, MetricsServer, serve_metrics
from aethel.runtime.settings import Process, Settings, SettingsError, read_settings
from aethel.runtime.tls import server_credentials
from aethel.runtime.tracing import NO_TRACING, Tracing, open_tracing

MAX_REQUESTS_IN_FLIGHT = 1_024
"""RPCs answered at once by one process; beyond it a request would wait for seconds, so it is refused at once."""

MAX_CONCURRENT_STREAMS = 256
"""RPCs one connection may have open at once, so that one caller cannot take every place."""

HANDSHAKE_MS = 10_000
"""Time a new connection has to speak HTTP/2, in milliseconds."""

MAX_CONNECTIONS = 4_096
"""Connections that one process keeps open; a further one is closed at once, so that those who only connect take no
file descriptor that others need."""

_UNWIND_S = 1.0
"""Time that cancelled handlers have to run their cleanup before the process ends, in seconds."""

_log = EventLog(__name__)


class ExitCode(IntEnum):
    """How a process ended; the numbers are those of sysexits.h where it has one."""

    STOPPED = 0
    CUT_OFF = 1
    CANNOT_LISTEN = 71
    WRONG_SETTINGS = 78


class ListenError(Exception):
    """An address cannot be listened on; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class Servicers:
    """What one process serves: its name, the full names of its gRPC services, and what adds them to a server.

    While `fitness` says that it cannot do its work, health says NOT_SERVING. Every call but those for health passes
    `gate`; None lets everybody in, unless callers show certificates: then only the configured peer.
    """

    process: str
    services: tuple[str, ...]
    add_to_server: tuple[Callable[[grpc.aio.Server], None], ...]
    fitness: Fitness = field(default_factory=Fitness)
    gate: Gate | None = None


OpenServicers = Callable[[Settings, Metrics], AbstractAsyncContextManager[Servicers]]
"""Opens what a process needs and yields what it serves."""

Live = Callable[[Settings, Tracing], Coroutine[Any, Any, ExitCode]]
"""What a process does from its settings to its end."""


class RunningServer:
    """A server that listens; health says NOT_SERVING until `ready` and again from `drain` on."""

    def __init__(
        self, servicers: Servicers, settings: Settings, metrics: Metrics, tracing: Tracing = NO_TRACING
    ) -> None:
        self._servicers = servicers
        self._settings = settings
        self.metrics = metrics
        self._metrics_server: MetricsServer | None = None
        self._in_flight = InFlight(MAX_REQUESTS_IN_FLIGHT)
        metrics.requests_in_flight(lambda: self.in_flight)
        gate = servicers.gate or (PeerGate(settings.access.peer) if settings.access.client_ca else OpenGate())
        boundary = RequestBoundary(self._in_flight, metrics, settings.request_timeout_ms, tracing, gate)
        self._server = grpc.aio.server(interceptors=[boundary], options=_options(settings.max_message_bytes))
        self._credentials = server_credentials(settings.access)
        self._health = Health(servicers.services, servicers.fitness)
        self._probed: grpc.aio.Server | None = None
        self.address = settings.listen
        self.health_address: Address | None = None

    @property
    def metrics_address(self) -> Address | None:
        """Where metrics are shown, with the real port, or None."""
        return None if self._metrics_server is None else self._metrics_server.address

    @property
    def in_flight(self) -> int:
        """How many requests are being answered."""
        return self._in_flight.requests

    async def start(self) -> None:
        """Listen; raises `ListenError` when an address is taken or not ours, and leaves nothing open then."""
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for add in self._servicers.add_to_server:
            add(self._server)
        names = (*self._servicers.services, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection.enable_server_reflection(names, self._server)
        if self._settings.metrics_listen is not None:
            self._metrics_server = _serve_metrics(self.metrics, self._settings.metrics_listen)
        try:
            self.address = _bind(self._server, self._settings.listen, self._credentials)
            if self._settings.access.health_listen is not None:
                await self._start_probed(self._settings.access.health_listen)
        except ListenError:
            await self._close_metrics()
            raise
        await self._server.start()

    async def _start_probed(self, listen: Address) -> None:
        """Serve health alone, without TLS, on an address of its own."""
        boundary = RequestBoundary(self._in_flight, self.metrics, self._settings.request_timeout_ms)
        self._probed = grpc.aio.server(interceptors=[boundary], options=_options(MIN_MESSAGE_BYTES))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._probed)
        self.health_address = _bind(self._probed, listen, None)
        await self._probed.start()

    def ready(self) -> None:
        """Say SERVING for every service."""
        self._health.serve()

    async def drain(self, grace_s: float) -> int:
        """Say NOT_SERVING, refuse new requests, let those in flight finish, stop; returns how many were cut off.

        gRPC's own graceful stop is not used: a request that arrives while it begins is answered CANCELLED or never.
        For the same reason the server stops only when requests have ceased to arrive.
        """
        self._health.drain()
        self._in_flight.drain()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_s):
                await self._in_flight.idle()
                await self._in_flight.quiet()
        return await self.stop_now()

    async def stop_now(self) -> int:
        """Cancel every request and stop, also during a drain; returns how many were cut off."""
        cut_off = self.in_flight
        await self._server.stop(None)
        if self._probed is not None:
            await self._probed.stop(None)
        await self._unwind()
        return cut_off

    async def _unwind(self) -> None:
        """Give cancelled handlers time to clean up; one that does not yield in time is left behind."""
        try:
            async with asyncio.timeout(_UNWIND_S):
                await self._in_flight.idle()
        except TimeoutError:
            _log.warning("handlers ignore their cancellation", in_flight=self._in_flight.requests)
        await self._close_metrics()

    async def _close_metrics(self) -> None:
        server, self._metrics_server = self._metrics_server, None
        if server is not None:
            await asyncio.to_thread(server.close)


async def serve(
    servicers: Servicers, settings: Settings, metrics: Metrics, announce: IO[str], tracing: Tracing = NO_TRACING
) -> ExitCode:
    """Run the server of one process until SIGTERM or SIGINT, then drain it; a second signal stops at once.

    When ready it writes one line of JSON:
    `{"ready": true, "service": ..., "address": ..., "metrics": ..., "health": ...}`.
    Raises `ListenError` when an address cannot be listened on.
    """
    signals = _Signals()
    server = RunningServer(servicers, settings, metrics, tracing)
    try:
        await server.start()
        server.ready()
        _announce(servicers, server, announce)
        await signals.first.wait()
        _log.info("draining", service=servicers.process, in_flight=server.in_flight)
        cut_off = await _drain_or_stop(server, settings.drain_s, signals.second)
    finally:
        signals.close()
    _log.info("stopped", service=servicers.process, count=cut_off)
    return ExitCode.CUT_OFF if cut_off else ExitCode.STOPPED


def run_process(process: Process, environ: Mapping[str, str], open_servicers: OpenServicers) -> ExitCode:
    """The whole life of one process that serves gRPC; returns its exit code.

    `open_servicers` opens what the process needs before it listens, and closes it after the drain.
    """

    async def live(settings: Settings, tracing: Tracing) -> ExitCode:
        metrics = Metrics()
        async with open_servicers(settings, metrics) as servicers:
            return await serve(servicers, settings, metrics, sys.stdout, tracing)

    return run_live(process, environ, live)


def run_live(process: Process, environ: Mapping[str, str], live: Live) -> ExitCode:
    """Settings, logs and traces around whatever a process does; returns its exit code.

    A wrong setting or a taken address is a sentence on stderr and an exit code of its own.
    """
    try:
        settings = read_settings(environ, process)
        configure_logging(process, settings.log_level)
        set_aside_what_is_kept()
        tracing = open_tracing(process, environ)
        try:
            return asyncio.run(live(settings, tracing))
        finally:
            tracing.close()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.WRONG_SETTINGS
    except ListenError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.CANNOT_LISTEN


class _Signals:
    """The first and the second request to stop."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._received)

    def _received(self) -> None:
        (self.second if self.first.is_set() else self.first).set()

    def close(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.remove_signal_handler(number)


async def _drain_or_stop(server: RunningServer, grace_s: int, stop_now: asyncio.Event) -> int:
    drain = asyncio.create_task(server.drain(grace_s))
    second = asyncio.create_task(stop_now.wait())
    await asyncio.wait((drain, second), return_when=asyncio.FIRST_COMPLETED)
    second.cancel()
    if drain.done():
        return drain.result()
    cut_off = await server.stop_now()
    await drain
    return cut_off


def _announce(servicers: Servicers, server: RunningServer, announce: IO[str]) -> None:
    metrics = server.metrics_address
    line = {
        "ready": True,
        "service": servicers.process,
        "address": str(server.address),
        "metrics": None if metrics is None else str(metrics),
        "health": None if server.health_address is None else str(server.health_address),
    }
    announce.write(f"{json.dumps(line)}\n")
    announce.flush()


def _bind(server: grpc.aio.Server, listen: Address, credentials: grpc.ServerCredentials | None) -> Address:
    """Bind one address, or raise; gRPC alone would take half of `[::]` when the other half is taken, silently."""
    try:
        _probe(listen)
        name = str(listen)
        port = server.add_secure_port(name, credentials) if credentials else server.add_insecure_port(name)
    except (OSError, RuntimeError) as error:
        raise _listen_error(listen, error) from error
    return Address(listen.host, port)


def _probe(listen: Address) -> None:
    """Raise `OSError` when the address cannot be bound, with a reason gRPC does not tell."""
    family = socket.AF_INET6 if listen.is_ipv6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        probe.bind((listen.host, listen.port))


def _serve_metrics(metrics: Metrics, listen: Address) -> MetricsServer:
    try:
        return serve_metrics(metrics, listen)
    except OSError as error:
        raise _listen_error(listen, error) from error


def _listen_error(listen: Address, error: Exception) -> ListenError:
    reason = (error.strerror or "") if isinstance(error, OSError) else "the address is taken"
    return ListenError(f"cannot listen on `{listen}`: {reason.lower()}, expected a free address of this machine")


def _options(max_message_bytes: int) -> tuple[tuple[str, int], ...]:
    return (
        # Without this gRPC shares a taken port with the other process, and each gets half of the requests.
        ("grpc.so_reuseport", 0),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_concurrent_streams", MAX_CONCURRENT_STREAMS),
        ("grpc.max_allowed_incoming_connections", MAX_CONNECTIONS),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    )
