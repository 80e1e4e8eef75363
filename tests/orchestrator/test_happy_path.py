"""A whole mesh: what callers get when everybody is there."""

import asyncio
import json

import pytest

from aethel.request import Question
from aethel.transaction import DoubleEntry, Posting, Unsupported
from aethel.verdict import (
    GUARDIAN_EXPERT,
    SENTINEL_EXPERT,
    Z3_EXPERT,
    Consensus,
    Evidence,
    Source,
    Vote,
)
from tests.orchestrator.processes import RunningMesh
from tests.orchestrator.questions import entry, given_payment, payment, theft, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE_MS = 20_000


async def test_a_payment_is_proved_by_three_experts(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(payment(), PATIENCE_MS)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    assert answer.degraded == ()
    votes = {(one.expert_name, one.verdict, one.source) for one in answer.expert_verdicts}
    assert votes == {(name, Vote.APPROVE, Source.EXPERT) for name in (Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT)}
    assert answer.written_cells == ("payer_balance", "payee_balance")
    assert (answer.language_version, answer.scope, len(answer.program_digest)) == ("1", "TEMPLATE", 64)
    assert 0 < answer.total_latency_ms < PATIENCE_MS


async def test_a_payment_that_takes_too_much_is_rejected_with_evidence(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(theft(), PATIENCE_MS)
    assert answer.consensus is Consensus.REJECTED
    rejecting = [one for one in answer.expert_verdicts if one.verdict is Vote.REJECT]
    assert {one.expert_name for one in rejecting} == {Z3_EXPERT, SENTINEL_EXPERT, GUARDIAN_EXPERT}
    assert all(one.evidence >= Evidence.SINGLE_SOLVER for one in rejecting)


async def test_given_values_are_decided_as_given(shared_mesh: RunningMesh) -> None:
    enough = await shared_mesh.client.verify(given_payment("60.00", "100.00"), PATIENCE_MS)
    assert (enough.consensus, enough.scope) == (Consensus.APPROVED, "INSTANCE"), enough.reason
    too_much = await shared_mesh.client.verify(given_payment("100.01", "100.00"), PATIENCE_MS)
    assert too_much.consensus is Consensus.REJECTED


async def test_an_unbalanced_entry_is_rejected_by_the_guardian_without_the_prover(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(unbalanced(), PATIENCE_MS)
    assert answer.consensus is Consensus.REJECTED
    assert (answer.skipped_experts, answer.activated_experts) == ((Z3_EXPERT,), (SENTINEL_EXPERT, GUARDIAN_EXPERT))
    assert [(one.expert_name, one.code) for one in answer.expert_verdicts if one.verdict is Vote.REJECT] == [
        (GUARDIAN_EXPERT, "G07")
    ]


async def test_a_balanced_entry_is_approved(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(entry(), PATIENCE_MS)
    assert answer.consensus is Consensus.APPROVED, answer.reason


async def test_prose_is_rejected_before_anybody_is_asked(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(Question("prose", intent_text=b"please pay Bob"), PATIENCE_MS)
    assert (answer.consensus, answer.activated_experts) == (Consensus.REJECTED, ())
    (gateway,) = answer.expert_verdicts
    assert (gateway.source, gateway.code) == (Source.GATEWAY, "SYNTAX")


async def test_what_nobody_reads_is_uncertain(shared_mesh: RunningMesh) -> None:
    answer = await shared_mesh.client.verify(Question("ach", transaction=Unsupported("ach_batch")), PATIENCE_MS)
    assert answer.consensus is Consensus.UNCERTAIN
    assert "transaction.understood" in answer.undecided_obligations


async def test_many_questions_at_once_each_get_their_own_answer(shared_mesh: RunningMesh) -> None:
    questions = [entry(f"even-{n}") if n % 2 == 0 else unbalanced(f"odd-{n}") for n in range(40)]
    answers = await asyncio.gather(*(shared_mesh.client.verify(question, PATIENCE_MS) for question in questions))
    for number, answer in enumerate(answers):
        expected = Consensus.APPROVED if number % 2 == 0 else Consensus.REJECTED
        assert (answer.transaction_id, answer.consensus) == (questions[number].transaction_id, expected), answer.reason


async def test_the_same_question_gets_the_same_answer(shared_mesh: RunningMesh) -> None:
    first, second = [await shared_mesh.client.verify(theft(), PATIENCE_MS) for _ in range(2)]
    assert (first.consensus, first.reason, first.overall_confidence) == (
        second.consensus,
        second.reason,
        second.overall_confidence,
    )


async def test_logs_hold_no_amount_name_or_memo(shared_mesh: RunningMesh) -> None:
    telling = DoubleEntry(
        (Posting("Zaphod Beeblebrox", "31415.92", "EUR"), Posting("Trillian", "-31415.93", "EUR")),
        payee="for the towels",
    )
    seen = len(shared_mesh.orchestrator.events)
    await shared_mesh.client.verify(Question("telling", transaction=telling), PATIENCE_MS)
    await shared_mesh.orchestrator.logged("decided", beyond=seen, request_id="telling")
    logged = json.dumps(shared_mesh.orchestrator.events[seen:])
    assert not [word for word in ("31415", "Zaphod", "Trillian", "towels") if word in logged]
