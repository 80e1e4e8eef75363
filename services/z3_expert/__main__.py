"""Starts the Z3 expert: `python -m services.z3_expert`."""

import os
import sys
from functools import partial

from aethel.runtime.settings import Process, SettingsError, read_settings
from aethel.runtime.worker_pool import WorkerFault, WorkerPool
from services.z3_expert.plan import pool_plan


def main() -> int:
    """Serve the expert until a signal stops it; returns the exit code."""
    try:
        pool = WorkerPool(pool_plan(read_settings(os.environ, Process.Z3)))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG
    with pool:
        return _serve(pool)


def _serve(pool: WorkerPool) -> int:
    # Workers load the solver while this process loads its server, so that both together take the time of one.
    from aethel.runtime.server import run_process  # noqa: PLC0415
    from services.z3_expert.wiring import open_prover  # noqa: PLC0415

    try:
        return run_process(Process.Z3, os.environ, partial(open_prover, pool))
    except WorkerFault as fault:
        sys.stderr.write(f"cannot prove anything: {fault}\n")
        return os.EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main())
