"""The standard gRPC health service of one process, all of whose services start, serve and drain together."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.inflight import STOPPING

if TYPE_CHECKING:
    Context = grpc.aio.ServicerContext[Any, Any]

WATCH = "/grpc.health.v1.Health/Watch"
"""Full name of the one method whose calls last as long as the server."""


class Fitness:
    """Whether a process can do its work at present, beyond answering at all; belongs to one event loop."""

    def __init__(self) -> None:
        self.is_fit = True
        self._followers: list[Callable[[], None]] = []

    def change(self, *, is_fit: bool) -> None:
        """Say whether it can, from now on."""
        self.is_fit = is_fit
        for follower in self._followers:
            follower()

    def follow(self, follower: Callable[[], None]) -> None:
        """Call `follower` after every change."""
        self._followers.append(follower)


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """Says NOT_SERVING until `serve`, while the process is not fit, and from `drain` on; a drain lets watchers go.

    The servicer that comes with gRPC never lets a watcher go, which would hold up every drain.
    """

    def __init__(self, services: tuple[str, ...], fitness: Fitness) -> None:
        self._services = frozenset(("", *services))
        self._fitness = fitness
        self._is_open = False
        self._is_draining = False
        self._changed = asyncio.Event()
        fitness.follow(self._tell)

    def serve(self) -> None:
        """Say SERVING from now on, whenever the process is fit."""
        self._is_open = True
        self._tell()

    def drain(self) -> None:
        """Say NOT_SERVING for good."""
        self._is_draining = True
        self._tell()

    async def Check(self, request: Any, context: "Context") -> object:  # noqa: N802  the name is the protocol's
        """The status now; NOT_FOUND for a service this process does not have."""
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no service of that name")
        return health_pb2.HealthCheckResponse(status=self._status)

    async def Watch(self, request: Any, context: "Context") -> None:  # noqa: N802  the name is the protocol's
        """The status now and whenever it changes; SERVICE_UNKNOWN for a service this process does not have."""
        while True:
            changed, is_last = self._changed, self._is_draining
            known = request.service in self._services
            status = self._status if known else health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
            await context.write(health_pb2.HealthCheckResponse(status=status))
            if is_last:
                raise RequestFault(Reason.UNAVAILABLE, STOPPING)
            await changed.wait()

    @property
    def _status(self) -> int:
        is_serving = self._is_open and not self._is_draining and self._fitness.is_fit
        status = health_pb2.HealthCheckResponse
        return int(status.SERVING if is_serving else status.NOT_SERVING)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
