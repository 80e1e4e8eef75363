"""Programs that are killed while they record answers: `python -m tests.store.killing ADDRESS ROUNDS FOLDER`.

Each round a process of its own answers many ids at once and says so on a file once each answer is durable, until a
timer kills it wherever it is. Then every answer that was given has to be in the log, and the log has to be whole.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path

from aethel.store.audit_log import AuditLog
from aethel.store.grouping import Grouped
from aethel.store.opening import open_database
from aethel.store.store import Store
from tests.store.recorded import approve, note, problems, reject

TOGETHER = 4
"""Answers given at once, so that records are written in groups."""

SHORTEST_S, LONGEST_S = 0.02, 0.25


def answer(store: Store, name: str, told: int) -> None:
    """Give answers of every kind until the process ends, each told once it is durable."""
    for number in count():
        each = f"{name} {number}"
        match number % 3:
            case 0:
                approve(store, each)
            case 1:
                reject(store, each)
            case _:
                note(store, each)
        os.write(told, f"{each}\n".encode())


def killed(address: str, name: str, heard: Path, timer_s: float) -> bool:
    """Answer in a process of its own; whether the timer killed it."""
    pid = os.fork()
    if pid:
        return os.WTERMSIG(os.waitpid(pid, 0)[1]) == signal.SIGALRM
    try:
        told = os.open(heard, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        database = open_database(address)
        store = Store(database, Grouped(database))
        note(store, f"{name} begins")
        signal.setitimer(signal.ITIMER_REAL, timer_s)  # unhandled: the kernel ends the process where it is
        with ThreadPoolExecutor(TOGETHER) as threads:
            for done in [threads.submit(answer, store, f"{name} {each}", told) for each in range(TOGETHER)]:
                done.result()
    except BaseException:  # noqa: BLE001  a child that fails must not go on as the parent
        os._exit(70)
    os._exit(0)


def main(address: str, rounds: int, folder: Path) -> int:
    """Kill so many programs; print a line for each fault, and how many answers were given."""
    chance = random.Random(1)
    given, faults = 0, list[str]()
    for number in range(rounds):
        heard = folder / f"heard{number}"
        if not killed(address, f"r{number}", heard, chance.uniform(SHORTEST_S, LONGEST_S)):
            faults.append(f"round {number} ended by itself")
        names = heard.read_text().splitlines() if heard.exists() else []
        given += len(names)
        with closing(open_database(address)) as database:
            log = AuditLog(database)
            faults += [
                f"the answer to `{name}` was given and is not in the log" for name in names if not log.of_id(name, 1)
            ]
    with closing(open_database(address)) as database:
        faults += [problem.sentence for problem in problems(database)]
    print(*faults, f"{given} given", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
