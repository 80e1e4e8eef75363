"""The worker pool past a deadline: how late a caller hears of a hung solver, and what the next question costs then."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field

from aethel.prover.tasks import Matter, NotSolved, Task
from aethel.request import Question
from aethel.runtime.settings import Process, read_settings
from aethel.runtime.worker_pool import WorkerPool
from bench.measure import Figure, figure
from services.z3_expert.plan import pool_plan
from services.z3_expert.pooled import PooledSolver

ROUNDS = 15
"""Rounds in each of which two workers are hung and killed."""

LIMIT_MS = 20.0
"""The most that an answer may be late (P12)."""

AFTER_KILL = 1.2
"""The most that the first proof after a kill may take, of what it takes a worker that has proved before."""

_DEADLINE_MS = 200.0
_PATIENCE_MS = 60_000.0
_BUDGET = 50_000_000


@dataclass(slots=True)
class _Took:
    """Milliseconds of each round, for one question by a worker that has answered before, and by ones that have not.

    `at_once` follows the kill of another worker, `after_it` is the question after that, and `warm` and `later` follow
    the end of all that such a kill sets going.
    """

    late: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    at_once: list[float] = field(default_factory=list)
    after_it: list[float] = field(default_factory=list)
    later: list[float] = field(default_factory=list)


def figures(text: bytes) -> list[Figure]:
    """How late a question about `text` is answered whose worker hangs, and what the same question takes afterwards."""
    plan = pool_plan(read_settings({"AETHEL_Z3_WORKERS": "1"}, Process.Z3))
    task, took = Task(Question("bench", text), Matter.GENERAL, _BUDGET), _Took()
    with WorkerPool(plan) as pool:
        solver = PooledSolver(pool)
        for _ in range(ROUNDS):
            _until_full(pool, plan.size + plan.spares)
            took.late.append(_overshoot_ms(pool, solver, task))
            took.at_once.append(_answered_ms(solver, task))
            took.after_it.append(_answered_ms(solver, task))
            _until_full(pool, plan.size + plan.spares)
            took.warm.append(_answered_ms(solver, task))
            took.late.append(_overshoot_ms(pool, solver, task))
            _until_full(pool, plan.size + plan.spares)
            took.later.append(_answered_ms(solver, task))
    return _told(took)


def _told(took: _Took) -> list[Figure]:
    ratios = [first / used for first, used in zip(took.at_once, took.warm, strict=True)]
    return [
        figure("P12", "overshoot past the deadline with a hung solver", took.late, "ms", LIMIT_MS),
        figure("", "longest overshoot", [max(took.late)], "ms"),
        figure("P12", "first proof right after a kill ÷ the same on a used worker", ratios, "", AFTER_KILL),
        figure("", "first proof right after a kill", took.at_once, "ms"),
        figure("", "proof after that one", took.after_it, "ms"),
        figure("", "first proof of a fresh worker", took.later, "ms"),
        figure("", "first proof of a template by a worker that has proved before", took.warm, "ms"),
    ]


def _overshoot_ms(pool: WorkerPool, solver: PooledSolver, task: Task) -> float:
    """Milliseconds from the deadline to the caller's being told, by a worker that will not hear of any."""
    for process in pool.processes():
        # A stopped process is the most hung there is: it heeds no time limit, no interrupt and no closed connection.
        os.kill(process, signal.SIGSTOP)
    began_s = time.perf_counter()
    try:
        solver(task, _DEADLINE_MS)
    except NotSolved:
        return (time.perf_counter() - began_s) * 1000 - _DEADLINE_MS
    finally:
        for process in pool.processes():
            os.kill(process, signal.SIGCONT)
    raise RuntimeError("a stopped worker has answered")


def _answered_ms(solver: PooledSolver, task: Task) -> float:
    began_s = time.perf_counter()
    solver(task, _PATIENCE_MS)
    return (time.perf_counter() - began_s) * 1000


def _until_full(pool: WorkerPool, workers: int) -> None:
    """Return once all workers wait for a question; nothing tells of that, since nobody else needs to know."""
    due_s = time.monotonic() + _PATIENCE_MS / 1000
    while pool.counts().idle < workers:
        if time.monotonic() > due_s:
            raise RuntimeError("the workers were never ready")
        time.sleep(0.002)
