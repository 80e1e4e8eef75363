"""Health over HTTP: of this process, of the orchestrator that it needs, and of every component by gRPC health."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from aethel.runtime.access import Access
from aethel.runtime.address import Address
from aethel.runtime.pulses import Condition, Pulse, pulses
from aethel.runtime.settings import Process
from services.http_face.answers import json_bytes, json_response

KEPT_MS = 1_000
"""Time that what was found of the components is told again, in milliseconds, however often it is asked for."""


class Wellbeing:
    """The routes of health; belongs to one event loop."""

    def __init__(self, components: Mapping[Process, Address], access: Access, mode_timeouts_s: tuple[int, ...]) -> None:
        self._components = components
        self._access = access
        self._mode_timeouts_s = mode_timeouts_s
        self._asking: asyncio.Task[tuple[Pulse, ...]] | None = None
        self._found: tuple[Pulse, ...] = ()
        self._found_ns: int | None = None

    async def alive(self, request: Request) -> Response:  # noqa: ARG002  every route gets its request
        """This process answers."""
        return json_response({"status": "serving"})

    async def detailed(self, request: Request) -> Response:  # noqa: ARG002
        """Each component with its condition and how long it took to say so; 503 while the orchestrator serves nobody.

        An expert is asked from here: where only the orchestrator reaches it, it reads as unreachable.
        """
        found = await self._pulses()
        rows = {
            one.process.value: {"condition": one.condition.name, "latency_ms": round(one.latency_ms, 3)}
            for one in found
        }
        serving = {one.process for one in found if one.condition is Condition.SERVING}
        whole = "serving" if len(serving) == len(found) else "degraded"
        is_up = Process.ORCHESTRATOR in serving
        body = {"status": whole if is_up else "unavailable", "components": rows}
        return _with_status(body, is_up=is_up)

    async def of_mode(self, request: Request) -> Response:
        """What a stream of a mode is given, and whether the orchestrator serves it now."""
        number: int = request.path_params["mode"]
        found = await self._pulses()
        is_up = any(one.process is Process.ORCHESTRATOR and one.condition is Condition.SERVING for one in found)
        body = {
            "mode": number,
            "timeout_s": self._mode_timeouts_s[number - 1],
            "status": "serving" if is_up else "unavailable",
        }
        return _with_status(body, is_up=is_up)

    async def _pulses(self) -> tuple[Pulse, ...]:
        """How the components are, asked once for everybody who wants to know."""
        if self._found_ns is not None and time.monotonic_ns() - self._found_ns < KEPT_MS * 1_000_000:
            return self._found
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    async def _ask(self) -> tuple[Pulse, ...]:
        try:
            self._found = await pulses(self._components, self._access)
            self._found_ns = time.monotonic_ns()
            return self._found
        finally:
            self._asking = None


def _with_status(body: object, *, is_up: bool) -> Response:
    status = HTTPStatus.OK if is_up else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(json_bytes(body), status.value, {"cache-control": "no-store"}, media_type="application/json")
