"""The standard gRPC health service of one process, all of whose services start, serve and drain together."""

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.inflight import STOPPING

if TYPE_CHECKING:
    Context = grpc.aio.ServicerContext[Any, Any]

WATCH = "/grpc.health.v1.Health/Watch"
"""Full name of the one method whose calls last as long as the server."""


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """Says NOT_SERVING until `serve` and again from `drain` on; a watcher is told of the drain, then let go.

    The servicer that comes with gRPC never lets a watcher go, which would hold up every drain.
    """

    def __init__(self, services: tuple[str, ...]) -> None:
        self._services = frozenset(("", *services))
        self._status = health_pb2.HealthCheckResponse.NOT_SERVING
        self._is_draining = False
        self._changed = asyncio.Event()

    def serve(self) -> None:
        """Say SERVING from now on."""
        self._change(health_pb2.HealthCheckResponse.SERVING)

    def drain(self) -> None:
        """Say NOT_SERVING for good."""
        self._is_draining = True
        self._change(health_pb2.HealthCheckResponse.NOT_SERVING)

    async def Check(self, request: Any, context: "Context") -> object:  # noqa: N802  the name is the protocol's
        """The status now; NOT_FOUND for a service this process does not have."""
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no service of that name")
        return health_pb2.HealthCheckResponse(status=self._status)

    async def Watch(self, request: Any, context: "Context") -> None:  # noqa: N802  the name is the protocol's
        """The status now and whenever it changes; SERVICE_UNKNOWN for a service this process does not have."""
        while True:
            changed = self._changed
            known = request.service in self._services
            status = self._status if known else health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            await context.write(health_pb2.HealthCheckResponse(status=status))
            if self._is_draining:
                raise RequestFault(Reason.UNAVAILABLE, STOPPING)
            await changed.wait()

    def _change(self, status: int) -> None:
        self._status = status
        self._changed.set()
        self._changed = asyncio.Event()
