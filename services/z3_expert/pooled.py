"""Solving in workers that can be ended: what the Z3 expert of the process hands its tasks to."""

from __future__ import annotations

from aethel.prover.tasks import NotSolved, Solved, Task
from aethel.runtime.spans import passed
from aethel.runtime.worker_pool import DeadlinePassed, WorkerFault, WorkerLost, WorkerPool
from aethel.verdict import Outcome


class PooledSolver:
    """Carries out each task in a worker of the pool, whose target takes a `Task` and returns what it `Solved`."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    def __call__(self, task: Task, deadline_ms: float) -> Solved:
        """What became of a task, at the latest when the `deadline_ms` milliseconds have passed.

        Raises NotSolved where the worker was killed at the deadline or lost: that costs this task and no other.
        """
        try:
            solved = self._pool.run(task, deadline_ms)
        except WorkerFault as fault:
            raise NotSolved(_outcome(fault), f"nothing was decided: {fault}") from fault
        if not isinstance(solved, Solved):
            raise NotSolved(Outcome.UNMODELLED, "nothing was decided: the worker answered with something else")
        spent = solved.spent
        if spent is not None:
            passed("aethel.solve", spent.started_ns, spent.ended_ns, **{"process.pid": spent.process})
        return solved


def _outcome(fault: WorkerFault) -> Outcome:
    """BUDGET where time or memory did not suffice, UNMODELLED where the machinery failed."""
    spent = isinstance(fault, DeadlinePassed) or (isinstance(fault, WorkerLost) and fault.lacked_memory)
    return Outcome.BUDGET if spent else Outcome.UNMODELLED
