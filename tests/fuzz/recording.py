"""Long runs over seeds, resumable: what became of them, block by block, is appended to a record.

A block of seeds is appended as soon as it is done, so that a run that is cut off loses at most the blocks in work.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from aethel.intent.program import LANGUAGE_VERSION
from bench.measure import commit
from tests.fuzz.constructs import Construct
from tests.fuzz.generator import Case
from tests.fuzz.judgement import WRONG_APPROVAL, WRONG_REJECTION, Disagreement
from tests.tools import REPOSITORY

REPRODUCERS = REPOSITORY / "build" / "fuzz"
BLOCK = 500
"""Seeds done by one worker between two entries of the record."""

UNREAD = "UNREAD"
"""The answer to a text that is no intent."""


@dataclass
class Tally:
    """What became of some seeds; `cases` counts each state of each program, for a run that compares them all."""

    programs: int = 0
    cases: int = 0
    questions: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    constructs: Counter[str] = field(default_factory=Counter)
    disagreements: Counter[str] = field(default_factory=Counter)
    found: list[tuple[int, str, str]] = field(default_factory=list)

    def count(self, case: Case, answer: str, disagreements: Iterable[Disagreement], questions: int) -> None:
        """Count one program with the answer it got to the question about all values."""
        self.programs += 1
        self.questions += questions
        self.answers[answer] += 1
        for disagreement in disagreements:
            self.disagreements[disagreement.kind] += 1
            self.found.append((case.seed, f"{disagreement.kind}: {disagreement.detail}", case.text))

    def add(self, other: Tally) -> None:
        self.programs += other.programs
        self.cases += other.cases
        self.questions += other.questions
        self.answers += other.answers
        self.constructs += other.constructs
        self.disagreements += other.disagreements
        self.found += other.found

    def share(self, answer: str) -> float:
        """The share of programs that are intents and got this answer."""
        read = self.programs - self.answers[UNREAD]
        return self.answers[answer] / read if read else 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """A long run: `examine` takes the first of some seeds and their number, blocks are appended to `record`."""

    description: str
    examine: Callable[[int, int], Tally]
    record: Path
    seeds: int


def blocks(start: int, count: int) -> Iterator[tuple[int, int]]:
    for first in range(start, start + count, BLOCK):
        yield first, min(BLOCK, start + count - first)


def next_seed(record: Path) -> int:
    """The first seed after all that the record holds; 0 for a new record."""
    if not record.exists():
        return 0
    entries = [json.loads(line) for line in record.read_text().splitlines()]
    return max((entry["start"] + entry["count"] for entry in entries), default=0)


def entry(start: int, tally: Tally, took_s: float) -> dict[str, object]:
    """One line of the record."""
    return {
        "start": start,
        "count": tally.programs,
        **({"cases": tally.cases} if tally.cases else {}),
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
    cases = f", {tally.cases} cases" if tally.cases else ""
    lines = [
        f"{tally.programs} programs{cases}, {tally.questions} questions",
        *(f"  {answer:10} {count:8} {count / tally.programs:7.1%}" for answer, count in tally.answers.most_common()),
    ]
    if tally.constructs:
        rare = [c.value for c in Construct if tally.constructs[c.value] < tally.programs / 100]
        lines.append(f"  constructs in fewer than 1 % of programs: {', '.join(rare) or 'none'}")
    return "\n".join((*lines, f"  disagreements: {dict(tally.disagreements) or 'none'}"))


def run(job: Job) -> int:
    """Do a job as the command line asks for it; the exit code is 1 where anything disagreed."""
    parser = argparse.ArgumentParser(description=job.description)
    parser.add_argument("--start", type=int, default=None, help="first seed (default: go on after the record)")
    parser.add_argument("--count", type=int, default=job.seeds, help="how many seeds")
    parser.add_argument("--record", type=Path, default=job.record, help="where finished blocks are appended")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="worker processes")
    asked = parser.parse_args()
    start = next_seed(asked.record) if asked.start is None else asked.start
    print(f"examining {asked.count} programs from {start} on, commit {commit() or 'unknown'}", file=sys.stderr)
    total = Tally()
    began_s = time.monotonic()
    with ProcessPoolExecutor(asked.jobs) as pool:
        ranges = list(blocks(start, asked.count))
        starts = [first for first, _ in ranges]
        for first, tally in zip(starts, pool.map(job.examine, starts, [size for _, size in ranges]), strict=True):
            took_s = time.monotonic() - began_s
            with asked.record.open("a") as record:
                record.write(json.dumps(entry(first, tally, took_s)) + "\n")
            total.add(tally)
            save_reproducers(tally)
            print(f"\r{_progress(total, asked.count, took_s)}", end="", file=sys.stderr, flush=True)
    print(f"\n{report(total)}")
    return 1 if total.disagreements else 0


def _progress(done: Tally, programs: int, took_s: float) -> str:
    cases = f", {done.cases / took_s:.0f} cases" if done.cases else ""
    return f"{done.programs} of {programs} programs, {done.programs / took_s:.1f}{cases} a second"
