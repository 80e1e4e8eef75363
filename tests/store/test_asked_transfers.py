"""Batches of transfers against what others reserved: pending transfers, ids, and accounts that have limits."""

from dataclasses import replace

import pytest

from aethel.store.commit import Reserved
from aethel.store.footprint import Owner
from aethel.store.store import Store
from aethel.terms import BookedLeg, Reversal, Terms
from aethel.transaction import Phase, TransferAccount, TransferBatch
from tests.ledger.transfers import MOST, batch, move
from tests.store.asking import CLIENT, commit, limited, refused, resolving, settle

pytestmark = pytest.mark.parametrize("store", ["grouped"], indirect=True)
"""As an orchestrator writes; that a transaction of its own does the same, other tests see."""

OPENED = batch(move(1, amount=10, phase=Phase.PENDING))


def posting(number: int, amount: int = MOST, phase: Phase = Phase.POST) -> TransferBatch:
    return resolving(batch(move(number, amount=amount, phase=phase, pending_id="1")), OPENED)


def shown(version: str = "1", debits_pending: str = "0", **flags: bool) -> tuple[TransferAccount, TransferAccount]:
    """An account of 10 posted credits, and another of 10 posted debits, both with the flags that are given."""
    first = TransferAccount("1", "1", debits_pending, "0", "0", "10", version=version, **flags)
    second = TransferAccount("2", "1", "0", "10", debits_pending, "0", version=version, **flags)
    return first, second


def test_g16_posts_a_settled_pending_transfer_once(store: Store) -> None:
    settle(store, "open", OPENED)
    assert isinstance(commit(store, "post", posting(2)), Reserved)
    assert refused(commit(store, "again", posting(3))) == {"G16"}
    assert refused(commit(store, "void", posting(4, 0, Phase.VOID))) == {"G16"}


def test_g16_resolves_nothing_that_is_only_reserved_or_was_never_opened_here(store: Store) -> None:
    assert refused(commit(store, "unknown", posting(2))) == {"G16"}
    commit(store, "open", OPENED)
    assert refused(commit(store, "early", posting(3))) == {"G16"}


def test_g16_voids_what_is_pending_and_frees_a_resolution_that_is_released(store: Store) -> None:
    settle(store, "open", OPENED)
    voided = commit(store, "void", posting(2, 0, Phase.VOID))
    assert isinstance(voided, Reserved)
    store.release(Owner(CLIENT, "void"), voided.attempt)
    assert isinstance(commit(store, "post", posting(3, 9)), Reserved)


def test_g16_believes_the_store_and_not_what_the_request_says_was_booked(store: Store) -> None:
    settle(store, "open", OPENED)
    larger = batch(move(1, amount=11, phase=Phase.PENDING))
    post = batch(move(2, amount=11, phase=Phase.POST, pending_id="1"))
    assert refused(commit(store, "more", resolving(post, larger))) == {"G16"}
    elsewhere = batch(move(1, 1, 3, amount=10, phase=Phase.PENDING))
    post = batch(move(3, amount=10, phase=Phase.POST, pending_id="1"))
    assert refused(commit(store, "elsewhere", resolving(post, elsewhere))) == {"G16"}


def test_what_is_opened_and_resolved_in_one_batch_is_over_with_it(store: Store) -> None:
    settle(store, "both", batch(*OPENED.transfers, move(2, amount=4, phase=Phase.POST, pending_id="1")))
    assert refused(commit(store, "post", posting(3))) == {"G16"}


def test_g02_a_transfer_id_is_used_once_by_all_batches(store: Store) -> None:
    reserved = commit(store, "a", batch(move(1), move(2)))
    assert isinstance(reserved, Reserved)
    assert refused(commit(store, "b", batch(move(2)))) == {"G02"}
    store.release(Owner(CLIENT, "a"), reserved.attempt)
    settle(store, "c", batch(move(2)))
    assert refused(commit(store, "d", batch(move(3), move(2, amount=7)))) == {"G02"}


def test_g12_counts_pending_and_posted_debits_of_others_where_they_may_not_exceed_credits(store: Store) -> None:
    accounts = shown(debits_must_not_exceed_credits=True)[:1] + shown()[1:]
    assert isinstance(
        commit(store, "a", batch(move(1, amount=4, phase=Phase.PENDING), move(2, amount=3), accounts=accounts)),
        Reserved,
    )
    assert refused(commit(store, "b", batch(move(3, amount=4), accounts=accounts))) == {"G12"}
    assert isinstance(commit(store, "c", batch(move(4, amount=3), accounts=accounts)), Reserved)


def test_g12_counts_pending_and_posted_credits_of_others_where_they_may_not_exceed_debits(store: Store) -> None:
    accounts = shown()[:1] + shown(credits_must_not_exceed_debits=True)[1:]
    assert isinstance(commit(store, "a", batch(move(1, amount=6, phase=Phase.PENDING), accounts=accounts)), Reserved)
    assert refused(commit(store, "b", batch(move(2, amount=5), accounts=accounts))) == {"G12"}


def test_g12_deducts_what_the_shown_account_has_pending(store: Store) -> None:
    accounts = shown(debits_pending="6", debits_must_not_exceed_credits=True)[:1] + shown()[1:]
    settle(store, "a", batch(move(1, amount=3), accounts=accounts))
    assert refused(commit(store, "b", batch(move(2, amount=2), accounts=accounts))) == {"G12"}
    assert isinstance(commit(store, "c", batch(move(3, amount=1), accounts=accounts)), Reserved)


def test_to_post_what_is_pending_takes_no_room_again(store: Store) -> None:
    before = shown(debits_must_not_exceed_credits=True)[:1] + shown()[1:]
    settle(store, "open", batch(*OPENED.transfers, accounts=before))
    store.confirm(Owner(CLIENT, "open"), 2)
    after = shown("2", "10", debits_must_not_exceed_credits=True)[:1] + shown("2", "10")[1:]
    post = resolving(batch(move(2, amount=MOST, phase=Phase.POST, pending_id="1"), accounts=after), OPENED)
    assert isinstance(commit(store, "post", post), Reserved)


def test_g24_one_version_shows_one_pending_sum(store: Store) -> None:
    settle(store, "a", batch(move(1, amount=1), accounts=shown("5")))
    assert refused(commit(store, "b", batch(move(2, amount=1), accounts=shown("5", "1")))) == {"G24"}
    assert refused(commit(store, "c", batch(move(3, amount=1), accounts=shown("4")))) == {"G24"}


def test_the_version_of_the_snapshot_is_that_of_every_account(store: Store) -> None:
    terms = Terms(state_version="9")
    accounts = shown("", debits_must_not_exceed_credits=True)[:1] + shown("")[1:]
    first = TransferBatch((move(1, amount=10),), accounts, terms=terms)
    assert isinstance(commit(store, "a", first), Reserved)
    second = TransferBatch((move(2, amount=1),), accounts, terms=terms)
    assert refused(commit(store, "b", second)) == {"G12"}


def test_accounts_that_are_not_described_are_not_reserved_and_that_is_told(store: Store) -> None:
    decision = commit(store, "a", batch(move(1)))
    assert isinstance(decision, Reserved)
    assert any("2 holdings are shown without a balance" in note for note in decision.notes)


def test_g17_gives_back_transfers_that_were_posted_and_counts_refunds_that_are_pending(store: Store) -> None:
    def giving_back(number: int, amount: int, phase: Phase = Phase.SINGLE) -> TransferBatch:
        legs = (BookedLeg("1", "-10", "1"), BookedLeg("2", "10", "1"))
        transfer = move(number, 2, 1, amount=amount, phase=phase)
        return TransferBatch((transfer,), terms=Terms(reversal=Reversal("original", legs)))

    settle(store, "original", batch(move(1, amount=10)))
    assert isinstance(commit(store, "a", giving_back(2, 6, Phase.PENDING)), Reserved)
    assert refused(commit(store, "b", giving_back(3, 5))) == {"G17"}
    settle(store, "pending", batch(move(4, amount=10, phase=Phase.PENDING)))
    legs = (BookedLeg("1", "-10", "1"), BookedLeg("2", "10", "1"))
    back = TransferBatch((move(5, 2, 1, amount=1),), terms=Terms(reversal=Reversal("pending", legs)))
    assert refused(commit(store, "c", back)) == {"G17"}


def test_g21_counts_a_transfer_when_it_is_reserved_and_not_again_when_it_is_posted(store: Store) -> None:
    limit = limited(account="1").limits[0]
    terms = Terms(limits=(type(limit)(limit.kind, "1", "10", account="1"),))
    settle(store, "open", TransferBatch(OPENED.transfers, terms=terms))
    assert refused(commit(store, "other", TransferBatch((move(9, amount=1),), terms=terms))) == {"G21"}
    assert isinstance(commit(store, "post", replace(posting(2), terms=terms)), Reserved)
