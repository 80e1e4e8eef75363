"""Collects cycles without looking at all that a process keeps, so that no answer waits until that was looked at."""

from __future__ import annotations

import gc
from collections.abc import Mapping

FULL_EVERY = 256
"""Of so many collections of old objects, one looks at everything: what died in a cycle after it was set aside."""

_OLDEST = 2
_THRESHOLDS = (700, 10, 1)
"""The first two are those of CPython. The third, there 10, lets old objects be looked at when the readings of about
five texts of 4 kB are among them: ten thousand objects, which takes some milliseconds."""


def set_aside_what_is_kept() -> None:
    """From now on, what outlives a collection of old objects is set aside, and seldom looked at again.

    A service keeps the readings of many texts, of thousands of objects each; to look at all of them takes longer than
    an answer may. References are still counted: what is kept is freed as soon as it is forgotten, unless it is part of
    a cycle, and then after `FULL_EVERY` collections at the latest. Calling it again changes nothing.
    """
    if not any(isinstance(each, _SetAside) for each in gc.callbacks):
        gc.set_threshold(*_THRESHOLDS)
        gc.callbacks.append(_SetAside())


class _SetAside:
    """Called by the collector before and after each collection."""

    def __init__(self) -> None:
        self._collections = 0

    def __call__(self, phase: str, info: Mapping[str, int]) -> None:
        if info["generation"] != _OLDEST:
            return
        if phase == "stop":
            gc.freeze()
            return
        self._collections += 1
        if self._collections % FULL_EVERY == 0:
            gc.unfreeze()
