"""Programs that are killed in the middle of reserving, settling and releasing: `python -m tests.store.crashing`.

Each round runs one sequence in a process of its own, which is killed, checks what the store then holds, finishes the
sequence, and compares the end with that of a sequence nobody disturbed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aethel.store.commit import Rejected, Reserved, Terms
from aethel.store.entry import Phase
from aethel.store.grouping import Grouped
from aethel.store.life import Begun, Refused, Stored
from aethel.store.opening import open_database
from aethel.store.sql_database import Connection, SqlDatabase
from aethel.store.sql_session import Cursor
from aethel.store.store import Store
from tests.store.payments import HOLD_MS, owner, subject, taking

TRANSACTIONS = 6
BALANCE = 3
END = (Phase.SETTLED, Phase.RELEASED, Phase.RESERVED, Phase.SETTLED, Phase.REJECTED, Phase.REJECTED)
"""What becomes of six transactions that take one unit each of three: settled, released and kept in turn."""

LONGEST_S = 0.05
"""About as long as a sequence takes, so that a timer within it goes off anywhere in it."""


@dataclass
class Fuse:
    """Kills this process at one of the points before and after each statement; `left` None never does."""

    left: int | None
    passed: int = 0

    def point(self) -> None:
        self.passed += 1
        if self.left is not None and self.passed > self.left:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class FusedCursor:
    cursor: Cursor
    fuse: Fuse

    def execute(self, operation: str, parameters: object, /) -> object:
        self.fuse.point()
        done = self.cursor.execute(operation, parameters)  # type: ignore[arg-type]
        self.fuse.point()
        return done

    def fetchall(self) -> object:
        return self.cursor.fetchall()


@dataclass
class FusedConnection:
    connection: Connection
    fuse: Fuse

    def cursor(self) -> FusedCursor:
        return FusedCursor(self.connection.cursor(), self.fuse)

    def commit(self) -> None:
        self.fuse.point()
        self.connection.commit()
        self.fuse.point()

    def rollback(self) -> None:
        self.connection.rollback()

    def close(self) -> None:
        self.connection.close()


def fused(database: SqlDatabase, fuse: Fuse) -> SqlDatabase:
    """The database with a fuse in each of its connections."""
    connect = database.connect
    database.connect = lambda: FusedConnection(connect(), fuse)  # type: ignore[method-assign, assignment, return-value]
    return database


def run(store: Store, name: str, told: Callable[[int, Phase], None]) -> None:
    """Bring every transaction of a sequence to its end, from wherever it is; `told` hears what the store confirmed."""
    for number in range(TRANSACTIONS):
        who = owner(f"{name} {number}")
        phase = store.phase(who)
        if phase in (Phase.SETTLED, Phase.RELEASED, Phase.REJECTED):
            continue
        attempt = reserved(store, who.id, name)
        told(number, Phase.RESERVED if attempt else Phase.REJECTED)
        if attempt and number % 3 == 0:
            store.settle(who, attempt)
            told(number, Phase.SETTLED)
        elif attempt and number % 3 == 1:
            store.release(who, attempt)
            told(number, Phase.RELEASED)


def reserved(store: Store, name: str, account: str) -> int:
    """Reserve one unit; returns the attempt, 0 where there is none left."""
    who, asked = owner(name), subject(name)
    begun = store.begin(who, asked, lease_ms=0)
    match begun:
        case Stored(result):
            return int(result)
        case Begun(attempt):
            footprint = taking("1", balance=str(BALANCE), account=account)
            decision = store.commit(who, Terms(attempt, asked, footprint), HOLD_MS * 60, _answer)
            return decision.attempt if isinstance(decision, Reserved) else 0
        case Refused() | _:
            raise AssertionError(begun)


def _answer(decision: Reserved | Rejected) -> bytes:
    return str(decision.attempt if isinstance(decision, Reserved) else 0).encode()


def in_process(address: str, names: Sequence[str], heard: Path, fuse: Fuse, timer_s: float) -> int:
    """Run sequences in a process of their own; returns the signal that ended it, 0 where none did."""
    pid = os.fork()
    if pid:
        return os.WTERMSIG(os.waitpid(pid, 0)[1])
    try:
        signal.setitimer(signal.ITIMER_REAL, timer_s)  # unhandled: the kernel ends the process where it is
        file = os.open(heard, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        database = fused(open_database(address), fuse)
        run_together(
            Store(database, Grouped(database) if len(names) > 1 else None),
            names,
            lambda name, number, phase: void(os.write(file, f"{name} {number} {phase.value}\n".encode())),
        )
    except BaseException:  # noqa: BLE001  a child that fails must not go on as the parent
        os._exit(70)
    os._exit(0)


def void(_: object) -> None:
    """Nothing."""


def run_together(store: Store, names: Sequence[str], told: Callable[[str, int, Phase], None]) -> None:
    """Run sequences side by side, so that their steps are written in groups."""
    with ThreadPoolExecutor(len(names)) as threads:
        for done in [threads.submit(run, store, name, partial(told, name)) for name in names]:
            done.result()


def phases(store: Store, name: str) -> tuple[Phase | None, ...]:
    """Where every transaction of a sequence is."""
    return tuple(store.phase(owner(f"{name} {number}")) for number in range(TRANSACTIONS))


def wrong(database: SqlDatabase, name: str, said: Mapping[int, Phase]) -> list[str]:
    """What the store does not hold as it was said to, or holds though it must not."""
    found = phases(Store(database), name)
    with database.transaction() as session:
        key = taking("1", account=name).changes[0].resource.key
        claims = session.query("SELECT count(*) FROM claims WHERE kind = 'holding' AND key = ?", (key,))[0][0]
    faults = [
        f"{number} was {phase} and is {found[number]}"
        for number, phase in said.items()
        if not _follows(phase, found[number])
    ]
    held = sum(phase in (Phase.RESERVED, Phase.SETTLED) for phase in found)
    if held > BALANCE:
        faults.append(f"{held} units of {BALANCE} are taken")
    if held != claims:
        faults.append(f"{held} units are taken and {claims} are claimed")
    return faults


def confirmed(heard: Path, name: str) -> dict[int, Phase]:
    """What the killed process last heard of each transaction of a sequence."""
    lines = heard.read_text().splitlines() if heard.exists() else []
    told = (line.rsplit(" ", 2) for line in lines)
    return {int(number): Phase(phase) for whose, number, phase in told if whose == name}


def _follows(said: Phase, found: Phase | None) -> bool:
    """Whether the store is where it was said to be, or one step further, as it may be when a caller heard nothing."""
    return found is said or (said is Phase.RESERVED and found in (Phase.SETTLED, Phase.RELEASED))


def main(address: str, rounds: int, seed: int, folder: Path, together: int) -> int:
    """Kill programs that run so many sequences together; print a line for each fault, and how many were killed."""
    chance = random.Random(seed)
    whole = Fuse(None)
    faults: list[str] = []
    with closing(fused(open_database(address), whole)) as database:
        run(Store(database), "whole", lambda _, __: None)
        points = whole.passed
        if phases(Store(database), "whole") != END:
            faults.append("the undisturbed sequence ends otherwise")
    kills = 0
    for number in range(rounds):
        names = [f"{seed} {number} {each}" for each in range(together)]
        heard = folder / f"{number}"
        by_timer = number % 4 == 3
        fuse = Fuse(None if by_timer else chance.randrange(points))
        ending = in_process(address, names, heard, fuse, chance.uniform(0.001, LONGEST_S) if by_timer else 0)
        kills += ending in (signal.SIGKILL, signal.SIGALRM)
        with closing(open_database(address)) as database:
            for name in names:
                faults += [f"round {number}: {fault}" for fault in _finished(database, name, confirmed(heard, name))]
    print(*faults, f"{kills} killed", sep="\n")
    return 1 if faults else 0


def _finished(database: SqlDatabase, name: str, said: Mapping[int, Phase]) -> list[str]:
    """What is wrong with a sequence as it was left, and with its end once it is finished."""
    found = wrong(database, name, said)
    run(Store(database), name, lambda _, __: None)
    found += wrong(database, name, said)
    if phases(Store(database), name) != END:
        found.append(f"finished as {phases(Store(database), name)}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5])))
