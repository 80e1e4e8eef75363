"""One program on the given values: each of its obligations decided by folding, by the solver, or left open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from aethel.intent.neutrality import MOST_IDENTITIES, Neutrality, plainly
from aethel.intent.obligations import Kind, Obligation, hypotheses
from aethel.intent.program import InGuards, Program
from aethel.intent.reading import Reading
from aethel.intent.terms import Op, Term, Value
from aethel.prover.alarm import Alarm
from aethel.prover.lines import lines_of, listed
from aethel.prover.minimal import in_canonical_order
from aethel.prover.model import completed
from aethel.prover.preconditions import broken_preconditions
from aethel.prover.replay import Candidate, Replay
from aethel.prover.settled import Open, Settled, proved, rejected, undecided
from aethel.prover.solver import Answer, ProgramSolver, Query, Status
from aethel.prover.substitution import Substitution
from aethel.prover.wording import refuted
from aethel.verdict import Evidence, Finding, Outcome

_ENDS_BEFORE = "wherever it is zero, a divisor before it is zero too"
_NOT_COME_TO = "wherever it is zero, a guard is false or a divisor before it is zero too"

_SATISFIABILITY = (Kind.NON_VACUOUS, Kind.CONSISTENT)


@dataclass(frozen=True, slots=True)
class _Assumed:
    """Assumptions with the given values put in: which became false by that, and whether all became constants."""

    put: tuple[Term, ...]
    contradicted: tuple[Term, ...]
    constant: bool


@dataclass(frozen=True, slots=True)
class _Posed:
    """An obligation with the given values put in; `contradicted` are assumptions that so became false."""

    query: Query
    contradicted: tuple[Term, ...]
    constant: bool


class Examination:
    """Decides the obligations of the program at `position`, where `given` has values for some of its variables.

    Every method raises DeadlinePassed and Unmodelled.
    """

    def __init__(self, reading: Reading, position: int, given: Mapping[str, Value], alarm: Alarm) -> None:
        alarm.look()
        assert reading.file is not None
        self._program: Program = reading.file.programs[position]
        self._given = dict(given)
        self._substitution = Substitution(self._given, alarm)
        self._replay = Replay(reading, position, given=given, alarm=alarm)
        self._lines = lines_of(self._program)
        self._hypotheses = frozenset(hypotheses(self._program))
        open_variables = [each for each in in_canonical_order(self._program) if each.name not in self._given]
        self._solver = ProgramSolver(open_variables, alarm)
        self._alarm = alarm
        self._two_runs: ProgramSolver | None = None
        self._answers: dict[Query, Answer] = {}
        self._assumed: dict[tuple[Term, ...], _Assumed] = {}
        self._broken = broken_preconditions(self._program, self._given, self._substitution)

    def findings(self) -> tuple[Finding, ...]:
        """The preconditions that are false on the given values."""
        return tuple(broken.finding for broken in self._broken)

    def without_solver(self, obligation: Obligation) -> Settled | None:
        """What broken preconditions and folding alone decide; None where a solver is needed."""
        if self._broken:
            return self._not_started(obligation)
        if obligation.neutrality is not None:
            return self._neutral_by_itself(obligation, obligation.neutrality)
        posed = self._posed(obligation)
        guards_contradicted = [term for term in posed.contradicted if term not in self._hypotheses]
        if obligation.kind in _SATISFIABILITY:
            if guards_contradicted or (posed.contradicted and not posed.constant):
                return self._unsatisfiable(obligation, posed.contradicted, Evidence.EVALUATED)
            return proved(obligation, Evidence.EVALUATED, "holds by evaluation") if posed.constant else None
        if posed.query.denied is self._substitution.terms.true:
            return proved(obligation, Evidence.EVALUATED, "holds by evaluation")
        if guards_contradicted or (posed.contradicted and not posed.constant):
            used = self._named(posed.contradicted)
            return proved(obligation, Evidence.EVALUATED, "holds, since what it assumes is false", used=used)
        if posed.constant:
            values = completed(self._given, self._program.variables)
            candidate = Candidate(values, given=True, hypotheses_hold=not posed.contradicted)
            if self._ends_before(obligation, values):
                return undecided(obligation, Outcome.NOTHING_TO_CHECK, _why_not(obligation))
            return self._replay.counterexample(obligation, candidate)
        return None

    def quick(self, obligation: Obligation, budget: int) -> Settled | Open:
        """What the plain solver decides within `budget` resource units."""
        query = self._posed(obligation).query
        answer = self._answers.get(query)
        if answer is None:
            answer = self._answers[query] = self._solver_of(obligation).quick(query, budget)
        else:
            answer = replace(answer, work=0)
        return self._concluded(obligation, answer, lambda again: self._solver_of(obligation).quick(again, budget))

    def thorough(self, obligation: Obligation, budget: int) -> Settled | Open:
        """What the solver decides with all its strategies within `budget` resource units."""
        solver = self._solver_of(obligation)
        answer = solver.thorough(self._posed(obligation).query, budget)
        return self._concluded(obligation, answer, lambda again: solver.thorough(again, budget))

    def _neutral_by_itself(self, obligation: Obligation, made: Neutrality) -> Settled | None:
        """What is known of two runs without a solver; they are never told apart by a value that is given."""
        if made.too_large:
            detail = f"not modelled: two runs of more than {MOST_IDENTITIES} identities"
            return undecided(obligation, Outcome.UNMODELLED, detail)
        if obligation.claim is not self._program.terms.true:
            return None
        if made.deciding:
            why = "holds by evaluation"
        else:
            why = "identity literals only restrict" if made.restricting else "no identity literal"
        return proved(obligation, Evidence.EVALUATED, why)

    def _solver_of(self, obligation: Obligation) -> ProgramSolver:
        if obligation.neutrality is None:
            return self._solver
        if self._two_runs is None:
            ordered = in_canonical_order(self._program)
            self._two_runs = ProgramSolver((*ordered, *obligation.neutrality.others), self._alarm)
        return self._two_runs

    def _posed(self, obligation: Obligation) -> _Posed:
        if obligation.neutrality is not None:
            return _Posed(Query(obligation.assumptions, obligation.claim), (), constant=False)
        if obligation.assumptions not in self._assumed:
            self._assumed[obligation.assumptions] = self._assume(obligation.assumptions)
        assumed = self._assumed[obligation.assumptions]
        if obligation.kind in _SATISFIABILITY:
            return _Posed(Query(assumed.put, None), assumed.contradicted, assumed.constant)
        denied = self._substitution.of(obligation.claim)
        return _Posed(Query(assumed.put, denied), assumed.contradicted, assumed.constant and denied.op is Op.CONST)

    def _assume(self, assumptions: tuple[Term, ...]) -> _Assumed:
        put = self._substitution.of_all(assumptions)
        false = self._substitution.terms.false
        contradicted = tuple(term for term, result in zip(assumptions, put, strict=True) if result is false)
        return _Assumed(put, contradicted, all(term.op is Op.CONST for term in put))

    def _concluded(self, obligation: Obligation, answer: Answer, ask: Callable[[Query], Answer]) -> Settled | Open:
        match answer.status:
            case Status.UNDECIDED:
                return Open(answer.work, answer.reason)
            case Status.UNSATISFIABLE:
                core = None if answer.core is None else [obligation.assumptions[position] for position in answer.core]
                if obligation.kind in _SATISFIABILITY:
                    return self._unsatisfiable(obligation, core, Evidence.SINGLE_SOLVER, answer.work)
                used = () if obligation.neutrality is not None else self._named(core or ())
                return proved(obligation, Evidence.SINGLE_SOLVER, "proved by the solver", answer.work, used)
            case Status.SATISFIABLE:
                assert answer.values is not None
                made = obligation.neutrality
                values = {**self._given, **answer.values} if made is None else plainly(made, answer.values)
                candidate = Candidate(values, answer.exact, answer.minimal, work=answer.work)
                if obligation.kind in _SATISFIABILITY:
                    return self._replay.witness(obligation, candidate)
                if self._ends_before(obligation, values):
                    return self._where_it_is_come_to(obligation, answer.work, ask)
                return self._replay.counterexample(obligation, candidate)
            case _:
                assert_never(answer.status)

    def _ends_before(self, obligation: Obligation, values: Mapping[str, Value]) -> bool:
        """Whether no evaluation on these values comes to the divisor that the obligation is about."""
        if obligation.earlier is None:
            return False
        substitution = Substitution(values, self._alarm)
        return any(substitution.of(each) is substitution.terms.false for each in obligation.earlier.conditions())

    def _where_it_is_come_to(self, obligation: Obligation, work: int, ask: Callable[[Query], Answer]) -> Settled | Open:
        """A divisor asked about once more, with no divisor before it zero: where one is, nothing is divided by it.

        Where it can be zero only then, there is nothing to check beside the one before it. That is no proof of its own,
        so that no approval rests on what becomes of the other.
        """
        assert obligation.earlier is not None
        posed = self._posed(obligation).query
        came = self._substitution.of_all(obligation.earlier.conditions())
        answer = ask(Query((*posed.assumptions, *came), posed.denied))
        answer = replace(answer, work=answer.work + work)
        if answer.status is Status.UNSATISFIABLE:
            return undecided(obligation, Outcome.NOTHING_TO_CHECK, _why_not(obligation), answer.work)
        return self._concluded(replace(obligation, earlier=None), answer, ask)

    def _not_started(self, obligation: Obligation) -> Settled:
        """No execution starts on the given values: the finding of the broken precondition says so."""
        by_guard = any(broken.by_guard for broken in self._broken)
        detail = "a precondition is false on the given values"
        if obligation.kind is Kind.NON_VACUOUS and by_guard:
            return rejected(obligation, Outcome.VACUOUS, Evidence.EVALUATED, None, detail)
        if obligation.kind is Kind.CONSISTENT:
            return rejected(obligation, Outcome.REFUTED, Evidence.EVALUATED, None, detail)
        return undecided(obligation, Outcome.NOTHING_TO_CHECK, detail)

    def _unsatisfiable(
        self, obligation: Obligation, core: list[Term] | tuple[Term, ...] | None, evidence: Evidence, work: int = 0
    ) -> Settled:
        """VACUOUS or inconsistent, naming the lines that cannot hold together where these are known."""
        message = refuted(obligation, on_given_values=bool(self._given))
        if core is not None:
            message += f": {listed(self._named(core))}"
        outcome = Outcome.VACUOUS if obligation.kind is Kind.NON_VACUOUS else Outcome.REFUTED
        code = "VACUOUS" if obligation.kind is Kind.NON_VACUOUS else obligation.kind.name
        finding = Finding(code, message, span=obligation.span, intent=self._program.name)
        return rejected(obligation, outcome, evidence, finding, message, work)

    def _named(self, assumptions: list[Term] | tuple[Term, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._lines[term] for term in assumptions))


def _why_not(obligation: Obligation) -> str:
    return _NOT_COME_TO if isinstance(obligation.earlier, InGuards) else _ENDS_BEFORE
