"""What a worker of the Z3 expert runs: one task after the other, each in a solver of its own."""

from __future__ import annotations

import time

from aethel.prover.smt_text import solve_text
from aethel.prover.solving import solve
from aethel.prover.tasks import Identity, Solved, Task
from aethel.prover.version import identity

_FIRST_TEXT = "(declare-const x Int)(assert (> (* 2 x) 3))(check-sat)"
_FIRST_BUDGET = 100_000

_LEAST_MARGIN_MS = 10.0
_MARGIN_SHARE = 20
_MOST_MARGIN_MS = 1_000.0


def prepare() -> None:
    """Load the solver and let it solve something, so that every worker has all of it in memory from its beginning."""
    identity()
    solve_text(_FIRST_TEXT, _FIRST_BUDGET)


def answer(task: Task | None, left_ms: float) -> Solved | Identity:
    """What becomes of a task that is due in `left_ms` milliseconds; for None, who solves here.

    Solving gives up a margin earlier and tells what it has decided by then: at the deadline a worker is killed.
    """
    if task is None:
        return identity()
    return solve(task, left_ms - margin_ms(left_ms), _now_ms)


def margin_ms(left_ms: float) -> float:
    """The part of the time, in milliseconds, that is kept for ending the proof and writing the answer."""
    return min(max(_LEAST_MARGIN_MS, left_ms / _MARGIN_SHARE), _MOST_MARGIN_MS, left_ms / 2)


def _now_ms() -> float:
    return time.perf_counter() * 1000
