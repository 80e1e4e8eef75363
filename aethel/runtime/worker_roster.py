"""The roster of a pool: which workers there are, what each is doing, and who waits for one."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from dataclasses import dataclass
from enum import Enum

from aethel.runtime.worker_faults import CannotStart, DeadlinePassed, PoolClosed


class Stage(Enum):
    """What a worker is doing. A DOOMED one will never be asked again and is about to end."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    DOOMED = "doomed"


class Worker:
    """One worker as its pool sees it; `connection` is closed by whoever takes it out of use.

    `due_s` is when it must be ready, on the monotonic clock; `trouble` says why it never was, as far as that is known.
    """

    __slots__ = ("connection", "due_s", "ended", "number", "process", "stage", "status", "trouble")

    def __init__(self, number: int, connection: socket.socket, due_s: float) -> None:
        self.number = number
        self.connection = connection
        self.due_s = due_s
        self.trouble = ""
        self.process = 0
        self.stage = Stage.STARTING
        self.ended = threading.Event()
        self.status: int | None = None


@dataclass(frozen=True, slots=True)
class PoolCounts:
    """What a pool has done so far, and what it has now.

    `started` workers were ready for a question; `answered` questions had a value or an error for an answer; `killed`
    workers were ended at a deadline, `lost` ended by themselves with a question or gave no readable answer, `recycled`
    ended after an answer because they had answered or grown enough, `faded` ended without a question. `failed_starts`
    never got ready. `idle`, `busy` and `alive` count workers at this moment; `alive` has those that are starting or
    ending too.
    """

    started: int = 0
    answered: int = 0
    killed: int = 0
    lost: int = 0
    recycled: int = 0
    faded: int = 0
    failed_starts: int = 0
    idle: int = 0
    busy: int = 0
    alive: int = 0


class Tally(Enum):
    """What is counted; the names are fields of `PoolCounts`."""

    STARTED = "started"
    ANSWERED = "answered"
    KILLED = "killed"
    LOST = "lost"
    RECYCLED = "recycled"
    FADED = "faded"
    FAILED_STARTS = "failed_starts"


class Roster:
    """Lets at most `size` workers be busy at once; every method may be called from any thread."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._changed = threading.Condition()
        self._workers: dict[int, Worker] = {}
        self._idle: deque[Worker] = deque()
        self._doomed: list[Worker] = []
        self._busy = 0
        self._numbered = 0
        self._tallies = dict.fromkeys(Tally, 0)
        self._trouble = "no worker is ready yet"
        self._is_hopeless = False
        self._is_closed = False

    def take(self, due_s: float) -> Worker:
        """An idle worker, busy from now on; waits for one until `due_s` on the monotonic clock.

        Raises `DeadlinePassed`, `CannotStart` and `PoolClosed`.
        """
        with self._changed:
            while True:
                if self._is_closed:
                    raise PoolClosed("the workers have been stopped")
                if self._idle and self._busy < self._size:
                    worker = self._idle.pop()
                    worker.stage = Stage.BUSY
                    self._busy += 1
                    return worker
                self._check_hope()
                left_s = due_s - time.monotonic()
                if left_s <= 0:
                    raise DeadlinePassed("no worker was free before the deadline", was_begun=False)
                self._changed.wait(left_s)

    def wait_for_one(self, due_s: float) -> None:
        """Return once a worker is ready; raises like `take`."""
        with self._changed:
            while not self._is_able():
                if self._is_closed:
                    raise PoolClosed("the workers have been stopped")
                self._check_hope()
                left_s = due_s - time.monotonic()
                if left_s <= 0:
                    raise DeadlinePassed("no worker was ready in time", was_begun=False)
                self._changed.wait(left_s)

    def give_back(self, worker: Worker) -> None:
        """It has answered and takes the next question."""
        with self._changed:
            self._tallies[Tally.ANSWERED] += 1
            self._busy -= 1
            if worker.number in self._workers:
                worker.stage = Stage.IDLE
                self._idle.append(worker)
            self._changed.notify_all()

    def give_up(self, worker: Worker, reason: Tally | None) -> None:
        """It was busy and is never asked again; it is to be ended, if it has not ended already."""
        with self._changed:
            self._busy -= 1
            if reason is not None:
                self._tallies[reason] += 1
            if reason is Tally.RECYCLED:
                self._tallies[Tally.ANSWERED] += 1
            worker.stage = Stage.DOOMED
            if worker.number in self._workers:
                self._doomed.append(worker)
            self._changed.notify_all()

    def add(self, connection: socket.socket, due_s: float) -> Worker:
        """A worker that is being started, to be ready by `due_s` on the monotonic clock."""
        with self._changed:
            self._numbered += 1
            worker = Worker(self._numbered, connection, due_s)
            self._workers[worker.number] = worker
            return worker

    def began(self, number: int, process: int) -> None:
        """The worker of this number is the process of that number."""
        with self._changed:
            worker = self._workers.get(number)
            if worker is not None:
                worker.process = process

    def ready(self, worker: Worker) -> None:
        """It can be asked."""
        with self._changed:
            if worker.stage is not Stage.STARTING or worker.number not in self._workers:
                return
            self._tallies[Tally.STARTED] += 1
            worker.stage = Stage.IDLE
            # The freshest is asked last: one that has answered has its memory at hand.
            self._idle.appendleft(worker)
            self._is_hopeless = False
            self._changed.notify_all()

    def ended(self, number: int, status: int | None) -> Worker | None:
        """The worker of this number has ended; it keeps the stage it was in. None where there is no such worker."""
        with self._changed:
            worker = self._workers.pop(number, None)
            if worker is None:
                return None
            worker.status = status
            match worker.stage:
                case Stage.IDLE:
                    self._idle.remove(worker)
                    self._tallies[Tally.FADED] += 1
                case Stage.STARTING:
                    self._tallies[Tally.FAILED_STARTS] += 1
                case Stage.BUSY | Stage.DOOMED:
                    pass
            worker.ended.set()
            self._changed.notify_all()
            return worker

    def despair(self, trouble: str) -> None:
        """No worker can be started for a while, for this reason; who waits is told where there is no other worker."""
        with self._changed:
            self._trouble = trouble
            self._is_hopeless = True
            self._changed.notify_all()

    def is_served(self) -> bool:
        """Whether somebody is being answered while another worker is ready for who asks next."""
        with self._changed:
            return self._busy > 0 and bool(self._idle)

    def doomed(self) -> list[Worker]:
        """Workers to be ended; each is told once."""
        with self._changed:
            doomed, self._doomed = self._doomed, []
            return [worker for worker in doomed if worker.number in self._workers]

    def numbers(self) -> list[int]:
        """The numbers of all workers that have not ended."""
        with self._changed:
            return list(self._workers)

    def processes(self) -> tuple[int, ...]:
        """The process numbers of all workers that have not ended, as far as they are known."""
        with self._changed:
            return tuple(worker.process for worker in self._workers.values() if worker.process)

    def close(self, due_s: float) -> None:
        """Refuse every question from now on, and wait for those that are being answered until `due_s`."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            while self._busy and (left_s := due_s - time.monotonic()) > 0:
                self._changed.wait(left_s)

    def is_warm(self) -> bool:
        """Whether a worker is ready, or one will be at once."""
        with self._changed:
            started = self._tallies[Tally.STARTED] > 0
            return self._is_able() or (started and not self._is_hopeless)

    def is_closed(self) -> bool:
        """Whether questions are refused for good."""
        with self._changed:
            return self._is_closed

    def answered(self) -> int:
        """Questions answered so far."""
        with self._changed:
            return self._tallies[Tally.ANSWERED]

    def counts(self) -> PoolCounts:
        """What was done so far and what there is now."""
        with self._changed:
            done = {tally.value: count for tally, count in self._tallies.items()}
            return PoolCounts(**done, idle=len(self._idle), busy=self._busy, alive=len(self._workers))

    def _is_able(self) -> bool:
        return bool(self._idle) or self._busy > 0

    def _check_hope(self) -> None:
        if self._is_hopeless and not self._is_able():
            raise CannotStart(self._trouble)
