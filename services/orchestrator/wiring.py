"""Puts the orchestrator's process together from its settings."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aethel.decision.second_line import SecondLine
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Expert
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import Servicers
from aethel.runtime.settings import Process, Settings
from aethel.security.expert import SentinelExpert
from aethel.store.grouping import GROUP_MOST
from aethel.v1 import verification_pb2, verification_pb2_grpc
from services.orchestrator.admission import gate_of
from services.orchestrator.commitment import Commitment
from services.orchestrator.dispatch import Dispatch, Seat
from services.orchestrator.dispatch_cache import VerdictCache
from services.orchestrator.dispatch_metrics import DispatchCollector
from services.orchestrator.dispatch_wiring import open_fleets, timeouts_ms
from services.orchestrator.mesh import Mesh
from services.orchestrator.recording import Recording
from services.orchestrator.rules import rules_of
from services.orchestrator.servicer import VerificationServicer
from services.orchestrator.state import open_store
from services.orchestrator.tokens import open_tokens

READING_THREADS = 4
"""Texts read and approvals looked at again at once; more would only share the same processor."""

LAYER_THREADS = 4
"""Layers run at once; apart from reading, so that a large text does not delay a stand-in."""

STORE_THREADS = GROUP_MOST
"""Operations on the store at once; each waits for the one writer, which takes as many into one transaction."""

SERVICE = verification_pb2.DESCRIPTOR.services_by_name["VerificationService"].full_name


@asynccontextmanager
async def open_orchestrator(settings: Settings, metrics: Metrics) -> AsyncIterator[Servicers]:
    """What the orchestrator serves, with its experts' channels connected where they can be; all of it ends with it."""
    rules = rules_of(settings.rules_file)
    gate = gate_of(settings.access, metrics)
    hold_ms = settings.reservation_s * 1000
    async with AsyncExitStack() as stack:
        store = await open_store(settings)
        if store is not None:
            stack.callback(store.close)
        thresholds = Thresholds(settings.confidence_threshold, settings.uncertainty_threshold)
        keep = None
        if store is not None:
            threads = _threads(stack, STORE_THREADS, "store")
            keep = Commitment(store, threads, hold_ms, Recording(thresholds), open_tokens(settings))
        layers: dict[Process, Expert] = {Process.GUARDIAN: GuardianExpert(), Process.SENTINEL: SentinelExpert()}
        fleets = await open_fleets(stack, settings, metrics)
        cache = VerdictCache(settings.verdict_cache_bytes, time.monotonic) if settings.verdict_cache_bytes else None
        seats = {
            fleet.name: Seat(fleet, process, timeouts_ms(settings)[process], layers.get(process))
            for process, fleet in fleets.items()
        }
        dispatch = Dispatch(seats, _threads(stack, LAYER_THREADS, "layer"), metrics, cache)
        metrics.registry.register(DispatchCollector(fleets, cache, dispatch.need))
        mesh = Mesh(
            dispatch=dispatch,
            thresholds=thresholds,
            second_line=SecondLine(tuple(layers.values())),
            threads=_threads(stack, READING_THREADS, "read"),
            metrics=metrics,
            rules=rules,
            commitment=keep,
        )
        servicer = VerificationServicer(mesh, settings.request_timeout_ms)
        add = partial(verification_pb2_grpc.add_VerificationServiceServicer_to_server, servicer)
        yield Servicers(Process.ORCHESTRATOR.value, (SERVICE,), (add,), gate=gate)


def _threads(stack: AsyncExitStack, count: int, name: str) -> ThreadPoolExecutor:
    """Threads that take no more work once the stack ends; what runs then ends by its own deadline."""
    threads = ThreadPoolExecutor(count, thread_name_prefix=name)
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)
    return threads
