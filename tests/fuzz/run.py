"""The long run with solvers: `python -m tests.fuzz.run --start N --count M`, resumable, every range on record.

Without `--start` it goes on after the last seed on record.
"""

from __future__ import annotations

import sys

from tests.fuzz.examination import Effort, examine, experts
from tests.fuzz.recording import UNREAD, Job, Tally, run
from tests.tools import REPOSITORY

RECORD = REPOSITORY / "docs" / "fuzz-record.jsonl"


def run_seeds(start: int, count: int, effort: Effort | None = None) -> Tally:
    """Examine seeds in this process."""
    panel = experts()
    tally = Tally()
    for seed in range(start, start + count):
        report = examine(seed, panel, effort or Effort())
        answer = report.answer.value if report.answer is not None else UNREAD
        tally.count(report.case, answer, report.disagreements, report.questions)
        tally.constructs.update(construct.value for construct in report.constructs)
    return tally


if __name__ == "__main__":
    sys.exit(run(Job(__doc__ or "", run_seeds, RECORD, 100_000)))
