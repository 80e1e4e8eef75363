"""Experts that die, stop answering, or were never there: the mesh answers, says so, and approves nothing unproved."""

import asyncio
import signal
import socket
import urllib.request
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from aethel.runtime.address import Address
from aethel.runtime.settings import Process
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    MOEResult,
    Source,
    Vote,
)
from tests.orchestrator.processes import RunningMesh, running_mesh, running_orchestrator
from tests.orchestrator.questions import entry, payment, theft, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 20_000
NAMES = {Process.Z3: Z3_EXPERT, Process.SENTINEL: SENTINEL_EXPERT, Process.GUARDIAN: GUARDIAN_EXPERT}
WITH_LAYER = (Process.SENTINEL, Process.GUARDIAN)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def mesh() -> AsyncIterator[RunningMesh]:
    """Four processes; a test that ends or stops one brings it back."""
    async with running_mesh() as running:
        yield running


def _sources(answer: MOEResult) -> dict[str, Source]:
    return {verdict.expert_name: verdict.source for verdict in answer.expert_verdicts}


@pytest.mark.parametrize("lost", WITH_LAYER)
async def test_a_killed_expert_with_a_layer_is_stood_in_for_and_the_answer_says_so(
    mesh: RunningMesh, lost: Process
) -> None:
    await mesh.processes[lost].kill()
    seen = len(mesh.orchestrator.events)
    approved = await mesh.client.verify(payment(), PATIENCE_MS)
    rejected = await mesh.client.verify(unbalanced(), PATIENCE_MS)
    assert (approved.consensus, rejected.consensus) == (Consensus.APPROVED, Consensus.REJECTED), approved.reason
    for answer in (approved, rejected):
        assert _sources(answer)[NAMES[lost]] is Source.LAYER
        assert answer.degraded == (f"{NAMES[lost]}: UNREACHABLE, its layer answered",)
    alert = await mesh.orchestrator.logged("an expert gave no verdict", beyond=seen, expert=lost.value)
    assert (alert["level"], alert["reason"], alert["outcome"]) == ("ERROR", "UNREACHABLE", "its layer answered")
    await mesh.restart(lost)
    back = await mesh.client.verify(payment(), PATIENCE_MS)
    assert (back.degraded, _sources(back)[NAMES[lost]]) == ((), Source.EXPERT)


async def test_a_killed_prover_is_never_an_approval(mesh: RunningMesh) -> None:
    await mesh.processes[Process.Z3].kill()
    for question in (payment(), payment("again")):
        answer = await mesh.client.verify(question, PATIENCE_MS)
        assert answer.consensus is Consensus.UNCERTAIN
        assert answer.degraded == ("Z3_Expert: UNREACHABLE, no layer answered for it",)
        assert "post.1" in answer.undecided_obligations
        assert "Z3_Expert gave no verdict" in answer.reason
    rejected = await mesh.client.verify(theft(), PATIENCE_MS)
    assert rejected.consensus is Consensus.REJECTED, "what the Guardian refutes needs no prover"
    untouched = await mesh.client.verify(entry(), PATIENCE_MS)
    assert (untouched.consensus, untouched.degraded) == (Consensus.APPROVED, ())
    await mesh.restart(Process.Z3)
    assert (await mesh.client.verify(payment(), PATIENCE_MS)).consensus is Consensus.APPROVED


@pytest.mark.parametrize("lost", WITH_LAYER)
async def test_a_frozen_expert_with_a_layer_is_stood_in_for_after_its_time(mesh: RunningMesh, lost: Process) -> None:
    mesh.processes[lost].send(signal.SIGSTOP)
    try:
        answer = await mesh.client.verify(entry(), PATIENCE_MS)
    finally:
        mesh.processes[lost].send(signal.SIGCONT)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert answer.degraded == (f"{NAMES[lost]}: LATE, its layer answered",)
    assert _sources(answer)[NAMES[lost]] is Source.LAYER


async def test_a_frozen_prover_is_never_an_approval(mesh: RunningMesh) -> None:
    mesh.processes[Process.Z3].send(signal.SIGSTOP)
    try:
        answer = await mesh.client.verify(payment(), 3_000)
    finally:
        mesh.processes[Process.Z3].send(signal.SIGCONT)
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.degraded == ("Z3_Expert: LATE, no layer answered for it",)


async def test_availability_and_stand_ins_are_counted(mesh: RunningMesh) -> None:
    await mesh.processes[Process.GUARDIAN].kill()
    await mesh.client.verify(entry(), PATIENCE_MS)
    counted = await _metrics(mesh.orchestrator.metrics)
    assert 'moe_expert_availability{expert="guardian"} 0.0' in counted
    assert 'moe_expert_availability{expert="sentinel"} 1.0' in counted
    assert 'moe_expert_verdicts_total{expert="guardian",source="LAYER",verdict="APPROVE"}' in counted
    assert 'moe_consensus_total{consensus="APPROVED"}' in counted
    await mesh.restart(Process.GUARDIAN)
    assert 'moe_expert_availability{expert="guardian"} 1.0' in await _metrics(mesh.orchestrator.metrics)


async def test_a_mesh_whose_experts_are_all_gone_still_answers_and_approves_no_intent() -> None:
    with socket.socket() as silent:
        # Bound and not listening: the port is ours, and every connection is refused.
        silent.bind(("127.0.0.1", 0))
        nowhere = dict.fromkeys(NAMES, Address("127.0.0.1", silent.getsockname()[1]))
        async with running_orchestrator(nowhere) as (_, client):
            answer = await client.verify(payment(), PATIENCE_MS)
            rejected = await client.verify(unbalanced(), PATIENCE_MS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert len(answer.degraded) == 3
    assert _sources(answer) == {SENTINEL_EXPERT: Source.LAYER, GUARDIAN_EXPERT: Source.LAYER}
    assert rejected.consensus is Consensus.REJECTED
    assert {verdict.verdict for verdict in rejected.expert_verdicts} == {Vote.APPROVE, Vote.REJECT}


async def _metrics(address: str) -> str:
    def read() -> str:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as response:
            text: bytes = response.read()
        return text.decode()

    return await asyncio.to_thread(read)
