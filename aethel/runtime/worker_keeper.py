"""The keeper of a pool: one thread that starts the zygote, has workers ended and replaced, and never in a hurry."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aethel.runtime.worker_faults import end_of, system_error
from aethel.runtime.worker_frames import GREETING, received
from aethel.runtime.worker_mother import LOAD_S, TALK_S, Job, Zygote
from aethel.runtime.worker_pace import Pace
from aethel.runtime.worker_roster import Roster, Stage, Worker
from aethel.runtime.worker_zygote import EVENT, Command, Event


class Keeper:
    """Keeps `count` workers of a roster alive from `start` until `stop`, of which at most `abreast` get ready at once.

    A worker gets ready while nobody waits for it: as long as somebody is answered and another worker is ready for the
    next question, those that get ready stand still and no further one is started.
    """

    def __init__(self, job: Job, roster: Roster, count: int, abreast: int) -> None:
        self._job = job
        self._roster = roster
        self._count = count
        self._abreast = abreast
        self._on_warmth: Callable[[bool], None] | None = None
        self._told: bool | None = None
        self._pace = Pace()
        self._zygote: Zygote | None = None
        self._said = ""
        self._starting: dict[int, Worker] = {}
        self._held_s: float | None = None
        """Since when, on the monotonic clock, those that are starting stand still; None where they do not."""
        self._is_growing = True
        self._is_stopping = False
        self._selector = selectors.DefaultSelector()
        self._woken, self._wake = socket.socketpair()
        self._woken.setblocking(False)
        self._wake.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._wake_up)
        self._thread = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Begin to start workers."""
        self._thread.start()

    def look(self) -> None:
        """Have the keeper look at the roster; returns at once, from any thread."""
        # A full buffer wakes it as well as one more byte would; a closed one belongs to a keeper that has ended.
        with suppress(OSError):
            self._wake.send(b".")

    def heed(self) -> None:
        """Tell the keeper that a question is being answered or has been, which matters to it while workers start."""
        if self._is_growing:
            self.look()

    def follow(self, on_warmth: Callable[[bool], None]) -> None:
        """Have this called, from the keeper's thread, with whether the pool is warm: now and after every change."""
        self._on_warmth = on_warmth
        self.look()

    def stop(self) -> None:
        """End every worker, the zygote and the thread, within a few seconds."""
        self._is_stopping = True
        self.look()
        if self._thread.ident is not None:
            self._thread.join()
        for connection in (self._woken, self._wake):
            connection.close()
        self._selector.close()

    def _keep(self) -> None:
        while not self._is_stopping:
            self._tend()
            self._say_warmth()
            for key, _ in self._selector.select(self._pause_s()):
                key.data()
        self._lose_zygote()

    def _tend(self) -> None:
        """Do whatever is to be done now."""
        now_s = time.monotonic()
        try:
            if self._zygote is None:
                if self._pace.left_s(now_s) == 0:
                    self._zygote = Zygote(self._job)
                    self._selector.register(self._zygote.control, selectors.EVENT_READ, self._hear)
                return
            if not self._zygote.is_ready:
                if now_s >= self._zygote.due_s:
                    self._fail(f"what workers run was not loaded within {LOAD_S:g} seconds")
                return
            self._hold(self._zygote, now_s)
            for worker in (*self._roster.doomed(), *self._late(now_s)):
                self._zygote.command(Command.KILL, worker.number)
            self._grow(self._zygote, now_s)
        except OSError as error:
            self._fail(f"the process that starts workers cannot be used: {error.strerror or type(error).__name__}")

    def _hold(self, zygote: Zygote, now_s: float) -> None:
        """Have those that are starting stand still or go on, as it is now; standing still is not counted as time."""
        # Whoever begins or ends a question from here on sees that it is to be told.
        self._is_growing = bool(self._starting) or self._lacks_workers()
        is_served = self._is_growing and self._roster.is_served()
        if is_served is (self._held_s is not None):
            return
        for worker in self._starting.values():
            zygote.command(Command.HOLD if is_served else Command.RESUME, worker.number)
            if self._held_s is not None:
                worker.due_s += now_s - self._held_s
        self._held_s = now_s if is_served else None

    def _grow(self, zygote: Zygote, now_s: float) -> None:
        """Start as many workers as may be started now."""
        while self._may_start() and self._pace.left_s(now_s) == 0:
            self._start_worker(zygote)

    def _may_start(self) -> bool:
        return self._held_s is None and len(self._starting) < self._abreast and self._lacks_workers()

    def _lacks_workers(self) -> bool:
        return len(self._roster.numbers()) < self._count

    def _pause_s(self) -> float | None:
        """Seconds until there is something to do although nothing happens; None where there is nothing."""
        now_s, pauses = time.monotonic(), list[float]()
        if self._held_s is None:
            pauses += [max(0.0, worker.due_s - now_s) for worker in self._starting.values()]
        if self._zygote is not None and not self._zygote.is_ready:
            pauses.append(max(0.0, self._zygote.due_s - now_s))
        elif self._zygote is None or self._may_start():
            pauses.append(self._pace.left_s(now_s))
        return min(pauses, default=None)

    def _late(self, now_s: float) -> list[Worker]:
        """Workers that should have been ready by now; each is told once, and not listened to any more."""
        late = [worker for worker in self._starting.values() if self._held_s is None and now_s >= worker.due_s]
        for worker in late:
            worker.trouble = f"a worker was not ready within {self._job.warm_s:g} seconds"
            self._forget(worker)
        return late

    def _start_worker(self, zygote: Zygote) -> None:
        ours, theirs = socket.socketpair()
        worker = self._roster.add(ours, time.monotonic() + self._job.warm_s)
        self._starting[worker.number] = worker
        self._selector.register(ours, selectors.EVENT_READ, partial(self._greeted, worker))
        with theirs:
            zygote.command(Command.START, worker.number, theirs.fileno())

    def _greeted(self, worker: Worker) -> None:
        """A worker says that it is ready or why it never is, or is gone, which its zygote tells too."""
        self._forget(worker)
        if self._held_s is not None and self._zygote is not None:
            # It may have been told to stand still just when it had said this. A zygote that is gone is heard of.
            with suppress(OSError):
                self._zygote.command(Command.RESUME, worker.number)
        due_s = time.monotonic() + TALK_S
        with suppress(EOFError, OSError):
            (length,) = GREETING.unpack(received(worker.connection, GREETING.size, due_s))
            if length:
                said = received(worker.connection, length, due_s).decode(errors="replace")
                worker.trouble = f"a worker could not be warmed: {said}"
            else:
                self._roster.ready(worker)

    def _hear(self) -> None:
        """Take one event of the zygote."""
        assert self._zygote is not None
        zygote, due_s = self._zygote, time.monotonic() + TALK_S
        try:
            kind, number, detail = EVENT.unpack(received(zygote.control, EVENT.size, due_s))
            match Event(kind):
                case Event.READY:
                    zygote.is_ready = True
                case Event.STARTED:
                    self._roster.began(number, detail)
                case Event.ENDED:
                    self._ended(number, detail, f"a worker {end_of(detail)} before it was asked anything")
                case Event.NOT_STARTED:
                    self._ended(number, None, f"no process can be made: {system_error(detail)}")
                case Event.FAILED:
                    self._said = received(zygote.control, detail, due_s).decode(errors="replace")
        except (EOFError, OSError, ValueError):
            self._fail(self._said or "the process that starts workers went away")

    def _ended(self, number: int, status: int | None, trouble: str) -> None:
        if number in self._starting:
            # What it has said before it ended may not have been heard yet.
            self._greeted(self._starting[number])
        worker = self._roster.ended(number, status)
        if worker is None:
            return
        if worker.stage in (Stage.STARTING, Stage.IDLE):
            worker.connection.close()
            self._slow_down(worker.trouble or trouble, is_start=worker.stage is Stage.STARTING)

    def _fail(self, trouble: str) -> None:
        """The zygote is of no use: end it, and let the next one wait if it was not the first."""
        self._lose_zygote()
        self._slow_down(trouble)

    def _slow_down(self, trouble: str, *, is_start: bool = False) -> None:
        if self._pace.failed(time.monotonic(), 0 if is_start else self._roster.answered()):
            self._roster.despair(f"no worker can be started: {trouble}")

    def _lose_zygote(self) -> None:
        """End the zygote, if there is one, and every worker with it."""
        zygote, self._zygote = self._zygote, None
        if zygote is None:
            return
        self._selector.unregister(zygote.control)
        zygote.end()
        self._said = ""
        self._held_s = None
        for number in self._roster.numbers():
            worker = self._roster.ended(number, None)
            if worker is not None and worker.stage in (Stage.STARTING, Stage.IDLE):
                self._forget(worker)
                worker.connection.close()

    def _forget(self, worker: Worker) -> None:
        if self._starting.pop(worker.number, None) is not None:
            self._selector.unregister(worker.connection)

    def _wake_up(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._woken.fileno(), 4096)

    def _say_warmth(self) -> None:
        is_warm = self._roster.is_warm()
        if self._on_warmth is not None and is_warm != self._told:
            self._told = is_warm
            self._on_warmth(is_warm)
