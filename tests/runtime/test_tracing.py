"""Which requests are recorded, as the standard variables and the caller say."""

from collections.abc import Iterator
from contextlib import suppress

import pytest

from aethel.runtime.settings import SettingsError
from aethel.runtime.spans import CURRENT, header, span
from aethel.runtime.tracing import NO_TRACING, open_tracing
from tests.otlp import Received, receiving

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
NEAR_THE_END = "ff" * 16


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    """A receiver of traces, to which the exporter's own variables point."""
    with receiving() as found:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.endpoint)
        yield found


def names(received: Received, sampler: str, share: str, traceparent: str) -> set[str]:
    """The names of the spans that arrive when one request comes in with that header."""
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": received.endpoint,
        "OTEL_TRACES_SAMPLER": sampler,
        "OTEL_TRACES_SAMPLER_ARG": share,
    }
    tracing = open_tracing("test", environ)
    with tracing.arriving("request", traceparent), span("part"):
        pass
    tracing.close()
    return {one.name for one in received.spans}


def test_without_an_endpoint_nothing_is_recorded_and_a_span_is_one_look() -> None:
    assert open_tracing("test", {}) is NO_TRACING
    assert (
        open_tracing("test", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:1", "OTEL_SDK_DISABLED": "true"}) is NO_TRACING
    )
    with NO_TRACING.arriving("request", SAMPLED), span("part") as recording:
        assert (recording, header()) == (None, "")
        assert span("part") is span("another")


@pytest.mark.parametrize(
    ("sampler", "share", "traceparent", "is_recorded"),
    [
        ("parentbased_always_on", "", SAMPLED, True),
        ("parentbased_always_on", "", UNSAMPLED, False),
        ("parentbased_always_on", "", "", True),
        ("parentbased_always_on", "", "00-nonsense", True),
        ("parentbased_always_on", "", f"00-{'0' * 32}-{SPAN}-00", True),
        ("parentbased_always_off", "", "", False),
        ("parentbased_always_off", "", SAMPLED, True),
        ("parentbased_traceidratio", "0", "", False),
        ("parentbased_traceidratio", "0", SAMPLED, True),
        ("always_off", "", SAMPLED, False),
        ("always_on", "", UNSAMPLED, True),
        ("traceidratio", "0.5", f"00-{NEAR_THE_END}-{SPAN}-01", False),
        ("traceidratio", "0.7", SAMPLED, True),
    ],
)
def test_a_request_is_recorded_as_sampler_and_caller_say(
    received: Received, sampler: str, share: str, traceparent: str, is_recorded: bool
) -> None:
    assert names(received, sampler, share, traceparent) == ({"request", "part"} if is_recorded else set())


def test_a_span_continues_the_trace_of_the_caller(received: Received) -> None:
    tracing = open_tracing("test", {"OTEL_EXPORTER_OTLP_ENDPOINT": received.endpoint})
    with suppress(ZeroDivisionError), tracing.arriving("request", SAMPLED):
        assert header().startswith(f"00-{TRACE}-")
        raise ZeroDivisionError("a text of the caller")
    assert CURRENT.get() is None
    tracing.close()
    (request,) = received.spans
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, SPAN)
    assert {each.key: each.value.string_value for each in request.attributes} == {"error.type": "ZeroDivisionError"}
    assert "caller" not in str(request)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER is `sometimes`, expected one of"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"}, "expected a share from 0 to 1"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "nan"}, "expected a share from 0 to 1"),
    ],
)
def test_a_sampler_that_is_none_stops_the_start_with_a_sentence(variables: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        open_tracing("test", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", **variables})
    assert problem in str(raised.value)
