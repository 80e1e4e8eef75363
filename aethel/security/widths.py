"""S05: every store, constant, moved amount and divisor against its width, by intervals and with replayed witnesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from aethel.intent.obligations import Aspect, Kind, Obligation
from aethel.intent.program import Cell, Divisor, Program, Store
from aethel.intent.reading import Reading
from aethel.intent.rendering import counterexample
from aethel.intent.replay import confirms
from aethel.intent.terms import Sort, Term, Value
from aethel.intent.types import Money, bounds_of
from aethel.security.admission import Admission
from aethel.security.classes import SecurityClass, Weakness
from aethel.security.knowledge import Knowledge
from aethel.security.linear import Exhausted, Form
from aethel.security.reasoning import follows
from aethel.security.witnesses import Aim, aims_below, candidate, satisfies
from aethel.verdict import Counterexample, Finding, Outcome, Span

MOST_SEARCHED = 3
"""Checks of one intent for which values that break them are looked for: one is enough to reject."""


MOST_SHOWN_BITS = 4_096
"""Bits of the longest value that a witness may show, after the execution too: nobody reads a thousand digits."""


class Side(Enum):
    """What a check forbids; the value is what a person is told."""

    CONSTANT = "a constant does not fit its width"
    ZERO = "the divisor can be zero"
    MOVED = "the amount moved can be negative"
    BELOW = "what is stored can be below its range"
    ABOVE = "what is stored can be above its range"
    FRACTION = "what is stored can be a fraction of the smallest unit"


_WEAKNESSES = {
    Side.CONSTANT: Weakness.INTEGER_OVERFLOW,
    Side.ZERO: Weakness.DIVISION_BY_ZERO,
    Side.MOVED: Weakness.INTEGER_UNDERFLOW,
    Side.BELOW: Weakness.INTEGER_UNDERFLOW,
    Side.ABOVE: Weakness.INTEGER_OVERFLOW,
    Side.FRACTION: Weakness.INSUFFICIENT_PRECISION,
}
_ADVICE = {
    Side.CONSTANT: "write a smaller constant or a wider type",
    Side.ZERO: "add a guard that the divisor is not zero",
    Side.MOVED: "add a guard that the amount is not negative",
    Side.BELOW: "add a guard that enough is there",
    Side.ABOVE: "add a guard that bounds what is stored",
    Side.FRACTION: "round explicitly, by `/`, `div_ceil` or `div_half_even`",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing S05 decides: under `path`, the form of `value` keeps off `side`; `limit` is the end it is held to."""

    side: Side
    aspect: Aspect
    kind: Kind
    span: Span
    subject: str
    path: Term
    value: Term
    limit: int = 0
    divisor: Divisor | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A check with what became of it: PROVED, REFUTED with its values, UNMODELLED where neither is known, or BUDGET."""

    check: Check
    outcome: Outcome
    shown: Counterexample | None = None


def checks_of(program: Program) -> tuple[Check, ...]:
    """Everything S05 decides of one program, in the order of the prover's obligations on ranges."""
    true = program.terms.true
    found = [
        Check(Side.CONSTANT, Aspect.CONSTANT, Kind.IN_RANGE, each.span, each.text, true, true)
        for each in program.constants
    ]
    found += [
        Check(Side.ZERO, Aspect.DIVISOR, Kind.IN_RANGE, each.span, each.text, each.path, each.term, divisor=each)
        for each in program.divisors
    ]
    found += [
        Check(Side.MOVED, Aspect.AMOUNT, Kind.IN_RANGE, each.span, each.text, each.path, each.amount)
        for each in program.transfers
    ]
    cells = {cell.name: cell for cell in program.cells}
    for store in program.stores:
        found += _of_store(store, cells[store.cell])
    return tuple(found)


def _of_store(store: Store, cell: Cell) -> Iterator[Check]:
    minimum, maximum = bounds_of(cell.type)
    aspect, kind, span = Aspect.STORE, Kind.IN_RANGE, store.span
    if store.value.sort is Sort.RATIONAL and cell.before.sort is Sort.INT:
        yield Check(Side.FRACTION, aspect, kind, span, cell.label, store.path, store.value)
    if maximum is not None:
        yield Check(Side.ABOVE, aspect, kind, span, cell.label, store.path, store.value, maximum)
    if isinstance(cell.type, Money):
        yield Check(Side.BELOW, Aspect.WHOLE, Kind.SOLVENT, cell.span, cell.label, store.path, store.value)
    elif minimum is not None:
        yield Check(Side.BELOW, aspect, kind, span, cell.label, store.path, store.value, minimum)


def check_program(
    reading: Reading, position: int, admission: Admission, given: Mapping[str, Value], *, searching: bool = True
) -> tuple[Checked, ...]:
    """What became of every check of the program at `position`, where `given` has values for some of its variables.

    Without `searching` none is REFUTED.
    PROVED holds in every admitted execution. REFUTED was replayed in the reference interpreter, guards and hypotheses
    included. Work that is used up leaves what remains as BUDGET. Where no execution is admitted nothing is said.
    """
    checks = checks_of(admission.program)
    checked: list[Checked] = []
    try:
        if admission.admitted is None:
            return tuple(Checked(check, Outcome.UNMODELLED) for check in checks)
        for check in checks:
            outcome = Outcome.PROVED if _holds(check, admission) else Outcome.UNMODELLED
            checked.append(Checked(check, outcome))
        if not searching:
            return tuple(checked)
        search = _Search(reading, position, admission, given)
        for index in [place for place, each in enumerate(checked) if each.outcome is Outcome.UNMODELLED][
            :MOST_SEARCHED
        ]:
            shown = search.broken(checked[index].check)
            if shown is not None:
                checked[index] = replace(checked[index], outcome=Outcome.REFUTED, shown=shown)
    except Exhausted:
        pass
    return (*checked, *(Checked(check, Outcome.BUDGET) for check in checks[len(checked) :]))


def findings(checked: Iterable[Checked], intent: str) -> Iterator[Finding]:
    """One finding for each refuted check."""
    for each in checked:
        if each.outcome is Outcome.REFUTED:
            check = each.check
            yield Finding(
                SecurityClass.WIDTH.value,
                f"{check.side.value}: `{check.subject}`",
                span=check.span,
                intent=intent,
                cwe=_WEAKNESSES[check.side],
                advice=_ADVICE[check.side],
                counterexample=each.shown,
            )


def _holds(check: Check, admission: Admission) -> bool:
    """Whether the check is shown to hold, without its path first, since most hold whatever the path is."""
    if check.side is Side.CONSTANT:
        return False
    reaching = admission.reaching(check.divisor) if check.divisor is not None else admission.admitted
    if reaching is None:
        return True
    if _keeps_off(check, reaching):
        return True
    if check.path is admission.program.terms.true:
        return False
    there = admission.on_path(reaching, check.path)
    return there is None or _keeps_off(check, there)


def _keeps_off(check: Check, knowledge: Knowledge) -> bool:
    if check.side is Side.FRACTION:
        return _is_whole(knowledge, check.value)
    if check.side is Side.ZERO:
        if knowledge.is_nonzero(check.value):
            return True
        form = knowledge.forms.of(check.value)
        return follows(knowledge, form, strict=True) or follows(knowledge, form.times(-1), strict=True)
    return follows(knowledge, _margin(knowledge, check))


def _margin(knowledge: Knowledge, check: Check) -> Form:
    """What must not be negative."""
    form = knowledge.forms.of(check.value)
    if check.side is Side.ABOVE:
        return Form({}, check.limit).plus(form, -1)
    return form.plus(Form({}, -check.limit))


def _is_whole(knowledge: Knowledge, value: Term) -> bool:
    """Whether every coefficient of a rational value is whole, and every atom."""
    form = knowledge.forms.of(value)
    atoms = (knowledge.forms.atoms[atom] for atom in form.coefficients)
    numbers = (form.constant, *form.coefficients.values())
    return all(each.denominator == 1 for each in numbers) and all(atom.sort is Sort.INT for atom in atoms)


class _Search:
    """Looks for values that break checks of one program."""

    def __init__(self, reading: Reading, position: int, admission: Admission, given: Mapping[str, Value]) -> None:
        self._reading = reading
        self._position = position
        self._admission = admission
        self._given = given

    def broken(self, check: Check) -> Counterexample | None:
        """Values under which the check fails when replayed, None where none of the tried ones makes it fail."""
        admission = self._admission
        start = admission.reaching(check.divisor) if check.divisor is not None else admission.admitted
        there = None if start is None else admission.on_path(start, check.path)
        if there is None or any(cell.after.bits > MOST_SHOWN_BITS for cell in admission.program.cells):
            return None
        for aims, default in self._aims(check, there):
            values = candidate(admission.program, self._given, there, aims, default)
            if values is not None and self._fails(check, values, there):
                program, given = admission.program, self._given
                return counterexample(program, values, replayed=True, given=frozenset(given))
        return None

    @staticmethod
    def _aims(check: Check, there: Knowledge) -> Iterator[tuple[dict[str, Aim], Aim]]:
        match check.side:
            case Side.CONSTANT | Side.FRACTION:
                yield {}, Aim.UNIT
                yield {}, Aim.NEAREST
            case Side.ZERO:
                for default in (Aim.NEAREST, Aim.UNIT):
                    yield dict.fromkeys(aims_below(there, there.forms.of(check.value)), Aim.NEAREST), default
            case Side.ABOVE | Side.BELOW | Side.MOVED:
                aims = aims_below(there, _margin(there, check))
                # Small values first, one of them large where need be, since a person understands these best.
                small = {name: Aim.LOW if aim is Aim.LOW else Aim.UNIT for name, aim in aims.items()}
                yield small, Aim.NEAREST
                for name in [name for name, aim in aims.items() if aim is Aim.HIGH][:2]:
                    yield {name: Aim.HIGH, **{other: aim for other, aim in small.items() if other != name}}, Aim.NEAREST
                yield aims, Aim.NEAREST
                yield aims, Aim.UNIT
                yield dict.fromkeys(aims, Aim.HIGH), Aim.NEAREST

    def _fails(self, check: Check, values: Mapping[str, Value], there: Knowledge) -> bool:
        """Whether guards and hypotheses hold, and the reference interpreter then breaks the check."""
        admission = self._admission
        needed = admission.conditions(check.divisor.guards if check.divisor is not None else frozenset())
        if not satisfies(values, needed, there):
            return False
        there.work.charge(admission.replay_work)
        obligation = Obligation(
            id="in_range",
            kind=check.kind,
            program=self._position,
            assumptions=(),
            claim=admission.program.terms.false,
            span=check.span,
            subject=check.subject,
            property="",
            aspect=check.aspect,
        )
        return confirms(self._reading, obligation, values)
