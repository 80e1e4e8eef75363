"""The weakest missing guard: what an author forgot to demand, as a line of text that makes every obligation hold.

Where values before determine those after, an obligation's claim is its own weakest precondition, since terms after are
terms over the state before. So a guard is the claim, made short under what is assumed already, written as text, read
again, and only then shown to be equal to the claim, satisfiable, and of use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aethel.intent.authored import bindings, guard_spellings
from aethel.intent.obligations import Kind, Obligation, obligations
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.terms import Term, Terms
from aethel.intent.types import Type
from aethel.intent.writing import Writer
from aethel.intent.writing_numbers import Unwritable
from aethel.prover.alarm import Alarm
from aethel.prover.limits import REPAIR_GUARDS, REPAIR_TEXT_LENGTH
from aethel.prover.repair_simplify import Assumed, Simplifier, TooMuch
from aethel.prover.repair_text import difference, with_guard
from aethel.prover.solver import ProgramSolver
from aethel.prover.stops import DeadlinePassed, Unmodelled
from aethel.prover.substitution import Substitution
from aethel.verdict import ObligationResult, Outcome

_REPAIRABLE = frozenset({Kind.POST, Kind.SOLVENT, Kind.IN_RANGE, Kind.CONSERVED})


@dataclass(frozen=True, slots=True)
class Repair:
    """Guards that make every obligation of a text hold, together the weakest that do.

    `text` is the repaired text, verified as a whole, and `line` where the first guard stands in it, counted from 1.
    `diff` shows the change alone; it is empty where it would repeat a line declared `secret`. The text is the author's
    own: it holds whatever the author declared secret, and is only for those who sent it.
    """

    guards: tuple[str, ...]
    text: bytes
    line: int
    diff: str

    @property
    def guard(self) -> str:
        """The guards as one line of text."""
        return "; ".join(self.guards)


Prove = Callable[[Reading], Sequence[ObligationResult]]
"""The results of all obligations of a text, in their order."""


def suggest(
    reading: Reading,
    failing: Sequence[Obligation],
    prove: Prove,
    alarm: Alarm,
    read_again: Callable[[bytes], Reading] = read,
) -> Repair | None:
    """Guards that repair the failing obligations, or None where none are found that are short, shown and of use.

    `failing` are obligations of the reading that are refuted for all values, in their order. A guard for the first is
    added and the whole proved again, until nothing fails. `read_again` reads a text as `reading` was read.
    """
    guards: list[str] = []
    lines: list[int] = []
    repaired = reading
    try:
        while failing and len(guards) < REPAIR_GUARDS:
            found = _guarded(repaired, failing[0], alarm, read_again)
            if found is None:
                return None
            guard, repaired, line = found
            # A guard of an earlier intent moves the later ones down.
            lines = [each + (each >= line and _grew(reading, repaired)) for each in lines]
            guards.append(guard)
            lines.append(line)
            results = prove(repaired)
            if all(result.outcome is Outcome.PROVED for result in results):
                return Repair(tuple(guards), repaired.text, lines[0], difference(reading, repaired.text))
            failing = _refuted(repaired, results)
    except (DeadlinePassed, Unmodelled):
        return None
    return None


def _grew(before: Reading, after: Reading) -> bool:
    return after.source.count("\n") > before.source.count("\n")


def _refuted(reading: Reading, results: Sequence[ObligationResult]) -> list[Obligation]:
    assert reading.file is not None
    refuted = {result.id for result in results if result.outcome in (Outcome.REFUTED, Outcome.CONTINGENT)}
    return [obligation for obligation in obligations(reading.file) if obligation.id in refuted]


def _guarded(
    reading: Reading, obligation: Obligation, alarm: Alarm, read_again: Callable[[bytes], Reading]
) -> tuple[str, Reading, int] | None:
    """The first text of the obligation's weakest guard that stands up to proof, and the text with it."""
    assert reading.file is not None
    program = reading.file.programs[obligation.program]
    if obligation.kind not in _REPAIRABLE or _is_secret(program, obligation):
        return None
    search = _Search(reading, obligation, alarm)
    for guard in search.candidates():
        text, line = with_guard(reading, obligation.program, guard)
        repaired = read_again(text)
        if search.stands(repaired):
            return guard, repaired, line
    return None


def _is_secret(program: Program, obligation: Obligation) -> bool:
    """Whether the claim comes from a line declared secret, which a guard made of it would quote."""
    if not program.has_effect and any(line.secret for line in program.posts):
        return True
    return any(line.secret and line.span == obligation.span for line in program.posts)


class _Search:
    """The weakest guard of one obligation: its texts, and whether one of them is what it should be."""

    def __init__(self, reading: Reading, obligation: Obligation, alarm: Alarm) -> None:
        assert reading.file is not None
        self._program = reading.file.programs[obligation.program]
        self._analysed = reading.analysed[obligation.program]
        self._obligation = obligation
        self._alarm = alarm
        self._substitution = Substitution({}, alarm)
        self._terms: Terms = self._substitution.terms
        self._claim = self._substitution.of(obligation.claim)
        assumptions = self._substitution.of_all(obligation.assumptions)
        self._assumed = Assumed(ProgramSolver(self._program.variables, alarm), self._terms, assumptions)

    def candidates(self) -> Iterator[str]:
        """Short texts of the claim, the shortest first, as far as they can be written."""
        texts: dict[str, None] = {}
        writer = Writer(
            self._program, self._terms, guard_spellings(self._analysed, self._program), self._names_of_terms()
        )
        for split in (False, True):
            try:
                term = Simplifier(self._assumed, self._terms, self._alarm, split=split).simplified(self._claim)
                text = writer.condition(term)
            except (Unwritable, TooMuch):
                continue
            if text not in ("true", "false") and len(text) <= REPAIR_TEXT_LENGTH:
                texts[text] = None
        yield from sorted(texts, key=lambda text: (len(text), text))

    def _names_of_terms(self) -> dict[Term, tuple[str, Type]]:
        """What the bindings stand for; a name for a lone variable or a constant says less than these."""
        named: dict[Term, tuple[str, Type]] = {}
        for name, bound in bindings(self._analysed, self._program).items():
            term = self._substitution.of(bound.term)
            if term.args:
                named.setdefault(term, (name, bound.type))
        return named

    def stands(self, repaired: Reading) -> bool:
        """Whether the last guard of the repaired intent is the weakest that proves the claim, and leaves work to do."""
        if repaired.file is None:
            return False
        program = repaired.file.programs[self._obligation.program]
        if _meaning(program) != _meaning(self._program) or len(program.guards) != len(self._program.guards) + 1:
            return False
        guard = self._substitution.of(program.guards[-1].term)
        enough = self._assumed.gives(self._claim, (guard,))
        weakest = enough and self._assumed.gives(guard, (self._claim,))
        return weakest and self._is_of_use(guard)

    def _is_of_use(self, guard: Term) -> bool:
        """Whether an execution is left, and one that changes something unless none did before."""
        moves = self._moves()
        if self._assumed.allows(guard, moves):
            return True
        return self._assumed.allows(guard) and self._assumed.gives(self._terms.not_(moves))

    def _moves(self) -> Term:
        """That some written cell changes: a guard under which nothing does repairs nothing."""
        terms = self._terms
        kept = [
            terms.eq(self._substitution.of(cell.after), self._substitution.of(cell.before))
            for cell in self._program.cells
            if cell.written
        ]
        return terms.not_(terms.and_(*kept)) if kept else terms.true


def _meaning(program: Program) -> object:
    """What one more guard must leave as it is: how names are understood and money is counted."""
    variables = {each.name: (each.role, each.type, each.scale, each.secret) for each in program.variables}
    cells = {cell.name: cell.written for cell in program.cells}
    return variables, cells, program.scales, len(program.posts)
