"""Every route of the face: its path, its method and who serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from aethel.runtime.access import Access
from aethel.runtime.address import Address
from aethel.runtime.metrics import HttpMetrics
from aethel.runtime.settings import Process, Settings
from services.http_face.answers import json_bytes
from services.http_face.bodies import Bodies
from services.http_face.calls import MeshCalls
from services.http_face.description import openapi
from services.http_face.payments import Payments
from services.http_face.settling import Settling
from services.http_face.verification import Verification
from services.http_face.watching import Watching
from services.http_face.wellbeing import Wellbeing

Handler = Callable[[Request], Awaitable[Response]]


class _Mode(Convertor[int]):
    regex = "[1-4]"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


class _Id(Convertor[str]):
    """An identifier of any characters; whoever reads it bounds it."""

    regex = r"(?s:.+)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("mode", _Mode())
register_url_convertor("id", _Id())


def routes_of(mesh: MeshCalls, settings: Settings, access: Access, metrics: HttpMetrics) -> list[Route]:
    """All routes, over one orchestrator; `access` is what this process shows where it asks for health."""
    bodies = Bodies(settings.max_message_bytes)
    verification = Verification(mesh, bodies, settings.request_timeout_ms)
    settling = Settling(mesh, bodies, settings.request_timeout_ms, settings.jwks_file)
    wellbeing = Wellbeing(_components(settings), access, settings.mode_timeouts_s)
    return [
        _post("/api/v1/verify", verification.verify),
        _post("/api/v1/verify/batch", verification.batch),
        _post("/api/v1/prepare", verification.prepare),
        _post("/api/v1/explain", verification.explain),
        _post("/api/v1/replay", verification.replay),
        _post("/api/v1/settle", settling.settle),
        _post("/api/v1/release", settling.release),
        _get("/api/v1/results/{id:id}", settling.result),
        _post("/api/v1/expert/mode{mode:mode}/stream", Watching(mesh, bodies, settings.mode_timeouts_s).stream),
        _get("/api/v1/expert/mode{mode:mode}/health", wellbeing.of_mode),
        _post("/verify", Payments(verification, bodies).verify),
        _get("/health", wellbeing.alive),
        _get("/health/detailed", wellbeing.detailed),
        _get("/metrics", _Constant(metrics.shown, "text/plain; version=0.0.4; charset=utf-8").show),
        _get("/openapi.json", _Constant(_description, "application/json").show),
        _get("/.well-known/jwks.json", settling.jwks),
    ]


@dataclass(frozen=True, slots=True)
class _Constant:
    """Shows what a function without arguments gives."""

    content: Callable[[], bytes]
    media_type: str

    async def show(self, request: Request) -> Response:  # noqa: ARG002  every route gets its request
        return Response(self.content(), media_type=self.media_type)


def _description() -> bytes:
    return json_bytes(openapi())


def _components(settings: Settings) -> dict[Process, Address]:
    """Who is asked for health: the orchestrator, and the first replica of each expert."""
    return {
        Process.ORCHESTRATOR: settings.orchestrator_address,
        Process.Z3: settings.z3_addresses[0],
        Process.SENTINEL: settings.sentinel_addresses[0],
        Process.GUARDIAN: settings.guardian_addresses[0],
    }


def _get(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["GET"])


def _post(path: str, handler: Handler) -> Route:
    return Route(path, handler, methods=["POST"])
