"""What a worker of the Z3 expert must never do, for tests of what its process makes of it."""

import os
import resource
from pathlib import Path

import cvc5

from aethel.prover.tasks import Identity, Solved, Task
from services.z3_expert.worker import answer

STARTS = "PROVER_STARTS"
"""Environment variable with the path of a file that is there once the solver was loaded."""

_KEPT: list[bytearray] = []


def loop(_question: object, _left_ms: float) -> None:
    """Never answer."""
    while True:
        os.getppid()


def allocate(_question: object, _left_ms: float) -> None:
    """Take all memory."""
    while True:
        _KEPT.append(bytearray(1_048_576))


def end(_question: object, _left_ms: float) -> None:
    """End without an answer."""
    os._exit(3)


def fail(_question: object, _left_ms: float) -> None:
    """Raise an error."""
    raise ValueError("no proof today")


def babble(_question: object, _left_ms: float) -> str:
    """Answer with something else than a verdict."""
    return "approved"


def proof_faults(task: Task, left_ms: float) -> int:
    """How often a proof touches memory that this process has none of its own for."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    solved = answer(task, left_ms)
    assert isinstance(solved, Solved)
    assert solved.proved
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def introduce(_question: object, _left_ms: float) -> Identity:
    """Say who solves, and nothing else."""
    return Identity("1", "none")


def load_once() -> None:
    """Succeed the first time and fail from then on."""
    path = Path(os.environ[STARTS])
    if path.exists():
        raise RuntimeError("there is no solver any more")
    path.touch()


def lose_the_second_solver() -> None:
    """Break what every proof needs."""

    def broken(*_: object) -> None:
        raise RuntimeError("no second solver today")

    cvc5.Solver = broken
