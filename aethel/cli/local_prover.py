"""The expert that proves, in this process; its solver is loaded when somebody asks for it, and may be missing."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from aethel.intent.obligations import Obligation
from aethel.intent.program import Program
from aethel.prover.guards import IntentGuards
from aethel.request import Expert

NO_PROVER = "z3 is not installed, so nothing can be proved here; install it with the extra `prover`"
"""What is said wherever the prover is missing."""

GUARDS_DEADLINE_MS = 10_000.0
"""Time for finding out which guards the proofs of one text use, in milliseconds: a third of that for the proofs."""


def prover() -> Expert | None:
    """The expert that proves; None where its solver is not installed."""
    try:
        from aethel.prover.local import local_expert  # noqa: PLC0415  loads both solvers
    except ModuleNotFoundError as error:
        if error.name not in ("z3", "cvc5"):
            raise
        return None
    return local_expert(now_ms)


def guards_used(
    programs: Sequence[Program], listed: Sequence[Obligation], proved: Collection[str]
) -> tuple[IntentGuards, ...]:
    """Which guards of each program the proofs of its obligations use, where `prover` has given an expert."""
    from aethel.prover.guard_trace import guard_trace  # noqa: PLC0415  loads a solver

    return guard_trace(programs, listed, proved, GUARDS_DEADLINE_MS)


def now_ms() -> float:
    """Milliseconds of a clock that only ever goes forward."""
    return time.perf_counter() * 1000
