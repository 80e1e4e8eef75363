"""What a worker of the Z3 expert runs: one task after the other, each in a solver of its own."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from aethel.prover.smt_text import solve_text
from aethel.prover.solving import solve
from aethel.prover.tasks import Identity, Matter, Solved, Spent, Task
from aethel.prover.version import identity
from aethel.request import Question
from aethel.verdict import Outcome

_FIRST_TEXT = "(declare-const x Int)(assert (> (* 2 x) 3))(check-sat)"
_FIRST_BUDGET = 100_000

_FIRST_INTENT = b"""intent pay(payer: Account, payee: Account, amount: Balance) {
    guard { amount > 0; old_payer_balance >= amount; }
    effect { transfer(payer, payee, amount); }
    verify { payer_balance == old_payer_balance - amount; payee_balance == old_payee_balance + amount; }
}
"""
_FIRST_DEADLINE_MS = 3_600_000.0
"""The pool ends a worker that does not get warm in time, and leaves out the time for which it made it stand still."""

_FIRST_PROOFS = 2
"""A second proof still writes to some 80 pages more, and runs code that the interpreter has specialised by then."""

_LEAST_MARGIN_MS = 10.0
_MARGIN_SHARE = 20
_MOST_MARGIN_MS = 1_000.0


def prepare() -> None:
    """Load the solver and let it solve something, so that every worker has all of it in memory from its beginning."""
    identity()
    solve_text(_FIRST_TEXT, _FIRST_BUDGET)


def warm() -> None:
    """Prove a payment twice, certified and confirmed by the second solver, as the first question of a worker would be.

    A forked process shares its memory until it writes to it. A proof writes to thousands of pages, and to have each of
    them copied takes as long as the proof itself. Raises `RuntimeError` where the payment is not proved.
    """
    task = Task(Question("", _FIRST_INTENT), Matter.GENERAL, _FIRST_BUDGET)
    for _ in range(_FIRST_PROOFS):
        solved = solve(task, _FIRST_DEADLINE_MS, _now_ms)
        if not solved.proved or not solved.certificate:
            short = [f"{each.id} {each.outcome.value}" for each in solved.results if each.outcome is not Outcome.PROVED]
            raise RuntimeError(f"a plain payment was not proved here: {', '.join(short) or 'it has no certificate'}")


def answer(task: Task | None, left_ms: float) -> Solved | Identity:
    """What becomes of a task that is due in `left_ms` milliseconds; for None, who solves here.

    Solving gives up a margin earlier and tells what it has decided by then: at the deadline a worker is killed.
    """
    if task is None:
        return identity()
    started_ns = time.time_ns()
    solved = solve(task, left_ms - margin_ms(left_ms), _now_ms)
    return replace(solved, spent=Spent(os.getpid(), started_ns, time.time_ns()))


def margin_ms(left_ms: float) -> float:
    """The part of the time, in milliseconds, that is kept for ending the proof and writing the answer."""
    return min(max(_LEAST_MARGIN_MS, left_ms / _MARGIN_SHARE), _MOST_MARGIN_MS, left_ms / 2)


def _now_ms() -> float:
    return time.perf_counter() * 1000
