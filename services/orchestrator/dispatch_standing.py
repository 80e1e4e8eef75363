"""What is remembered of a replica's faults, and how many retries may be spent: both without a clock of their own."""

from __future__ import annotations

from collections import deque

FAULTS_IN_A_ROW = 5
"""Faults without an answer between them after which a replica is not asked any more."""

WINDOW = 32
"""Latest questions by whose share of faults a replica is judged."""

MIN_JUDGED = 16
"""Questions without which a share says nothing."""

FAULT_SHARE = 0.5
"""Share of faults in the window from which a replica is not asked any more."""

FIRST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 30_000
"""Time until an ejected replica is probed, in milliseconds; every probe that fails doubles it."""

RETRY_SHARE = 10
"""One retry is earned by so many questions: at most a tenth more load on a mesh that is already in trouble."""

MIN_RETRIES = 10
"""Retries that a mesh has at its beginning, so that the first faults of a quiet one are not seen."""

MAX_RETRIES = 100
"""Retries that can be saved up: the burst that a lost process costs."""


class Standing:
    """How one replica has done lately, and whether it is ejected."""

    def __init__(self) -> None:
        self.is_ejected = False
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._in_a_row = 0
        self._pause_ms = FIRST_PAUSE_MS
        self._probe_at_ms = 0.0

    def answered(self) -> None:
        """Count an answer; a window without any fault also forgives what was before it."""
        self._in_a_row = 0
        self._recent.append(True)
        if len(self._recent) == WINDOW and all(self._recent):
            self._pause_ms = FIRST_PAUSE_MS

    def failed(self) -> None:
        """Count a fault."""
        self._in_a_row += 1
        self._recent.append(False)

    @property
    def is_bad(self) -> bool:
        """Whether so much went wrong that others should be asked."""
        judged = len(self._recent)
        is_mostly_wrong = judged >= MIN_JUDGED and self._recent.count(False) >= FAULT_SHARE * judged
        return self._in_a_row >= FAULTS_IN_A_ROW or is_mostly_wrong

    def eject(self, now_ms: float) -> None:
        """Ask others from now on, and this one again once a probe succeeds."""
        self.is_ejected = True
        self._probe_at_ms = now_ms + self._pause_ms

    def wants_probe(self, now_ms: float) -> bool:
        """Whether it is time to see if it works again; then the next time is later."""
        if not self.is_ejected or now_ms < self._probe_at_ms:
            return False
        self._pause_ms = min(2 * self._pause_ms, LONGEST_PAUSE_MS)
        self._probe_at_ms = now_ms + self._pause_ms
        return True

    def restore(self) -> None:
        """It works again: what was before says nothing any more."""
        self.is_ejected = False
        self._recent.clear()
        self._in_a_row = 0


class RetryBudget:
    """Retries that may be spent, earned by questions."""

    def __init__(self) -> None:
        self._earned = MIN_RETRIES * RETRY_SHARE

    def earn(self) -> None:
        """Count a question."""
        self._earned = min(self._earned + 1, MAX_RETRIES * RETRY_SHARE)

    def spend(self) -> bool:
        """Take one retry; whether there was one."""
        if self._earned < RETRY_SHARE:
            return False
        self._earned -= RETRY_SHARE
        return True
