"""The weakest missing guard: what an author forgot to demand, as a line of text that makes every obligation hold.

Where values before determine those after, an obligation's claim is its own weakest precondition, since terms after are
terms over the state before. So a guard is the claim, made short under what is assumed already, written as text, read
again, and only then shown to be equal to the claim, satisfiable, and of use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from aethel.intent.authored import bindings, guard_spellings
from aethel.intent.obligations import Kind, Obligation, obligations
from aethel.intent.program import Program
from aethel.intent.reading import Reading, read
from aethel.intent.terms import Op, Term, Terms
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


@dataclass(frozen=True, slots=True)
class _Guarded:
    """A text to which these guards were added."""

    reading: Reading
    guards: tuple[str, ...]


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
    try:
        return _suggested(reading, failing, prove, alarm, read_again)
    except (DeadlinePassed, Unmodelled):
        return None


def _suggested(
    reading: Reading,
    failing: Sequence[Obligation],
    prove: Prove,
    alarm: Alarm,
    read_again: Callable[[bytes], Reading],
) -> Repair | None:
    found = _Guarded(reading, ())
    intents: set[int] = set()
    while failing and len(found.guards) < REPAIR_GUARDS:
        more = _guarded(found.reading, failing[0], alarm, read_again)
        if more is None:
            return None
        intents.add(failing[0].program)
        found = _Guarded(more.reading, (*found.guards, *more.guards))
        results = prove(found.reading)
        if _all_proved(results):
            if len(found.guards) > 1 and len(intents) == 1:
                found = _together(reading, intents.pop(), found, alarm, read_again, prove)
            return _repair(reading, found)
        failing = _refuted(found.reading, results)
    return None


def _together(
    reading: Reading,
    position: int,
    found: _Guarded,
    alarm: Alarm,
    read_again: Callable[[bytes], Reading],
    prove: Prove,
) -> _Guarded:
    """The guards made short beside one another, where that is proved to be the same; else as they were found."""
    assert reading.file is not None and found.reading.file is not None
    program = reading.file.programs[position]
    added = found.reading.file.programs[position].guards[len(program.guards) :]
    whole = next(
        each for each in obligations(reading.file) if each.program == position and each.kind is Kind.CONSISTENT
    )
    # Without the assumption that nothing is divided by zero, which some of the guards are there to give.
    claim = found.reading.file.programs[position].terms.and_(*(line.term for line in added))
    joined = _searched(reading, replace(whole, claim=claim), alarm, read_again)
    if joined is None or joined.guards == found.guards or not _all_proved(prove(joined.reading)):
        return found
    return joined


def _repair(reading: Reading, found: _Guarded) -> Repair:
    before, after = reading.source.splitlines(), found.reading.source.splitlines()
    line = next(number for number, text in enumerate(after, 1) if number > len(before) or before[number - 1] != text)
    return Repair(found.guards, found.reading.text, line, difference(reading, found.reading.text))


def _all_proved(results: Sequence[ObligationResult]) -> bool:
    return bool(results) and all(result.outcome is Outcome.PROVED for result in results)


def _refuted(reading: Reading, results: Sequence[ObligationResult]) -> list[Obligation]:
    assert reading.file is not None
    refuted = {result.id for result in results if result.outcome in (Outcome.REFUTED, Outcome.CONTINGENT)}
    return [obligation for obligation in obligations(reading.file) if obligation.id in refuted]


def _guarded(
    reading: Reading, obligation: Obligation, alarm: Alarm, read_again: Callable[[bytes], Reading]
) -> _Guarded | None:
    """The text with the weakest guards that prove one obligation."""
    assert reading.file is not None
    program = reading.file.programs[obligation.program]
    if obligation.kind not in _REPAIRABLE or _is_secret(program, obligation):
        return None
    return _searched(reading, obligation, alarm, read_again)


def _searched(
    reading: Reading, obligation: Obligation, alarm: Alarm, read_again: Callable[[bytes], Reading]
) -> _Guarded | None:
    """The first guards for the obligation's claim that stand up to proof."""
    search = _Search(reading, obligation, alarm)
    for guards in search.candidates():
        repaired = reading
        for guard in guards:
            repaired = read_again(with_guard(repaired, obligation.program, guard))
            if repaired.file is None:
                break
        if search.stands(repaired):
            return _Guarded(repaired, guards)
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

    def candidates(self) -> Iterator[tuple[str, ...]]:
        """Short texts of the claim, one for each condition it joins by `and`, the shortest first."""
        found: dict[tuple[str, ...], None] = {}
        spellings = guard_spellings(self._analysed, self._program)
        writer = Writer(self._program, self._terms, spellings, self._names_of_terms())
        for split in (False, True):
            try:
                term = Simplifier(self._assumed, self._terms, self._alarm, split=split).simplified(self._claim)
                texts = tuple(map(writer.condition, term.args if term.op is Op.AND else (term,)))
            except (Unwritable, TooMuch):
                continue
            told = term.op is not Op.CONST and max(map(len, texts)) <= REPAIR_TEXT_LENGTH
            if told and len(texts) <= REPAIR_GUARDS:
                found[texts] = None
        yield from sorted(found, key=lambda texts: (sum(map(len, texts)), texts))

    def _names_of_terms(self) -> dict[Term, tuple[str, Type]]:
        """What the bindings stand for; a name for a lone variable or a constant says less than these."""
        named: dict[Term, tuple[str, Type]] = {}
        for name, bound in bindings(self._analysed, self._program).items():
            term = self._substitution.of(bound.term)
            if term.args:
                named.setdefault(term, (name, bound.type))
        return named

    def stands(self, repaired: Reading) -> bool:
        """Whether the guards added to the intent are the weakest that prove the claim, and leave work to do."""
        if repaired.file is None:
            return False
        program = repaired.file.programs[self._obligation.program]
        if _meaning(program) != _meaning(self._program):
            return False
        added = program.guards[len(self._program.guards) :]
        guard = self._terms.and_(*(self._substitution.of(line.term) for line in added))
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
