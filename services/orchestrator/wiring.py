"""Puts the orchestrator's process together from its settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from aethel.decision.second_line import SecondLine
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.request import Expert
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import Servicers
from aethel.runtime.settings import Process, Settings
from aethel.security.expert import SentinelExpert
from aethel.store.grouping import GROUP_MOST
from aethel.v1 import verification_pb2, verification_pb2_grpc
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT
from aethel.wire.client import RemoteExpert
from services.orchestrator.admission import gate_of
from services.orchestrator.commitment import Commitment
from services.orchestrator.dispatch import Dispatch, Seat
from services.orchestrator.mesh import Mesh
from services.orchestrator.recording import Recording
from services.orchestrator.rules import rules_of
from services.orchestrator.servicer import VerificationServicer
from services.orchestrator.state import open_store
from services.orchestrator.tokens import open_tokens
from services.orchestrator.warmth import Warmth

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
        contacts = []
        peers = settings.access.without_token()
        for name, process, address, timeout_ms in _places(settings):
            channel = await stack.enter_async_context(open_channel(address, settings.max_message_bytes, peers))
            contacts.append((Seat(RemoteExpert(name, channel), process, timeout_ms, layers.get(process)), channel))
        warmth = Warmth(contacts, metrics)
        stack.push_async_callback(warmth.close)
        await warmth.open()
        mesh = Mesh(
            dispatch=Dispatch(
                {seat.expert.name: seat for seat, _ in contacts}, _threads(stack, LAYER_THREADS, "layer"), metrics
            ),
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


def _places(settings: Settings) -> tuple[tuple[str, Process, Address, int], ...]:
    """Each expert: its name, its process, where it is found, and the time it has in milliseconds."""
    return (
        (Z3_EXPERT, Process.Z3, settings.z3_address, settings.z3_timeout_ms),
        (SENTINEL_EXPERT, Process.SENTINEL, settings.sentinel_address, settings.sentinel_timeout_ms),
        (GUARDIAN_EXPERT, Process.GUARDIAN, settings.guardian_address, settings.guardian_timeout_ms),
    )


def _threads(stack: AsyncExitStack, count: int, name: str) -> ThreadPoolExecutor:
    """Threads that take no more work once the stack ends; what runs then ends by its own deadline."""
    threads = ThreadPoolExecutor(count, thread_name_prefix=name)
    stack.callback(threads.shutdown, wait=False, cancel_futures=True)
    return threads
