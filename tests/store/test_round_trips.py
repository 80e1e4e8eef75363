"""How often a commit asks the database: what would be lost without a clock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest

from aethel.store.commit import Reserved, Terms
from aethel.store.footprint import Footprint
from aethel.store.opening import open_database
from aethel.store.operation import Operation, carry_out
from aethel.store.postgres import PreparedCursor
from aethel.store.sql_database import SqlDatabase
from aethel.store.sql_session import Cursor, Row
from aethel.store.store import Store
from tests.store.payments import HOLD_MS, answer, begin, owner, subject, taking


@dataclass
class Counting:
    """A cursor that counts what it executes."""

    cursor: Cursor
    executed: int = 0

    def execute(self, operation: str, parameters: Sequence[object], /) -> object:
        self.executed += 1
        return self.cursor.execute(operation, parameters)

    def fetchall(self) -> Sequence[Row]:
        return self.cursor.fetchall()


class Captured(Exception):
    """The operation that a store would carry out."""


class Capturing:
    def run(self, operation: Operation[object]) -> object:
        raise Captured(operation)

    def close(self) -> None: ...


def commit_of(database: SqlDatabase, name: str) -> Operation[object]:
    attempt = begin(Store(database), owner(name))
    changes = tuple(taking("1", account=f"{name} {number}").changes[0] for number in range(4))
    terms = Terms(attempt, subject(name), Footprint(changes))
    with pytest.raises(Captured) as caught:
        Store(database, Capturing()).commit(owner(name), terms, HOLD_MS, answer)  # type: ignore[arg-type]
    operation: Operation[object] = caught.value.args[0]
    return operation


def executed(database: SqlDatabase, *operations: Operation[object]) -> int:
    """How many statements carry out these commits, each of which must reserve."""
    with database.transaction() as session:
        counting = Counting(session.cursor)
        outcomes = carry_out(replace(session, cursor=counting), operations)
    assert all(isinstance(outcome, Reserved) for outcome in outcomes)
    return counting.executed


def told(name: str, function: Callable[..., object], names: list[str]) -> Callable[..., object]:
    """The function, which adds its name to `names` each time."""

    def telling(*given: object) -> object:
        names.append(name)
        return function(*given)

    return telling


def test_a_commit_is_a_few_statements(database: SqlDatabase) -> None:
    assert executed(database, commit_of(database, "a")) <= 8


def test_a_group_is_as_many_statements_as_one_commit(database: SqlDatabase) -> None:
    one = executed(database, commit_of(database, "one"))
    assert executed(database, *(commit_of(database, f"t{number}") for number in range(64))) == one


def test_a_statement_is_one_message_to_the_server_once_it_is_known(postgres_url: str) -> None:
    database = open_database(postgres_url)
    executed(database, commit_of(database, "known"))
    with database.transaction() as session:
        assert isinstance(session.cursor, PreparedCursor)
        driver = session.cursor.link.driver
        sent: list[str] = []
        for name in ("send_EXECUTE", "prepare_statement"):
            setattr(driver, name, told(name, getattr(driver, name), sent))
        session.claims_by((owner("known"),))
        session.claims_by((owner("another"),))
    assert sent == ["prepare_statement", "send_EXECUTE", "send_EXECUTE"]
    database.close()
