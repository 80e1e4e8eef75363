"""The pace at which a pool tries again to start what could not be started."""

from __future__ import annotations

_FREE_FAILURES = 1
"""Failures after which the next attempt is made at once: one may be a chance."""

_FIRST_PAUSE_S = 0.1
"""Seconds before the attempt that follows the first failure that is no chance; each further one doubles them."""

_LONGEST_PAUSE_S = 10.0
"""Seconds between two attempts at most."""

_FORGOTTEN_S = 60.0
"""Seconds after which a failure says nothing of the next attempt."""


class Pace:
    """How long to wait after failures, so that what cannot start is not tried without pause."""

    def __init__(self) -> None:
        self._failures = 0
        self._failed_s = 0.0
        self._answered = 0
        self._again_s = 0.0

    def failed(self, now_s: float, answered: int) -> bool:
        """Note a failure; whether the next attempt has to wait. Answers since the last one make it the first.

        `answered` is 0 where they say nothing of it: workers that answer do not show that another can be started.
        """
        if answered > self._answered or now_s - self._failed_s > _FORGOTTEN_S:
            self._failures = 0
        self._answered = max(self._answered, answered)
        self._failures += 1
        self._failed_s = now_s
        doublings = min(self._failures - _FREE_FAILURES - 1, 20)
        pause_s = 0.0 if doublings < 0 else min(_FIRST_PAUSE_S * 2**doublings, _LONGEST_PAUSE_S)
        self._again_s = now_s + pause_s
        return pause_s > 0

    def left_s(self, now_s: float) -> float:
        """Seconds until the next attempt, 0 where it may be made now."""
        return max(0.0, self._again_s - now_s)
