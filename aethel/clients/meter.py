"""What may be used up over time, counted exactly: the generic cell rate algorithm in whole numbers."""

from __future__ import annotations

NS_PER_S = 1_000_000_000


class Meter:
    """Allows `units` in `period_ns` nanoseconds on average, and `burst` of them at once (ITU-T I.371, annex A).

    It holds one number: the time at which everything used is paid for, in nanoseconds times `units`, so that nothing is
    rounded. Times are of one monotonic clock. What is charged beyond what is left is a debt, and is waited for.
    """

    def __init__(self, units: int, period_ns: int, burst: int) -> None:
        self._units = units
        self._period_ns = period_ns
        self._burst = burst
        self._paid_at = 0

    def left(self, now_ns: int) -> int:
        """Whole units that may be used now; 0 where there is a debt."""
        return max(0, self._burst * self._period_ns - self._owed(now_ns)) // self._period_ns

    def wait_ns(self, now_ns: int) -> int:
        """Time until one unit may be used; 0 where it may be now."""
        excess = self._owed(now_ns) - (self._burst - 1) * self._period_ns
        return max(0, -(-excess // self._units))

    def charge(self, now_ns: int, count: int) -> None:
        """Use so many units, whether they are left or not."""
        self._paid_at = now_ns * self._units + self._owed(now_ns) + count * self._period_ns

    def _owed(self, now_ns: int) -> int:
        return max(0, self._paid_at - now_ns * self._units)
