"""Ratios from interleaved rounds, and figures with their goals: what every benchmark is made of.

Both sides of a ratio are measured in turn within each round, so that what else the machine does touches both; the
figure is the median of the rounds' ratios. A ratio whose quartiles span its goal is not decided rather than missed.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROUNDS = 9
"""Rounds of an interleaved measurement: the quartiles are then values that were really seen."""

REPOSITORY = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number beside its goal.

    `low` and `high` are the quartiles of `n` rounds; the goal is met where the value is at most it, or at least it
    where `at_least`. `goal` is None for a number that is only reported. Of a `is_count`, a share of `n` rows, `low` and
    `high` are its exact 95 % interval, and the goal is about the share that was counted.
    """

    id: str
    what: str
    value: float
    unit: str
    n: int
    low: float
    high: float
    goal: float | None = None
    at_least: bool = False
    is_count: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the goal is met; None where the quartiles span it, or where there is none."""
        if self.goal is None or (not self.is_count and self.low < self.goal < self.high):
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def figure(
    id_: str, what: str, values: Sequence[float], unit: str, goal: float | None = None, *, at_least: bool = False
) -> Figure:
    """The figure of several rounds: their median with its quartiles."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return Figure(id_, what, middle, unit, len(values), low, high, goal, at_least)


def seconds(work: Callable[[], object], at_least_s: float = 0.02) -> float:
    """CPU seconds of one call in this thread: the call is repeated until it took `at_least_s` in all."""
    calls = 1
    while True:
        gc.collect()
        began = time.thread_time()
        for _ in range(calls):
            work()
        took = time.thread_time() - began
        if took >= at_least_s:
            return took / calls
        calls = max(2 * calls, int(calls * at_least_s / max(took, 1e-6)))


def rounds(*works: Callable[[], object], count: int = ROUNDS, at_least_s: float = 0.02) -> list[tuple[float, ...]]:
    """The CPU seconds of each work in each round, all of them in turn; the first round only warms up and is dropped."""
    found = [tuple(seconds(work, at_least_s) for work in works) for _ in range(count + 1)]
    return found[1:]


def ratios(found: Sequence[tuple[float, ...]], over: int, under: int) -> list[float]:
    """The ratio of two works in each round."""
    return [each[over] / each[under] for each in found]


def machine() -> str:
    """What the figures were measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


@cache
def commit() -> str:
    """The commit this process runs, as it was when first asked for; `+` where the tree differs from it.

    Empty outside a repository.
    """
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()
