"""The expert that proves, in this process; its solver is loaded when somebody asks for it, and may be missing."""

from __future__ import annotations

import time

from aethel.request import Expert

NO_PROVER = "z3 is not installed, so nothing can be proved here; install it with the extra `prover`"
"""What is said wherever the prover is missing."""


def prover() -> Expert | None:
    """The expert that proves; None where its solver is not installed."""
    try:
        from aethel.prover.local import local_expert  # noqa: PLC0415  loads both solvers
    except ModuleNotFoundError as error:
        if error.name not in ("z3", "cvc5"):
            raise
        return None
    return local_expert(now_ms)


def now_ms() -> float:
    """Milliseconds of a clock that only ever goes forward."""
    return time.perf_counter() * 1000
