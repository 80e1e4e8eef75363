"""The second solver, cvc5: it reads questions as SMT-LIB text, with a parser of its own, and answers them again.

A check holds the interpreter's lock, and nothing can interrupt it but its own limits: it belongs where a process may be
killed at the deadline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cvc5

from aethel.intent.program import Variable
from aethel.intent.terms import Term
from aethel.prover.alarm import Alarm
from aethel.prover.limits import QUICK_SHARE
from aethel.prover.smtlib import Writer, script
from aethel.prover.solver import Query, Status
from aethel.prover.stops import Unmodelled

CROSS_CHECK_BUDGET = 100_000
"""Resource units of cvc5 for one query: a third of a second of nonlinear search, thirty times what a hard obligation of
an ordinary payment takes. What is not confirmed within it stays the word of one solver."""

_SHARED_BUDGET = 20_000
"""Resource units for a query among others; one that needs more gets a solver of its own, with all its preprocessing."""

LONGEST_TEXT_CHARACTERS = 100_000
"""Length of a text that is put to the solver: reading and preparing it heed no limit, and take a second at this length.
An obligation of an ordinary payment has a thousand."""

_LARGEST_SETTING = 2**31 - 1
"""Limits are given to the solver as at most this number."""

_QUIET = {"verbosity": "-1"}
"""Warnings about its own heuristics would go to standard error."""

_SHARED = {"incremental": "true", "global-declarations": "true"}
"""Assertions are given up between questions, names are not."""


def second_solver_version() -> str:
    """The second solver's version, as it names itself."""
    found = cvc5.Solver(cvc5.TermManager()).getVersion()
    return f"cvc5 {found.decode() if isinstance(found, bytes) else found}"


@dataclass(frozen=True, slots=True)
class SecondAnswer:
    """What the second solver said, in `work` of its resource units; `reason` is its word where it is undecided."""

    status: Status
    work: int
    reason: str = ""


_TOO_LONG = SecondAnswer(
    Status.UNDECIDED, 0, f"the question has more than {LONGEST_TEXT_CHARACTERS} characters as text"
)


def cross_check(text: str, budget: int, time_ms: int) -> SecondAnswer:
    """The answer to one SMT-LIB script with one `(check-sat)`, from a solver of its own.

    The same text and budget (resource units) always get the same answer, unless `time_ms` milliseconds are over first.
    """
    if len(text) > LONGEST_TEXT_CHARACTERS:
        return _TOO_LONG
    return _Session(budget, time_ms, is_shared=False).ask(text)


class CrossChecker:
    """Answers queries about one program again, most of them in one solver that keeps their common assumptions.

    Only the `queries` given may be asked. Writing them is linear in their distinct nodes.
    """

    def __init__(self, variables: Sequence[Variable], queries: Iterable[Query], alarm: Alarm) -> None:
        """Writes the queries; raises DeadlinePassed. One attempt at one of them takes a part of the alarm's time."""
        self._variables = variables
        self._alarm = alarm
        asked = tuple(dict.fromkeys(queries))
        roots = [term for query in asked for term in (*query.assumptions, *_denied(query))]
        self._writer = Writer(variables, roots, alarm.look)
        self._assumed: dict[tuple[Term, ...], list[str]] = {}
        self._demands: dict[Query, list[str] | Unmodelled] = {query: self._written(query) for query in asked}
        self._prelude = "\n".join(self._writer.prelude())
        self._loaded: tuple[Term, ...] | None = None
        self._session: _Session | None = None

    def check(self, query: Query, budget: int = CROSS_CHECK_BUDGET) -> SecondAnswer:
        """The second answer to a query, UNDECIDED beyond the limits of the prover; raises DeadlinePassed.

        `budget` bounds the resource units of the solver of its own that it may get beside the shared one.
        """
        self._alarm.look()
        demands = self._demands[query]
        if isinstance(demands, Unmodelled):
            return SecondAnswer(Status.UNDECIDED, 0, str(demands))
        shared = self._ask_shared(query, demands)
        if shared.status is not Status.UNDECIDED or budget <= shared.work:
            return shared
        text = script(self._variables, query.assumptions, query.denied, look=self._alarm.look)
        alone = cross_check(text, budget - shared.work, self._time_ms)
        return SecondAnswer(alone.status, shared.work + alone.work, alone.reason)

    @property
    def _time_ms(self) -> int:
        return self._alarm.delay_ms // QUICK_SHARE + 1

    def _written(self, query: Query) -> list[str] | Unmodelled:
        try:
            if query.assumptions not in self._assumed:
                self._assumed[query.assumptions] = self._writer.asserted(query.assumptions)
            return [] if query.denied is None else [self._writer.denied(query.denied)]
        except Unmodelled as error:
            return error

    def _ask_shared(self, query: Query, demands: list[str]) -> SecondAnswer:
        lines: list[str] = []
        if self._session is None:
            lines.append(self._prelude)
        if self._session is None or self._loaded != query.assumptions:
            lines += ["(pop 1)"] if self._session is not None else []
            lines += ["(push 1)", *self._assumed[query.assumptions]]
        text = "\n".join((*lines, "(push 1)", *demands, "(check-sat)", "(pop 1)", ""))
        if len(text) > LONGEST_TEXT_CHARACTERS:
            return _TOO_LONG
        session = self._session or _Session(_SHARED_BUDGET, self._time_ms, is_shared=True)
        answer = session.ask(text)
        self._session, self._loaded = (None, None) if session.is_broken else (session, query.assumptions)
        return answer


class _Session:
    """One solver with its parser; `is_shared` says that it will be asked more than once."""

    def __init__(self, budget: int, time_ms: int, *, is_shared: bool) -> None:
        self.is_broken = False
        self._spent = 0
        manager = cvc5.TermManager()
        self._solver = cvc5.Solver(manager)
        # Not `rlimit` and `tlimit`: those count over all questions.
        limits = {"rlimit-per": str(_setting(budget)), "tlimit-per": str(_setting(time_ms))}
        for name, value in {**limits, **_QUIET, **(_SHARED if is_shared else {})}.items():
            self._solver.setOption(name, value)
        self._symbols = cvc5.SymbolManager(manager)
        self._parser = cvc5.InputParser(self._solver, self._symbols)

    def ask(self, text: str) -> SecondAnswer:
        """The answer to the one `(check-sat)` in the text; whatever else it brings forth decides nothing."""
        try:
            said = self._said(text)
        except RuntimeError as error:
            self.is_broken = True
            return SecondAnswer(Status.UNDECIDED, self._work(), str(error))
        work = self._work()
        match said:
            case ["sat"]:
                return SecondAnswer(Status.SATISFIABLE, work)
            case ["unsat"]:
                return SecondAnswer(Status.UNSATISFIABLE, work)
            case _:
                self.is_broken = any(not line.startswith("unknown") for line in said)
                return SecondAnswer(Status.UNDECIDED, work, " ".join(said) or "no answer")

    def _said(self, text: str) -> list[str]:
        self._parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "obligation")
        said: list[str] = []
        while not (command := self._parser.nextCommand()).isNull():
            line = command.invoke(self._solver, self._symbols).strip()
            if line:
                said.append(line)
        return said

    def _work(self) -> int:
        """Resource units spent since the last call."""
        before, self._spent = self._spent, int(self._solver.getStatistics()["resource::resourceUnitsUsed"]["value"])
        return self._spent - before


def _denied(query: Query) -> tuple[Term, ...]:
    return () if query.denied is None else (query.denied,)


def _setting(limit: int) -> int:
    """Zero would be no limit at all."""
    return min(max(limit, 1), _LARGEST_SETTING)
