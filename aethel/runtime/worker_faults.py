"""Why a question put to a worker has no answer; each text is a sentence for people."""

from __future__ import annotations

import errno
import os
import signal

from aethel.runtime.worker_process import CANNOT_BEGIN, CANNOT_WARM, OUT_OF_MEMORY

__all__ = ["CannotStart", "DeadlinePassed", "PoolClosed", "WorkFailed", "WorkerFault", "WorkerLost", "end_of"]


class WorkerFault(Exception):
    """A question has no answer."""


class DeadlinePassed(WorkerFault):
    """The time was over: before a worker was free, or while one was busy with it, which `was_begun` tells."""

    def __init__(self, text: str, *, was_begun: bool) -> None:
        super().__init__(text)
        self.was_begun = was_begun


class WorkerLost(WorkerFault):
    """The worker ended before it answered, or answered what cannot be read.

    `status` is what `os.waitpid` said of it, None where that is not known.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status

    @property
    def lacked_memory(self) -> bool:
        """Whether it ended because it was refused memory."""
        return self.status is not None and os.waitstatus_to_exitcode(self.status) == OUT_OF_MEMORY


class WorkFailed(WorkerFault):
    """What the worker runs raised an error, or answered more than a frame holds; the worker goes on."""


class CannotStart(WorkerFault):
    """There is no worker, and none can be started at present."""


class PoolClosed(WorkerFault):
    """The pool is closed."""


def end_of(status: int | None) -> str:
    """How a process ended, in words that follow `the worker`."""
    if status is None:
        return "ended together with the process that started it"
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"got signal {-code}"
    match code:
        case 0:
            return "went away"
        case code if code == OUT_OF_MEMORY:
            return "ran out of memory"
        case code if code == CANNOT_BEGIN:
            return "could not set its limits"
        case code if code == CANNOT_WARM:
            return "could not be warmed"
        case _:
            return f"ended with exit code {code}"


def system_error(number: int) -> str:
    """A system's error in words that follow `it was not started:`."""
    return errno.errorcode.get(number, str(number))
