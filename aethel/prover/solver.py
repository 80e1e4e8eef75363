"""Questions to the solver: can these formulas hold together, with which values, and in how much work.

Every question has a solver of its own. Quick questions of one program share a context, a thorough one gets a fresh
one; names, seeds and the order of questions are fixed, so that the same question always costs and answers the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import z3

from aethel.intent.program import Variable
from aethel.intent.terms import Sort, Term, Value
from aethel.prover.alarm import Alarm
from aethel.prover.encode import Encoder
from aethel.prover.limits import SHRINK_BOUNDS, SHRINK_BUDGET
from aethel.prover.model import Found, values_of

_SEED = 0
"""The solver's random seed: any fixed number, so that equal questions have equal answers."""

_LARGEST_SETTING = 2**32 - 1
"""The solver's settings are unsigned 32-bit numbers."""


class Status(Enum):
    """Whether the formulas of a query can hold together."""

    SATISFIABLE = "sat"
    UNSATISFIABLE = "unsat"
    UNDECIDED = "unknown"


@dataclass(frozen=True, slots=True)
class Query:
    """Whether all `assumptions` can hold while `denied` does not; without `denied`, whether they can hold together."""

    assumptions: tuple[Term, ...]
    denied: Term | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver said, in `work` resource units.

    `values` holds a value for every open variable where it is satisfiable, not `exact` where some are irrational.
    `core` gives the positions of assumptions that suffice where it is not, None where that is not known. `reason` is
    the solver's word where it is undecided.
    """

    status: Status
    work: int
    values: dict[str, Value] | None = None
    exact: bool = True
    core: tuple[int, ...] | None = None
    reason: str = ""


class ProgramSolver:
    """Answers queries over the open variables of one program. Each method raises DeadlinePassed and Unmodelled."""

    def __init__(self, variables: Sequence[Variable], alarm: Alarm) -> None:
        self._variables = variables
        self._alarm = alarm
        self._names = {variable.name: f"v{position}" for position, variable in enumerate(variables)}
        self._shared: _Session | None = None

    def quick(self, query: Query, budget: int) -> Answer:
        """The answer of the plain solver core, which also tells which assumptions a refutation of the query used."""
        if self._shared is None:
            self._shared = self._session()
        return self._shared.ask(query, budget, tracked=True)

    def thorough(self, query: Query, budget: int) -> Answer:
        """The answer of the solver with all its preprocessing and strategies, in a context of its own."""
        return self._session().ask(query, budget, tracked=False)

    def _session(self) -> _Session:
        return _Session(self._variables, self._names, self._alarm)


class _Session:
    """One solver context and what was encoded in it."""

    def __init__(self, variables: Sequence[Variable], names: dict[str, str], alarm: Alarm) -> None:
        self._variables = variables
        self._alarm = alarm
        self._context = z3.Context()
        self._encoder = Encoder(self._context, names, alarm)
        self._counted = 0

    def ask(self, query: Query, budget: int, *, tracked: bool) -> Answer:
        solver = z3.SimpleSolver(ctx=self._context) if tracked else z3.Solver(ctx=self._context)
        try:
            labels = self._assert(solver, query, tracked)
            self._counted = _count(solver)
            self._alarm.look()
            found = self._check(solver, budget)
            if found == z3.sat:
                model = values_of(solver.model(), self._encoder, self._variables)
                if query.denied is not None:
                    model = self._smaller(solver, model)
                return Answer(Status.SATISFIABLE, self._work(solver), model.values, model.exact)
            if found == z3.unsat:
                core = _positions(solver.unsat_core(), labels) if tracked else None
                return Answer(Status.UNSATISFIABLE, self._work(solver), core=core)
            return Answer(Status.UNDECIDED, self._work(solver), reason=solver.reason_unknown())
        except z3.Z3Exception as error:
            self._alarm.look()
            return Answer(Status.UNDECIDED, self._work(solver), reason=str(error))

    def _assert(self, solver: Any, query: Query, tracked: bool) -> list[Any]:
        """Give the solver the query; the labels of its assumptions, in order, where they are tracked."""
        roots = query.assumptions if query.denied is None else (*query.assumptions, query.denied)
        formulas = [self._encoder.formula(term) for term in roots]
        solver.add(self._encoder.definitions(roots))
        if query.denied is not None:
            solver.add(z3.Not(formulas.pop()))
        if not tracked:
            solver.add(formulas)
            return []
        labels = [z3.Bool(f"a{position}", self._context) for position in range(len(formulas))]
        for formula, label in zip(formulas, labels, strict=True):
            solver.assert_and_track(formula, label)
        return labels

    def _check(self, solver: Any, budget: int) -> Any:
        self._alarm.watch(self._context)
        solver.set("random_seed", _SEED)
        solver.set("rlimit", min(budget, _LARGEST_SETTING))
        solver.set("timeout", min(self._alarm.delay_ms + 1, _LARGEST_SETTING))
        return solver.check()

    def _smaller(self, solver: Any, found: Found) -> Found:
        """Values under the least of the bounds that some refutation keeps, else the ones found; bounded effort."""
        numbers = [value for value in found.values.values() if not isinstance(value, str)]
        sorts = (Sort.INT, Sort.RATIONAL)
        unknowns = [self._encoder.unknown(each.term) for each in self._variables if each.term.sort in sorts]
        for bound in SHRINK_BOUNDS:
            if all(-bound <= value <= bound for value in numbers) or self._alarm.rang():
                break
            solver.push()
            solver.add([z3.And(-bound <= unknown, unknown <= bound) for unknown in unknowns])
            try:
                if self._check(solver, SHRINK_BUDGET) == z3.sat:
                    return values_of(solver.model(), self._encoder, self._variables)
            except z3.Z3Exception:
                break
            solver.pop()
        return found

    def _work(self, solver: Any) -> int:
        return _count(solver) - self._counted


def _count(solver: Any) -> int:
    """Resource units spent in the solver's context so far."""
    return int(solver.statistics().get_key_value("rlimit count"))


def _positions(core: Any, labels: list[Any]) -> tuple[int, ...]:
    named = {label.get_id(): position for position, label in enumerate(labels)}
    return tuple(sorted(named[label.get_id()] for label in core))
