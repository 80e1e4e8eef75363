"""The life of one expert's process: settings, the expert, its servicer and the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from functools import partial

from aethel.request import Expert
from aethel.runtime.health import Fitness
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import ExitCode, Servicers, run_process
from aethel.runtime.settings import Process, Settings
from aethel.v1 import expert_pb2, expert_pb2_grpc
from aethel.verdict import ExpertVerdict
from aethel.wire.servicer import THREADS, ExpertServicer, Recall

SERVICE = expert_pb2.DESCRIPTOR.services_by_name["ExpertService"].full_name
"""The full name of the service every expert offers."""


def run_expert(
    process: Process, environ: Mapping[str, str], make_expert: Callable[[], Expert], footprint: Collection[str]
) -> ExitCode:
    """Serve an expert until a signal stops it; `footprint` names the features that make a question its business."""
    return run_process(process, environ, partial(open_expert, make_expert, footprint))


@asynccontextmanager
async def open_expert(
    make_expert: Callable[[], Expert],
    footprint: Collection[str],
    settings: Settings,
    metrics: Metrics,
    *,
    fitness: Fitness | None = None,
    threads: int = THREADS,
    recall: Recall | None = None,
) -> AsyncIterator[Servicers]:
    """What the process of an expert serves, `threads` questions at once and what `recall` knows besides.

    Its threads end with it.
    """
    process = settings.process

    def count(verdict: ExpertVerdict) -> None:
        metrics.expert_answered(process.value, verdict.source.value, verdict.verdict.value, verdict.latency_ms)

    servicer = ExpertServicer(
        make_expert(),
        timeout_ms=_timeout_ms(settings),
        threads=threads,
        footprint=footprint,
        on_verdict=count,
        recall=recall,
    )
    try:
        add = partial(expert_pb2_grpc.add_ExpertServiceServicer_to_server, servicer)
        yield Servicers(process.value, (SERVICE,), (add,), fitness or Fitness())
    finally:
        servicer.close()


def _timeout_ms(settings: Settings) -> int:
    match settings.process:
        case Process.Z3:
            return settings.z3_timeout_ms
        case Process.SENTINEL:
            return settings.sentinel_timeout_ms
        case Process.GUARDIAN:
            return settings.guardian_timeout_ms
        case Process.ORCHESTRATOR | Process.HTTP:
            return settings.request_timeout_ms
