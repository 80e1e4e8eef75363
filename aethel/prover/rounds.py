"""All obligations of a text in two rounds: first a little work for each, then what is left for those still open.

So a hard obligation never keeps an easy one from being decided, and a refutation is answered without waiting for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from aethel.intent.obligations import Obligation, obligations
from aethel.intent.reading import Reading
from aethel.intent.terms import Value
from aethel.prover.alarm import Alarm
from aethel.prover.examination import Examination
from aethel.prover.limits import FIRST_ROUND_BUDGET
from aethel.prover.settled import Examined, Open, Settled, undecided
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.verdict import REFUTING_OUTCOMES, Outcome


def examine(
    reading: Reading,
    given: Sequence[Mapping[str, Value]],
    alarm: Alarm,
    budget: int,
    clock_ms: Callable[[], float] = lambda: 0,
) -> Examined:
    """Decide every obligation of a text that was read, spending at most `budget` solver resource units on it.

    `clock_ms` measures what each took and decides nothing.
    """
    assert reading.file is not None
    rounds = _Rounds(reading, given, alarm, budget, clock_ms)
    listed = obligations(reading.file)
    for obligation in listed:
        rounds.first(obligation)
    if not rounds.refuted:
        rounds.second()
    return Examined(
        tuple((obligation, rounds.outcome(obligation)) for obligation in listed),
        tuple(finding for examination in rounds.examinations.values() for finding in examination.findings()),
    )


class _Rounds:
    def __init__(
        self,
        reading: Reading,
        given: Sequence[Mapping[str, Value]],
        alarm: Alarm,
        budget: int,
        clock_ms: Callable[[], float],
    ) -> None:
        self._clock_ms = clock_ms
        self._took_ms: dict[str, float] = {}
        self._reading = reading
        self._given = given
        self._alarm = alarm
        self._left = budget
        self._settled: dict[str, Settled] = {}
        self._open: dict[str, tuple[Obligation, int]] = {}
        self.examinations: dict[int, Examination] = {}
        self.refuted = False

    def first(self, obligation: Obligation) -> None:
        """Fold, then ask the solver for a little."""
        self._decide(obligation, lambda examination: self._folded_or_quick(examination, obligation))

    def second(self) -> None:
        """Share what is left of the budget among the open obligations, in order."""
        waiting = list(self._open.values())
        for position, (obligation, _) in enumerate(waiting):
            if self._alarm.rang():
                return
            share = self._left // (len(waiting) - position)
            if share > 0:
                self._decide(obligation, _thorough(obligation, share))
            if self.refuted:
                return

    def outcome(self, obligation: Obligation) -> Settled:
        """What became of it, with the time it took; BUDGET with the work spent where it is still open."""
        found = self._outcome(obligation)
        return replace(found, result=replace(found.result, took_ms=self._took_ms[obligation.id]))

    def _outcome(self, obligation: Obligation) -> Settled:
        if obligation.id in self._settled:
            return self._settled[obligation.id]
        _, work = self._open[obligation.id]
        if self._alarm.rang():
            why = "at the deadline"
        elif self.refuted:
            why = "when another obligation was refuted"
        else:
            why = "within its budget"
        return undecided(obligation, Outcome.BUDGET, f"not decided {why}, after {work} solver resource units", work)

    def _folded_or_quick(self, examination: Examination, obligation: Obligation) -> Settled | Open:
        folded = examination.without_solver(obligation)
        if folded is not None:
            return folded
        budget = min(FIRST_ROUND_BUDGET, self._left)
        return examination.quick(obligation, budget) if budget > 0 else Open(0)

    def _decide(self, obligation: Obligation, attempt: Callable[[Examination], Settled | Open]) -> None:
        spent = self._open.get(obligation.id, (obligation, 0))[1]
        began_ms = self._clock_ms()
        try:
            found = attempt(self._examination(obligation.program))
        except DeadlinePassed:
            found = Open(0)
        except Unmodelled as error:
            found = undecided(obligation, Outcome.UNMODELLED, f"not modelled: {error}")
        took_ms = self._took_ms.get(obligation.id, 0.0) + self._clock_ms() - began_ms
        self._took_ms[obligation.id] = took_ms
        match found:
            case Settled(result=result):
                self._left -= result.work
                self._settled[obligation.id] = found
                self._open.pop(obligation.id, None)
                self.refuted = self.refuted or result.outcome in REFUTING_OUTCOMES
            case Open(work=work):
                self._left -= work
                self._open[obligation.id] = (obligation, spent + work)

    def _examination(self, position: int) -> Examination:
        if position not in self.examinations:
            given = self._given[position]
            self.examinations[position] = Examination(self._reading, position, given, self._alarm)
        return self.examinations[position]


def _thorough(obligation: Obligation, budget: int) -> Callable[[Examination], Settled | Open]:
    return lambda examination: examination.thorough(obligation, budget)
