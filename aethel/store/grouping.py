"""Group commit: one writer takes whatever has gathered and writes it in one transaction, durable before any answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aethel.store.interface import Database, StoreUnavailable
from aethel.store.operation import Failed, Operation, alone, carry_out

GROUP_MOST = 64
"""Operations in one transaction: enough that the wait for the disk is shared, few enough that nobody waits for long."""

FAILURES_IN_A_ROW = 2
"""After a group failed, its operations are tried one by one until so many fail: then the database is away."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Waiting:
    operation: Operation[Any]
    outcome: Future[Any] = field(default_factory=Future)


class Grouped:
    """Writes operations of many threads together; nobody waits for others to come, only for the transaction before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._is_closed = False
        self._writer = threading.Thread(target=self._write, name="store writer", daemon=True)
        self._writer.start()

    def run(self, operation: Operation[T]) -> T:
        """The outcome of an operation once it is durable; raises what it raised, and StoreUnavailable."""
        waiting = _Waiting(operation)
        with self._closing:
            if self._is_closed:
                raise StoreUnavailable("the store is closed")
            self._gathered.put(waiting)
        outcome: T = waiting.outcome.result()
        return outcome

    def close(self) -> None:
        """Write what has gathered and end the writer; nothing is taken from here on."""
        with self._closing:
            if not self._is_closed:
                self._is_closed = True
                self._gathered.put(None)
        self._writer.join()

    def _write(self) -> None:
        while (first := self._gathered.get()) is not None:
            group, is_last = [first], False
            while len(group) < GROUP_MOST and not self._gathered.empty():
                following = self._gathered.get()
                if following is None:
                    is_last = True
                    break
                group.append(following)
            self._answer(group)
            if is_last:
                return

    def _answer(self, group: Sequence[_Waiting]) -> None:
        """Carry out a group; whatever happens, each who waits hears of it."""
        is_judged = False
        try:
            with self._database.transaction() as session:
                outcomes = carry_out(session, [one.operation for one in group])
                is_judged = True
        except Exception as error:  # noqa: BLE001  told to everybody who waits
            if is_judged or len(group) == 1:  # where the commit itself failed, nobody knows what was written
                _tell(group, error)
            else:
                self._one_by_one(group)
            return
        for one, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, Failed):
                one.outcome.set_exception(outcome.error)
            else:
                one.outcome.set_result(outcome)

    def _one_by_one(self, group: Sequence[_Waiting]) -> None:
        """Nothing of the group was written: what fails by itself fails alone."""
        failures = 0
        for position, one in enumerate(group):
            try:
                outcome = alone(self._database, one.operation)
            except Exception as error:  # noqa: BLE001  told to who waits
                one.outcome.set_exception(error)
                failures = failures + 1 if isinstance(error, StoreUnavailable) else 0
                if failures == FAILURES_IN_A_ROW:
                    _tell(group[position + 1 :], error)
                    return
            else:
                failures = 0
                one.outcome.set_result(outcome)


def _tell(group: Sequence[_Waiting], error: Exception) -> None:
    for one in group:
        one.outcome.set_exception(error)
