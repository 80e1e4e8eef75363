"""The absolute time by which an answer is due, on the monotonic clock of this process."""

import time
from dataclasses import dataclass
from typing import Self

_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True, order=True)
class Deadline:
    """A point on this process's monotonic clock in nanoseconds; `min(a, b)` is the earlier of two.

    It is meaningless in another process: what crosses the wire is `remaining_ms()`.
    """

    at_ns: int

    @classmethod
    def after_ms(cls, duration_ms: int) -> Self:
        """The deadline that is `duration_ms` milliseconds from now."""
        return cls(time.monotonic_ns() + duration_ms * _NS_PER_MS)

    @classmethod
    def of_call(cls, remaining_s: float | None, cap_ms: int) -> Self:
        """The deadline of an RPC: what `ServicerContext.time_remaining()` said, in seconds, but never beyond the cap.

        None, a caller without a deadline, gets the cap.
        """
        cap = cls.after_ms(cap_ms)
        if remaining_s is None or remaining_s * 1000 >= cap_ms:
            return cap
        return cls(time.monotonic_ns() + max(0, int(remaining_s * 1e9)))

    def remaining_ms(self) -> int:
        """Whole milliseconds left, rounded down; 0 once the deadline has passed."""
        return max(0, self.at_ns - time.monotonic_ns()) // _NS_PER_MS

    def remaining_s(self) -> float:
        """Seconds left, for clocks that count in seconds (asyncio, gRPC); 0.0 once the deadline has passed."""
        return max(0, self.at_ns - time.monotonic_ns()) / 1e9
