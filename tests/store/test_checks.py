"""Each check against the state refuses what it is for, and nothing beside it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from aethel.store.commit import Decision, Reserved
from aethel.store.footprint import (
    Change,
    Extension,
    Footprint,
    LimitUse,
    NonceUse,
    Opening,
    Resolving,
    Reversal,
    Spend,
)
from aethel.store.store import Store
from tests.store.memory import Memory
from tests.store.payments import approve, codes, owner, reserve, taking


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def store(memory: Memory) -> Store:
    return Store(memory)


def settled(store: Store, name: str, footprint: Footprint) -> None:
    store.settle(owner(name), reserve(store, owner(name), footprint))


def moving(amount: str, version: int = 1) -> Footprint:
    """A payment from cash to sales; a negative amount is one back."""
    net = Decimal(amount)
    changes = []
    for account, moved in (("cash", net.copy_negate()), ("sales", net)):
        up, down = max(moved, Decimal(0)), max(moved.copy_negate(), Decimal(0))
        changes.append(Change(account, "EUR", moved, down, up, Decimal(100), version))
    return Footprint(tuple(changes))


def giving_back(amount: str, original: str = "original") -> Footprint:
    return replace(moving(f"-{amount}"), reversal=Reversal(original))


def limited(amount: str, window_ms: int | None = None) -> Footprint:
    return Footprint(limits=(LimitUse("rent", Decimal(amount), Decimal(100), window_ms),))


def resolving(amount: str = "10", **changed: object) -> Footprint:
    end = Resolving("pending", "cash", "sales", "EUR", Decimal(amount))
    return Footprint(resolvings=(replace(end, **changed),))  # type: ignore[arg-type]


def opening(timeout_ms: int | None = None) -> Footprint:
    return Footprint(openings=(Opening("pending", "cash", "sales", "EUR", Decimal(10), timeout_ms),))


def is_reserved(decision: Decision) -> bool:
    return isinstance(decision, Reserved)


def test_g12_counts_what_others_take_and_not_what_they_bring(store: Store) -> None:
    bringing = Change("cash", "EUR", Decimal(50), Decimal(0), Decimal(50), Decimal(100), 1, Decimal(0))
    reserve(store, owner("a"), Footprint((bringing,)))
    assert codes(approve(store, owner("b"), taking("100.01"))) == ["G12"]
    assert is_reserved(approve(store, owner("c"), taking("100")))


def test_g12_judges_a_balance_without_a_version_and_reserves_none_of_it(store: Store) -> None:
    reserve(store, owner("a"), taking("60"))
    assert codes(approve(store, owner("b"), taking("41", version=None))) == ["G12"]
    assert is_reserved(approve(store, owner("c"), taking("40", version=None)))
    assert is_reserved(approve(store, owner("d"), taking("40")))


def test_g13_keeps_to_an_upper_bound_and_to_a_lower_one_that_is_not_0(store: Store) -> None:
    assert codes(approve(store, owner("a"), taking("90.01", lower="10"))) == ["G13"]
    full = Change("cash", "EUR", Decimal(1), Decimal(0), Decimal(1), Decimal(99), 1, upper=Decimal(100))
    reserve(store, owner("b"), Footprint((full,)))
    assert codes(approve(store, owner("c"), Footprint((full,)))) == ["G13"]


def test_a_refusal_can_be_redone_on_paper(store: Store) -> None:
    reserve(store, owner("a"), taking("60"))
    decision = approve(store, owner("b"), taking("41"))
    assert not isinstance(decision, Reserved)
    (finding,) = decision.findings  # type: ignore[union-attr]
    assert finding.numbers == (("balance", "100"), ("reserved", "60"), ("falls_by", "41"))
    assert (finding.accounts, finding.delta) == (("cash",), "-1")


def test_g16_posts_a_pending_transfer_once_and_by_at_most_its_amount(store: Store) -> None:
    settled(store, "pending", opening())
    assert codes(approve(store, owner("much"), resolving("10.01"))) == ["G16"]
    assert is_reserved(approve(store, owner("post"), resolving("9")))
    assert codes(approve(store, owner("again"), resolving("1"))) == ["G16"]


@pytest.mark.parametrize(
    "other",
    [
        resolving(debit="till"),
        resolving(credit="till"),
        resolving(commodity="USD"),
        resolving("9", is_void=True),
        resolving(pending_id="t"),
    ],
    ids=["debit", "credit", "commodity", "part of a void", "another"],
)
def test_g16_resolves_a_pending_transfer_by_its_own_terms(store: Store, other: Footprint) -> None:
    settled(store, "pending", opening())
    assert codes(approve(store, owner("post"), other)) == ["G16"]


def test_g16_resolves_nothing_that_is_not_settled_or_has_expired(store: Store, memory: Memory) -> None:
    reserve(store, owner("pending"), opening())
    assert codes(approve(store, owner("early"), resolving())) == ["G16"]
    memory.clock_ms = 70_000
    settled(store, "pending", opening(timeout_ms=10))
    memory.clock_ms = 70_009
    assert is_reserved(approve(store, owner("just"), resolving(), hold_ms=1))
    memory.clock_ms = 70_010
    assert codes(approve(store, owner("late"), resolving())) == ["G16"]


def test_g17_gives_back_no_more_than_the_original_in_all(store: Store) -> None:
    settled(store, "original", moving("10"))
    assert is_reserved(approve(store, owner("a"), giving_back("6")))
    assert codes(approve(store, owner("b"), giving_back("4.01"))) == ["G17", "G17"]
    assert is_reserved(approve(store, owner("c"), giving_back("4")))


def test_g17_mirrors_the_parties_of_a_settled_original(store: Store) -> None:
    assert codes(approve(store, owner("a"), giving_back("1", "nothing"))) == ["G17"]
    settled(store, "original", moving("10"))
    forward = replace(moving("1"), reversal=Reversal("original"))
    assert codes(approve(store, owner("b"), forward)) == ["G17", "G17"]
    other = replace(taking("1", account="till"), reversal=Reversal("original"))
    assert codes(approve(store, owner("c"), other)) == ["G17"]


def test_g21_counts_what_is_reserved_and_settled_until_it_leaves_the_window(store: Store, memory: Memory) -> None:
    settled(store, "a", limited("60", window_ms=1_000))
    assert codes(approve(store, owner("b"), limited("41", window_ms=1_000))) == ["G21"]
    reserve(store, owner("c"), limited("40", window_ms=1_000))
    memory.clock_ms = 999
    assert codes(approve(store, owner("d"), limited("1", window_ms=1_000))) == ["G21"]
    memory.clock_ms = 1_000
    assert is_reserved(approve(store, owner("e"), limited("100", window_ms=1_000)))


def test_g21_counts_for_ever_without_a_window_and_adds_up_one_transaction(store: Store, memory: Memory) -> None:
    twice = Footprint(limits=(*limited("50").limits, *limited("51").limits))
    assert codes(approve(store, owner("a"), twice)) == ["G21"]
    settled(store, "b", limited("100"))
    memory.clock_ms = 10**12
    assert codes(approve(store, owner("c"), limited("0.01"))) == ["G21"]


def test_g22_spends_an_output_once(store: Store) -> None:
    coin = Footprint(spends=(Spend("ab:0"),))
    attempt = reserve(store, owner("a"), coin)
    assert codes(approve(store, owner("b"), coin)) == ["G22"]
    store.release(owner("a"), attempt)
    settled(store, "c", coin)
    assert codes(approve(store, owner("d"), coin)) == ["G22"]


def test_g23_takes_the_next_nonce_that_nobody_holds(store: Store) -> None:
    def using(nonce: int, expected: int | None = 5, window: int = 0) -> Footprint:
        return Footprint(nonces=(NonceUse("0xab", nonce, expected, window),))

    assert codes(approve(store, owner("a"), using(6))) == ["G23"]
    settled(store, "b", using(5))
    assert codes(approve(store, owner("c"), using(5))) == ["G23"]
    reserve(store, owner("d"), using(6))
    assert codes(approve(store, owner("e"), using(6, None, 9))) == ["G23"]
    assert codes(approve(store, owner("f"), using(8))) == ["G23"]
    assert is_reserved(approve(store, owner("g"), using(8, window=1)))


def test_g24_believes_no_older_state_and_no_other_balance_of_one_version(store: Store) -> None:
    reserve(store, owner("a"), taking("1", version=5))
    assert codes(approve(store, owner("b"), taking("1", version=4))) == ["G24"]
    assert codes(approve(store, owner("c"), taking("1", balance="101", version=5))) == ["G24"]
    assert is_reserved(approve(store, owner("d"), taking("1", balance="101", version=6)))


def test_g26_continues_a_log_from_the_root_accepted_last(store: Store) -> None:
    def growing(size: int, root: str, new_size: int) -> Footprint:
        return Footprint(extensions=(Extension("log", size, root, new_size, "ff"),))

    assert codes(approve(store, owner("a"), growing(1, "aa", 2))) == ["G26"]
    store.trust_root("log", 1, "aa")
    for number, wrong in enumerate((growing(1, "bb", 2), growing(2, "aa", 2), growing(1, "aa", 0))):
        assert codes(approve(store, owner(f"wrong {number}"), wrong)) == ["G26"]
    reserve(store, owner("b"), growing(1, "aa", 2))
    assert codes(approve(store, owner("c"), growing(1, "aa", 3))) == ["G26"]


def test_a_footprint_names_nothing_twice() -> None:
    change = taking("1").changes[0]
    with pytest.raises(ValueError, match="once"):
        Footprint((change, change))
