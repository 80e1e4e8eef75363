"""The long differential run: `python -m tests.fuzz.run --start N --count M`, resumable, every range on record.

Without `--start` it goes on after the last seed on record. A block of seeds is appended to the record as soon as it is
done, so that a run that is cut off loses at most the blocks in work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from aethel.intent.program import LANGUAGE_VERSION
from aethel.verdict import Consensus
from tests.fuzz.constructs import Construct
from tests.fuzz.examination import Effort, Report, examine, experts
from tests.fuzz.judgement import WRONG_APPROVAL, WRONG_REJECTION
from tests.tools import REPOSITORY

RECORD = REPOSITORY / "docs" / "fuzz-record.jsonl"
REPRODUCERS = REPOSITORY / "build" / "fuzz"
BLOCK = 500
"""Seeds done by one worker between two entries of the record."""


@dataclass
class Tally:
    """What became of some seeds."""

    programs: int = 0
    questions: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def count(self, report: Report) -> None:
        self.programs += 1
        self.questions += report.questions
        self.answers[report.answer.value if report.answer is not None else "UNREAD"] += 1
        self.constructs.update(construct.value for construct in report.constructs)
        for disagreement in report.disagreements:
            self.disagreements[disagreement.kind] += 1
            self.found.append((report.case.seed, f"{disagreement.kind}: {disagreement.detail}", report.case.text))

    def add(self, other: Tally) -> None:
        self.programs += other.programs
        self.questions += other.questions
        self.answers += other.answers
        self.constructs += other.constructs
        self.disagreements += other.disagreements
        self.found += other.found

    def share(self, answer: Consensus) -> float:
        """The share of programs that are intents and got this answer."""
        read = self.programs - self.answers["UNREAD"]
        return self.answers[answer.value] / read if read else 0.0


def run_seeds(start: int, count: int, effort: Effort | None = None) -> Tally:
    """Examine seeds in this process."""
    panel = experts()
    tally = Tally()
    for seed in range(start, start + count):
        tally.count(examine(seed, panel, effort or Effort()))
    return tally


def blocks(start: int, count: int) -> Iterator[tuple[int, int]]:
    for first in range(start, start + count, BLOCK):
        yield first, min(BLOCK, start + count - first)


def next_seed(record: Path) -> int:
    """The first seed after all that the record holds; 0 for a new record."""
    if not record.exists():
        return 0
    entries = [json.loads(line) for line in record.read_text().splitlines()]
    return max((entry["start"] + entry["count"] for entry in entries), default=0)


@cache
def commit() -> str:
    """The commit that is examined, as it was when this process began; empty outside a repository."""
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def entry(start: int, tally: Tally, took_s: float) -> dict[str, object]:
    """One line of the record."""
    return {
        "start": start,
        "count": tally.programs,
        "questions": tally.questions,
        "answers": dict(sorted(tally.answers.items())),
        "wrong_approvals": tally.disagreements[WRONG_APPROVAL],
        "wrong_rejections": tally.disagreements[WRONG_REJECTION],
        "other_disagreements": sum(tally.disagreements.values())
        - tally.disagreements[WRONG_APPROVAL]
        - tally.disagreements[WRONG_REJECTION],
        "language": LANGUAGE_VERSION,
        "commit": commit(),
        "took_s": round(took_s, 1),
    }


def save_reproducers(tally: Tally) -> None:
    """Each program that was read in two ways, with what was said, as a file of its own."""
    REPRODUCERS.mkdir(parents=True, exist_ok=True)
    for seed, said, text in tally.found:
        (REPRODUCERS / f"{seed}.txt").write_text(f"{said}\n\n{text}\n")
        print(f"\nseed {seed}: {said[:300]}", file=sys.stderr)


def report(tally: Tally) -> str:
    """The distribution, as people read it."""
    rare = [c.value for c in Construct if tally.constructs[c.value] < tally.programs / 100]
    lines = [
        f"{tally.programs} programs, {tally.questions} questions",
        *(f"  {answer:10} {count:8} {count / tally.programs:7.1%}" for answer, count in tally.answers.most_common()),
        f"  constructs in fewer than 1 % of programs: {', '.join(rare) or 'none'}",
        f"  disagreements: {dict(tally.disagreements) or 'none'}",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=None, help="first seed (default: go on after the record)")
    parser.add_argument("--count", type=int, default=100_000, help="how many seeds")
    parser.add_argument("--record", type=Path, default=RECORD, help="where finished blocks are appended")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    asked = parser.parse_args()
    start = next_seed(asked.record) if asked.start is None else asked.start
    print(f"examining {asked.count} programs from {start} on, commit {commit() or 'unknown'}", file=sys.stderr)
    total = Tally()
    began_s = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        ranges = list(blocks(start, asked.count))
        starts = [first for first, _ in ranges]
        for first, tally in zip(starts, pool.map(run_seeds, starts, [size for _, size in ranges]), strict=True):
            took_s = time.monotonic() - began_s
            with asked.record.open("a") as record:
                record.write(json.dumps(entry(first, tally, took_s)) + "\n")
            total.add(tally)
            save_reproducers(tally)
            done = total.programs
            print(
                f"\r{done} of {asked.count} programs, {done / took_s:.1f} a second", end="", file=sys.stderr, flush=True
            )
    print(f"\n{report(total)}")
    return 1 if total.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
