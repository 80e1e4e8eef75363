"""Puts the process of the Z3 expert together: a server in front of a pool of workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from aethel.decision.gate import FOOTPRINTS
from aethel.prover.expert import Z3Expert
from aethel.prover.tasks import Identity
from aethel.runtime.health import Fitness
from aethel.runtime.metrics import Metrics
from aethel.runtime.server import Servicers
from aethel.runtime.settings import Settings
from aethel.runtime.worker_pool import CannotStart, WorkerPool
from aethel.verdict import Z3_EXPERT
from aethel.wire.process import open_expert
from services.z3_expert.pooled import PooledSolver
from services.z3_expert.reproducers import keep_reproducer

WARM_MS = 30_000
"""Milliseconds the first worker has to get ready; it takes a fraction of a second, or a few on a busy machine."""


@asynccontextmanager
async def open_prover(pool: WorkerPool, settings: Settings, metrics: Metrics) -> AsyncIterator[Servicers]:
    """What the process serves, once a worker of this pool is ready; health says NOT_SERVING while none can be had.

    The pool has been started, and is closed at the end. Raises `WorkerFault` where no worker can be started.
    """
    loop = asyncio.get_running_loop()
    fitness = Fitness()
    footprint = tuple(feature.name for feature in FOOTPRINTS[Z3_EXPERT])

    def tell(is_warm: bool) -> None:
        loop.call_soon_threadsafe(partial(fitness.change, is_fit=is_warm))

    try:
        expert = Z3Expert(PooledSolver(pool), await asyncio.to_thread(_identity, pool), keep=keep_reproducer)
        pool.follow(tell)
        metrics.workers(pool.counts)
        # As many threads as workers, which they wait for; what is known already waits for neither.
        threads, recall = pool.plan.size, expert.recall
        serving = open_expert(
            lambda: expert, footprint, settings, metrics, fitness=fitness, threads=threads, recall=recall
        )
        async with serving as servicers:
            yield servicers
    finally:
        await asyncio.to_thread(pool.close)


def _identity(pool: WorkerPool) -> Identity:
    """Who solves in the workers; raises `WorkerFault`."""
    pool.wait_until_warm(WARM_MS)
    found = pool.run(None, WARM_MS)
    if not isinstance(found, Identity):
        raise CannotStart("a worker does not say who solves in it")
    return found
