"""A pool of warm processes for work that may hang, crash or take all memory, which costs one question and no other."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aethel.runtime.worker_faults import (
    CannotStart,
    DeadlinePassed,
    PoolClosed,
    WorkerFault,
    WorkerLost,
    WorkFailed,
    end_of,
)
from aethel.runtime.worker_frames import (
    ANSWER,
    QUESTION,
    AnswerKind,
    TooLong,
    Unreadable,
    packed,
    received,
    sent,
    unpacked_answer,
)
from aethel.runtime.worker_keeper import Keeper
from aethel.runtime.worker_mother import Job
from aethel.runtime.worker_process import WorkerLimits
from aethel.runtime.worker_roster import PoolCounts, Roster, Tally, Worker

__all__ = [
    "CannotStart",
    "DeadlinePassed",
    "PoolClosed",
    "PoolCounts",
    "PoolPlan",
    "WorkFailed",
    "WorkerFault",
    "WorkerLost",
    "WorkerPool",
]

_LONGEST_MS = 86_400_000.0
"""Milliseconds any question may take; more than a day is no deadline."""

_END_KNOWN_S = 0.5
"""Seconds a caller waits to hear how its worker ended, once it has; the zygote tells within a millisecond."""


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """What the workers of a pool run, how many there are, and what each may use.

    `target` names a function as `package.module:function`: it is called in a worker with a question and the
    milliseconds left, and returns the answer. `prepare` names one that is called once before the first worker is
    forked, to load what all of them need; it starts no thread. `warm` names one that is called in each worker before
    its first question, which then finds everything in memory; it may start threads. A worker in which it raises an
    error, or that is not ready after `warm_ms` milliseconds, is ended and counts as one that could not be started.
    `size` workers are busy at most, and `spares` more wait, so that one that was killed is replaced by one that is
    ready. At most `size` get ready at once, and they stand still while somebody is answered and another worker is ready
    for the next question, so that no answer is slower for them: one worker at a time then takes two spares. An answer
    consists of plain values and of objects of classes that the `answers` modules define. A worker is replaced after
    `questions` questions, or when it has ever held half of its memory.
    """

    target: str
    size: int
    memory_bytes: int
    prepare: str = ""
    warm: str = ""
    warm_ms: float = 20_000.0
    answers: tuple[str, ...] = ()
    spares: int = 1
    questions: int = 1_000
    frame_bytes: int = 67_108_864


class WorkerPool:
    """Runs questions in worker processes, each by its deadline, from any number of threads.

    Between `start` and `close` one thread of this process keeps as many workers ready as the plan says. No worker
    outlives this process, however it ends. The limit of memory is the system's where that is Linux; elsewhere it is not
    kept.
    """

    def __init__(self, plan: PoolPlan) -> None:
        self.plan = plan
        self._roster = Roster(plan.size)
        limits = WorkerLimits(plan.memory_bytes, plan.questions, plan.frame_bytes)
        job = Job(plan.target, plan.prepare, plan.warm, plan.warm_ms / 1000, limits)
        self._keeper = Keeper(job, self._roster, plan.size + plan.spares, plan.size)

    def start(self) -> None:
        """Begin to start workers; returns at once."""
        self._keeper.start()

    def wait_until_warm(self, timeout_ms: float) -> None:
        """Return once a worker is ready; raises `CannotStart` with the reason, `DeadlinePassed` and `PoolClosed`."""
        self._roster.wait_for_one(_due_s(timeout_ms))

    def run(self, question: object, deadline_ms: float) -> Any:
        """The answer to a picklable question, within `deadline_ms` milliseconds from now.

        Waits for an idle worker as long as there is time. Raises `DeadlinePassed`, and then the worker that was busy
        with it is killed and replaced without keeping the caller; `WorkerLost` where the worker ended or answered what
        cannot be read; `WorkFailed` where the target raised an error or a value is too long; `CannotStart` where there
        is no worker and none can be started; `PoolClosed`. All of them are `WorkerFault`.
        """
        due_s = _due_s(deadline_ms)
        try:
            body = packed(question, self.plan.frame_bytes)
        except TooLong as error:
            raise WorkFailed(f"the question is too long: {error}") from error
        while True:
            worker = self._roster.take(due_s)
            if self._ask(worker, body, due_s):
                self._keeper.heed()
                return self._hear(worker, due_s)

    def is_warm(self) -> bool:
        """Whether a worker is ready or busy, or one will be ready at once."""
        return self._roster.is_warm()

    def follow(self, on_warmth: Callable[[bool], None]) -> None:
        """Have this called, from a thread of the pool, with `is_warm` now and whenever it changes."""
        self._keeper.follow(on_warmth)

    def counts(self) -> PoolCounts:
        """What was done so far and what there is now, all of one moment."""
        return self._roster.counts()

    def processes(self) -> tuple[int, ...]:
        """The process numbers of the workers at this moment."""
        return self._roster.processes()

    def close(self, grace_ms: float = 0.0) -> None:
        """Refuse questions from now on, give those that are being answered some time, then end every process.

        What is still asked then raises `PoolClosed`. Returns within the grace and a few seconds; a second call does
        nothing.
        """
        self._roster.close(_due_s(grace_ms))
        self._keeper.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, worker: Worker, body: bytes, due_s: float) -> bool:
        """Put the question; False where the worker was gone before it could hear any of it."""
        left_ms = (due_s - time.monotonic()) * 1000
        try:
            sent(worker.connection, QUESTION.pack(left_ms, len(body)), body, due_s)
        except TimeoutError:
            self._end(worker, Tally.KILLED)
            raise DeadlinePassed("the deadline passed while a worker was asked", was_begun=True) from None
        except OSError:
            self._end(worker, None)
            return False
        except BaseException:
            self._end(worker, Tally.KILLED)
            raise
        return True

    def _hear(self, worker: Worker, due_s: float) -> Any:
        try:
            kind, length = ANSWER.unpack(received(worker.connection, ANSWER.size, due_s))
            if length > self.plan.frame_bytes:
                raise Unreadable(f"an answer of {length} bytes was announced")
            answer = unpacked_answer(received(worker.connection, length, due_s), self.plan.answers)
            kind = AnswerKind(kind)
        except TimeoutError:
            self._end(worker, Tally.KILLED)
            raise DeadlinePassed("the worker was killed at the deadline", was_begun=True) from None
        except (EOFError, OSError):
            raise self._lost(worker, due_s) from None
        except (Unreadable, ValueError) as error:
            self._end(worker, Tally.LOST)
            raise WorkerLost(f"the worker was killed, since {error}") from error
        except BaseException:
            self._end(worker, Tally.KILLED)
            raise
        if kind in (AnswerKind.LAST_VALUE, AnswerKind.LAST_ERROR):
            self._end(worker, Tally.RECYCLED)
        else:
            self._roster.give_back(worker)
            self._keeper.heed()
        if kind in (AnswerKind.ERROR, AnswerKind.LAST_ERROR):
            raise WorkFailed(str(answer))
        return answer

    def _lost(self, worker: Worker, due_s: float) -> WorkerFault:
        worker.ended.wait(max(0.0, min(_END_KNOWN_S, due_s - time.monotonic())))
        self._end(worker, Tally.LOST)
        if self._roster.is_closed():
            return PoolClosed("the workers were stopped before the answer")
        return WorkerLost(f"the worker {end_of(worker.status)}", worker.status)

    def _end(self, worker: Worker, tally: Tally | None) -> None:
        """Take a busy worker out of use, and have it ended and replaced."""
        self._roster.give_up(worker, tally)
        worker.connection.close()
        self._keeper.look()


def _due_s(duration_ms: float) -> float:
    return time.monotonic() + min(duration_ms, _LONGEST_MS) / 1000
