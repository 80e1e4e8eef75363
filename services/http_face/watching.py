"""Streams of the modes: what happens to a question, step by step, as Server-Sent Events."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import assert_never

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aethel.progress import Concluded, ExpertHeard, ExpertsChosen, Failed, QuestionAdmitted, QuestionRead, Step
from aethel.v1 import watching_pb2
from aethel.wire.convert import MalformedAnswer
from aethel.wire.convert_progress import step_from_proto
from aethel.wire.exact_json import RowError
from aethel.wire.fields import Fields
from aethel.wire.rows import result_to_row, verdict_to_row
from services.http_face.answers import json_bytes
from services.http_face.bodies import Bodies, off_loop
from services.http_face.calls import MeshCalls, Streamed, answered, deadline_ms, unless_gone
from services.http_face.problems import Problem, malformed
from services.http_face.verification import asked

SILENCE_MS = 15_000
"""Silence after which a comment is sent, in milliseconds, so that nothing between takes the stream for dead."""

_Responses = Streamed[watching_pb2.VerificationServiceWatchResponse]


class Watching:
    """The streams of modes 1 to 4; no stream of a mode takes longer than its time in `timeouts_s`."""

    def __init__(self, mesh: MeshCalls, bodies: Bodies, timeouts_s: tuple[int, ...]) -> None:
        self._mesh = mesh
        self._bodies = bodies
        self._timeouts_s = timeouts_s

    async def stream(self, request: Request) -> Response:
        """Decide a question and tell each step, or follow one that is being decided; a caller that leaves ends it."""
        mode: int = request.path_params["mode"]
        timeout_ms = self._timeouts_s[mode - 1] * 1000
        async with self._bodies.json_of(request) as (value, content):
            told = await off_loop(len(content), lambda: _watched(value))
        told.remaining_ms = deadline_ms(request, timeout_ms)
        return _Events(request, self._mesh, told, timeout_ms)


def _watched(value: object) -> watching_pb2.VerificationServiceWatchRequest:
    if isinstance(value, dict) and "follow" in value:
        try:
            fields = Fields(value, "")
            transaction_id = fields.text("follow")
            fields.done()
        except RowError as error:
            raise malformed(error.message) from None
        return watching_pb2.VerificationServiceWatchRequest(transaction_id=transaction_id)
    return watching_pb2.VerificationServiceWatchRequest(question=asked(value))


class _Events(Response):
    """A stream of events. Nothing is sent before the first step is there, so that a refusal keeps its status."""

    media_type = "text/event-stream"

    def __init__(
        self,
        request: Request,
        mesh: MeshCalls,
        told: watching_pb2.VerificationServiceWatchRequest,
        timeout_ms: int,
    ) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._request = request
        self._mesh = mesh
        self._told = told
        self._timeout_ms = timeout_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  the request has both
        """Send every step, the last of which is `result` or `fault`."""
        call: _Responses
        with self._mesh.stream(self._request, self._mesh.stub.Watch, self._told, self._timeout_ms) as call:
            with answered():
                step = await unless_gone(self._request, _next(call))
            await send({"type": "http.response.start", "status": HTTPStatus.OK.value, "headers": self.raw_headers})
            await unless_gone(self._request, _send_all(call, step, send))


async def _send_all(call: _Responses, first: Step, send: Send) -> None:
    step = first
    while not step.is_last:
        await _write(send, _event_of(step))
        step = await _next_or_failed(call, send, step.after_ms)
    await _write(send, _event_of(step))
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _next_or_failed(call: _Responses, send: Send, after_ms: float) -> Step:
    """The next step; a call that fails is the last one. While there is none, comments are sent."""
    coming = asyncio.ensure_future(_next(call))
    try:
        while not (await asyncio.wait((coming,), timeout=SILENCE_MS / 1000))[0]:
            await _write(send, b": waiting\n\n")
        with answered():
            return coming.result()
    except Problem as problem:
        return Step(after_ms, Failed(problem.reason, problem.detail))
    finally:
        coming.cancel()


async def _next(call: _Responses) -> Step:
    """The next step that this version knows; raises `MalformedAnswer` where the stream ends without its last."""
    while True:
        response = await call.read()
        if not isinstance(response, watching_pb2.VerificationServiceWatchResponse):
            raise MalformedAnswer("the stream ended before its last step")
        step = step_from_proto(response)
        if step is not None:
            return step


async def _write(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


def _event_of(step: Step) -> bytes:
    """One event: its name, and its data as one line of JSON."""
    name, data = _told(step)
    return b"event: %s\ndata: %s\n\n" % (name.encode("ascii"), json_bytes({"after_ms": step.after_ms, **data}))


def _told(step: Step) -> tuple[str, dict[str, object]]:
    match step.event:
        case QuestionAdmitted(transaction_id=transaction_id):
            return "admitted", {"id": transaction_id}
        case QuestionRead(program_digest=digest, language_version=version, required=required):
            return "read", {
                "program_digest": digest,
                "language_version": version,
                "required_obligations": required,
            }
        case ExpertsChosen(experts=experts, skipped=skipped):
            return "chosen", {"experts": list(experts), "skipped": dict(skipped)}
        case ExpertHeard(name=name, verdict=verdict, degraded=degraded):
            heard = None if verdict is None else verdict_to_row(verdict)
            return "heard", {"expert": name, "verdict": heard, "degraded": degraded}
        case Concluded(result=result):
            return "result", {"result": result_to_row(result)}
        case Failed(reason=reason, message=message):
            return "fault", {"reason": reason, "detail": message}
    assert_never(step.event)
