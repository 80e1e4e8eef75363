"""Several programs over one store: never do two of them get the last unit, and nobody waits for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from aethel.store.commit import Reserved
from aethel.store.footprint import Footprint
from aethel.store.grouping import Grouped
from aethel.store.life import Begun, Done
from aethel.store.opening import open_database
from aethel.store.store import Store
from tests.store.payments import LEASE_MS, approve, owner, reserve, subject, taking

ROUNDS = 25


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returns, all of them released together."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        gate.wait(timeout=30)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@pytest.fixture(params=[False, True], ids=["alone", "grouped"])
def replicas(request: pytest.FixtureRequest, address: str) -> Iterator[tuple[Store, Store]]:
    """Two stores that share nothing but the database."""
    one, two = (
        Store(database, Grouped(database) if request.param else None)
        for database in (open_database(address), open_database(address))
    )
    yield one, two
    one.close()
    two.close()


def test_two_replicas_never_both_approve_the_last_unit(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    for number in range(ROUNDS):
        last = taking("1", balance="1", account=f"account {number}")
        one.release(owner(f"{number}"), reserve(one, owner(f"{number}"), last))  # so that the account has its row
        first, second = owner(f"a{number}"), owner(f"b{number}")
        decisions = at_once(partial(approve, one, first, last), partial(approve, two, second, last))
        assert sum(isinstance(decision, Reserved) for decision in decisions) == 1, decisions


def test_programs_that_open_a_new_file_at_once_all_open_it(tmp_path: Path) -> None:
    for number in range(2 * ROUNDS):
        stores = [Store(open_database(str(tmp_path / f"{number}.db"))) for _ in range(4)]
        assert at_once(*(partial(store.phase, owner()) for store in stores)) == [None] * 4
        for store in stores:
            store.close()


def test_one_id_is_decided_by_one_replica(replicas: tuple[Store, Store]) -> None:
    for number in range(ROUNDS):
        who = owner(f"t{number}")
        begun = at_once(*(partial(store.begin, who, subject(), LEASE_MS) for store in replicas))
        assert sum(isinstance(each, Begun) for each in begun) == 1, begun


def test_a_reservation_is_redeemed_by_one_replica(replicas: tuple[Store, Store]) -> None:
    for number in range(ROUNDS):
        who = owner(f"t{number}")
        attempt = reserve(replicas[0], who, taking("1", account=f"account {number}"))
        ended = at_once(*(partial(store.settle, who, attempt) for store in replicas))
        assert sum(isinstance(each, Done) for each in ended) == 1, ended


def test_accounts_named_in_any_order_never_block_one_another(replicas: tuple[Store, Store]) -> None:
    def both(first: str, second: str) -> Footprint:
        return Footprint((*taking("1", account=first).changes, *taking("1", account=second).changes))

    one, two = replicas
    for number in range(ROUNDS):
        left, right = f"l{number}", f"r{number}"
        decisions = at_once(
            partial(approve, one, owner(f"a{number}"), both(left, right)),
            partial(approve, two, owner(f"b{number}"), both(right, left)),
        )
        assert all(isinstance(decision, Reserved) for decision in decisions), decisions


def test_groups_of_two_replicas_over_the_same_accounts_never_block_one_another(replicas: tuple[Store, Store]) -> None:
    accounts = [f"account {number}" for number in range(4)]

    def over(store: Store, number: int) -> object:
        turned = accounts[number % 4 :] + accounts[: number % 4]
        changes = (change for account in turned for change in taking("1", account=account).changes)
        who = owner(f"{id(store)} {number}")
        attempt = reserve(store, who, Footprint(tuple(changes)))
        return store.settle(who, attempt) if number % 2 else store.release(who, attempt)

    ended = at_once(*(partial(over, store, number) for number in range(2 * 4) for store in replicas))
    assert all(isinstance(each, Done) for each in ended), ended


def test_what_is_given_to_another_after_its_time_is_never_redeemed(replicas: tuple[Store, Store]) -> None:
    one, two = replicas
    for number in range(ROUNDS):
        last = taking("1", balance="1", account=f"account {number}")
        attempt = reserve(one, owner(f"a{number}"), last, hold_ms=1)
        settled, decision = at_once(
            partial(one.settle, owner(f"a{number}"), attempt), partial(approve, two, owner(f"b{number}"), last)
        )
        assert not (isinstance(settled, Done) and isinstance(decision, Reserved))
