"""The deadline of one question: rings once, and interrupts whatever solver is running then."""

from __future__ import annotations

import math
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import z3

from aethel.prover.stops import DeadlinePassed

_REPEAT_S = 0.002
"""Seconds between two interrupts: one that comes just before the solver starts is lost, the next one is not."""

_LONGEST_S = 3600.0
"""Seconds an alarm waits at most; no caller of this mesh waits for an hour."""


class Alarm:
    """Rings `delay_ms` milliseconds after it was made, at once where that is not positive. A context manager.

    The prover reads no clock: it asks `rang`, and a solver that does not look is interrupted by this one's thread.
    """

    def __init__(self, delay_ms: float) -> None:
        self._rung = threading.Event()
        self._over = threading.Event()
        self._running: Any = None
        if delay_ms > 0:
            self._delay_s = min(delay_ms / 1000, _LONGEST_S)
        else:
            self._delay_s = 0.0
            self._rung.set()
        self._thread = threading.Thread(target=self._watch, name="proof-deadline", daemon=True)

    def __enter__(self) -> Self:
        if not self._rung.is_set():
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def delay_ms(self) -> int:
        """Whole milliseconds from its making to its ringing, rounded up."""
        return math.ceil(self._delay_s * 1000)

    def rang(self) -> bool:
        """Whether the deadline has passed."""
        return self._rung.is_set()

    def look(self) -> None:
        """Raise DeadlinePassed where the alarm has rung."""
        if self._rung.is_set():
            raise DeadlinePassed

    def watch(self, context: Any) -> None:
        """Interrupt this solver context (`z3.Context`) from the deadline on, in place of the one watched before."""
        self._running = context

    def _watch(self) -> None:
        if self._over.wait(self._delay_s):
            return
        self._rung.set()
        while not self._over.wait(_REPEAT_S):
            context = self._running
            if context is not None:
                _interrupt(context)


def _interrupt(context: Any) -> None:
    # The binding looks for errors after every call, and may find one that the interrupted thread has just caused.
    with suppress(z3.Z3Exception):
        context.interrupt()
