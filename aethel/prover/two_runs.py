"""Two runs that differ in who takes part only, as people are shown them: one in full, and what is else in the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aethel.intent.evaluation import evaluate
from aethel.intent.neutrality import first_run, second_run
from aethel.intent.obligations import admitted
from aethel.intent.program import Program
from aethel.intent.rendering import counterexample
from aethel.intent.terms import Value
from aethel.verdict import Counterexample

SECOND = "in the second run"
"""What the name of a value of the second run ends with."""


@dataclass(frozen=True, slots=True)
class TwoRuns:
    """The first run, which is admitted, and each value of the second that differs, by its name; secrets are in none."""

    first: Counterexample
    second: tuple[tuple[str, str], ...]


def two_runs(program: Program, values: Mapping[str, Value], *, minimal: bool) -> TwoRuns:
    """The two runs of a program that were confirmed to differ, from the values of both."""
    accepts = program.terms.and_(*admitted(program))
    runs = [first_run(values), second_run(values)]
    runs.sort(key=lambda run: not evaluate(accepts, run))
    first, second = (counterexample(program, run, replayed=True, minimal=minimal) for run in runs)
    return TwoRuns(first, tuple(_instead(first, second, admits=bool(evaluate(accepts, runs[1])))))


def _instead(first: Counterexample, second: Counterexample, *, admits: bool) -> Iterator[tuple[str, str]]:
    before = {*first.inputs, *first.before}
    for name, value in (*second.inputs, *second.before):
        if (name, value) not in before:
            yield f"{name} {SECOND}", value
    if not admits:
        yield f"the guards {SECOND}", "false"
        return
    for name, value in second.after:
        if (name, value) not in first.after:
            yield f"{name} {SECOND}", value
