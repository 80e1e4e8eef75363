"""The life of the process: settings, the listening socket, uvicorn with its limits, and the drain."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TextIO

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from aethel.runtime.access import OPEN_LISTEN, TLS_CA, is_loopback
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import HttpMetrics, MetricsServer, serve_metrics
from aethel.runtime.server import ExitCode, ListenError, run_live
from aethel.runtime.settings import Process, Settings, SettingsError
from aethel.runtime.tracing import Tracing
from services.http_face.calls import MeshCalls
from services.http_face.face import MAX_HEAD_BYTES, Face
from services.http_face.routes import routes_of

MAX_CONNECTIONS = 512
"""Connections at once; a request on one more is answered 503."""

IDLE_MS = 15_000
"""Time a connection has to bring a whole head of a request, in milliseconds, from its start or from the last answer."""

_BACKLOG = 128

_log = EventLog(__name__)


class Connection(H11Protocol):
    """One connection of HTTP/1.1 that is cut where it brings no whole head of a request in time.

    uvicorn waits for the first request, and for the rest of a head, as long as the caller likes.
    """

    _idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came, and stop waiting where it was a head."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._stop()

    def _watch(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        is_served = cycle is not None and not cycle.response_complete
        if is_served:
            self._stop()
        elif self._idle is None:
            self._idle = self.loop.call_later(IDLE_MS / 1000, self._cut)

    def _stop(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def _cut(self) -> None:
        self.transport.abort()


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which would end the process as by the signal itself."""

    def __init__(self, config: uvicorn.Config, ready: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end it gracefully, a second one at once."""
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()

    def _stop(self) -> None:
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def run_http(environ: Mapping[str, str]) -> ExitCode:
    """The whole life of the process; a wrong setting or a taken address is a sentence on stderr and its exit code."""
    return run_live(Process.HTTP, environ, _live)


async def _live(settings: Settings, tracing: Tracing) -> ExitCode:
    metrics = HttpMetrics()
    _check_way(settings)
    access = replace(settings.access, token="", token_file=None)  # nosec B106: callers show their own tokens or none
    async with open_channel(settings.orchestrator_address, settings.max_message_bytes, access) as channel:
        # Who shows no token must not pass for this process, whose certificate the orchestrator sees.
        is_known = access.ca is not None and access.cert is not None
        mesh = MeshCalls(channel, settings.max_message_bytes, needs_credentials=is_known)
        face = Face(routes_of(mesh, settings, access, metrics), metrics, tracing)
        with ExitStack() as stack:
            listening = stack.enter_context(_bound(settings.listen))
            shown = ""
            if settings.metrics_listen is not None:
                server = _metrics_server(metrics, settings.metrics_listen)
                stack.callback(server.close)
                shown = str(server.address)
            address = Address(settings.listen.host, listening.getsockname()[1])
            return await _serve(face, settings, listening, _ready_line(address, shown), sys.stdout)


def _check_way(settings: Settings) -> None:
    """Raise where the tokens of callers would travel to another machine in the clear."""
    address, access = settings.orchestrator_address, settings.access
    if access.ca is None and not access.is_open and not is_loopback(address):
        problem = f"tokens of callers would travel to `{address}` in the clear, expected {TLS_CA.name}"
        raise SettingsError((f"{problem}, or {OPEN_LISTEN.name}=true where everybody may ask",))


async def _serve(face: Face, settings: Settings, listening: socket.socket, line: str, announce: TextIO) -> ExitCode:
    ready = asyncio.Event()
    server = _Server(_config(face, settings), ready)
    serving = asyncio.create_task(server.serve([listening]))
    began = asyncio.create_task(ready.wait())
    await asyncio.wait((serving, began), return_when=asyncio.FIRST_COMPLETED)
    began.cancel()
    if ready.is_set():
        announce.write(line)
        announce.flush()
    await serving
    cut_off = face.in_flight
    _log.info("stopped", service=Process.HTTP.value, count=cut_off)
    return ExitCode.CUT_OFF if cut_off else ExitCode.STOPPED


def _config(face: Face, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        face,
        http=Connection,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=IDLE_MS // 1000,
        timeout_graceful_shutdown=settings.drain_s,
        ssl_certfile=settings.access.cert,
        ssl_keyfile=settings.access.key,
        h11_max_incomplete_event_size=MAX_HEAD_BYTES,
    )


def _bound(listen: Address) -> socket.socket:
    """A listening socket; raises `ListenError` where the address is taken or not ours."""
    family = socket.AF_INET6 if listen.is_ipv6 else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((listen.host, listen.port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _listen_error(listen, error) from error
    return listening


def _metrics_server(metrics: HttpMetrics, listen: Address) -> MetricsServer:
    try:
        return serve_metrics(metrics, listen)
    except OSError as error:
        raise _listen_error(listen, error) from error


def _listen_error(listen: Address, error: OSError) -> ListenError:
    return ListenError(
        f"cannot listen on `{listen}`: {(error.strerror or '').lower()}, expected a free address of this machine"
    )


def _ready_line(address: Address, metrics: str) -> str:
    said = {"ready": True, "service": Process.HTTP.value, "address": str(address), "metrics": metrics or None}
    return f"{json.dumps(said)}\n"
