"""Questions to the solver: can these formulas hold together, with which values, and in how much work.

Quick questions about the same assumptions share a solver and all quick ones of a program a context: asserting the
assumptions anew for each question costs ten times its answer. A thorough question has a context of its own. Names,
seeds and the order of questions are fixed, so that the same questions always cost and answer the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import z3

from aethel.intent.program import Variable
from aethel.intent.terms import Term, Value
from aethel.prover.alarm import Alarm
from aethel.prover.encode import Encoder
from aethel.prover.limits import MINIMAL_BUDGET, MINIMAL_SHARE, MINIMAL_UNDECIDED, NODES_PER_LOOK, QUICK_SHARE
from aethel.prover.minimal import Allowance, Least, canonical
from aethel.prover.model import values_of

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

    `values` holds a value for every open variable where it is satisfiable, not `exact` where some are irrational; where
    something is denied they are `minimal` if they are the canonical ones (`aethel.prover.minimal`).
    `core` gives the positions of assumptions that suffice where it is not, None where that is not known. `reason` is
    the solver's word where it is undecided.
    """

    status: Status
    work: int
    values: dict[str, Value] | None = None
    exact: bool = True
    minimal: bool = False
    core: tuple[int, ...] | None = None
    reason: str = ""


class ProgramSolver:
    """Answers queries over the open variables of one program. Each method raises DeadlinePassed and Unmodelled.

    The order of the variables is the order in which canonical values are sought.
    """

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

    def decide(self, query: Query, budget: int) -> Answer:
        """As `quick`, but without values where it is satisfiable, which spares the search for canonical ones."""
        if self._shared is None:
            self._shared = self._session()
        return self._shared.ask(query, budget, tracked=True, valued=False)

    def _session(self) -> _Session:
        return _Session(self._variables, self._names, self._alarm)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A solver that holds some assumptions; `positions` maps the label each is tracked under to its position."""

    solver: Any
    assumptions: tuple[Term, ...]
    positions: dict[int, int]


class _Session:
    """One solver context and what was encoded in it."""

    def __init__(self, variables: Sequence[Variable], names: dict[str, str], alarm: Alarm) -> None:
        self._variables = variables
        self._alarm = alarm
        self._context = z3.Context()
        self._encoder = Encoder(self._context, names, alarm)
        self._loaded: _Loaded | None = None
        self._counted = 0
        self._minimal_work = MINIMAL_BUDGET

    def ask(self, query: Query, budget: int, *, tracked: bool, valued: bool = True) -> Answer:
        self._alarm.look()
        # Kept for the next question only where nothing of this one is left in it.
        loaded, self._loaded = self._loaded, None
        try:
            if loaded is None or loaded.assumptions != query.assumptions:
                loaded = self._load(query.assumptions, tracked)
            if tracked:
                # Only the plain core: in the other solver a scope switches off its strategies.
                loaded.solver.push()
            if query.denied is not None:
                formula = self._encoder.formula(query.denied)
                loaded.solver.add(self._encoder.definitions((query.denied,)))
                loaded.solver.add(z3.Not(formula))
            answer = self._answer(loaded, query, budget, QUICK_SHARE if tracked else 1, valued)
            loaded.solver.pop(loaded.solver.num_scopes())
        except z3.Z3Exception as error:
            self._alarm.look()
            return Answer(Status.UNDECIDED, 0, reason=str(error))
        self._loaded = loaded
        return answer

    def _answer(self, loaded: _Loaded, query: Query, budget: int, share: int, valued: bool) -> Answer:
        solver = loaded.solver
        self._counted = _count(solver)
        self._alarm.look()
        found = self._check(solver, budget, share)
        if found == z3.sat:
            if not valued:
                return Answer(Status.SATISFIABLE, self._work(solver))
            least = self._least(solver, query)
            return Answer(Status.SATISFIABLE, self._work(solver), least.found.values, least.found.exact, least.minimal)
        if found == z3.unsat:
            labels = solver.unsat_core()
            core = tuple(sorted(loaded.positions[label.get_id()] for label in labels)) if loaded.positions else None
            return Answer(Status.UNSATISFIABLE, self._work(solver), core=core)
        return Answer(Status.UNDECIDED, self._work(solver), reason=solver.reason_unknown())

    def _load(self, assumptions: tuple[Term, ...], tracked: bool) -> _Loaded:
        formulas = [self._encoder.formula(term) for term in assumptions]
        solver = z3.SimpleSolver(ctx=self._context) if tracked else z3.Solver(ctx=self._context)
        solver.add(self._encoder.definitions(assumptions))
        positions: dict[int, int] = {}
        for position, formula in enumerate(formulas):
            if position % NODES_PER_LOOK == 0:
                self._alarm.look()
            if tracked:
                label = z3.Bool(f"a{position}", self._context)
                positions[label.get_id()] = position
                solver.assert_and_track(formula, label)
            else:
                solver.add(formula)
        return _Loaded(solver, assumptions, positions)

    def _check(self, solver: Any, budget: int, share: int = 1) -> Any:
        """Ask within a budget, and within one `share`-th of the whole time."""
        self._alarm.watch(self._context)
        solver.set("random_seed", _SEED)
        solver.set("rlimit", min(budget, _LARGEST_SETTING))
        solver.set("timeout", min(self._alarm.delay_ms // share + 1, _LARGEST_SETTING))
        return solver.check()

    def _least(self, solver: Any, query: Query) -> Least:
        """The values of a refutation in canonical form, of a witness as found."""
        found = values_of(solver.model(), self._encoder, self._variables)
        if query.denied is None:
            return Least(found, minimal=False)
        terms = (*query.assumptions, query.denied)
        with Alarm(self._alarm.delay_ms / MINIMAL_SHARE) as share:
            allowance = Allowance(self._minimal_work, MINIMAL_UNDECIDED, lambda: share.rang() or self._alarm.rang())
            try:
                least = canonical(
                    solver, self._encoder, self._variables, terms, lambda work: self._counting(solver, work), allowance
                )
            except z3.Z3Exception:
                # Interrupted at the deadline: what was found first still refutes.
                return Least(found, minimal=False)
        self._minimal_work = allowance.work if not share.rang() else 0
        return least

    def _counting(self, solver: Any, budget: int) -> tuple[Any, int]:
        """Ask in a small part of the whole time; the answer with the work it took."""
        before = _count(solver)
        try:
            return self._check(solver, budget, MINIMAL_SHARE), _count(solver) - before
        except z3.Z3Exception:
            return z3.unknown, budget

    def _work(self, solver: Any) -> int:
        return _count(solver) - self._counted


def _count(solver: Any) -> int:
    """Resource units spent in the solver's context so far.

    The statistics are a list without an index, of several hundred entries after some checks, which the solver ends with
    those of the whole context: from there it is found at once.
    """
    context = solver.ctx.ref()
    statistics = solver.statistics()
    for index in reversed(range(len(statistics))):
        if z3.Z3_stats_get_key(context, statistics.stats, index) == "rlimit count":
            return int(z3.Z3_stats_get_uint_value(context, statistics.stats, index))
    raise z3.Z3Exception("the solver does not say how much it worked")
