"""Operations that are written together: each is judged after those before it, and fails alone."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from aethel.store.commit import Reserved, Terms
from aethel.store.entry import Phase, Rows
from aethel.store.footprint import Footprint, LimitUse, Owner
from aethel.store.grouping import GROUP_MOST, Grouped
from aethel.store.interface import StoreUnavailable
from aethel.store.life import Begun, Denied, Done, InFlight, Reason
from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.store import Store
from tests.store.memory import Memory
from tests.store.payments import HOLD_MS, LEASE_MS, answer, approve, begin, codes, owner, reserve, subject, taking

ONE = taking("1").changes[0]


@dataclass
class Gate(Memory):
    """A database that waits to begin until it is told to, so that what is asked meanwhile gathers."""

    opened: threading.Event = field(default_factory=threading.Event)
    waits: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    writes: list[Rows] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)
    begun: int = 0

    @contextmanager
    def transaction(self) -> Iterator[Memory]:
        self.waits.release()
        assert self.opened.wait(timeout=30)
        self.begun += 1
        if self.begun in self.failing:
            raise StoreUnavailable("the test says so")
        with super().transaction():
            yield self
            if -self.begun in self.failing:
                raise StoreUnavailable("the test says so")

    def write(self, rows: Rows) -> None:
        self.writes.append(rows)
        super().write(rows)


@contextmanager
def gathered(database: Gate, *calls: Callable[[Store], object]) -> Iterator[list[object]]:
    """What each call returns or raises, all but a first one being written in one group."""
    store = Store(database, Grouped(database))
    with ThreadPoolExecutor(len(calls) + 1) as threads:
        first = threads.submit(store.phase, owner("first"))
        database.waits.acquire()
        futures = []
        for number, call in enumerate(calls, 1):
            futures.append(threads.submit(call, store))
            while store.writer._gathered.qsize() < number:  # type: ignore[union-attr]
                threading.Event().wait(0.001)
        database.opened.set()
        first.result()
        yield [future.exception() or future.result() for future in futures]
    store.close()


def ready(database: Gate, *names: str) -> dict[str, int]:
    """Begin ids outside of any group; returns the attempts."""
    plain = Store(database)
    database.opened.set()
    attempts = {name: begin(plain, owner(name)) for name in names}
    database.opened.clear()
    database.waits, database.begun, database.writes = threading.Semaphore(0), 0, []
    return attempts


def committing(name: str, footprint: Footprint, attempt: int = 1) -> Callable[[Store], object]:
    return lambda store: store.commit(owner(name), Terms(attempt, subject(name), footprint), HOLD_MS, answer)


@pytest.fixture
def database() -> Gate:
    return Gate()


def test_the_last_unit_goes_to_the_first_of_a_group(database: Gate) -> None:
    names = [f"t{number}" for number in range(5)]
    ready(database, *names)
    with gathered(database, *(committing(name, taking("40")) for name in names)) as decisions:
        assert [isinstance(decision, Reserved) for decision in decisions] == [True, True, False, False, False]
    assert len(database.writes) == 2


def test_a_limit_is_kept_within_a_group(database: Gate) -> None:
    limited = Footprint(limits=(LimitUse("rent", ONE.down, ONE.down),))
    ready(database, "a", "b")
    with gathered(database, committing("a", limited), committing("b", limited)) as decisions:
        assert [isinstance(decision, Reserved) for decision in decisions] == [True, False]


def test_one_id_is_decided_once_in_a_group(database: Gate) -> None:
    take = [partial(Store.begin, owner=owner(), asked=subject(), lease_ms=LEASE_MS)] * 3
    with gathered(database, *take) as begun:
        assert [type(one) for one in begun] == [Begun, InFlight, InFlight]


def test_a_reservation_is_redeemed_once_in_a_group(database: Gate) -> None:
    database.opened.set()
    attempt = reserve(Store(database), owner(), taking("1"))
    ready(database)
    redeem = partial(Store.settle, owner=owner(), attempt=attempt)
    with gathered(database, redeem, redeem, partial(Store.release, owner=owner(), attempt=attempt)) as ended:
        assert ended == [Done(Phase.SETTLED), *[Denied(Reason.ALREADY_SETTLED)] * 2]


def test_what_is_released_is_free_for_those_after_it_in_the_group(database: Gate) -> None:
    database.opened.set()
    attempt = reserve(Store(database), owner("a"), taking("100"))
    ready(database, "b", "c")
    steps = (committing("b", taking("1")), partial(Store.release, owner=owner("a"), attempt=attempt))
    with gathered(database, *steps, committing("c", taking("100"))) as outcomes:
        assert codes(outcomes[0]) == ["G12"]  # type: ignore[arg-type]
        assert isinstance(outcomes[2], Reserved)


def test_a_claim_that_is_gone_stays_gone_for_those_after_it_in_the_group(database: Gate) -> None:
    database.opened.set()
    plain = Store(database)
    plain.settle(owner("a"), reserve(plain, owner("a"), taking("1")))
    confirm = partial(Store.confirm, owner=owner("a"), version=2)
    confirm(plain)
    ready(database, "b")
    with gathered(database, committing("b", taking("1", version=2)), confirm) as outcomes:
        assert isinstance(outcomes[0], Reserved)
    assert {claim.owner.id for claim in database.claims.values() if claim.resource == ONE.resource} == {"b"}


def test_what_raises_in_a_group_costs_the_others_nothing(database: Gate) -> None:
    def failing(store: Store) -> object:
        def fail(_: object) -> bytes:
            raise OverflowError

        return store.commit(owner("a"), Terms(1, subject("a"), taking("100")), HOLD_MS, fail)

    ready(database, "a", "b")
    with gathered(database, failing, committing("b", taking("100"))) as outcomes:
        assert isinstance(outcomes[0], OverflowError)
        assert isinstance(outcomes[1], Reserved)
    assert database.entries[owner("a")].phase is Phase.PENDING


def test_a_group_that_the_database_refuses_is_tried_one_by_one(database: Gate) -> None:
    ready(database, "a", "b", "c")
    database.failing = [2, 4]
    with gathered(database, *(committing(name, taking("1")) for name in "abc")) as outcomes:
        assert [type(outcome) for outcome in outcomes] == [Reserved, StoreUnavailable, Reserved]


def test_a_database_that_is_away_is_not_asked_for_each_of_a_group(database: Gate) -> None:
    names = [f"t{number}" for number in range(9)]
    ready(database, *names)
    database.failing = list(range(2, 100))
    with gathered(database, *(committing(name, taking("1")) for name in names)) as outcomes:
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert database.begun == 4


def test_a_group_whose_commit_fails_is_not_tried_again(database: Gate) -> None:
    ready(database, "a", "b")
    database.failing = [-2]
    with gathered(database, committing("a", taking("1")), committing("b", taking("1"))) as outcomes:
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailable}
    assert database.begun == 2


def test_no_group_is_larger_than_it_may_be(database: Gate) -> None:
    names = [f"t{number}" for number in range(GROUP_MOST + 1)]
    ready(database, *names)
    with gathered(database, *(committing(name, taking("1")) for name in names)) as outcomes:
        assert sum(isinstance(outcome, Reserved) for outcome in outcomes) == GROUP_MOST + 1
    assert [len(rows.entries) for rows in database.writes if rows.entries] == [GROUP_MOST, 1]


def test_a_closed_writer_takes_nothing_more(database: Gate) -> None:
    database.opened.set()
    writer = Grouped(database)
    writer.close()
    writer.close()
    with pytest.raises(StoreUnavailable):
        Store(database, writer).phase(owner())


def test_many_threads_over_one_account_never_take_more_than_there_is(address: str) -> None:
    opened: SqlDatabase = open_database(address)
    store = Store(opened, Grouped(opened))
    with ThreadPoolExecutor(64) as threads:
        decisions = list(threads.map(lambda name: approve(store, Owner("", str(name)), taking("3")), range(64)))
    assert sum(isinstance(decision, Reserved) for decision in decisions) == 33
    store.close()
