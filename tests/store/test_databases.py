"""One suite for both databases: what is said to be kept is kept, and names of every kind stay apart."""

import pytest

from aethel.store.commit import Rejected, Reserved, Superseded, Terms
from aethel.store.entry import Phase
from aethel.store.footprint import Extension, Footprint, NonceUse, Spend
from aethel.store.life import Begun, Denied, Done, InFlight, Reason, Refused, Stored
from aethel.store.opening import open_database
from aethel.store.sql_session import ROWS_PER_STATEMENT
from aethel.store.store import Store
from tests.store.payments import HOLD_MS, LEASE_MS, answer, approve, begin, codes, owner, reserve, subject, taking


def test_a_reservation_is_found_again_by_another_program(store: Store, address: str) -> None:
    reserve(store, owner(), taking("60"))
    other = Store(open_database(address))
    assert other.begin(owner(), subject("t1"), LEASE_MS) == Stored(b"Reserved", Phase.RESERVED)
    assert codes(approve(other, owner("t2"), taking("41"))) == ["G12"]
    other.close()


def test_what_is_reserved_settled_and_shown_is_deducted_exactly_once(store: Store) -> None:
    attempt = reserve(store, owner("a"), taking("60"))
    assert store.settle(owner("a"), attempt) == Done(Phase.SETTLED)
    assert codes(approve(store, owner("b"), taking("41"))) == ["G12"]
    assert store.confirm(owner("a"), 2) == Done(Phase.SETTLED)
    assert codes(approve(store, owner("c"), taking("41"))) == ["G12"]
    assert isinstance(approve(store, owner("d"), taking("40", balance="40", version=2)), Reserved)


def test_a_released_reservation_is_free_again(store: Store) -> None:
    attempt = reserve(store, owner("a"), taking("100"))
    assert store.release(owner("a"), attempt) == Done(Phase.RELEASED)
    assert store.release(owner("a"), attempt) == Done(Phase.RELEASED)
    assert store.settle(owner("a"), attempt) == Denied(Reason.NOT_RESERVED)
    assert isinstance(approve(store, owner("b"), taking("100")), Reserved)


def test_a_reservation_ends_by_the_clock_of_the_store(store: Store) -> None:
    attempt = reserve(store, owner("a"), taking("100"), hold_ms=0)
    assert store.phase(owner("a")) is Phase.EXPIRED
    assert store.settle(owner("a"), attempt) == Denied(Reason.EXPIRED)
    assert isinstance(approve(store, owner("b"), taking("100")), Reserved)


def test_an_id_whose_reservation_ended_is_decided_anew(store: Store) -> None:
    reserve(store, owner("a"), taking("100"), hold_ms=0)
    assert isinstance(approve(store, owner("a"), taking("100")), Reserved)
    assert store.phase(owner("a")) is Phase.RESERVED


def test_what_is_settled_never_expires(store: Store) -> None:
    attempt = reserve(store, owner("a"), taking("100"))
    store.settle(owner("a"), attempt)
    assert store.settle(owner("a"), attempt) == Denied(Reason.ALREADY_SETTLED)
    assert store.release(owner("a"), attempt) == Denied(Reason.ALREADY_SETTLED)
    assert store.phase(owner("a")) is Phase.SETTLED
    again = store.begin(owner("a"), subject("a"), LEASE_MS)
    assert isinstance(again, Refused)
    assert again.finding.code == "G02"


def test_a_question_in_flight_is_waited_for(store: Store) -> None:
    begin(store, owner())
    assert isinstance(store.begin(owner(), subject("t1"), LEASE_MS), InFlight)


def test_a_decision_that_was_never_finished_is_taken_over(store: Store) -> None:
    store.begin(owner(), subject("t1"), lease_ms=0)
    assert store.begin(owner(), subject("t1"), LEASE_MS) == Begun(2)
    late = Terms(1, subject("t1"), taking("1"))
    assert store.commit(owner(), late, HOLD_MS, answer) == Superseded()
    assert not store.conclude(owner(), 1, Phase.REJECTED, b"")


def test_an_id_that_nobody_began_commits_nothing(store: Store) -> None:
    assert store.commit(owner(), Terms(1, subject(), taking("1")), HOLD_MS, answer) == Superseded()
    assert store.settle(owner(), 1) == Denied(Reason.UNKNOWN)
    assert store.phase(owner()) is None


def test_an_answer_is_kept_byte_for_byte(store: Store) -> None:
    every_byte = bytes(range(256)) * 40
    assert store.conclude(owner(), begin(store, owner()), Phase.REJECTED, every_byte)
    assert store.begin(owner(), subject("t1"), LEASE_MS) == Stored(every_byte, Phase.REJECTED)


def test_an_answer_that_cannot_be_written_leaves_everything_as_it_was(store: Store) -> None:
    attempt = begin(store, owner("a"))

    def fail(_: Reserved | Rejected) -> bytes:
        raise OverflowError

    with pytest.raises(OverflowError):
        store.commit(owner("a"), Terms(attempt, subject("a"), taking("100")), HOLD_MS, fail)
    assert store.phase(owner("a")) is Phase.PENDING
    assert isinstance(approve(store, owner("b"), taking("100")), Reserved)


@pytest.mark.parametrize(
    "name",
    ["", "a\0b", "\ud800", '"', "\\", "naïve 🏦", "a" * 100_000, "%s ? :x", "'; DROP TABLE ids; --"],
    ids=["empty", "NUL", "half a character", "quote", "backslash", "letters", "long", "placeholders", "SQL"],
)
def test_names_of_every_kind_are_kept_apart(store: Store, name: str) -> None:
    reserve(store, owner("a"), taking("100", account=name))
    assert codes(approve(store, owner("b"), taking("1", account=name))) == ["G12"]
    assert isinstance(approve(store, owner("c"), taking("100", account=name + "x")), Reserved)


@pytest.mark.parametrize("name", ["a\0b", "🏦" * 256, "'"], ids=["NUL", "long", "quote"])
def test_ids_of_every_kind_are_kept_apart(store: Store, name: str) -> None:
    reserve(store, owner(name), taking("1"))
    assert store.begin(owner(name), subject(name), LEASE_MS) == Stored(b"Reserved", Phase.RESERVED)
    assert isinstance(store.begin(owner(name + "x"), subject(name), LEASE_MS), Begun)


def test_two_clients_have_ids_of_their_own(store: Store) -> None:
    reserve(store, owner("t", "one"), taking("1"))
    assert isinstance(store.begin(owner("t", "two"), subject("t"), LEASE_MS), Begun)


def test_numbers_wider_than_any_column_stay_exact(store: Store) -> None:
    wide = "9" * 80
    version = 10**79
    reserve(store, owner("a"), taking(wide, balance=wide, version=version))
    assert codes(approve(store, owner("b"), taking("1", balance=wide, version=version))) == ["G12"]
    assert codes(approve(store, owner("c"), taking("0", balance=wide, version=version - 1))) == ["G24"]


def test_more_rows_than_one_statement_names_are_one_transaction(store: Store) -> None:
    many = Footprint(spends=tuple(Spend(f"tx:{number}") for number in range(2 * ROWS_PER_STATEMENT + 1)))
    attempt = reserve(store, owner("a"), many)
    assert codes(approve(store, owner("b"), Footprint(spends=(Spend("tx:0"),)))) == ["G22"]
    assert codes(approve(store, owner("c"), Footprint(spends=(Spend(f"tx:{2 * ROWS_PER_STATEMENT}"),)))) == ["G22"]
    store.release(owner("a"), attempt)
    assert isinstance(approve(store, owner("d"), many), Reserved)


def test_what_a_settlement_leaves_behind_outlives_its_claims(store: Store) -> None:
    store.trust_root("log", 3, "aa")
    grown = Footprint(nonces=(NonceUse("0xab", 7, 7),), extensions=(Extension("log", 3, "aa", 5, "bb"),))
    store.settle(owner("a"), reserve(store, owner("a"), grown))
    assert codes(approve(store, owner("b"), grown)) == ["G23", "G26"]
    following = Footprint(nonces=(NonceUse("0xab", 8),), extensions=(Extension("log", 5, "bb", 5, "bb"),))
    assert isinstance(approve(store, owner("c"), following), Reserved)
