"""Which guards a proof needs, and which the intent could do without; each answer is itself shown by proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aethel.intent.obligations import Aspect, Obligation, hypotheses
from aethel.intent.program import Program
from aethel.intent.terms import Term, Value
from aethel.prover.alarm import Alarm
from aethel.prover.limits import USAGE_BUDGET, USAGE_QUERY_BUDGET
from aethel.prover.solver import ProgramSolver, Query, Status
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.prover.store import SATISFIABILITY
from aethel.prover.substitution import Substitution


@dataclass(frozen=True, slots=True)
class Used:
    """Positions in the program's guards with which, all else assumed, an obligation is proved.

    `minimal` where without any one of them it is not, so that each is shown to be needed beside the others.
    """

    obligation: str
    guards: tuple[int, ...]
    minimal: bool


@dataclass(frozen=True, slots=True)
class Redundant:
    """Guards that may go: all of `implied` at once without admitting more, or all of `unused` without losing a proof.

    `implied` follow from the other guards and the types. `unused` are part of no proof; without them more executions
    are admitted, and every obligation still holds.
    """

    implied: tuple[int, ...]
    unused: tuple[int, ...]


class GuardUsage:
    """The use of the guards of one program, where `given` has values for some of its variables.

    `core`, where given, holds assumptions that were found to suffice. At most `budget` solver resource units are spent.
    No method raises for want of time or budget: what was not shown by then is not claimed.
    """

    def __init__(
        self, program: Program, alarm: Alarm, given: Mapping[str, Value] | None = None, budget: int = USAGE_BUDGET
    ) -> None:
        values = dict(given or {})
        self._program = program
        self._alarm = alarm
        self._substitution = Substitution(values, alarm)
        self._terms = self._substitution.terms
        self._solver = ProgramSolver([each for each in program.variables if each.name not in values], alarm)
        self._left = budget

    @property
    def left(self) -> int:
        """What is left of the budget."""
        return self._left

    def used(self, obligation: Obligation, core: Iterable[Term] | None = None) -> Used | None:
        """The guards that the proof of an obligation needs; None where they are not shown to prove it."""
        if obligation.neutrality is not None and obligation.neutrality.others:
            # It assumes single conjuncts of guards, of two runs.
            return None
        if obligation.kind in SATISFIABILITY:
            return Used(obligation.id, (), minimal=True)
        try:
            return self._used(obligation, None if core is None else frozenset(core))
        except (DeadlinePassed, Unmodelled):
            return None

    def redundant(self, proved: Sequence[Obligation], used: Sequence[Used]) -> Redundant:
        """What may go of an intent all of whose obligations are `proved`, with the guards that each of them uses."""
        by_obligation = {each.obligation: each for each in used}
        known = all(obligation.id in by_obligation for obligation in proved)
        needed = {guard for each in used for guard in each.guards}
        every = range(len(self._program.guards))
        unused = tuple(guard for guard in every if guard not in needed) if known else ()
        # A divisor's proof may not assume the guards it stands in, so the others do not stand in for its own.
        divisors = [obligation.id for obligation in proved if obligation.aspect is Aspect.DIVISOR]
        kept = {guard for name in divisors if name in by_obligation for guard in by_obligation[name].guards}
        try:
            implied = self._implied(kept) if known else ()
        except (DeadlinePassed, Unmodelled):
            implied = ()
        return Redundant(implied, unused)

    def _used(self, obligation: Obligation, core: frozenset[Term] | None) -> Used | None:
        self._alarm.look()
        assumed = set(obligation.assumptions)
        guards = {
            position: self._substitution.of(line.term)
            for position, line in enumerate(self._program.guards)
            if line.term in assumed and (core is None or line.term in core)
        }
        # What a type or a `require` says as well is assumed anyhow.
        own = {line.term for line in self._program.guards} - self._assumed_anyhow()
        background = self._substitution.of_all(term for term in obligation.assumptions if term not in own)
        claim = self._substitution.of(obligation.claim)
        if self._proves(background, guards.values(), claim) is not True:
            return None
        minimal = True
        for position in sorted(guards, reverse=True):
            others = [term for other, term in guards.items() if other != position]
            answer = self._proves(background, others, claim)
            if answer:
                del guards[position]
            minimal = minimal and answer is not None
        return Used(obligation.id, tuple(guards), minimal)

    def _assumed_anyhow(self) -> set[Term]:
        terms = self._program.terms
        requires = (terms.implies(line.path, line.term) for line in self._program.requires)
        return {*hypotheses(self._program), *requires}

    def _implied(self, kept: set[int]) -> tuple[int, ...]:
        """Later guards go before earlier ones, so that of two that say the same the first stays."""
        background = self._substitution.of_all(hypotheses(self._program))
        guards = {index: self._substitution.of(line.term) for index, line in enumerate(self._program.guards)}
        gone: list[int] = []
        for position in sorted(guards.keys() - kept, reverse=True):
            others = [term for other, term in guards.items() if other != position]
            if self._proves(background, others, guards[position]):
                del guards[position]
                gone.append(position)
        return tuple(sorted(gone))

    def _proves(self, background: tuple[Term, ...], guards: Iterable[Term], claim: Term) -> bool | None:
        """Whether the claim follows; None where that stays open. The background stays loaded from call to call."""
        self._alarm.look()
        denied = self._terms.implies(self._terms.and_(*guards), claim)
        if denied is self._terms.true:
            return True
        if self._left <= 0:
            return None
        answer = self._solver.decide(Query(background, denied), min(USAGE_QUERY_BUDGET, self._left))
        self._left = max(0, self._left - answer.work)
        return None if answer.status is Status.UNDECIDED else answer.status is Status.UNSATISFIABLE
