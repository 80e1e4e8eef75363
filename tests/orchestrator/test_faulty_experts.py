"""Experts that answer wrongly: a fault of theirs, never a verdict."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio

from aethel.runtime.settings import Process
from aethel.v1 import verdict_pb2
from aethel.verdict import GUARDIAN_EXPERT, Consensus, Source
from aethel.wire.client import RemoteMesh
from tests.orchestrator.processes import RunningProcess, running_experts, running_orchestrator
from tests.orchestrator.proxy import Answer, Proxy, Tamper, proxy_of
from tests.orchestrator.questions import given_payment, payment, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_MS = 20_000


@dataclass
class Proxied:
    """A mesh whose prover and Guardian are reached through proxies."""

    orchestrator: RunningProcess
    client: RemoteMesh
    z3: Proxy
    guardian: Proxy


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def whole() -> AsyncIterator[Proxied]:
    """Real experts behind proxies."""
    async with (
        running_experts() as experts,
        proxy_of(experts[Process.Z3].address) as z3,
        proxy_of(experts[Process.GUARDIAN].address) as guardian,
    ):
        addresses = {
            Process.Z3: z3.address,
            Process.SENTINEL: experts[Process.SENTINEL].address,
            Process.GUARDIAN: guardian.address,
        }
        async with running_orchestrator(addresses) as (orchestrator, client):
            yield Proxied(orchestrator, client, z3, guardian)


@pytest.fixture
def mesh(whole: Proxied) -> Proxied:
    """The proxies let everything through until a test says otherwise."""
    whole.z3.be_honest()
    whole.guardian.be_honest()
    return whole


async def _garbage(answer: Answer) -> bytes:
    return b"\xff" * 40


async def _nothing(answer: Answer) -> bytes:
    return b""


async def _another_name(answer: Answer) -> bytes:
    answer.verdict.expert_name = "Sentinel_Expert"
    return answer.SerializeToString()


async def _another_question(answer: Answer) -> bytes:
    answer.transaction_id = "another"
    return answer.SerializeToString()


async def _another_program(answer: Answer) -> bytes:
    answer.verdict.program_digest = "0" * 64
    return answer.SerializeToString()


async def _no_number(answer: Answer) -> bytes:
    answer.verdict.confidence = float("nan")
    return answer.SerializeToString()


async def _breakage(answer: Answer) -> bytes:
    raise RuntimeError("broken")


async def _lie(answer: Answer) -> bytes:
    """Whatever was found, nothing was found."""
    answer.verdict.verdict = verdict_pb2.VERDICT_APPROVE
    answer.verdict.evidence = verdict_pb2.EVIDENCE_EVALUATED
    answer.verdict.confidence = 0.99
    del answer.verdict.findings[:]
    for obligation in answer.verdict.obligations:
        obligation.outcome = verdict_pb2.OUTCOME_PROVED
        obligation.evidence = verdict_pb2.EVIDENCE_EVALUATED
    return answer.SerializeToString()


FAULTS: dict[str, tuple[Tamper, str]] = {
    "garbage": (_garbage, "WRONG_ANSWER"),
    "nothing": (_nothing, "WRONG_ANSWER"),
    "another name": (_another_name, "WRONG_ANSWER"),
    "another question": (_another_question, "WRONG_ANSWER"),
    "another program": (_another_program, "WRONG_ANSWER"),
    "a confidence that is no number": (_no_number, "WRONG_ANSWER"),
    "an error": (_breakage, "FAILED"),
}


async def test_proxies_that_change_nothing_change_no_answer(mesh: Proxied) -> None:
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert (answer.consensus, answer.degraded) == (Consensus.APPROVED, ()), answer.reason


@pytest.mark.parametrize(("tamper", "reason"), FAULTS.values(), ids=FAULTS)
async def test_a_faulty_guardian_is_stood_in_for(mesh: Proxied, tamper: Tamper, reason: str) -> None:
    mesh.guardian.tamper = tamper
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert answer.degraded == (f"Guardian_Expert: {reason}, its layer answered",)
    assert [one.source for one in answer.expert_verdicts if one.expert_name == GUARDIAN_EXPERT] == [Source.LAYER]


@pytest.mark.parametrize(("tamper", "reason"), FAULTS.values(), ids=FAULTS)
async def test_a_faulty_prover_is_never_an_approval(mesh: Proxied, tamper: Tamper, reason: str) -> None:
    mesh.z3.tamper = tamper
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert answer.degraded == (f"Z3_Expert: {reason}, no layer answered for it",)


async def test_a_vote_of_another_version_approves_nothing(mesh: Proxied) -> None:
    async def vote(answer: Answer) -> bytes:
        answer.verdict.verdict = 99  # type: ignore[assignment]
        return answer.SerializeToString()

    mesh.z3.tamper = vote
    assert (await mesh.client.verify(payment(), PATIENCE_MS)).consensus is Consensus.UNCERTAIN


async def test_a_grade_of_another_version_proves_nothing(mesh: Proxied) -> None:
    async def grade(answer: Answer) -> bytes:
        answer.verdict.obligations[2].evidence = 99  # type: ignore[assignment]
        return answer.SerializeToString()

    mesh.z3.tamper = grade
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert (answer.consensus, len(answer.undecided_obligations)) == (Consensus.UNCERTAIN, 1)


async def test_an_obligation_that_is_left_out_stays_undecided(mesh: Proxied) -> None:
    async def shorten(answer: Answer) -> bytes:
        kept = [one for one in answer.verdict.obligations if one.id != "post.2"]
        del answer.verdict.obligations[:]
        answer.verdict.obligations.extend(kept)
        return answer.SerializeToString()

    mesh.z3.tamper = shorten
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert (answer.consensus, answer.undecided_obligations) == (Consensus.UNCERTAIN, ("post.2",))


async def test_an_expert_cannot_pass_for_a_layer(mesh: Proxied) -> None:
    async def source(answer: Answer) -> bytes:
        answer.verdict.source = verdict_pb2.SOURCE_LAYER
        return answer.SerializeToString()

    mesh.guardian.tamper = source
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert {one.source for one in answer.expert_verdicts} == {Source.EXPERT}


async def test_a_guardian_that_ran_out_of_time_is_stood_in_for(mesh: Proxied) -> None:
    async def give_up(answer: Answer) -> bytes:
        verdict = verdict_pb2.ExpertVerdict(expert_name=GUARDIAN_EXPERT, verdict=verdict_pb2.VERDICT_ABSTAIN)
        verdict.obligations.add(id="deadline", outcome=verdict_pb2.OUTCOME_BUDGET)
        answer.verdict.CopyFrom(verdict)
        return answer.SerializeToString()

    mesh.guardian.tamper = give_up
    answer = await mesh.client.verify(payment(), PATIENCE_MS)
    assert (answer.consensus, answer.degraded) == (
        Consensus.APPROVED,
        ("Guardian_Expert: LATE, its layer answered",),
    )


async def test_a_guardian_that_approves_what_it_found_wrong_is_found_out(mesh: Proxied) -> None:
    mesh.guardian.tamper = _lie
    seen = len(mesh.orchestrator.events)
    answer = await mesh.client.verify(unbalanced(), PATIENCE_MS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert [finding.code for finding in answer.findings] == ["SECOND_LINE"]
    assert answer.expert_verdicts[-1].source is Source.SECOND_LINE
    alert = await mesh.orchestrator.logged("the second line disagrees with an approval", beyond=seen)
    assert alert["level"] == "ERROR"


async def test_a_prover_that_approves_what_is_false_on_the_given_values_is_found_out(mesh: Proxied) -> None:
    mesh.z3.tamper = _lie
    question = given_payment("60.00", "100.00")
    text = (question.intent_text or b"").replace(b"verify {", b"verify { payer_balance > 50.00;")
    answer = await mesh.client.verify(replace(question, intent_text=text), PATIENCE_MS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert "`post.1` is false on the given values" in answer.reason
