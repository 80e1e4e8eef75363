"""S05, S06, S14 and S15 of a text that was read: what its programs do with numbers, and what their guards exclude."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from aethel.intent.instance import bound
from aethel.intent.reading import Reading
from aethel.intent.terms import Value, variables
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


@dataclass(frozen=True, slots=True)
class OfText:
    """What the programs of a text do whatever values are given: findings on S06, S14 and S15 with the work they took,
    the classes left open, and per program what became of each width. Nobody changes it once it is made."""

    tally: Tally
    still: Mapping[SecurityClass, Outcome]
    checked: tuple[tuple[Checked, ...], ...]


def of_text(reading: Reading, *, given: bool) -> OfText:
    """Judge a text that was read; where anything is `given`, no supply is assumed of guards, and no width refuted."""
    assert reading.file is not None
    work, still, tally = Work(MOST_WORK), _Open(), Tally()
    checked: list[tuple[Checked, ...]] = []
    for position, program in enumerate(reading.file.programs):
        admission = Admission(program, {}, work, supplied=not given)
        _judge_guards(reading, position, admission, tally, still)
        _judge_precision(reading, position, work, tally, still)
        supplied = Admission(program, {}, work) if given and program.supply else admission
        checked.append(widths.check_program(reading, position, supplied, {}, searching=not given))
    _add(tally, SecurityClass.DEAD_GUARDS, guards.unused(reading.file.advice))
    tally.work += work.spent
    return OfText(tally, still.outcomes, tuple(checked))


Values = tuple[Mapping[str, Value], ...]
"""The values that a verdict is about, per program."""


def judge_program(reading: Reading, question: Question, tally: Tally) -> None:
    """State the outcomes of S05, S06, S14 and S15 for a text that was read for the values of the question.

    What intervals and inequalities leave undecided stays UNMODELLED, what work does not suffice for BUDGET: neither is
    a reason not to approve, since proof decides the same.
    """
    if reading.file is None:
        return
    values = values_of(question, reading)
    judge_values(reading, values, of_text(reading, given=any(values or ())), tally)


def judge_values(reading: Reading, values: Values | None, of_it: OfText, tally: Tally) -> None:
    """State the outcomes for these values, where `of_it` says what holds of the text without them.

    A width that all values keep is kept by these, so only what is left of a program is looked at with them. They get
    as much work as the text did.
    """
    assert reading.file is not None
    tally.absorb(of_it.tally)
    work, still = Work(MOST_WORK), _Open(dict(of_it.still))
    checked: list[Checked] = []
    for position, (program, kept) in enumerate(zip(reading.file.programs, of_it.checked, strict=True)):
        if values is None:
            still.note(SecurityClass.WIDTH, Outcome.UNMODELLED)
            continue
        found = kept
        if any(values):
            given = values[position]
            admission = Admission(program, given, work)
            if any(each.outcome is not Outcome.PROVED for each in kept) or not _has_supply(admission, given):
                found = widths.check_program(reading, position, admission, given)
        checked += found
        _add(tally, SecurityClass.WIDTH, widths.findings(found, program.name))
    tally.work += work.spent
    _settle(checked, tally, still)


def _has_supply(admission: Admission, given: Mapping[str, Value]) -> bool:
    """Whether these values do not contradict that supplies fit their width, which is assumed where a width is kept."""
    supplied = {name for _, total, _ in admission.program.supply for name in variables(total)}
    try:
        return supplied.isdisjoint(given) or admission.typed is not None
    except Exhausted:
        return False


def values_of(question: Question, reading: Reading) -> Values | None:
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
