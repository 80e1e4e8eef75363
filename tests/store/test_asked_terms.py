"""Limits, reversals, nonces, ids and logs of requests are judged by what the store knows, on both databases."""

import pytest

from aethel.request import Context
from aethel.store.asked_proofs import log_name
from aethel.store.commit import Reserved
from aethel.store.footprint import Owner
from aethel.store.store import Store
from aethel.terms import BookedLeg, Identity, IdScheme, Limit, LimitKind, Nonce, Reversal, Terms
from aethel.transaction import AccountState, AccountTransaction, DoubleEntry, MerkleProof, TreeRoot
from tests.store.asking import CLIENT, commit, limited, paying, refunding, refused, settle

pytestmark = pytest.mark.parametrize("store", ["grouped"], indirect=True)
"""As an orchestrator writes; that a transaction of its own does the same, other tests see."""

KEPT = [LimitKind.PAYEE, LimitKind.CUMULATIVE]
TODAY = {"opens": "2026-01-02T00:00:00Z", "closes": "2026-01-03T00:00:00Z"}
ORIGINAL = (BookedLeg("payer", "-10", "EUR"), BookedLeg("shop", "10", "EUR"))
SENDER = "0x" + "ab" * 20


def reversing(amount: str, original: str = "original") -> DoubleEntry:
    return refunding(amount, Terms(reversal=Reversal(original, ORIGINAL)))


def sending(nonce: str, balance: str = "100", version: str = "1", **other: str) -> AccountTransaction:
    """A transaction that may cost 10 and 50 of gas."""
    return AccountTransaction(nonce, "5", "10", "", "10", balance=balance, state_version=version, **other)


def continuing(size1: int, root1: str, size2: int, root2: str, log: str = "log") -> MerkleProof:
    given = {"size1": str(size1), "size2": str(size2), "root1": root1 * 64, "root2": root2 * 64, "log": log}
    fields = tuple((name, text) for name, text in given.items() if text)
    return MerkleProof("rfc6962-sha256", "consistency", fields)


@pytest.mark.parametrize("kind", KEPT)
def test_g21_counts_what_is_reserved_and_settled_whatever_is_said_to_be_used(store: Store, kind: LimitKind) -> None:
    settle(store, "a", paying("60", limited(kind, used="0")))
    assert isinstance(commit(store, "b", paying("30", limited(kind, used="0"))), Reserved)
    assert refused(commit(store, "c", paying("11", limited(kind, used="0")))) == {"G21"}
    assert isinstance(commit(store, "d", paying("10", limited(kind))), Reserved)


def test_g21_frees_what_is_released(store: Store) -> None:
    reserved = commit(store, "a", paying("100", limited()))
    assert isinstance(reserved, Reserved)
    assert refused(commit(store, "b", paying("1", limited()))) == {"G21"}
    store.release(Owner(CLIENT, "a"), reserved.attempt)
    assert isinstance(commit(store, "c", paying("100", limited())), Reserved)


def test_g21_counts_each_window_payee_and_payer_by_itself(store: Store) -> None:
    tomorrow = {"opens": "2026-01-03T01:00:00+01:00", "closes": "2026-01-04T00:00:00Z"}
    settle(store, "a", paying("100", limited(LimitKind.WINDOW, **TODAY)))
    assert refused(commit(store, "b", paying("1", limited(LimitKind.WINDOW, **TODAY)))) == {"G21"}
    settle(store, "c", paying("100", limited(LimitKind.WINDOW, **tomorrow)))
    utc = {"opens": "2026-01-03T00:00:00Z", "closes": "2026-01-04T00:00:00Z"}
    assert refused(commit(store, "d", paying("1", limited(LimitKind.WINDOW, **utc)))) == {"G21"}
    settle(store, "e", paying("100", limited(LimitKind.PAYEE)))
    settle(store, "f", paying("100", limited(LimitKind.PAYEE, payee="other"), "other"))


def test_g21_keeps_nothing_of_a_limit_for_one_transaction(store: Store) -> None:
    settle(store, "a", paying("100", limited(LimitKind.TRANSACTION)))
    settle(store, "b", paying("100", limited(LimitKind.TRANSACTION)))


def test_g21_counts_a_movement_once_by_the_least_of_what_one_limit_is_said_to_allow(store: Store) -> None:
    wide, narrow = limited(most="100").limits[0], limited(most="60").limits[0]
    both = Terms(limits=(wide, narrow, wide))
    assert isinstance(commit(store, "a", paying("60", both)), Reserved)
    assert refused(commit(store, "b", paying("1", both))) == {"G21"}
    assert isinstance(commit(store, "c", paying("40", Terms(limits=(wide,)))), Reserved)


def test_what_a_limit_allows_and_more_use_than_is_known_are_told(store: Store) -> None:
    first = commit(store, "a", paying("1", limited(used="7")))
    assert isinstance(first, Reserved)
    assert any("the caller's word" in note for note in first.notes)
    assert any("is said to be used to 7: 0 is known here" in note for note in first.notes)
    second = commit(store, "b", paying("1", limited(used="1")))
    assert isinstance(second, Reserved)
    assert not any("is said to be used" in note for note in second.notes)


def test_a_window_without_an_end_or_a_beginning_is_not_kept_and_that_is_told(store: Store) -> None:
    decision = commit(store, "a", paying("100", limited(LimitKind.WINDOW)))
    assert isinstance(decision, Reserved)
    assert any("without a beginning or an end" in note for note in decision.notes)
    assert isinstance(commit(store, "b", paying("100", limited(LimitKind.WINDOW))), Reserved)


def test_g17_gives_back_what_a_settled_original_moved_and_no_more(store: Store) -> None:
    assert refused(commit(store, "early", reversing("1"))) == {"G17"}
    settle(store, "original", paying("10"))
    assert isinstance(commit(store, "a", reversing("6")), Reserved)
    assert refused(commit(store, "b", reversing("4.01"))) == {"G17"}
    assert isinstance(commit(store, "c", reversing("4")), Reserved)


def test_g17_believes_the_store_and_not_what_the_request_says_of_the_original(store: Store) -> None:
    settle(store, "original", paying("9"))
    assert refused(commit(store, "a", reversing("10"))) == {"G17"}


def test_g23_takes_a_nonce_of_an_account_once_and_in_order(store: Store) -> None:
    def using(nonce: str, window: str = "") -> DoubleEntry:
        entry = paying("1", Terms(nonce=Nonce("payer", nonce, window)))
        return DoubleEntry(entry.postings, states=(AccountState("payer", nonce="5"),), terms=entry.terms)

    settle(store, "a", using("5"))
    assert refused(commit(store, "b", using("5"))) == {"G23"}
    assert isinstance(commit(store, "c", using("6", "9")), Reserved)
    assert refused(commit(store, "d", using("6", "9"))) == {"G23"}
    assert isinstance(commit(store, "e", using("8", "1")), Reserved)


def test_a_named_sender_has_its_nonces_and_balance_reserved(store: Store) -> None:
    assert isinstance(commit(store, "a", sending("0", expected_nonce="0", sender=SENDER)), Reserved)
    assert refused(commit(store, "b", sending("0", sender=SENDER))) == {"G12", "G23"}
    same = SENDER.upper().removeprefix("0X")
    assert refused(commit(store, "c", sending("1", sender=same))) == {"G12"}
    assert isinstance(commit(store, "d", sending("1", "120", "2", sender=SENDER)), Reserved)


def test_an_unnamed_sender_has_nothing_reserved_and_that_is_told(store: Store) -> None:
    for name in ("a", "b"):
        decision = commit(store, name, sending("0"))
        assert isinstance(decision, Reserved)
        assert any("the sender is not named" in note for note in decision.notes)


def test_g02_one_id_of_a_scheme_is_one_transaction(store: Store) -> None:
    def named(name: str, scheme: IdScheme = IdScheme.UUID) -> DoubleEntry:
        return paying("1", Terms(identity=Identity(name, scheme)))

    settle(store, "a", named("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))
    assert refused(commit(store, "b", named("F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"))) == {"G02"}
    assert isinstance(commit(store, "c", named("f81d4fae-7dec-11d0-a765-00a0c91e6bf7")), Reserved)
    assert isinstance(commit(store, "d", named("7", IdScheme.U64)), Reserved)
    assert isinstance(commit(store, "e", named("7", IdScheme.U128)), Reserved)


def test_g26_continues_a_named_log_from_the_root_accepted_last(store: Store) -> None:
    assert refused(commit(store, "a", continuing(1, "a", 2, "b"))) == {"G26"}
    store.trust_root(log_name("rfc6962-sha256", "log"), 1, "a" * 64)
    settle(store, "b", continuing(1, "a", 2, "b"))
    assert refused(commit(store, "c", continuing(1, "a", 2, "c"))) == {"G26"}
    assert isinstance(commit(store, "d", continuing(2, "b", 3, "c")), Reserved)
    assert refused(commit(store, "e", continuing(2, "b", 3, "d"))) == {"G26"}


def test_g26_follows_the_proofs_of_one_question_in_their_order(store: Store) -> None:
    store.trust_root(log_name("rfc6962-sha256", "log"), 1, "a" * 64)
    first, second = continuing(1, "a", 2, "b"), continuing(2, "b", 3, "c")
    assert refused(commit(store, "a", paying("1"), Context(proofs=(second, first)))) == {"G26"}
    settle(store, "b", paying("1"), Context(proofs=(first, second)))
    assert isinstance(commit(store, "c", continuing(3, "c", 4, "d")), Reserved)


def test_g26_takes_a_root_that_a_proof_leaves_out_from_the_trusted_ones(store: Store) -> None:
    store.trust_root(log_name("rfc6962-sha256", "log"), 1, "a" * 64)
    roots = Context(roots=(TreeRoot("rfc6962-sha256", "1", "a" * 64),))
    assert isinstance(commit(store, "a", continuing(1, "", 2, "b"), roots), Reserved)


def test_a_log_without_a_name_is_not_kept_and_that_is_told(store: Store) -> None:
    decision = commit(store, "a", continuing(1, "a", 2, "b", log=""))
    assert isinstance(decision, Reserved)
    assert any("has no name" in note for note in decision.notes)


def test_an_updated_tree_is_a_log_of_one_size(store: Store) -> None:
    def updating(root: str, after: str) -> MerkleProof:
        fields = (("tree_size", "4"), ("root", root * 64), ("post_root", after * 64), ("log", "log"))
        return MerkleProof("bitcoin-dsha256", "update", fields)

    store.trust_root(log_name("bitcoin-dsha256", "log"), 4, "a" * 64)
    settle(store, "a", updating("a", "b"))
    assert refused(commit(store, "b", updating("a", "c"))) == {"G26"}
    assert isinstance(commit(store, "c", updating("b", "c")), Reserved)


def test_a_limit_names_its_kind_commodity_and_account(store: Store) -> None:
    settle(store, "a", paying("100", limited()))
    assert isinstance(commit(store, "b", paying("100", limited(account=""))), Reserved)
    dollars = Terms(limits=(Limit(LimitKind.CUMULATIVE, "USD", "100", account="payer"),))
    assert isinstance(commit(store, "c", paying("100", dollars)), Reserved)
