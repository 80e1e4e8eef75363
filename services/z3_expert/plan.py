"""How many workers the settings ask for, what they run, and what each may use."""

from __future__ import annotations

import os

from aethel.runtime.settings import Settings
from aethel.runtime.worker_pool import PoolPlan

LEAST_WORKERS = 2
"""Workers where nothing is said, however few the cores: one hard proof must not hold up everybody else's."""

SPARES = 2
"""Workers beyond those that prove: one takes the question after a kill, and the other one lets the replacement wait
until nobody is being answered. Each holds about 30 MiB."""

_MIB = 1_048_576


def pool_plan(settings: Settings) -> PoolPlan:
    """The plan of the pool that proves."""
    workers = settings.z3_workers
    return PoolPlan(
        target="services.z3_expert.worker:answer",
        prepare="services.z3_expert.worker:prepare",
        warm="services.z3_expert.worker:warm",
        answers=("aethel.verdict", "aethel.prover.settled", "aethel.prover.tasks", "decimal"),
        spares=SPARES,
        size=max(LEAST_WORKERS, _cores()) if workers is None else workers,
        memory_bytes=settings.z3_worker_memory_mib * _MIB,
    )


def _cores() -> int:
    """The processor's cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
