"""The mesh answers as one process does, latency aside; a hostile text gets an answer and costs nobody else."""

import asyncio
import time
from dataclasses import replace

import pytest

from aethel.decision.path import run_local
from aethel.decision.thresholds import Thresholds
from aethel.ledger.expert import GuardianExpert
from aethel.prover.expert import Z3Expert
from aethel.prover.local import local_expert
from aethel.request import Context, Question
from aethel.security.expert import SentinelExpert
from aethel.transaction import AmountText, MerkleProof, TreeRoot, Unsupported, UtxoBatch
from aethel.verdict import GUARDIAN_EXPERT, SENTINEL_EXPERT, Z3_EXPERT, Consensus, MOEResult, unkept
from tests.decision.intents import COUNTER, LEAK, PAYMENT, TWO_PAYMENTS
from tests.orchestrator.processes import RunningMesh
from tests.orchestrator.questions import entry, given_payment, payment, theft, unbalanced

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE_MS = 30_000
TIMEOUTS_MS = {Z3_EXPERT: 8_000, SENTINEL_EXPERT: 1_500, GUARDIAN_EXPERT: 1_500}

_ROOT = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
LEAF = MerkleProof(
    "rfc6962-sha256", "inclusion", (("leaf_index", "0"), ("tree_size", "1"), ("leaf", ""), ("root", _ROOT))
)
"""An empty leaf that is a tree of its own."""

QUESTIONS = (
    payment(),
    theft(),
    given_payment("60.00", "100.00"),
    given_payment("100.01", "100.00"),
    given_payment("ten", "100.00"),
    entry(),
    unbalanced(),
    Question("two payments", intent_text=TWO_PAYMENTS),
    Question("a leak", intent_text=LEAK),
    Question("a counter", intent_text=COUNTER),
    Question("prose", intent_text=b"please pay Bob"),
    Question("hidden text", intent_text=PAYMENT.replace(b"intent pay", "# \u202e\nintent pay".encode())),
    Question("an amount", transaction=AmountText("1.00")),
    Question("no amount", transaction=AmountText("1,00")),
    Question("outputs", transaction=UtxoBatch((), ())),
    Question("a proof", transaction=MerkleProof("rfc6962-sha256", "inclusion")),
    Question("a leaf", transaction=LEAF),
    Question(
        "a leaf of another tree", transaction=LEAF, context=Context(roots=(TreeRoot("rfc6962-sha256", "2", "ab"),))
    ),
    replace(given_payment("60.00", "100.00"), transaction_id="with a proof", context=Context(proofs=(LEAF,))),
    Question("a kind nobody reads", transaction=Unsupported("ach_batch")),
)

_LONG = b"intent pay(a: Account, n: Balance) { guard { %s > 0; } verify { a_balance == old_a_balance + n; } }"
HOSTILE = {
    "a megabyte": b"a" * 1_000_000,
    "nested parentheses": _LONG % (b"(" * 10_000 + b"n" + b")" * 10_000),
    "many summands": _LONG % b" + ".join([b"n"] * 1_500),
    "a NUL byte": PAYMENT.replace(b"guard", b"\0guard"),
    "a reversing control": PAYMENT.replace(b"payer", "pay\u202eer".encode()),
    "half a character": PAYMENT.replace(b"payer", "pay\ud800er".encode("utf-8", "surrogatepass")),
    "a literal of many digits": _LONG % (b"9" * 200_000),
    "a long word": _LONG % (b"n" * 8_000),
    "squares of squares": _LONG % b" * ".join([b"(n * n)"] * 2_000),
    "a loop without end": PAYMENT.replace(b"effect {", b"effect { for i in 0..999999999 { payer.balance += 0; }"),
}


@pytest.fixture(scope="module")
def panel() -> tuple[Z3Expert, SentinelExpert, GuardianExpert]:
    """The same experts in this process."""
    return local_expert(), SentinelExpert(), GuardianExpert()


def _decided(answer: MOEResult) -> MOEResult:
    """The answer without what it took, and without the words by which a proof made before differs from a new one."""
    verdicts = tuple(
        replace(
            verdict,
            latency_ms=0,
            proof_trace=(),
            obligations=tuple(replace(each, took_ms=0.0, work=0, detail="") for each in verdict.obligations),
        )
        for verdict in answer.expert_verdicts
    )
    return replace(answer, expert_verdicts=verdicts, total_latency_ms=0)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.transaction_id)
async def test_the_mesh_decides_as_one_process_does(
    shared_mesh: RunningMesh, panel: tuple[Z3Expert, SentinelExpert, GuardianExpert], question: Question
) -> None:
    local = run_local(question, panel, Thresholds(), TIMEOUTS_MS)
    answer = await shared_mesh.client.verify(question, PATIENCE_MS)
    assert _decided(answer) == _decided(unkept(local))


async def test_the_questions_get_every_answer(shared_mesh: RunningMesh) -> None:
    """Else the two would agree on little."""
    answers = await asyncio.gather(*(shared_mesh.client.verify(question, PATIENCE_MS) for question in QUESTIONS))
    assert {answer.consensus for answer in answers} == set(Consensus)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_text_gets_an_answer_and_nobody_dies(shared_mesh: RunningMesh, text: bytes) -> None:
    began_s = time.monotonic()
    answer = await shared_mesh.client.verify(Question("hostile", intent_text=text), PATIENCE_MS)
    assert answer.consensus is not Consensus.APPROVED
    assert time.monotonic() - began_s < 10
    assert (await shared_mesh.client.verify(payment(), PATIENCE_MS)).consensus is Consensus.APPROVED
    assert all(running.popen.returncode is None for running in shared_mesh.processes.values())
