"""Layers that fail, hang or give up, and a second line that disagrees: with experts that are away."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import grpc
import pytest

from aethel.decision.path import prepare
from aethel.decision.second_line import SecondLine
from aethel.decision.thresholds import Thresholds
from aethel.request import Expert, Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.metrics import Metrics
from aethel.v1 import verification_pb2_grpc
from aethel.verdict import GUARDIAN_EXPERT, Consensus, ExpertVerdict, MOEResult, Source, Vote
from aethel.wire.client import RemoteMesh
from services.orchestrator.dispatch import Dispatch, Seat
from services.orchestrator.dispatch_versions import Fleet
from services.orchestrator.mesh import Mesh
from services.orchestrator.servicer import VerificationServicer
from tests.decision.experts import Saying, agreeable, voting
from tests.orchestrator.fleets import PROCESSES, fleet_of
from tests.orchestrator.processes import MAX_MESSAGE_BYTES
from tests.orchestrator.questions import entry, payment


@pytest.fixture
def away() -> Iterator[Address]:
    """An address where every connection is refused."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        yield Address("127.0.0.1", silent.getsockname()[1])


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@dataclass
class Bench:
    """Makes meshes whose experts are all away, so that everything rests on the layers."""

    away: Address
    threads: ThreadPoolExecutor
    fleets: list[Fleet] = field(default_factory=list)

    def mesh(self, *layers: Expert, timeout_ms: int = 5_000, second_line: SecondLine | None = None) -> Mesh:
        self.fleets = [fleet_of(layer.name, [self.away], timeout_ms) for layer in layers]
        seats = {
            layer.name: Seat(fleet, PROCESSES[layer.name], timeout_ms, layer)
            for layer, fleet in zip(layers, self.fleets, strict=True)
        }
        metrics = Metrics()
        dispatch = Dispatch(seats, self.threads, metrics)
        return Mesh(dispatch, Thresholds(), second_line or SecondLine(()), self.threads, metrics)

    async def ask(self, mesh: Mesh, question: Question, patience_ms: int = 5_000) -> MOEResult:
        return await mesh.decide(question, Deadline.after_ms(patience_ms))


@pytest.fixture
async def bench(away: Address, threads: ThreadPoolExecutor) -> AsyncIterator[Bench]:
    made = Bench(away, threads)
    yield made
    await asyncio.gather(*(fleet.close() for fleet in made.fleets))


_, SENTINEL, GUARDIAN = agreeable()


async def test_layers_answer_for_experts_that_are_away(bench: Bench) -> None:
    answer = await bench.ask(bench.mesh(SENTINEL, GUARDIAN), entry())
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert {one.source for one in answer.expert_verdicts} == {Source.LAYER}
    assert len(answer.degraded) == 2


async def test_a_layer_that_breaks_is_an_absent_one(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(question: Question) -> ExpertVerdict:
        raise RuntimeError("the payee's name")

    answer = await bench.ask(bench.mesh(SENTINEL, Saying(GUARDIAN_EXPERT, breaks)), entry())
    assert answer.consensus is Consensus.UNCERTAIN
    assert "Guardian_Expert: UNREACHABLE, no layer answered for it" in answer.degraded
    assert "a layer failed" in caplog.messages


async def test_a_layer_that_hangs_costs_its_own_time_only(bench: Bench) -> None:
    released = threading.Event()

    def hangs(question: Question) -> ExpertVerdict:
        assert released.wait(20)
        return GUARDIAN.say(question)

    mesh = bench.mesh(SENTINEL, Saying(GUARDIAN_EXPERT, hangs), timeout_ms=200)
    try:
        answer = await asyncio.wait_for(bench.ask(mesh, entry(), 10_000), 5)
    finally:
        released.set()
    assert answer.consensus is Consensus.UNCERTAIN
    assert "Guardian_Expert gave no verdict" in answer.reason


async def test_a_layer_that_gives_up_is_an_absent_one(bench: Bench) -> None:
    answer = await bench.ask(bench.mesh(SENTINEL, voting(GUARDIAN_EXPERT, Vote.ABSTAIN)), entry())
    assert answer.consensus is Consensus.UNCERTAIN
    assert "Guardian_Expert: UNREACHABLE, no layer answered for it" in answer.degraded


async def test_an_expert_nobody_configured_is_missing(bench: Bench) -> None:
    answer = await bench.ask(bench.mesh(SENTINEL), entry())
    assert answer.consensus is Consensus.UNCERTAIN
    assert "Guardian_Expert: no such expert is configured" in answer.degraded


async def test_a_second_line_that_disagrees_is_uncertain_and_an_alert(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    second_line = SecondLine([voting(GUARDIAN_EXPERT, Vote.REJECT)])
    answer = await bench.ask(bench.mesh(SENTINEL, GUARDIAN, second_line=second_line), entry())
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.findings[-1].code == "SECOND_LINE"
    alerts = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "the second line disagrees with an approval" in [record.getMessage() for record in alerts]


async def test_another_program_than_the_callers_is_a_fault(bench: Bench) -> None:
    prepared = prepare(payment()).question
    question = Question("tx", intent_text=(prepared.intent_text or b"") + b"#", expected_digest="0" * 64)
    with pytest.raises(RequestFault) as fault:
        await bench.ask(bench.mesh(SENTINEL, GUARDIAN), question)
    assert fault.value.reason is Reason.DIGEST_MISMATCH
    assert fault.value.facts["lowered"] == prepared.expected_digest


async def test_no_time_at_all_is_a_fault(bench: Bench) -> None:
    with pytest.raises(RequestFault) as fault:
        await bench.ask(bench.mesh(SENTINEL, GUARDIAN), entry(), 0)
    assert fault.value.reason is Reason.DEADLINE_EXCEEDED


async def test_a_question_that_breaks_something_fails_alone_in_its_batch(bench: Bench) -> None:
    def breaks(question: Question) -> ExpertVerdict:
        if question.transaction_id == "broken":
            raise RuntimeError("the payee's name")
        return GUARDIAN.say(question)

    mesh = bench.mesh(SENTINEL, GUARDIAN, second_line=SecondLine([Saying(GUARDIAN_EXPERT, breaks)]))
    server = grpc.aio.server()
    port = server.add_insecure_port("127.0.0.1:0")
    verification_pb2_grpc.add_VerificationServiceServicer_to_server(VerificationServicer(mesh, 10_000), server)
    await server.start()
    async with open_channel(Address("127.0.0.1", port), MAX_MESSAGE_BYTES) as channel:
        broken, whole = await RemoteMesh(channel).verify_batch([entry("broken"), entry("whole")], 10_000)
    await server.stop(None)
    assert isinstance(broken, RequestFault)
    assert broken.reason is Reason.INTERNAL
    assert "payee" not in broken.message
    assert isinstance(whole, MOEResult)
    assert whole.consensus is Consensus.APPROVED, whole.reason
