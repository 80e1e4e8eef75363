"""The keeper of a pool: one thread that starts the zygote, has workers ended and replaced, and never in a hurry."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess  # nosec B404
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from aethel.runtime.worker_faults import end_of, system_error
from aethel.runtime.worker_frames import GREETING, received
from aethel.runtime.worker_pace import Pace
from aethel.runtime.worker_process import WorkerLimits
from aethel.runtime.worker_roster import Roster, Stage, Worker
from aethel.runtime.worker_zygote import COMMAND, EVENT, Command, Event

_LOAD_S = 60.0
"""Seconds a zygote has to load what workers need; it takes a fraction of one, or a few on a busy machine."""

_TALK_S = 1.0
"""Seconds a message to or from the zygote may take; it waits for nothing itself."""

_ALLOCATION = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
"""How much freed memory glibc keeps, in bytes, see mallopt(3): a solver's context takes 16 MiB for every question, and
to get them from the system each time costs as much processor time as a small proof."""

_END_S = 2.0
"""Seconds a zygote has to end its workers and itself when it is let go."""


@dataclass(frozen=True, slots=True)
class Job:
    """What workers run and within which limits: names of functions, as the zygote's `main` takes them.

    A worker has `warm_s` seconds to get ready.
    """

    target: str
    prepare: str
    warm: str
    warm_s: float
    limits: WorkerLimits


class _Zygote:
    """A running zygote: its process and the pool's end of the socket to it."""

    def __init__(self, job: Job) -> None:
        self.control, theirs = socket.socketpair()
        self.control.settimeout(_TALK_S)
        self.is_ready = False
        self.due_s = time.monotonic() + _LOAD_S
        limits = (job.limits.memory_bytes, job.limits.questions, job.limits.frame_bytes)
        names = f"{job.target!r}, {job.prepare!r}, {job.warm!r}"
        arguments = f"({os.getpid()}, {theirs.fileno()}, {names}, {limits!r})"
        code = f"import sys; sys.path[:] = {sys.path!r}; import {Event.__module__} as zygote; zygote.main{arguments}"
        with theirs:
            try:
                # A new program, not a fork; in a session of its own, since signals of a terminal are not for it.
                # Linux ends it with the thread that starts it: the keeper's, which lives as long as the pool.
                self.process = subprocess.Popen(  # nosec B603
                    [sys.executable, "-c", code],
                    env={**_ALLOCATION, **os.environ},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
            except OSError:
                self.control.close()
                raise

    def command(self, command: Command, number: int, handle: int | None = None) -> None:
        """Tell it something; raises `OSError` where it is gone or does not listen."""
        message = COMMAND.pack(command, number)
        if handle is None:
            self.control.sendall(message)
        else:
            socket.send_fds(self.control, [message], [handle])

    def end(self) -> None:
        """Let it go: it ends its workers and itself, or is ended."""
        self.control.close()
        try:
            self.process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Keeper:
    """Keeps `count` workers of a roster alive from `start` until `stop`."""

    def __init__(self, job: Job, roster: Roster, count: int) -> None:
        self._job = job
        self._roster = roster
        self._count = count
        self._on_warmth: Callable[[bool], None] | None = None
        self._told: bool | None = None
        self._pace = Pace()
        self._zygote: _Zygote | None = None
        self._said = ""
        self._starting: dict[int, Worker] = {}
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
                    self._zygote = _Zygote(self._job)
                    self._selector.register(self._zygote.control, selectors.EVENT_READ, self._hear)
                return
            if not self._zygote.is_ready:
                if now_s >= self._zygote.due_s:
                    self._fail(f"what workers run was not loaded within {_LOAD_S:g} seconds")
                return
            for worker in (*self._roster.doomed(), *self._late(now_s)):
                self._zygote.command(Command.KILL, worker.number)
            while len(self._roster.numbers()) < self._count and self._pace.left_s(now_s) == 0:
                self._start_worker(self._zygote)
        except OSError as error:
            self._fail(f"the process that starts workers cannot be used: {error.strerror or type(error).__name__}")

    def _pause_s(self) -> float | None:
        """Seconds until there is something to do although nothing happens; None where there is nothing."""
        now_s = time.monotonic()
        pauses = [max(0.0, worker.due_s - now_s) for worker in self._starting.values()]
        if self._zygote is not None and not self._zygote.is_ready:
            pauses.append(max(0.0, self._zygote.due_s - now_s))
        elif self._zygote is None or len(self._roster.numbers()) < self._count:
            pauses.append(self._pace.left_s(now_s))
        return min(pauses, default=None)

    def _late(self, now_s: float) -> list[Worker]:
        """Workers that should have been ready by now; each is told once, and not listened to any more."""
        late = [worker for worker in self._starting.values() if now_s >= worker.due_s]
        for worker in late:
            worker.trouble = f"a worker was not ready within {self._job.warm_s:g} seconds"
            self._forget(worker)
        return late

    def _start_worker(self, zygote: _Zygote) -> None:
        ours, theirs = socket.socketpair()
        worker = self._roster.add(ours, time.monotonic() + self._job.warm_s)
        self._starting[worker.number] = worker
        self._selector.register(ours, selectors.EVENT_READ, partial(self._greeted, worker))
        with theirs:
            zygote.command(Command.START, worker.number, theirs.fileno())

    def _greeted(self, worker: Worker) -> None:
        """A worker says that it is ready or why it never is, or is gone, which its zygote tells too."""
        self._forget(worker)
        due_s = time.monotonic() + _TALK_S
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
        zygote, due_s = self._zygote, time.monotonic() + _TALK_S
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
