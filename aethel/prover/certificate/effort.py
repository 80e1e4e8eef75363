"""The work that one search may do, counted in coefficients touched so that it is the same on every machine."""

from __future__ import annotations

from collections.abc import Callable

from aethel.prover.certificate.limits import UNITS_PER_LOOK
from aethel.prover.certificate.stops import OutOfEffort


class Effort:
    """Counts down; `look` is called now and then and may raise to end the search."""

    def __init__(self, units: int, look: Callable[[], None]) -> None:
        self._units = units
        self._left = units
        self._look = look
        self._next_look = units - UNITS_PER_LOOK

    @property
    def spent(self) -> int:
        """Units spent so far."""
        return self._units - self._left

    def spend(self, units: int) -> None:
        """Count `units`; raises OutOfEffort, up to UNITS_PER_LOOK units late but always at the same one."""
        self._left -= units
        if self._left < self._next_look:
            self._next_look = self._left - UNITS_PER_LOOK
            self._look()
            if self._left < 0:
                raise OutOfEffort
