"""S05, S06, S14 and S15 of a text that was read: what its programs do with numbers, and what their guards exclude."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aethel.intent.instance import bound
from aethel.intent.reading import Reading
from aethel.intent.terms import Value
from aethel.request import Question, Scope
from aethel.security import guards, precision, widths
from aethel.security.admission import Admission
from aethel.security.classes import SecurityClass, Tally
from aethel.security.linear import Exhausted, Forms, Work
from aethel.security.widths import Checked
from aethel.verdict import Disposition, Finding, Outcome

MOST_WORK = 12_000
"""Nodes and operands looked at for one question: some tens of milliseconds, and about twice what 4 kB of text need.
What they do not suffice for is left open."""

_OPEN = "left to the proof"


@dataclass(slots=True)
class _Open:
    """The classes that could not be decided for want of work, or by these means."""

    outcomes: dict[SecurityClass, Outcome] = field(default_factory=dict)

    def note(self, class_: SecurityClass, outcome: Outcome) -> None:
        """Work that was used up says more than that nothing was found."""
        if self.outcomes.get(class_) is not Outcome.BUDGET:
            self.outcomes[class_] = outcome


def judge_program(reading: Reading, question: Question, tally: Tally) -> None:
    """State the outcomes of S05, S06, S14 and S15 for a text that was read for the values of the question.

    What intervals and inequalities leave undecided stays UNMODELLED, what work does not suffice for BUDGET: neither is
    a reason not to approve, since proof decides the same.
    """
    if reading.file is None:
        return
    work, still = Work(MOST_WORK), _Open()
    checked: list[Checked] = []
    values = _values(question, reading)
    for position, program in enumerate(reading.file.programs):
        general = Admission(program, {}, work, supplied=not any(values or ()))
        _judge_guards(reading, position, general, tally, still)
        _judge_precision(reading, position, work, tally, still)
        if values is None:
            still.note(SecurityClass.WIDTH, Outcome.UNMODELLED)
            continue
        given = values[position]
        admission = Admission(program, given, work) if any(values) else general
        found = widths.check_program(reading, position, admission, given)
        checked += found
        _add(tally, SecurityClass.WIDTH, widths.findings(found, program.name))
    _add(tally, SecurityClass.DEAD_GUARDS, guards.unused(reading.file.advice))
    tally.work += work.spent
    _settle(checked, tally, still)


def _values(question: Question, reading: Reading) -> tuple[Mapping[str, Value], ...] | None:
    """The values that the verdict is about, per program; None where some of them cannot be taken."""
    assert reading.file is not None
    if question.scope is Scope.TEMPLATE:
        return tuple({} for _ in reading.file.programs)
    instance = bound(question, reading)
    rejected = any(finding.disposition is Disposition.REJECT for finding in instance.findings)
    return None if rejected else instance.values


def _judge_guards(reading: Reading, position: int, admission: Admission, tally: Tally, still: _Open) -> None:
    try:
        found = guards.contradiction(admission)
        if found is not None:
            tally.add(SecurityClass.CONTRADICTION, found)
            return
        if guards.compatible(admission) is not Outcome.PROVED:
            still.note(SecurityClass.CONTRADICTION, Outcome.UNMODELLED)
    except Exhausted:
        still.note(SecurityClass.CONTRADICTION, Outcome.BUDGET)
    try:
        _add(tally, SecurityClass.DEAD_GUARDS, guards.constant_guards(admission, reading.analysed[position]))
        _add(tally, SecurityClass.DEAD_GUARDS, guards.unreachable(admission))
    except Exhausted:
        still.note(SecurityClass.DEAD_GUARDS, Outcome.BUDGET)


def _judge_precision(reading: Reading, position: int, work: Work, tally: Tally, still: _Open) -> None:
    assert reading.file is not None
    try:
        _add(tally, SecurityClass.PRECISION, precision.multiplied_quotients(reading.analysed[position]))
        _add(tally, SecurityClass.PRECISION, precision.rounded_parts(reading.file.programs[position], Forms(work)))
    except Exhausted:
        still.note(SecurityClass.PRECISION, Outcome.BUDGET)


def _add(tally: Tally, class_: SecurityClass, findings: Iterable[Finding] | Iterator[Finding]) -> None:
    for finding in findings:
        tally.add(class_, finding)


def _settle(checked: list[Checked], tally: Tally, still: _Open) -> None:
    counts = Counter(each.outcome for each in checked)
    for outcome in (Outcome.UNMODELLED, Outcome.BUDGET):
        if counts[outcome]:
            still.note(SecurityClass.WIDTH, outcome)
    details = {
        SecurityClass.WIDTH: f"{counts[Outcome.PROVED]} of {len(checked)} stores, amounts and divisors fit their width",
        SecurityClass.PRECISION: "where digits are lost by the order or the number of roundings",
        SecurityClass.DEAD_GUARDS: "constant guards, unreachable lines and unused names; names are never shadowed",
        SecurityClass.CONTRADICTION: "whether an execution is admitted",
    }
    for class_, detail in details.items():
        left = still.outcomes.get(class_)
        if left is None:
            tally.settle(class_, detail, nothing=class_ is SecurityClass.WIDTH and not checked)
        else:
            tally.leave(class_, left, f"{detail}; {_OPEN}")
