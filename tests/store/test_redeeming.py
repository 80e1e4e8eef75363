"""A voucher redeems the one reservation that it describes, in every part of it."""

from dataclasses import replace

import pytest

from aethel.store.commit import Reserved
from aethel.store.entry import Phase
from aethel.store.life import Denied, Reason
from aethel.store.redeeming import Kept, Redeemed, Voucher, content_digest
from aethel.store.store import Store
from tests.store.memory import Memory
from tests.store.payments import HOLD_MS, approve, owner, reserve, subject, taking


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def store(memory: Memory) -> Store:
    return Store(memory)


def reserved(store: Store) -> Voucher:
    asked = subject("t1")
    decision = approve(store, owner(), taking("60"), asked)
    assert isinstance(decision, Reserved)
    return Voucher(decision.attempt, content_digest(asked), asked.state, decision.expires_ms)


@pytest.mark.parametrize("changed", [{"attempt": 2}, {"content": "other"}, {"state": "v2"}, {"expires_ms": 1}])
def test_a_voucher_that_differs_in_anything_redeems_nothing(store: Store, changed: dict[str, object]) -> None:
    mine = reserved(store)
    other = replace(mine, **changed)  # type: ignore[arg-type]
    assert store.redeem(owner(), other) == Denied(Reason.REPLACED)
    assert store.give_back(owner(), other) == Denied(Reason.REPLACED)
    assert store.redeem(owner(), mine) == Redeemed()


def test_an_unknown_id_has_nothing_to_redeem(store: Store) -> None:
    voucher = reserved(store)
    assert store.redeem(owner("t2"), voucher, "key") == Denied(Reason.UNKNOWN)
    assert store.give_back(owner("t2"), voucher) == Denied(Reason.UNKNOWN)
    assert store.kept(owner("t2")) is None


def test_a_settlement_is_repeated_for_its_key_however_late(store: Store, memory: Memory) -> None:
    voucher = reserved(store)
    assert store.redeem(owner(), voucher, "key") == Redeemed()
    memory.clock_ms += 10 * HOLD_MS
    assert store.redeem(owner(), voucher, "key") == Redeemed(is_repeated=True)
    assert store.redeem(owner(), replace(voucher, content="other"), "key") == Denied(Reason.REPLACED)


def test_what_is_kept_says_until_when_while_it_is_reserved(store: Store, memory: Memory) -> None:
    reserve(store, owner(), taking("60"), hold_ms=10)
    assert store.kept(owner()) == Kept(Phase.RESERVED, b"Reserved", memory.clock_ms + 10)
    memory.clock_ms += 10
    assert store.kept(owner()) == Kept(Phase.EXPIRED, b"Reserved", None)
