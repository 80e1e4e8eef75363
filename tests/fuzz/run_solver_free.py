"""The long run without solvers: `python -m tests.fuzz.run_solver_free --start N --count M`, resumable, on record.

Without `--start` it goes on after the last seed on record. Each case is one program in one state.
"""

from __future__ import annotations

import sys

from aethel.ledger.expert import GuardianExpert
from tests.fuzz.recording import UNREAD, Job, Tally, run
from tests.fuzz.solver_free import Effort, examine
from tests.tools import REPOSITORY

RECORD = REPOSITORY / "docs" / "fuzz-record-solver-free.jsonl"


def run_seeds(start: int, count: int, effort: Effort | None = None) -> Tally:
    """Examine seeds in this process."""
    guardian = GuardianExpert()
    tally = Tally()
    for seed in range(start, start + count):
        report = examine(seed, guardian, effort or Effort())
        answer = report.answer.value if report.answer is not None else UNREAD
        tally.count(report.case, answer, report.disagreements, report.questions)
        tally.cases += report.cases
    return tally


if __name__ == "__main__":
    sys.exit(run(Job(__doc__ or "", run_seeds, RECORD, 10_000)))
