"""The application: every route, and around all of them the last line before the wire."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.routing import Route, Router
from starlette.types import Message, Receive, Scope, Send

from aethel.runtime.faults import Reason
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import OTHER, HttpMetrics
from aethel.runtime.tracing import TRACEPARENT, Tracing
from services.http_face.problems import CLIENT_CLOSED, CallerLeft, Problem

MAX_HEAD_BYTES = 16_384
"""Bytes of the first line and the headers of a request together."""

_UNTRACED = frozenset({"/health", "/health/detailed", "/metrics", "/openapi.json", "/.well-known/jwks.json"})

_log = EventLog(__name__)


class Face:
    """An ASGI application: routes requests, counts them, and answers whatever goes wrong with a problem.

    A caller never sees an exception: one that nobody foresaw is an incident with a number, which the log has too.
    """

    def __init__(self, routes: list[Route], metrics: HttpMetrics, tracing: Tracing) -> None:
        self._router = Router(routes, redirect_slashes=False, default=_not_found)
        self._paths = {route.path for route in routes}
        self._metrics = metrics
        self._tracing = tracing
        self.in_flight = 0
        metrics.requests_in_flight(lambda: self.in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started_s = time.monotonic()
        answer = _Answer(send)
        # Told that it is part of an application, a route raises what it would otherwise answer in plain text.
        scope["app"] = self
        self.in_flight += 1
        try:
            await self._serve(scope, receive, answer)
        finally:
            self.in_flight -= 1
            self._metrics.http_finished(self._label(scope), answer.status, time.monotonic() - started_s)

    async def _serve(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        refusal: Problem | None = None
        try:
            _check_head(scope)
            parent = _header(scope, TRACEPARENT)
            if scope["path"] in _UNTRACED:
                await self._router(scope, receive, answer.send)
            else:
                with self._tracing.arriving("aethel.http", parent):
                    await self._router(scope, receive, answer.send)
        except CallerLeft:
            return
        except Problem as problem:
            refusal = problem
        except HTTPException as error:
            refusal = _routing_problem(error)
        except OSError:
            # The caller closed its connection while it was answered.
            return
        except Exception as error:  # noqa: BLE001  the last line before the wire
            refusal = _incident(error, self._label(scope))
        if refusal is not None and not answer.is_begun:
            with suppress(OSError):
                await refusal.response()(scope, receive, answer.send)

    def _label(self, scope: Scope) -> str:
        route = scope.get("route")
        path = route.path if isinstance(route, Route) else ""
        return path if path in self._paths else OTHER


class _Answer:
    """Sends an answer, and knows its status; `CLIENT_CLOSED` while there is none."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = CLIENT_CLOSED
        self.is_begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_begun = True
            self.status = message["status"]
        await self._send(message)


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  the signature of ASGI
    """No route has this path."""
    raise Problem(HTTPStatus.NOT_FOUND, "NOT_FOUND", "nothing is served at this path")


def _check_head(scope: Scope) -> None:
    """uvicorn bounds a head that is not yet complete; one that came in one piece may be larger."""
    size_bytes = len(scope["raw_path"]) + len(scope["query_string"])
    size_bytes += sum(len(name) + len(value) for name, value in scope["headers"])
    if size_bytes > MAX_HEAD_BYTES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise Problem(status, Reason.REQUEST_TOO_LARGE.value, f"the head is too large, expected {MAX_HEAD_BYTES} bytes")


def _header(scope: Scope, name: str) -> str:
    wanted = name.encode("ascii")
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == wanted), "")


def _routing_problem(error: HTTPException) -> Problem:
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = "this path does not serve the method, expected one of those in `allow`"
        return Problem(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail, headers=error.headers)
    status = HTTPStatus(error.status_code)
    return Problem(status, status.name, status.phrase.lower(), headers=error.headers)


def _incident(error: Exception, route: str) -> Problem:
    incident = secrets.token_hex(8)
    _log.error("a request failed unexpectedly", exception=error, incident=incident, method=route)
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, Reason.INTERNAL.value, f"internal error, incident {incident}")
