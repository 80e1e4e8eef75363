"""Signals to stop as something that can be waited for."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class StopSignals:
    """SIGINT, SIGTERM and SIGHUP of this process, which no longer end it."""

    reader: socket.socket

    @property
    def wake_fd(self) -> int:
        """Readable once a signal came, until `take`."""
        return self.reader.fileno()

    def take(self) -> bool:
        """Whether a signal came since it was last asked."""
        try:
            return bool(self.reader.recv(4_096))
        except BlockingIOError:
            return False


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Catch the signals until the end of the block, then put back what was there before. For the main thread only."""
    reader, writer = socket.socketpair()
    with reader, writer:
        reader.setblocking(False)
        writer.setblocking(False)
        before_fd = signal.set_wakeup_fd(writer.fileno())
        before = {number: signal.signal(number, _nothing) for number in _STOPPING}
        try:
            yield StopSignals(reader)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before_fd)


def _nothing(number: int, frame: FrameType | None) -> None:
    """Python writes the signal to the wake-up socket by itself, but only where it has a handler."""
