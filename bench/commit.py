"""What a commit costs (P14): over 4 accounts against one bare durable insert into the same database, alone and grouped.

Both sides are measured in turn on the clock, since what they wait for is the disk; every write is durable. Where a disk
says at once that it has written, a ratio tells of the work of commits rather than of waiting: so the time of the
insert, the CPU time of a commit, and how many commits really shared a transaction stand beside the ratios.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path

from aethel.store.commit import Rejected, Reserved, Terms
from aethel.store.entry import Subject
from aethel.store.footprint import Change, Footprint, Owner
from aethel.store.grouping import GROUP_MOST, Grouped
from aethel.store.interface import Session
from aethel.store.life import Begun
from aethel.store.opening import open_database
from aethel.store.sql_database import SqlDatabase
from aethel.store.sql_session import SqlSession
from aethel.store.store import Store
from bench.measure import ROUNDS, Figure, figure
from tests.store.server import running_server

ALONE_GOAL = 3
"""A commit, the slowest but one of a hundred, over a bare insert, the slowest but one of a hundred."""

GROUPED_GOAL = 0.3
"""A commit of many in flight over a bare insert, both on average."""

CALLS = 200
FLIGHTS, FLIGHT, INSERTS = 2, 4 * GROUP_MOST, 64
ACCOUNTS = 4
HOLD_MS, LEASE_MS = 60_000, 600_000
CONTENT = b"x" * 500
"""About as long as a stored answer."""

_numbers = count()


def figures() -> list[Figure]:
    """P14 on both databases."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="aethel-bench-") as folder:
        found += _of("SQLite", str(Path(folder) / "store.db"))
    with running_server(durable=True) as server:
        url = server.create("bench")
        with closing(open_database(url)) as database:
            database.migrate()
        found += _of("PostgreSQL", url)
    return found


@dataclass(slots=True)
class _Found:
    """What the rounds gave: ratios; milliseconds of one insert on the clock, and of CPU for one commit of a group; and
    commits per transaction.
    """

    alone: list[float] = field(default_factory=list)
    grouped: list[float] = field(default_factory=list)
    insert_ms: list[float] = field(default_factory=list)
    commit_cpu_ms: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def _of(name: str, address: str) -> list[Figure]:
    found = _Found()
    with closing(open_database(address)) as database, _bare(database) as insert:
        for _ in range(ROUNDS):
            _alone(Store(database), insert, found)
            _grouped(database, insert, found)
    return [
        figure("P14", f"commit over bare insert, p99, {name}", found.alone, "×", ALONE_GOAL),
        figure("P14", f"commit of {GROUP_MOST} in flight over bare insert, {name}", found.grouped, "×", GROUPED_GOAL),
        figure("P14", f"bare insert, median, {name}", found.insert_ms, "ms"),
        figure("P14", f"commit of {GROUP_MOST} in flight, CPU of the process, {name}", found.commit_cpu_ms, "ms"),
        figure("P14", f"commits in a transaction of {GROUP_MOST} in flight, {name}", found.together, ""),
    ]


def _alone(store: Store, insert: Callable[[], None], found: _Found) -> None:
    """The ratio of the 99th percentiles of as many inserts and commits, made in turn."""
    commits = [_ready(store) for _ in range(CALLS)]
    inserts_s, commits_s = [], []
    for commit in commits:
        inserts_s.append(_seconds(insert))
        commits_s.append(_seconds(commit))
    found.alone.append(sorted(commits_s)[CALLS * 99 // 100] / sorted(inserts_s)[CALLS * 99 // 100])
    found.insert_ms.append(1000 * sorted(inserts_s)[CALLS // 2])


def _grouped(database: SqlDatabase, insert: Callable[[], None], found: _Found) -> None:
    """The time of one of many commits over that of one insert, made in turn.

    As soon as one commit is done its thread makes the next one, so that so many are in flight from the first to the
    last group.
    """
    inserts_s = commits_s = cpu_s = 0.0
    transactions = 0
    counting = _Counting(database)
    with closing(Grouped(counting)) as writer, ThreadPoolExecutor(GROUP_MOST) as threads:
        store = Store(database, writer)
        for _ in range(FLIGHTS):
            inserts_s += sum(_seconds(insert) for _ in range(INSERTS))
            flight = [_ready(store) for _ in range(FLIGHT)]
            began, begun = time.process_time(), counting.transactions
            commits_s += _seconds(lambda flight=flight: list(threads.map(lambda commit: commit(), flight)))  # type: ignore[misc]
            cpu_s += time.process_time() - began
            transactions += counting.transactions - begun
    found.grouped.append(commits_s / FLIGHT / (inserts_s / INSERTS))
    found.commit_cpu_ms.append(1000 * cpu_s / (FLIGHTS * FLIGHT))
    found.together.append(FLIGHTS * FLIGHT / transactions)


class _Counting:
    """A database that counts its transactions."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database
        self.transactions = 0

    def transaction(self) -> AbstractContextManager[Session]:
        self.transactions += 1
        return self._database.transaction()

    def close(self) -> None:
        self._database.close()


def _ready(store: Store) -> Callable[[], object]:
    """A commit that has only to be made; it must reserve, so that nothing is measured that stops early."""
    number = next(_numbers)
    owner, asked = Owner("", f"bench {number}"), Subject({"program": f"{number}"}, "1")
    begun = store.begin(owner, asked, LEASE_MS)
    if not isinstance(begun, Begun):
        raise ValueError("an id of the benchmark was used before")
    accounts = (f"account {number} {each}" for each in range(ACCOUNTS))  # each met once: no claim of another is read
    one = Decimal(1)
    changes = tuple(Change(each, "EUR", -one, one, Decimal(0), Decimal(10**9), 1, Decimal(0)) for each in accounts)
    terms = Terms(begun.attempt, asked, Footprint(changes))

    def commit() -> None:
        if not isinstance(store.commit(owner, terms, HOLD_MS, _answer), Reserved):
            raise ValueError("the measured commit is refused")

    return commit


def _answer(_: Reserved | Rejected) -> bytes:
    return CONTENT


@contextmanager
def _bare(database: SqlDatabase) -> Iterator[Callable[[], None]]:
    """One row with a key, in a transaction of its own, over a connection as the store has."""
    with closing(database.connect()) as connection:
        session = SqlSession(connection.cursor(), database.dialect)
        database.begin(session)
        session.run("CREATE TABLE bare (id TEXT PRIMARY KEY, content TEXT)")
        connection.commit()

        def insert() -> None:
            database.begin(session)
            session.run("INSERT INTO bare (id, content) VALUES (?, ?)", (f"{next(_numbers)}", CONTENT.decode()))
            connection.commit()

        yield insert


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
