"""The Z3 expert with its solvers in this process: for commands, tests and whoever needs no isolation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from aethel.prover.expert import Z3Expert
from aethel.prover.solving import solve
from aethel.prover.version import identity


def local_expert(clock_ms: Callable[[], float] = lambda: 0) -> Z3Expert:
    """The expert; `clock_ms` measures what each obligation took and decides nothing."""
    return Z3Expert(partial(solve, clock_ms=clock_ms), identity())
