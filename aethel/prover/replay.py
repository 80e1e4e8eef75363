"""Values that a solver found, tried out before anybody sees them: by evaluation, and in the reference interpreter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Kind, Obligation, asset_name, deltas
from aethel.intent.program import Program
from aethel.intent.reading import Reading
from aethel.intent.rendering import counterexample, decimal_text, untold
from aethel.intent.replay import admits, confirms, fails
from aethel.intent.terms import Term, Value, variables
from aethel.prover.alarm import Alarm
from aethel.prover.settled import Settled, proved, rejected, undecided
from aethel.prover.substitution import Substitution
from aethel.prover.two_runs import two_runs
from aethel.prover.wording import refuted
from aethel.verdict import Evidence, Finding, Outcome


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value for every variable of a program, and how it was come by.

    `exact` is false where a value only approximates an irrational number, `minimal` true where the values are the
    canonical ones among all that refute. `given` says that every value that matters is the caller's own, so that there
    are no others to choose from; then `hypotheses_hold` says whether the hypotheses of the language are true of them.
    """

    values: dict[str, Value]
    exact: bool = True
    minimal: bool = False
    given: bool = False
    hypotheses_hold: bool = True
    work: int = 0


class Replay:
    """Tries candidates on one program. Every method raises DeadlinePassed and Unmodelled."""

    def __init__(self, reading: Reading, position: int, *, given: Collection[str], alarm: Alarm) -> None:
        assert reading.file is not None
        self._reading = reading
        self._position = position
        self._program: Program = reading.file.programs[position]
        self._given = given
        self._alarm = alarm

    def witness(self, obligation: Obligation, candidate: Candidate) -> Settled:
        """PROVED where the candidate really satisfies guards (and requires, for CONSISTENT) and hypotheses."""
        substitution = Substitution(candidate.values, self._alarm)
        holds = all(substitution.of(term) is substitution.terms.true for term in obligation.assumptions)
        # Requires lie beyond what NON_VACUOUS asks, and the interpreter admits guards and requires together.
        whole = obligation.kind is Kind.CONSISTENT or not self._program.requires
        if holds and (not whole or admits(self._reading, self._position, candidate.values)):
            detail = "values that satisfy it were found and evaluated"
            return proved(obligation, Evidence.EVALUATED, detail, candidate.work)
        return self._not_confirmed(obligation, candidate)

    def counterexample(self, obligation: Obligation, candidate: Candidate) -> Settled:
        """REFUTED where the obligation really fails on the candidate; never on the solver's word alone."""
        substitution = Substitution(candidate.values, self._alarm)
        false = substitution.of(obligation.claim) is substitution.terms.false
        if candidate.hypotheses_hold:
            false = false and all(substitution.of(term) is substitution.terms.true for term in obligation.assumptions)
        # What is printed must be of a size that can be printed.
        substitution.of_all(cell.after for cell in self._program.cells)
        replay = confirms if candidate.hypotheses_hold else fails
        if not (false and replay(self._reading, obligation, candidate.values)):
            return self._not_confirmed(obligation, candidate)
        message = refuted(obligation, on_given_values=candidate.given)
        if self._given and not candidate.given and obligation.kind is not Kind.IDENTITY_NEUTRAL:
            message += ", the other values being as given"
        minimal = candidate.minimal or candidate.given
        if obligation.kind is Kind.IDENTITY_NEUTRAL:
            return self._two_runs(obligation, candidate, message)
        shown = counterexample(self._program, candidate.values, replayed=True, minimal=minimal, given=self._given)
        finding = Finding(
            obligation.kind.name,
            message,
            span=obligation.span,
            intent=self._program.name,
            delta=self._delta(obligation, candidate.values),
            counterexample=shown,
        )
        return rejected(obligation, Outcome.REFUTED, Evidence.EVALUATED, finding, message, candidate.work, shown)

    def _two_runs(self, obligation: Obligation, candidate: Candidate, message: str) -> Settled:
        """No given value takes part in it, so none is known to hide anything of."""
        runs = two_runs(self._program, candidate.values, minimal=candidate.minimal)
        finding = Finding(
            obligation.kind.name,
            message,
            span=obligation.span,
            intent=self._program.name,
            numbers=runs.second,
            counterexample=runs.first,
        )
        work = candidate.work
        return rejected(obligation, Outcome.REFUTED, Evidence.EVALUATED, finding, message, work, runs.first)

    def _not_confirmed(self, obligation: Obligation, candidate: Candidate) -> Settled:
        if not candidate.exact:
            detail = "the only values found are irrational numbers, which no request can give"
            return undecided(obligation, Outcome.UNMODELLED, detail, candidate.work)
        detail = "the values found by the solver are not confirmed by evaluation and the reference interpreter"
        return undecided(obligation, Outcome.DISAGREEMENT, detail, candidate.work)

    def _delta(self, obligation: Obligation, values: dict[str, Value]) -> str:
        """By how much a conserved sum changes, in one unit of its asset; empty where that would tell a secret."""
        if obligation.kind is not Kind.CONSERVED:
            return ""
        asset, change = next(
            (asset, term) for asset, term in deltas(self._program) if asset_name(asset) == obligation.subject
        )
        if self._tells_a_secret(change):
            return ""
        minor = evaluate(change, values)
        assert not isinstance(minor, str)
        return decimal_text(Fraction(minor) / 10 ** dict(self._program.scales).get(asset, 0))

    def _tells_a_secret(self, term: Term) -> bool:
        return not untold(self._program, self._given).isdisjoint(variables(term))
