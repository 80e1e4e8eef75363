"""Public transactions of real projects, put to the whole mesh in batches."""

import json
from collections.abc import Iterator
from hashlib import sha256

import pytest

from aethel.request import Question
from aethel.verdict import GUARDIAN_EXPERT, Consensus, MOEResult, Vote
from aethel.wire.client import MAX_BATCH_QUESTIONS
from aethel.wire.rows import question_from_row
from tests.orchestrator.processes import RunningMesh
from tests.tools import REPOSITORY

pytestmark = pytest.mark.asyncio(loop_scope="session")

CORPORA = REPOSITORY.parent / "shared" / "corpora"
PATIENCE_MS = 30_000
EXPECTED = {"APPROVE": Consensus.APPROVED, "REJECT": Consensus.REJECTED}

CODES = {
    "double_entry": {"unbalanced": "G07"},
    "account_tx": {
        **dict.fromkeys(("ADDRESS_TOO_SHORT", "ADDRESS_TOO_LONG", "RLP_ERROR_SIZE"), "G05"),
        **dict.fromkeys(("GASLIMIT_OVERFLOW", "GASLIMIT_PRICE_PRODUCT_OVERFLOW", "GASPRICE_OVERFLOW"), "G11"),
        **dict.fromkeys(("NONCE_OVERFLOW", "NONCE_TOO_BIG", "VALUE_OVERFLOW"), "G11"),
    },
    "amount_text": {"amount": "G04"},
    "utxo": {
        **dict.fromkeys(("double_spend", "missing_utxo"), "G22"),
        **dict.fromkeys(("value_created", "overflow"), "G10"),
        "negative_value": "G04",
    },
    "merkle": {
        "rfc6962-sha256:consistency": "G26",
        **dict.fromkeys(("rfc6962-sha256:inclusion", "bitcoin-dsha256:inclusion"), "G25"),
        **dict.fromkeys(("ics23-iavl:existence", "ics23-tendermint:existence", "ics23-smt:existence"), "G25"),
    },
    "ach_batch": {"control_totals_mismatch": "G31"},
}
"""The check that has to reject each category of wrong rows; how an entry was unbalanced does not matter."""


def _rows(name: str) -> Iterator[tuple[Question, Consensus, str]]:
    """Every row whose verdict is not a matter of policy, with the code that rejects it where it has to be."""
    path = CORPORA / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"../shared/corpora/{name}.jsonl is absent")
    for line in path.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["expect"] in EXPECTED:
            question = question_from_row({"id": case["id"], "transaction": case["input"]})
            category = case["category"] if name == "merkle" else case["category"].partition(":")[0]
            yield question, EXPECTED[case["expect"]], CODES[name][category] if case["expect"] == "REJECT" else ""


def _texts(name: str) -> list[tuple[dict[str, str], Question]]:
    """The core rows of one file of texts that rules were made from; the others measure them."""
    path = CORPORA / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"../shared/corpora/{name}.jsonl is absent")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
    chosen = [row for row in rows if row["tier"] == "core" and sha256(row["id"].encode()).digest()[0] >= 128]
    return [(row, question_from_row({"id": row["id"], "transaction": {"text": row["input"]}})) for row in chosen]


async def _consensus(mesh: RunningMesh, questions: list[Question]) -> list[Consensus]:
    found = []
    for first in range(0, len(questions), MAX_BATCH_QUESTIONS):
        for answer in await mesh.client.verify_batch(questions[first : first + MAX_BATCH_QUESTIONS], PATIENCE_MS):
            assert isinstance(answer, MOEResult)
            found.append(answer.consensus)
    return found


async def test_ordinary_texts_are_approved_as_they_are(shared_mesh: RunningMesh) -> None:
    rows = _texts("security_benign")
    answers = await _consensus(shared_mesh, [question for _, question in rows])
    wrong = [row["id"] for (row, _), answer in zip(rows, answers, strict=True) if answer is not Consensus.APPROVED]
    assert wrong == []


async def test_texts_that_change_a_query_are_rejected_but_for_a_few_that_say_nothing(shared_mesh: RunningMesh) -> None:
    rows = [(row, asked) for row, asked in _texts("security_malicious") if row["category"] in ("sqli", "nosqli")]
    answers = await _consensus(shared_mesh, [question for _, question in rows])
    missed = [row["id"] for (row, _), answer in zip(rows, answers, strict=True) if answer is not Consensus.REJECTED]
    assert len(missed) <= len(rows) // 50


@pytest.mark.parametrize("name", CODES)
async def test_every_public_row_is_answered_rightly_and_the_guardian_rejects_by_the_right_check(
    shared_mesh: RunningMesh, name: str
) -> None:
    rows = list(_rows(name))
    wrong = []
    for first in range(0, len(rows), MAX_BATCH_QUESTIONS):
        batch = rows[first : first + MAX_BATCH_QUESTIONS]
        answers = await shared_mesh.client.verify_batch([question for question, *_ in batch], PATIENCE_MS)
        for (question, expected, code), answer in zip(batch, answers, strict=True):
            if not isinstance(answer, MOEResult) or answer.consensus is not expected:
                wrong.append((question.transaction_id, answer))
            elif expected is Consensus.REJECTED:
                rejecting = [one for one in answer.expert_verdicts if one.verdict is Vote.REJECT]
                codes = {one.code for one in rejecting if one.expert_name == GUARDIAN_EXPERT}
                assert codes == {code}, question.transaction_id
    assert wrong == []
    assert {expected for _, expected, _ in rows} == set(EXPECTED.values())
