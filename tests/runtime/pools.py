"""Pools of workers for tests, how to look at their processes from outside, and two figures of a pool."""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aethel.runtime.worker_pool import DeadlinePassed, PoolPlan, WorkerPool

MEMORY_BYTES = 268_435_456
PATIENCE_MS = 20_000
"""Time for what takes a moment, in milliseconds: only a hanging test waits for it."""

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes through /proc")


def plan(size: int = 1, **changes: Any) -> PoolPlan:
    """A plan for the workload of the tests."""
    return replace(PoolPlan("tests.runtime.workload:obey", size, MEMORY_BYTES), **changes)


@contextmanager
def warm_pool(plan: PoolPlan) -> Iterator[WorkerPool]:
    """A pool all of whose workers are ready."""
    with WorkerPool(plan) as pool:
        until(lambda: pool.counts().idle == plan.size + plan.spares)
        yield pool


def until(holds: Callable[[], bool]) -> None:
    """Return once something holds that no event tells of; fails where it never does."""
    due_s = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < due_s, "it never came to be"
        time.sleep(0.002)


def wait_for_end(process: int) -> None:
    """Return once a process that is nobody's child here has ended, reaped or not; fails where it goes on."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], PATIENCE_MS / 1000)
    finally:
        os.close(handle)
    assert ended, f"process {process} goes on"


def parent_of(process: int) -> int:
    """The process that forked it."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("PPid:")))


def state_of(process: int) -> str:
    """The letter of what a process is doing, as proc(5) has it: T where it was stopped."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(line.split()[1] for line in lines if line.startswith("State:"))


def children(process: int) -> set[int]:
    """The processes that are forked from it and not reaped."""
    return {int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _is_child(path, process)}


def _is_child(path: Path, of: int) -> bool:
    try:
        # The name may hold spaces and parentheses; what follows it is the state, then the parent.
        return int((path / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]) == of
    except OSError:
        return False


def overshoot_ms(pool: WorkerPool, hanging: object, deadline_ms: float) -> float:
    """Milliseconds from the deadline of a question that never ends to the caller's being told."""
    began_s = time.perf_counter()
    with pytest.raises(DeadlinePassed):
        pool.run(hanging, deadline_ms)
    return (time.perf_counter() - began_s) * 1000 - deadline_ms


def round_trip_ms(pool: WorkerPool, question: object) -> float:
    """Milliseconds that one question takes, from the caller's side."""
    began_s = time.perf_counter()
    pool.run(question, PATIENCE_MS)
    return (time.perf_counter() - began_s) * 1000
