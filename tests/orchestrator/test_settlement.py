"""A token redeems what it is about once, for its client alone, and as long as the store holds it reserved."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from aethel.decision.thresholds import Thresholds
from aethel.request import Question
from aethel.runtime.address import Address
from aethel.runtime.channel import open_channel
from aethel.runtime.deadline import Deadline
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.settings import Process
from aethel.store.audit_log import AuditLog
from aethel.store.entry import Phase
from aethel.store.footprint import Owner
from aethel.store.opening import open_database
from aethel.store.store import Store
from aethel.token.claims import Names
from aethel.token.folder import KeyFolder
from aethel.token.minting import Tokens
from aethel.transaction import AccountState, DoubleEntry, Posting
from aethel.verdict import AGAIN, UNTOKENED, Consensus, MOEResult
from aethel.wire.settling import RemoteSettlement
from services.orchestrator.commitment import Commitment
from services.orchestrator.recording import Recording
from services.orchestrator.settlement import Settlement
from tests.orchestrator.processes import MAX_MESSAGE_BYTES, RunningMesh, running_orchestrator
from tests.store.server import running_server
from tests.token.tokens import signing_folder

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOLD_MS = 60_000
PATIENCE_MS = 20_000
NAMES = Names("mesh", "rail")
SHOP = "shop"


@dataclass(frozen=True)
class Mesh:
    """What of an orchestrator keeps state, told that every question is approved."""

    commitment: Commitment
    settlement: Settlement

    async def approve(self, name: str = "t1", amount: str = "10", client: str = SHOP, state: str = "1") -> MOEResult:
        question = taking(name, amount, state)

        async def approved() -> MOEResult:
            return MOEResult(name, Consensus.APPROVED, Decimal(1))

        return await self.commitment.answer(Owner(client, name), question, Deadline.after_ms(PATIENCE_MS), approved)

    async def settle(self, token: str, retry_key: str = "", client: str = SHOP) -> Reason | bool:
        """Why a token cannot be redeemed, or whether it was redeemed before by the same settlement."""
        try:
            return (await self.settlement.settle(client, token, retry_key))[1]
        except RequestFault as fault:
            return fault.reason

    async def release(self, token: str, client: str = SHOP) -> Reason | str:
        try:
            return await self.settlement.release(client, token)
        except RequestFault as fault:
            return fault.reason


def taking(name: str, amount: str, state: str = "1") -> Question:
    postings = (Posting("cash", f"-{amount}", "EUR"), Posting("sales", amount, "EUR"))
    shown = AccountState("cash", "EUR", "100", lower="0", version=state)
    return Question(name, transaction=DoubleEntry(postings, states=(shown,)))


@contextmanager
def keeping(store: str, keys: Path, hold_ms: int = HOLD_MS, names: Names = NAMES) -> Iterator[Mesh]:
    with ThreadPoolExecutor(8) as threads:
        recording, tokens = Recording(Thresholds()), Tokens(KeyFolder(keys), names)
        commitment = Commitment(Store(open_database(store)), threads, hold_ms, recording, tokens)
        yield Mesh(commitment, Settlement(commitment))
        commitment.store.close()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return signing_folder(tmp_path / "keys").path


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "store.db")


@pytest.fixture
def mesh(store: str, keys: Path) -> Iterator[Mesh]:
    with keeping(store, keys) as made:
        yield made


async def test_the_same_question_gets_the_same_token(mesh: Mesh) -> None:
    first, again = await mesh.approve(), await mesh.approve()
    assert first.token
    assert (again.token, AGAIN in again.findings) == (first.token, True)


async def test_an_approval_says_why_it_has_no_token(store: str, tmp_path: Path) -> None:
    with keeping(store, tmp_path / "nothing") as mesh:
        answer = await mesh.approve()
    assert (answer.consensus, answer.token) == (Consensus.APPROVED, "")
    assert UNTOKENED in answer.assumptions


async def test_a_token_is_redeemed_once(mesh: Mesh) -> None:
    token = (await mesh.approve()).token
    assert await mesh.settle(token) is False
    assert await mesh.settle(token) is Reason.ALREADY_SETTLED
    assert await mesh.settle(token, "late key") is Reason.ALREADY_SETTLED


async def test_only_the_key_of_a_settlement_shows_that_it_is_asked_again(mesh: Mesh) -> None:
    token = (await mesh.approve()).token
    assert await mesh.settle(token, "mine") is False
    assert await mesh.settle(token, "mine") is True
    assert await mesh.settle(token, "theirs") is Reason.ALREADY_SETTLED
    assert await mesh.settle(token) is Reason.ALREADY_SETTLED


async def test_ends_and_refusals_are_recorded_and_no_token_is(mesh: Mesh, store: str) -> None:
    token = (await mesh.approve()).token
    await mesh.settle(token, client="thief")
    await mesh.settle(token)
    await mesh.settle(token)
    await mesh.release(token)
    records = AuditLog(open_database(store)).newest(10)
    assert [(one.kind, one.client, one.id, one.outcome) for one in reversed(records)] == [
        ("DECISION", "shop", "t1", "APPROVED"),
        ("REFUSAL", "thief", "", "TOKEN_REFUSED"),
        ("SETTLE", "shop", "t1", "DONE"),
        ("SETTLE", "shop", "t1", "ALREADY_SETTLED"),
        ("RELEASE", "shop", "t1", "ALREADY_SETTLED"),
    ]
    assert not any(one.payload and token.split(".")[2].encode() in one.payload for one in records)


async def test_a_retry_key_is_bounded(mesh: Mesh) -> None:
    assert await mesh.settle((await mesh.approve()).token, "k" * 129) is Reason.INVALID_REQUEST


async def test_one_client_cannot_touch_what_is_of_another(mesh: Mesh) -> None:
    token = (await mesh.approve()).token
    assert await mesh.settle(token, client="thief") is Reason.TOKEN_REFUSED
    assert await mesh.release(token, client="thief") is Reason.TOKEN_REFUSED
    with pytest.raises(RequestFault) as caught:
        await mesh.settlement.result("thief", "t1")
    assert caught.value.reason is Reason.UNKNOWN_ID
    assert await mesh.settle(token) is False


async def test_the_same_id_of_two_clients_are_two(mesh: Mesh) -> None:
    mine, theirs = await mesh.approve(), await mesh.approve(client="other")
    assert await mesh.settle(mine.token) is False
    assert await mesh.settle(theirs.token, client="other") is False


async def test_a_token_ends_by_the_clock_of_the_store(store: str, keys: Path) -> None:
    with keeping(store, keys, hold_ms=0) as mesh:
        token = (await mesh.approve()).token
        assert await mesh.settle(token, "key") is Reason.RESERVATION_EXPIRED
        assert (await mesh.settlement.result(SHOP, "t1")).phase is Phase.EXPIRED
    with keeping(store, keys) as mesh:
        after = (await mesh.approve()).token
        assert after != token
        assert await mesh.settle(token) is Reason.RESERVATION_REPLACED
        assert await mesh.settle(after) is False


async def test_a_reservation_that_was_replaced_is_not_redeemed(mesh: Mesh) -> None:
    old = (await mesh.approve()).token
    new = (await mesh.approve(state="2")).token
    assert await mesh.settle(old) is Reason.RESERVATION_REPLACED
    assert await mesh.release(old) is Reason.RESERVATION_REPLACED
    assert await mesh.settle(new) is False


async def test_what_is_released_is_free_and_not_redeemed(mesh: Mesh) -> None:
    token = (await mesh.approve(amount="100")).token
    assert (await mesh.approve("t2", "1")).consensus is Consensus.REJECTED
    assert await mesh.release(token) == "t1"
    assert await mesh.release(token) == "t1"
    assert await mesh.settle(token) is Reason.NOT_RESERVED
    assert (await mesh.approve("t3", "100")).consensus is Consensus.APPROVED


async def test_what_is_settled_is_not_released(mesh: Mesh) -> None:
    token = (await mesh.approve()).token
    await mesh.settle(token)
    assert await mesh.release(token) is Reason.ALREADY_SETTLED


async def test_a_token_of_another_store_redeems_nothing_here(mesh: Mesh, keys: Path, tmp_path: Path) -> None:
    """The same client, id and attempt, as after a store was lost, about something else."""
    with keeping(str(tmp_path / "lost.db"), keys) as lost:
        foreign = (await lost.approve(amount="1")).token
    assert await mesh.settle(foreign) is Reason.UNKNOWN_ID
    mine = (await mesh.approve(amount="99")).token
    assert await mesh.settle(foreign) is Reason.RESERVATION_REPLACED
    assert await mesh.settle(mine) is False


@pytest.mark.parametrize("names", [Names("other", "rail"), Names("mesh", "other")])
async def test_a_token_for_others_is_refused(mesh: Mesh, store: str, keys: Path, names: Names) -> None:
    with keeping(store, keys, names=names) as others:
        token = (await others.approve()).token
    assert await mesh.settle(token) is Reason.TOKEN_REFUSED


async def test_a_changed_or_foreign_token_is_refused(mesh: Mesh, store: str, tmp_path: Path) -> None:
    token = (await mesh.approve()).token
    head, body, signature = token.split(".")
    other = signing_folder(tmp_path / "others").path
    with keeping(str(tmp_path / "other.db"), other) as foreign:
        forged = (await foreign.approve()).token
    spoiled = [
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
        "",
        "x" * 20_000,
        "ü",
        forged,
    ]
    assert {await mesh.settle(one) for one in spoiled} == {Reason.TOKEN_REFUSED}
    assert await mesh.settle(token) is False


async def test_keys_are_rotated_while_a_mesh_runs(mesh: Mesh, keys: Path) -> None:
    before = (await mesh.approve("before")).token
    operator = KeyFolder(keys)
    operator.create()
    operator.rotate(published_s=0)
    after = (await mesh.approve("after")).token
    assert before.split(".")[0] != after.split(".")[0]
    assert (await mesh.approve("before")).token == before
    assert [await mesh.settle(before), await mesh.settle(after)] == [False, False]


async def test_a_withdrawn_key_redeems_nothing(mesh: Mesh, keys: Path) -> None:
    token = (await mesh.approve()).token
    operator = KeyFolder(keys)
    operator.withdraw(operator.ring().keys[0].kid)
    assert await mesh.settle(token) is Reason.TOKEN_REFUSED


async def test_keys_that_cannot_be_read_refuse_nobody_for_good(mesh: Mesh, keys: Path) -> None:
    token = (await mesh.approve()).token
    good = (keys / "keys.json").read_bytes()
    (keys / "keys.json").write_bytes(b"{")
    assert await mesh.settle(token) is Reason.UNAVAILABLE
    assert UNTOKENED in (await mesh.approve("t2")).assumptions
    (keys / "keys.json").write_bytes(good)
    assert await mesh.settle(token) is False


async def test_what_is_kept_is_told_with_its_phase(mesh: Mesh) -> None:
    token = (await mesh.approve()).token
    phases = [(await mesh.settlement.result(SHOP, "t1")).phase]
    await mesh.settle(token)
    phases.append((await mesh.settlement.result(SHOP, "t1")).phase)
    assert phases == [Phase.RESERVED, Phase.SETTLED]


async def test_without_a_store_there_is_nothing_to_redeem() -> None:
    with pytest.raises(RequestFault) as caught:
        await Settlement(None).settle(SHOP, "", "")
    assert caught.value.reason is Reason.NOT_CONFIGURED


async def test_with_the_store_away_nothing_is_redeemed(mesh: Mesh, keys: Path) -> None:
    token = (await mesh.approve()).token
    with keeping("postgresql://nobody@127.0.0.1:1/nowhere", keys) as away:
        assert await away.settle(token) is Reason.STORE_UNAVAILABLE


async def raced(store: str, keys: Path, rounds: int) -> None:
    with keeping(store, keys) as one, keeping(store, keys) as other:
        for number in range(rounds):
            token = (await one.approve(f"r{number}", "1")).token
            asked = [mesh.settle(token, f"{number} {place}") for place, mesh in enumerate((one, other) * 4)]
            assert Counter(await asyncio.gather(*asked)) == {False: 1, Reason.ALREADY_SETTLED: 7}


async def test_one_of_many_who_redeem_a_token_at_two_places_wins(store: str, keys: Path) -> None:
    await raced(store, keys, 5)


@pytest.mark.full
async def test_one_of_many_wins_on_postgresql(keys: Path) -> None:
    with running_server() as server:
        url = server.create("tokens")
        open_database(url).migrate()
        await raced(url, keys, 50)


def addresses(mesh: RunningMesh) -> dict[Process, Address]:
    return {each: one.address for each, one in mesh.processes.items() if each is not Process.ORCHESTRATOR}


@pytest.fixture
def environ(store: str, keys: Path) -> dict[str, str]:
    return {"AETHEL_STORE": store, "AETHEL_KEYS_DIR": str(keys)}


@pytest.mark.full
async def test_a_settlement_outlives_the_process_that_made_it(
    shared_mesh: RunningMesh, environ: dict[str, str]
) -> None:
    """Two processes on one store: what the first one gave and settled the second one knows when the first is killed."""
    experts = addresses(shared_mesh)
    async with (
        running_orchestrator(experts, environ) as (first, client),
        running_orchestrator(experts, environ) as (second, _),
        open_channel(first.address, MAX_MESSAGE_BYTES) as one,
        open_channel(second.address, MAX_MESSAGE_BYTES) as other,
    ):
        here, there = RemoteSettlement(one), RemoteSettlement(other)
        taken, left = [await client.verify(taking(name, "10"), PATIENCE_MS) for name in ("taken", "left")]
        assert (taken.consensus, bool(taken.token)) == (Consensus.APPROVED, True), taken
        kept = await there.result("taken", PATIENCE_MS)
        assert kept.result == replace(taken, total_latency_ms=0)
        assert (await here.settle(taken.token, PATIENCE_MS, "key")).is_repeated is False
        await first.kill()
        assert (await there.settle(taken.token, PATIENCE_MS, "key")).is_repeated is True
        with pytest.raises(RequestFault) as caught:
            await there.settle(taken.token, PATIENCE_MS, "another")
        assert caught.value.reason is Reason.ALREADY_SETTLED
        assert await there.release(left.token, PATIENCE_MS) == "left"
        with pytest.raises(RequestFault) as caught:
            await there.result("nobody's", PATIENCE_MS)
        assert caught.value.reason is Reason.UNKNOWN_ID
