"""The solver's work on every query of the corpus, in several processes and orders: it must be one count each.

As a program, `python -m bench.repeats SEED` prints the counts of one process that takes the queries in the order that
the seed gives.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from random import Random

from aethel.prover.smt_text import solve_text
from aethel.prover.solving import solve
from aethel.prover.stops import Unmodelled
from aethel.prover.tasks import Matter, Task
from aethel.request import Question
from bench.measure import REPOSITORY, Figure, figure

PROCESSES = 4
"""Processes whose counts are compared, each with an order and a hash seed of its own."""

_INTENTS = REPOSITORY / "tests" / "corpus"
_SCRIPTS = REPOSITORY.parent / "shared" / "corpora" / "smt.jsonl"

_BUDGET = 200_000
"""Resource units for one query: what is not decided by then has a count like any other."""

_DEADLINE_MS = 600_000.0
"""Far beyond what the budget allows, since an answer by the clock would not be the same everywhere."""

Work = Callable[[], list[int]]


def figures() -> list[Figure]:
    """How many queries have more than one count."""
    counted = [_of_process(seed) for seed in range(PROCESSES)]
    queries = sum(len(each) for each in counted[0].values())
    differing = sum(
        len({tuple(counts[position : position + 1]) for counts in several}) > 1
        for several in (tuple(each[name] for each in counted) for name in counted[0])
        for position in range(max(map(len, several)))
    )
    what = f"queries of {queries} with more than one `rlimit` count, in {PROCESSES} processes and orders"
    return [figure("P17", what, [float(differing)], "", 0)]


def _of_process(seed: int) -> dict[str, list[int]]:
    ended = subprocess.run(
        [sys.executable, "-m", "bench.repeats", str(seed)], cwd=REPOSITORY, capture_output=True, check=True
    )
    found: dict[str, list[int]] = json.loads(ended.stdout)
    return found


def queries() -> Iterator[tuple[str, Work]]:
    """Every obligation of every intent of the corpus, and every script beside the repository, where there is any."""
    for path in sorted(_INTENTS.glob("**/*.ae")):
        yield path.stem, partial(_intent, path.read_bytes())
    if _SCRIPTS.is_file():
        for line in _SCRIPTS.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["id"], partial(_script, row["input"])


def _intent(text: bytes) -> list[int]:
    solved = solve(Task(Question("bench", text), Matter.GENERAL, _BUDGET), _DEADLINE_MS)
    return [result.work for result in solved.results]


def _script(text: str) -> list[int]:
    try:
        return [solve_text(text, _BUDGET).work]
    except Unmodelled:
        return []


def main(seed: str) -> None:
    """Print the counts of this process by the names of what was asked."""
    asked = list(queries())
    Random(seed).shuffle(asked)
    counts = {name: work() for name, work in asked}
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1])
