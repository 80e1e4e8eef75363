"""One trace from the caller through the orchestrator and each expert into the worker that solves."""

import asyncio
import signal

import pytest

from aethel.runtime.address import Address
from aethel.runtime.settings import Process
from aethel.runtime.tracing import open_tracing
from aethel.verdict import Consensus
from tests.orchestrator.processes import PATIENT, RunningProcess, running_orchestrator, start
from tests.orchestrator.questions import theft
from tests.otlp import Received, receiving

EXPERTS = (Process.Z3, Process.SENTINEL, Process.GUARDIAN)


async def drained(running: RunningProcess) -> None:
    """End a process as an operator does; what it has recorded is sent by then."""
    running.send(signal.SIGTERM)
    await running.popen.wait()


async def asked(received: Received) -> str:
    """Put one question to a mesh that is traced, and end the mesh; the trace in the orchestrator's log."""
    environ = {**PATIENT, "OTEL_EXPORTER_OTLP_ENDPOINT": received.endpoint}
    started: list[RunningProcess] = await asyncio.gather(*(start(process, environ) for process in EXPERTS))
    addresses: dict[Process, Address] = {
        process: running.address for process, running in zip(EXPERTS, started, strict=True)
    }
    tracing = open_tracing("caller", environ)
    try:
        async with running_orchestrator(addresses, environ) as (orchestrator, client):
            with tracing.arriving("caller", ""):
                answer = await client.verify(theft(), 20_000)
            assert answer.consensus is Consensus.REJECTED, answer.reason
            decided = await orchestrator.logged("decided")
            await drained(orchestrator)
        await asyncio.gather(*(drained(running) for running in started))
    finally:
        await asyncio.gather(*(running.stop() for running in started))
        await asyncio.to_thread(tracing.close)
    return str(decided["trace_id"])


async def test_one_trace_runs_from_the_caller_into_the_worker_that_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.endpoint)
        logged = await asked(received)
    (caller,) = (span for span in received.spans if span.name == "caller")
    assert logged == caller.trace_id.hex()
    trace = {span.span_id: span for span in received.spans if span.trace_id == caller.trace_id}
    edges = {
        (received.services[span.span_id], span.name, trace[span.parent_span_id].name)
        for span in trace.values()
        if span is not caller
    }
    verify = "aethel.v1.VerificationService/Verify"
    expected = {
        ("aethel-orchestrator", verify, "caller"),
        ("aethel-orchestrator", "aethel.verify", verify),
        ("aethel-orchestrator", "aethel.gate", "aethel.verify"),
        ("aethel-orchestrator", "aethel.consensus", "aethel.verify"),
        ("aethel-z3", "aethel.solve", "aethel.judge"),
    }
    for process in EXPERTS:
        expected.add(("aethel-orchestrator", f"aethel.expert.{process}", "aethel.verify"))
        # What takes a proof is a call of its own, all else an item of a stream.
        above = "aethel.v1.ExpertService/Verify" if process is Process.Z3 else "aethel.item"
        expected.add((f"aethel-{process}", above, f"aethel.expert.{process}"))
        expected.add((f"aethel-{process}", "aethel.judge", above))
    assert edges == expected
    (solved,) = (span for span in trace.values() if span.name == "aethel.solve")
    judged = trace[solved.parent_span_id]
    assert judged.start_time_unix_nano <= solved.start_time_unix_nano < solved.end_time_unix_nano
    assert solved.end_time_unix_nano <= judged.end_time_unix_nano
