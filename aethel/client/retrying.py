"""When a call is tried again: after a growing, jittered pause, while the caller still has time."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import SystemRandom

from aethel.client.errors import ClientError, Unavailable

_CHANCE = SystemRandom()


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how soon: the pause after attempt n is drawn from 0 to `first_pause_ms` · 2ⁿ⁻¹, at most
    `longest_pause_ms`, and begins when the pause that the mesh asks for is over.
    """

    most_attempts: int = 5
    first_pause_ms: int = 50
    longest_pause_ms: int = 2_000

    def pause_ms(self, error: ClientError, attempts: int, left_ms: int) -> int | None:
        """How long to wait before the next attempt; None where there is none.

        Only `Unavailable` is tried again. A pause that would use up the time left is not begun.
        """
        if not isinstance(error, Unavailable) or attempts >= self.most_attempts:
            return None
        bound_ms = min(self.longest_pause_ms, self.first_pause_ms << min(attempts - 1, 30))
        pause_ms = (error.retry_after_ms or 0) + _CHANCE.randint(0, bound_ms)
        return pause_ms if pause_ms < left_ms else None


NEVER = Retrying(most_attempts=1)
"""One attempt."""
