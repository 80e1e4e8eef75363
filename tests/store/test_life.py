"""The life of an id: what a question under a used id hears, and what another state changes."""

from dataclasses import replace

import pytest

from aethel.store.commit import Rejected, Reserved, Terms
from aethel.store.entry import Phase, Subject
from aethel.store.life import Begun, Denied, Done, InFlight, Reason, Refused, Stored
from aethel.store.store import Store
from tests.store.memory import Memory
from tests.store.payments import HOLD_MS, LEASE_MS, answer, approve, begin, codes, owner, reserve, subject, taking


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def store(memory: Memory) -> Store:
    return Store(memory)


ELSEWHERE = subject("t1", state="v2")
"""The same content before another state."""


def test_a_changed_content_is_refused_by_name_in_every_phase(store: Store, memory: Memory) -> None:
    asked = Subject({"program": "p", "arguments.amount": "1"}, "v1")
    other = replace(asked, content={"program": "p", "arguments.amount": "2", "arguments.memo": "m"})
    store.begin(owner(), asked, LEASE_MS)
    for phase in Phase:
        memory.entries[owner()] = replace(memory.entries[owner()], phase=phase)
        refused = store.begin(owner(), other, LEASE_MS)
        assert isinstance(refused, Refused)
        assert "another `arguments.amount`, `arguments.memo`" in refused.finding.message


def test_another_state_is_decided_anew_and_replaces_the_reservation(store: Store) -> None:
    old = reserve(store, owner(), taking("100"))
    assert store.begin(owner(), subject("t1"), LEASE_MS) == Stored(b"Reserved", Phase.RESERVED)
    new = begin(store, owner(), ELSEWHERE)
    assert codes(approve(store, owner("other"), taking("1"))) == ["G12"]
    terms = Terms(new, ELSEWHERE, taking("40", version=2))
    assert isinstance(store.commit(owner(), terms, HOLD_MS, answer), Reserved)
    assert store.settle(owner(), old) == Denied(Reason.REPLACED)
    assert store.release(owner(), old) == Denied(Reason.REPLACED)
    assert isinstance(approve(store, owner("b"), taking("60", version=2)), Reserved)
    assert store.settle(owner(), new) == Done(Phase.SETTLED)


def test_what_is_settled_while_another_state_is_decided_stays_settled(store: Store) -> None:
    old = reserve(store, owner(), taking("100"))
    new = begin(store, owner(), ELSEWHERE)
    assert store.settle(owner(), old) == Done(Phase.SETTLED)
    decision = store.commit(owner(), Terms(new, ELSEWHERE, taking("1", version=2)), HOLD_MS, answer)
    assert isinstance(decision, Rejected)
    assert codes(decision) == ["G02"]
    assert not store.conclude(owner(), new, Phase.REJECTED, b"")
    assert store.phase(owner()) is Phase.SETTLED


def test_a_rejection_on_another_state_frees_the_reservation(store: Store) -> None:
    old = reserve(store, owner(), taking("100"))
    store.conclude(owner(), begin(store, owner(), ELSEWHERE), Phase.REJECTED, b"no")
    assert store.settle(owner(), old) == Denied(Reason.NOT_RESERVED)
    assert isinstance(approve(store, owner("b"), taking("100")), Reserved)


def test_g03_what_failed_on_the_state_stays_failed(store: Store) -> None:
    held = reserve(store, owner("a"), taking("100"))
    assert codes(approve(store, owner("b"), taking("1"))) == ["G12"]
    store.release(owner("a"), held)
    for state in ("v1", "v2"):
        assert store.begin(owner("b"), subject("b", state), LEASE_MS) == Stored(b"Rejected", Phase.REJECTED)


@pytest.mark.parametrize("is_under_review", [True, False])
def test_what_is_uncertain_waits_for_a_review_or_is_decided_anew(store: Store, is_under_review: bool) -> None:
    attempt = begin(store, owner())
    store.conclude(owner(), attempt, Phase.UNCERTAIN, b"perhaps", is_under_review=is_under_review)
    begun = store.begin(owner(), subject("t1"), LEASE_MS)
    assert begun == (Stored(b"perhaps", Phase.UNCERTAIN) if is_under_review else Begun(2))


def test_what_expired_or_was_released_is_decided_anew(store: Store, memory: Memory) -> None:
    reserve(store, owner("a"), taking("100"), hold_ms=10)
    memory.clock_ms = 9
    assert isinstance(store.begin(owner("a"), subject("a"), LEASE_MS), Stored)
    memory.clock_ms = 10
    assert store.begin(owner("a"), subject("a"), LEASE_MS) == Begun(2)
    store.release(owner("b"), reserve(store, owner("b"), taking("1"), hold_ms=10))
    assert store.begin(owner("b"), subject("b"), LEASE_MS) == Begun(2)


def test_an_id_in_flight_is_taken_over_when_its_time_is_over(store: Store, memory: Memory) -> None:
    store.begin(owner(), subject("t1"), 10)
    memory.clock_ms = 9
    assert store.begin(owner(), subject("t1"), 10) == InFlight(10)
    memory.clock_ms = 10
    assert store.begin(owner(), subject("t1"), 10) == Begun(2)


def test_a_decision_that_comes_late_counts_if_nobody_took_over(store: Store, memory: Memory) -> None:
    attempt = begin(store, owner())
    memory.clock_ms = 10 * LEASE_MS
    decision = store.commit(owner(), Terms(attempt, subject("t1"), taking("1")), HOLD_MS, answer)
    assert isinstance(decision, Reserved)


def test_a_settled_movement_shows_in_one_version_only(store: Store) -> None:
    attempt = reserve(store, owner(), taking("1"))
    assert store.confirm(owner(), 2) == Denied(Reason.NOT_RESERVED)
    assert store.confirm(owner("nobody"), 2) == Denied(Reason.UNKNOWN)
    store.settle(owner(), attempt)
    assert store.confirm(owner(), 2) == Done(Phase.SETTLED)
    assert store.confirm(owner(), 2) == Done(Phase.SETTLED)
    assert store.confirm(owner(), 3) == Denied(Reason.OTHER_VERSION)


def test_a_claim_that_somebody_else_was_given_cannot_be_redeemed(store: Store, memory: Memory) -> None:
    attempt = reserve(store, owner("a"), taking("100"), hold_ms=10)
    memory.clock_ms = 10
    reserve(store, owner("b"), taking("100"))
    memory.clock_ms = 5  # the clock of the machine is set back
    assert store.settle(owner("a"), attempt) == Denied(Reason.EXPIRED)
