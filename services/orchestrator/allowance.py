"""What a question may spend of its client's solver time, and what it has spent."""

from __future__ import annotations

from collections.abc import Iterable

from aethel.clients.allowance import ALLOWANCE
from aethel.prover.limits import DEFAULT_BUDGET
from aethel.verdict import Z3_EXPERT, ExpertVerdict

UNITS_PER_MS = 10_000
"""Solver resource units of one millisecond, about: a million take a tenth of a second."""


def budget_allowed(budget: int) -> int:
    """The deterministic work that a question may ask for, in solver resource units: as asked, 0 meaning the default,
    but no more than the client has time left for.
    """
    left_ms = ALLOWANCE.get().solver_left_ms()
    if left_ms is None:
        return budget
    most = max(1, left_ms * UNITS_PER_MS)
    return budget if (budget or DEFAULT_BUDGET) <= most else most


def charge_solver(chosen: Iterable[str], verdicts: Iterable[ExpertVerdict], took_ms: float) -> None:
    """Charge what the Z3 expert says it spent; where it was chosen and said nothing, all the time it was waited for."""
    said = [verdict.latency_ms for verdict in verdicts if verdict.expert_name == Z3_EXPERT]
    if said or Z3_EXPERT in chosen:
        ALLOWANCE.get().charge_solver(sum(said) if said else took_ms)
