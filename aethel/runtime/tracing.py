"""Traces as OpenTelemetry has them: which requests are recorded, and where their spans are sent (OTLP over gRPC).

The standard variables decide: `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`) switches tracing on,
`OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG` choose the requests, `OTEL_RESOURCE_ATTRIBUTES` and the exporter's
own variables are read by the OpenTelemetry SDK. `OTEL_SDK_DISABLED=true` switches all of it off.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

from aethel.runtime.settings import SettingsError
from aethel.runtime.spans import Attribute, Recording, Scope

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

TRACEPARENT = "traceparent"
"""The metadata of a call that names its trace (W3C Trace Context, level 1)."""

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SAMPLER, _SHARE = "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"
_SAMPLERS = ("always_on", "always_off", "traceidratio")
_PARENT_BASED = "parentbased_"

_VERSION, _HEADER_CHARS, _SAMPLED = "00", 55, 1


class Tracing(Protocol):
    """Decides for each request that arrives whether it is recorded."""

    def arriving(self, name: str, traceparent: str) -> Scope | nullcontext[None]:
        """A span for the time of a `with` block, as the caller's trace or as one of its own; perhaps none at all."""

    def close(self) -> None:
        """Send what was recorded; what cannot be sent within the exporter's own deadline is lost."""


class _Off:
    def arriving(self, name: str, traceparent: str) -> nullcontext[None]:  # noqa: ARG002  nothing is recorded
        return _NOTHING

    def close(self) -> None:
        """Nothing was recorded."""


_NOTHING = nullcontext()

NO_TRACING: Tracing = _Off()
"""Records nothing."""

TRACING: ContextVar[Tracing] = ContextVar("tracing", default=NO_TRACING)
"""The tracing of the process, for a call that carries requests of several traces."""


def continued(name: str, traceparent: str) -> Scope | nullcontext[None]:
    """A span for one request of such a call, for the time of a `with` block; none where its sender records nothing."""
    return TRACING.get().arriving(name, traceparent) if traceparent else _NOTHING


def open_tracing(process: str, environ: Mapping[str, str]) -> Tracing:
    """The tracing of one process, as the standard variables say; raises SettingsError where they cannot be used."""
    is_disabled = environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    if is_disabled or not any(environ.get(name) for name in _ENDPOINTS):
        return NO_TRACING
    share, follows_caller = _chosen(environ)
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415  optional
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON  # noqa: PLC0415
    except ModuleNotFoundError as error:
        problem = f"{_ENDPOINTS[1]} asks for traces, expected the extra `aethel[otel]`, which is not installed"
        raise SettingsError((problem,)) from error
    name = environ.get("OTEL_SERVICE_NAME", f"aethel-{process}")
    provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return _On(provider, share, follows_caller=follows_caller)


def _chosen(environ: Mapping[str, str]) -> tuple[float, bool]:
    """The share of traces that is recorded, and whether the caller's own choice comes first."""
    named = environ.get(_SAMPLER, "parentbased_always_on")
    sampler = named.removeprefix(_PARENT_BASED)
    if sampler not in _SAMPLERS:
        expected = ", ".join(f"`{prefix}{each}`" for prefix in ("", _PARENT_BASED) for each in _SAMPLERS)
        raise SettingsError((f"{_SAMPLER} is `{named}`, expected one of {expected}",))
    if sampler != "traceidratio":
        return float(sampler == "always_on"), named != sampler
    text = environ.get(_SHARE, "1")
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise SettingsError((f"{_SHARE} is `{text}`, expected a share from 0 to 1",))
    return share, named != sampler


class _On:
    """Records a share of the traces that begin here, and those that a caller has begun as the caller says.

    Whether a request is recorded is decided before anything is made for it.
    """

    def __init__(self, provider: TracerProvider, share: float, *, follows_caller: bool) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("aethel")
        self._share = share
        self._follows_caller = follows_caller

    def arriving(self, name: str, traceparent: str) -> Scope | nullcontext[None]:
        is_sampled = _is_sampled(traceparent)
        if is_sampled is None:
            return self._begun(name, "") if random.random() < self._share else _NOTHING  # nosec B311
        if self._follows_caller:
            return self._begun(name, traceparent) if is_sampled else _NOTHING
        # As the specification of `TraceIdRatioBased` has it, so that every process decides alike.
        is_chosen = int(traceparent[19:35], 16) < self._share * 2**64
        return self._begun(name, traceparent) if is_chosen else _NOTHING

    def close(self) -> None:
        self._provider.shutdown()

    def _begun(self, name: str, traceparent: str) -> Scope:
        from opentelemetry.context import Context  # noqa: PLC0415  optional, and loaded by now
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        context = Context()
        if traceparent:
            context = TraceContextTextMapPropagator().extract({TRACEPARENT: traceparent}, context)
        return Scope(_Recorded(self._tracer, self._tracer.start_span(name, context, SpanKind.SERVER)))


def _is_sampled(traceparent: str) -> bool | None:
    """Whether the caller records its trace; None where it has none, or none that can be read."""
    parts = traceparent.split("-")
    if len(traceparent) != _HEADER_CHARS or [len(part) for part in parts] != [2, 32, 16, 2] or parts[0] != _VERSION:
        return None
    try:
        trace, span, flags = (int(part, 16) for part in parts[1:])
    except ValueError:
        return None
    return bool(flags & _SAMPLED) if trace and span else None


class _Recorded:
    """A span of the OpenTelemetry SDK."""

    def __init__(self, tracer: Tracer, span: Span) -> None:
        self._tracer = tracer
        self._span = span

    @property
    def header(self) -> str:
        told = self._span.get_span_context()
        return f"{_VERSION}-{told.trace_id:032x}-{told.span_id:016x}-{_SAMPLED:02x}"

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    def child(self, name: str, started_ns: int | None = None, *, is_call: bool = False) -> Recording:
        from opentelemetry.trace import SpanKind, set_span_in_context  # noqa: PLC0415  optional, and loaded by now

        kind = SpanKind.CLIENT if is_call else SpanKind.INTERNAL
        begun = self._tracer.start_span(name, set_span_in_context(self._span), kind, start_time=started_ns)
        return _Recorded(self._tracer, begun)

    def note(self, key: str, value: Attribute) -> None:
        self._span.set_attribute(key, value)

    def end(self, ended_ns: int | None = None, failure: str = "") -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415  optional, and loaded by now

        if failure:
            self._span.set_status(StatusCode.ERROR)
            self._span.set_attribute("error.type", failure)
        self._span.end(ended_ns)
