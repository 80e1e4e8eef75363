"""The outermost layer of every RPC: deadline, faults, unknown exceptions, limits and metrics, in one interceptor."""

import asyncio
import inspect
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, TypeAlias

import grpc
from grpc.aio import EOF  # type: ignore[attr-defined]

from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault, wire_status
from aethel.runtime.gate import AUTHORIZATION, FREE, Admission, Arrival, Gate, OpenGate, identities_of
from aethel.runtime.health import WATCH
from aethel.runtime.inflight import Ended, InFlight
from aethel.runtime.logs import EventLog
from aethel.runtime.metrics import OTHER, Metrics
from aethel.runtime.tracing import NO_TRACING, TRACEPARENT, TRACING, Tracing

STATUS_SEND_S = 1.0
"""Time a caller that reads nothing has to take the status of its refused request, in seconds."""

_HEALTH = "/grpc.health.v1.Health/"

_log = EventLog(__name__)

# The stubs make these generic, gRPC itself does not.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class RequestBoundary(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]
    """Runs every handler so that a caller sees an answer, a fault with its reason, or an opaque incident.

    - A request is cancelled at its caller's deadline, at the cap, and when its caller goes away. A stream of requests
      has no cap: it lives as long as its caller, and each of its items carries a deadline of its own.
    - `RequestFault` crosses as its status with `google.rpc.ErrorInfo`, any other exception as INTERNAL.
    - Health apart, every call passes the gate before its message is read.
    - While the server drains, a new request is refused, and a stream of requests reads as ended, so that its handler
      finishes what it has.

    Handlers are coroutine functions or asynchronous generator functions.
    """

    def __init__(
        self,
        in_flight: InFlight,
        metrics: Metrics,
        cap_ms: int,
        tracing: Tracing = NO_TRACING,
        gate: Gate | None = None,
    ) -> None:
        self._in_flight = in_flight
        self._metrics = metrics
        self._cap_ms = cap_ms
        self._tracing = tracing
        self._gate = OpenGate() if gate is None else gate

    async def intercept_service(  # type: ignore[override]
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable["Handler | None"]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "Handler | None":
        """Wrap the handler of one method; a method nobody serves is left to gRPC, which says UNIMPLEMENTED."""
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None:
            self._metrics.request_finished(OTHER, grpc.StatusCode.UNIMPLEMENTED.name, 0.0)
            return None
        work = _Work(handler, self._in_flight)
        cap_ms = None if handler.request_streaming or method == WATCH else self._cap_ms
        # A stream is open for as long as its caller likes; each of its items names a trace of its own.
        tracing = NO_TRACING if handler.request_streaming or method.startswith(_HEALTH) else self._tracing
        parent = _metadata(handler_call_details, TRACEPARENT)

        async def answer(_requests: object, context: Context) -> bytes:
            TRACING.set(self._tracing)
            with tracing.arriving(method.removeprefix("/"), parent):
                return await self._answer(method, work, context, cap_ms)

        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                answer, handler.request_deserializer, handler.response_serializer
            )
        # The response is serialised inside, where a failure can still be reported well.
        return grpc.stream_unary_rpc_method_handler(answer, handler.request_deserializer, None)

    async def _answer(self, method: str, work: "_Work", context: Context, cap_ms: int | None) -> bytes:
        started = time.monotonic()
        code = grpc.StatusCode.CANCELLED
        try:
            if method.startswith(_HEALTH):
                self._in_flight.enter_health_check()
                response = await _before_deadline(work, FREE, context, cap_ms)
            else:
                self._in_flight.enter_request()
                with self._gate.admit(_arrival(method, context, cap_ms)) as admission:
                    response = await _before_deadline(work, admission, context, cap_ms)
            code = _code(context, grpc.StatusCode.OK)
            return response
        except RequestFault as error:
            fault = error
            code = fault.status
        except grpc.aio.AbortError:
            code = _code(context, grpc.StatusCode.UNKNOWN)
            raise
        except grpc.aio.BaseError:
            # The call is over already, for example because its caller went away.
            raise
        except Exception as error:  # noqa: BLE001  the last line before the wire
            fault = _incident(error, method)
            code = fault.status
        finally:
            self._metrics.request_finished(method, code.name, time.monotonic() - started)
        return await _refuse(context, fault)


def _metadata(details: grpc.HandlerCallDetails, name: str) -> str:
    """The first value of that name that came with a call; empty where there is none."""
    for key, value in details.invocation_metadata or ():
        if key == name and isinstance(value, str):
            return value
    return ""


class _Work:
    """One handler seen uniformly: read what the caller sends, run, and send what it answers."""

    def __init__(self, handler: Handler, in_flight: InFlight) -> None:
        self._handler = handler
        self._in_flight = in_flight

    async def run(self, context: Context, admission: Admission) -> bytes:
        """The serialised response, or nothing where responses were streamed."""
        if self._handler.request_streaming:
            return await self._respond(self._requests(context), context)
        request = await _read(context)
        if request is EOF:
            raise RequestFault(Reason.MALFORMED_MESSAGE, "no request message, expected one")
        # Only now, so that whoever sends slowly keeps nobody waiting.
        async with admission.served():
            return await self._respond(request, context)

    async def _respond(self, request: object, context: Context) -> bytes:
        handler = self._handler
        behaviour: Any = handler.stream_stream or handler.stream_unary or handler.unary_stream or handler.unary_unary
        if not handler.response_streaming:
            return _serialized(handler, await behaviour(request, context))
        await _stream(behaviour(request, context), context)
        return b""

    async def _requests(self, context: Context) -> AsyncIterator[object]:
        """The caller's messages, ended by the caller or by a drain."""
        while True:
            try:
                with self._in_flight.request_streams.on_caller():
                    request = await _read(context)
            except Ended:
                return
            if request is EOF:
                return
            yield request


def _arrival(method: str, context: Context, cap_ms: int | None) -> Arrival:
    """What is known of a call before its message."""
    metadata = context.invocation_metadata() or ()
    tokens = [value for key, value in metadata if key == AUTHORIZATION]
    shown = tokens[0] if len(tokens) == 1 and isinstance(tokens[0], str) else "" if tokens else None
    deadline = None if cap_ms is None else Deadline.of_call(context.time_remaining(), cap_ms)
    return Arrival(method, shown, identities_of(context.auth_context()), deadline, is_stream=cap_ms is None)


async def _before_deadline(work: _Work, admission: Admission, context: Context, cap_ms: int | None) -> bytes:
    remaining_s = context.time_remaining()
    if cap_ms is not None:
        remaining_s = Deadline.of_call(remaining_s, cap_ms).remaining_s()
    timer = asyncio.timeout(remaining_s)
    try:
        async with timer:
            response = await work.run(context, admission)
    except Exception as error:
        if timer.expired():
            raise _late() from error
        raise
    if timer.expired():
        raise _late()
    return response


def _late() -> RequestFault:
    return RequestFault(Reason.DEADLINE_EXCEEDED, "the deadline of the request has passed")


def _code(context: Context, default: grpc.StatusCode) -> grpc.StatusCode:
    """The status a handler has set itself, if it has set one."""
    code: object = context.code()
    return code if isinstance(code, grpc.StatusCode) else default


async def _read(context: Context) -> object:
    try:
        return await context.read()
    except grpc.aio.BaseError:
        raise
    except Exception as error:
        raise RequestFault(Reason.MALFORMED_MESSAGE, "the request message cannot be decoded") from error


async def _stream(responses: object, context: Context) -> None:
    """Send what an asynchronous generator yields, or await a coroutine that writes to the context itself."""
    if inspect.isasyncgen(responses):
        async with aclosing(responses):
            async for response in responses:
                await context.write(response)
    elif inspect.isawaitable(responses):
        await responses
    else:
        raise TypeError("the handler is not asynchronous")


def _serialized(handler: Handler, response: object) -> bytes:
    serialize = handler.response_serializer
    return serialize(response) if serialize is not None else response  # type: ignore[return-value]


async def _refuse(context: Context, fault: RequestFault) -> bytes:
    """End the call with a fault; what is returned is never sent, since the call is over."""
    status = wire_status(fault)
    try:
        async with asyncio.timeout(STATUS_SEND_S):
            await context.abort(status.code, status.details, status.trailing_metadata)
    except grpc.aio.AbortError:
        raise
    except (TimeoutError, grpc.aio.BaseError):
        # Nobody reads the status: the caller is gone or takes nothing.
        return b""


def _incident(error: Exception, method: str) -> RequestFault:
    incident = secrets.token_hex(8)
    _log.error("a request failed unexpectedly", exception=error, incident=incident, method=method)
    message = f"internal error, incident {incident}"
    return RequestFault(Reason.INTERNAL, message, {"incident": incident})
