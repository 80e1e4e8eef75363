"""With a store an id means one thing once: repeated it gets its answer again, changed or spent it is refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.faults import Reason, fault_of
from aethel.runtime.settings import Process
from aethel.store.footprint import Owner
from aethel.store.life import Done
from aethel.store.opening import open_database
from aethel.store.store import Store
from aethel.transaction import AccountState, DoubleEntry, Posting, Unspent, UtxoBatch, UtxoSpend
from aethel.verdict import AGAIN, UNKEPT, Consensus, MOEResult, Source
from aethel.wire.absence import MeshUnavailable
from aethel.wire.client import RemoteMesh
from tests.orchestrator.processes import RunningMesh, running_orchestrator
from tests.orchestrator.questions import entry, given_payment, theft

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "store.db"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def keeping(shared_mesh: RunningMesh, file: Path) -> AsyncIterator[RemoteMesh]:
    """An orchestrator of the same experts that keeps its state in a file."""
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": str(file)}) as (_, client):
        yield client


def experts(mesh: RunningMesh) -> dict[Process, Address]:
    return {each: one.address for each, one in mesh.processes.items() if each is not Process.ORCHESTRATOR}


def taking(name: str, amount: str, account: str = "cash", version: str = "1") -> Question:
    """A journal entry that takes an amount from an account of 100 that may not be overdrawn."""
    postings = (Posting(account, f"-{amount}", "EUR"), Posting("sales", amount, "EUR"))
    state = AccountState(account, "EUR", "100", lower="0", version=version)
    return Question(name, transaction=DoubleEntry(postings, states=(state,)))


def codes(answer: MOEResult) -> set[str]:
    """The codes by which the commit rejects."""
    return {verdict.code for verdict in answer.expert_verdicts if verdict.source is Source.COMMIT}


async def test_what_is_reserved_cannot_be_approved_for_another(keeping: RemoteMesh) -> None:
    first = await keeping.verify(taking("first", "60"), PATIENCE_MS)
    second = await keeping.verify(taking("second", "41"), PATIENCE_MS)
    third = await keeping.verify(taking("third", "40"), PATIENCE_MS)
    answers = [first, second, third]
    expected = [Consensus.APPROVED, Consensus.REJECTED, Consensus.APPROVED]
    assert [one.consensus for one in answers] == expected, [one.reason for one in answers]
    assert codes(second) == {"G12"}


async def test_the_same_question_gets_the_same_answer_and_a_mark(keeping: RemoteMesh) -> None:
    first = await keeping.verify(entry("again"), PATIENCE_MS)
    again = await keeping.verify(entry("again"), PATIENCE_MS)
    assert again.findings == (*first.findings, AGAIN)
    assert replace(again, findings=first.findings, total_latency_ms=0) == replace(first, total_latency_ms=0)


async def test_one_question_asked_many_times_at_once_is_decided_once(keeping: RemoteMesh) -> None:
    answers = await asyncio.gather(*(keeping.verify(taking("many", "1", "till"), PATIENCE_MS) for _ in range(8)))
    assert {answer.consensus for answer in answers} == {Consensus.APPROVED}
    assert sum(AGAIN in answer.findings for answer in answers) == 7


async def test_an_id_that_is_used_for_something_else_is_refused_with_what_changed(keeping: RemoteMesh) -> None:
    await keeping.verify(entry("reused", "10.00"), PATIENCE_MS)
    answer = await keeping.verify(entry("reused", "10.01"), PATIENCE_MS)
    assert codes(answer) == {"G02"}
    assert "`postings`" in answer.reason


async def test_layout_does_not_make_another_intent(keeping: RemoteMesh) -> None:
    asked = given_payment("60.00", "100.00")
    await keeping.verify(asked, PATIENCE_MS)
    spaced = replace(asked, intent_text=b"\n\n" + (asked.intent_text or b"") + b"\n# the same\n")
    assert AGAIN in (await keeping.verify(spaced, PATIENCE_MS)).findings


async def test_a_rejected_id_stays_rejected(keeping: RemoteMesh) -> None:
    assert (await keeping.verify(theft(), PATIENCE_MS)).consensus is Consensus.REJECTED
    again = await keeping.verify(theft(), PATIENCE_MS)
    assert again.consensus is Consensus.REJECTED
    assert AGAIN in again.findings


async def test_a_text_that_is_no_intent_can_be_mended_under_its_id(keeping: RemoteMesh) -> None:
    broken = Question("mended", intent_text=b"please pay Bob")
    assert (await keeping.verify(broken, PATIENCE_MS)).consensus is Consensus.REJECTED
    mended = replace(given_payment("1.00", "100.00"), transaction_id="mended")
    assert (await keeping.verify(mended, PATIENCE_MS)).consensus is Consensus.APPROVED


async def test_what_is_settled_is_a_double_spend(keeping: RemoteMesh, file: Path) -> None:
    await keeping.verify(taking("settled", "10", "safe"), PATIENCE_MS)
    store = Store(open_database(str(file)))
    assert isinstance(store.settle(Owner("", "settled"), 1), Done)
    store.close()
    assert codes(await keeping.verify(taking("settled", "10", "safe"), PATIENCE_MS)) == {"G02"}
    assert codes(await keeping.verify(taking("more", "91", "safe", "2"), PATIENCE_MS)) == {"G12"}


async def test_an_output_is_spent_by_one_batch(keeping: RemoteMesh) -> None:
    def spending(name: str, outpoint: str) -> Question:
        spend = UtxoSpend(name, (outpoint,), ("90",), "10")
        return Question(name, transaction=UtxoBatch((Unspent(outpoint, "100"),), (spend,)))

    assert (await keeping.verify(spending("s1", "AB:0"), PATIENCE_MS)).consensus is Consensus.APPROVED
    assert codes(await keeping.verify(spending("s2", "ab:0"), PATIENCE_MS)) == {"G22"}


async def test_what_is_not_reserved_is_said(keeping: RemoteMesh, shared_mesh: RunningMesh) -> None:
    kept = await keeping.verify(taking("no version", "1", "purse", version=""), PATIENCE_MS)
    assert kept.consensus is Consensus.APPROVED
    assert any("not reserved" in one for one in kept.assumptions), kept.assumptions
    assert UNKEPT in (await shared_mesh.client.verify(taking("no store", "1"), PATIENCE_MS)).assumptions


async def test_with_the_store_away_nothing_is_answered(shared_mesh: RunningMesh) -> None:
    away = "postgresql://nobody@127.0.0.1:1/nowhere"
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": away}) as (_, client):
        for asked in (taking("away", "1"), theft()):
            with pytest.raises(MeshUnavailable) as raised:
                await client.verify(asked, PATIENCE_MS)
            cause = raised.value.__cause__
            assert isinstance(cause, grpc.aio.AioRpcError)
            assert cause.code() is grpc.StatusCode.UNAVAILABLE
            fault = fault_of(cause)
            assert fault is not None
            assert fault.reason is Reason.STORE_UNAVAILABLE
