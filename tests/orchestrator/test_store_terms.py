"""What limits, pending transfers, refunds, ids and nonces leave behind is judged by the commit of a real mesh."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.settings import Process
from aethel.store.footprint import Owner
from aethel.store.life import Done
from aethel.store.opening import open_database
from aethel.store.store import Store
from aethel.terms import BookedLeg, Reversal, Terms
from aethel.transaction import AccountTransaction, Phase, Transaction
from aethel.verdict import Consensus, MOEResult, Source
from aethel.wire.client import RemoteMesh
from tests.ledger.transfers import MOST, batch, move
from tests.orchestrator.processes import RunningMesh, running_orchestrator
from tests.store.asking import limited, paying, refunding, resolving, showing
from tests.store.conftest import migrated_url, postgres_url, server

pytestmark = pytest.mark.asyncio(loop_scope="session")

__all__ = ["migrated_url", "postgres_url", "server"]

PATIENCE_MS = 20_000
ROUNDS = 3


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store") / "store.db"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def keeping(shared_mesh: RunningMesh, file: Path) -> AsyncIterator[RemoteMesh]:
    """An orchestrator of the same experts that keeps its state in a file."""
    async with running_orchestrator(experts(shared_mesh), {"AETHEL_STORE": str(file)}) as (_, client):
        yield client


def experts(mesh: RunningMesh) -> Mapping[Process, Address]:
    return {each: one.address for each, one in mesh.processes.items() if each is not Process.ORCHESTRATOR}


async def asked(client: RemoteMesh, name: str, transaction: Transaction) -> MOEResult:
    return await client.verify(Question(name, transaction=transaction), PATIENCE_MS)


async def settled(client: RemoteMesh, file: Path, name: str, transaction: Transaction) -> None:
    """Ask what has to be approved, and redeem it as a caller does before its money moves."""
    answer = await asked(client, name, transaction)
    assert answer.consensus is Consensus.APPROVED, answer.reason
    store = Store(open_database(str(file)))
    assert isinstance(store.settle(Owner("", name), 1), Done)
    store.close()


def codes(answer: MOEResult) -> set[str]:
    """The codes by which the commit rejects."""
    assert (answer.consensus is Consensus.REJECTED) == any(
        one.source is Source.COMMIT for one in answer.expert_verdicts
    )
    return {verdict.code for verdict in answer.expert_verdicts if verdict.source is Source.COMMIT}


def one_wins(answers: list[MOEResult], code: str) -> None:
    """Whether one of two was approved, and the commit rejected the other for this."""
    assert sorted(answer.consensus.value for answer in answers) == ["APPROVED", "REJECTED"], answers
    assert set().union(*(codes(answer) for answer in answers)) == {code}


async def test_the_second_one_over_a_limit_is_rejected_by_the_commit(keeping: RemoteMesh) -> None:
    first = await asked(keeping, "rent 1", paying("60", limited(used="0")))
    assert first.consensus is Consensus.APPROVED
    assert any("the caller's word" in one for one in first.assumptions)
    assert codes(await asked(keeping, "rent 2", paying("41", limited(used="0")))) == {"G21"}
    assert codes(await asked(keeping, "rent 3", paying("40", limited(used="0")))) == set()


async def test_a_limit_asked_for_twice_at_once_is_given_once(keeping: RemoteMesh) -> None:
    for number in range(ROUNDS):
        terms = limited(account=f"payer {number}")
        entry = paying("60", terms)
        postings = tuple(type(one)(f"{one.account} {number}", one.amount, one.commodity) for one in entry.postings)
        entry = type(entry)(postings, terms=terms)
        answers = await asyncio.gather(*(asked(keeping, f"twice {number} {each}", entry) for each in range(2)))
        one_wins(answers, "G21")


async def test_a_pending_transfer_is_posted_once(keeping: RemoteMesh, file: Path) -> None:
    opened = batch(move(1, amount=10, phase=Phase.PENDING))
    await settled(keeping, file, "open", opened)
    posts = [resolving(batch(move(number, amount=MOST, phase=Phase.POST, pending_id="1")), opened) for number in (2, 3)]
    answers = await asyncio.gather(*(asked(keeping, f"post {number}", post) for number, post in enumerate(posts)))
    one_wins(answers, "G16")
    void = resolving(batch(move(4, amount=0, phase=Phase.VOID, pending_id="1")), opened)
    assert codes(await asked(keeping, "void", void)) == {"G16"}


async def test_a_pending_transfer_that_was_never_opened_is_not_posted(keeping: RemoteMesh) -> None:
    opened = batch(move(1001, amount=10, phase=Phase.PENDING))
    post = resolving(batch(move(1002, amount=10, phase=Phase.POST, pending_id="1001")), opened)
    assert codes(await asked(keeping, "invented", post)) == {"G16"}


async def test_a_transfer_id_is_used_once(keeping: RemoteMesh) -> None:
    answers = await asyncio.gather(*(asked(keeping, f"same id {each}", batch(move(2001))) for each in range(2)))
    one_wins(answers, "G02")


async def test_no_more_is_given_back_than_was_paid(keeping: RemoteMesh, file: Path) -> None:
    legs = (BookedLeg("payer", "-10", "EUR"), BookedLeg("shop", "10", "EUR"))
    reversing = [refunding("6", Terms(reversal=Reversal("original", legs))) for _ in range(2)]
    assert codes(await asked(keeping, "too early", reversing[0])) == {"G17"}
    await settled(keeping, file, "original", paying("10"))
    answers = await asyncio.gather(*(asked(keeping, f"back {number}", each) for number, each in enumerate(reversing)))
    one_wins(answers, "G17")


async def test_a_nonce_of_a_named_sender_is_used_once(keeping: RemoteMesh) -> None:
    sent = AccountTransaction("0", "1", "1", "", "1", expected_nonce="0", sender="0x" + "ab" * 20)
    answers = await asyncio.gather(*(asked(keeping, f"nonce {each}", sent) for each in range(2)))
    one_wins(answers, "G23")


async def test_two_orchestrators_over_one_server_never_both_approve_the_last_unit(
    shared_mesh: RunningMesh, postgres_url: str
) -> None:
    environ = {"AETHEL_STORE": postgres_url}
    async with (
        running_orchestrator(experts(shared_mesh), environ) as (_, one),
        running_orchestrator(experts(shared_mesh), environ) as (_, two),
    ):
        for number in range(ROUNDS):
            last = showing("1", "1", "1", f"account {number}")
            wanted = [(client, f"{place} {each} {number}") for place, client in enumerate((one, two)) for each in "ab"]
            answers = await asyncio.gather(*(asked(client, name, last) for client, name in wanted))
            assert [answer.consensus for answer in answers].count(Consensus.APPROVED) == 1
            assert set().union(*(codes(answer) for answer in answers)) == {"G12"}
        limit = paying("60", limited())
        one_wins(list(await asyncio.gather(asked(one, "limit 1", limit), asked(two, "limit 2", limit))), "G21")
