"""The oracle: what the reference interpreter says of one intent in one state, obligation by obligation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from aethel.intent import interpreter
from aethel.intent.frame import mentioned
from aethel.intent.interpreter import Run, run
from aethel.intent.neutrality import Neutrality
from aethel.intent.obligations import Aspect, Kind, Obligation, asset_name
from aethel.intent.program import Program, Role, Variable
from aethel.intent.reading import Reading
from aethel.intent.terms import Term, Value
from aethel.intent.types import Account, Money, Rational, bounds_of
from tests.fuzz.states import State, in_one_unit

_VIOLATIONS = {Aspect.DIVISOR: "divisor", Aspect.AMOUNT: "transfer", Aspect.STORE: "store"}


@dataclass(frozen=True, slots=True)
class Seen:
    """One state as the interpreter sees it.

    `supposed` says whether the hypotheses of the language hold of it; `guarded` whether all guards do, `admitted`
    whether the requires do too. `failing` are the ids of the obligations that fail there, hypotheses aside.
    """

    state: State
    before: Mapping[str, Value]
    run: Run
    supposed: bool
    guarded: bool
    failing: frozenset[str]

    @property
    def admitted(self) -> bool:
        """Whether guards and requires admit it and it comes to its end."""
        return self.run.admitted and not self.divided

    @property
    def divided(self) -> bool:
        """Whether a divisor outside the guards was zero, so that what came after it means nothing."""
        return any(violation.what == "divisor" for violation in self.run.violations)


@dataclass(frozen=True, slots=True)
class Begun:
    """One execution of which only the guards were run."""

    state: State
    before: Mapping[str, Value]
    machine: interpreter._Machine

    @property
    def guards(self) -> Sequence[bool]:
        return self.machine.result.guards

    @property
    def goes_on(self) -> bool:
        """Whether anything can be learned after the guards: they hold, or a divisor in one of them is zero."""
        return self.machine.result.admitted or bool(self.machine.result.undefined)


def _place(obligation: Obligation) -> tuple[object, ...]:
    if obligation.kind is not Kind.IN_RANGE:
        return (obligation.id,)
    return (obligation.aspect, obligation.span.start, obligation.subject if obligation.aspect is Aspect.STORE else "")


def _asked(obligation: Obligation) -> tuple[str, int, str]:
    """What an obligation forbids, as the interpreter would note it; 0 stands for any place."""
    match obligation.kind:
        case Kind.SOLVENT:
            return "negative", 0, obligation.subject
        case Kind.CONSERVED:
            return "conserved", 0, obligation.subject
        case Kind.IN_RANGE:
            symbol = obligation.subject if obligation.aspect is Aspect.STORE else ""
            return _VIOLATIONS.get(obligation.aspect, ""), obligation.span.start, symbol
        case _:
            return obligation.kind.value, 0, ""


class Oracle:
    """The reference interpreter on the intent at `position`, with that intent's obligations."""

    def __init__(self, reading: Reading, position: int, obligations: tuple[Obligation, ...]) -> None:
        assert reading.file is not None
        self.program: Program = reading.file.programs[position]
        self.analysed = reading.analysed[position]
        self.reading, self.position = reading, position
        self.obligations = tuple(found for found in obligations if found.program == position)
        self._decimals = dict(self.program.scales)
        written = mentioned(self.analysed.typed.scope)
        self._kept = tuple(cell.name for cell in self.program.cells if cell.name not in written)
        self._places = {each.id: _place(each) for each in self.obligations}

    @property
    def neutrality(self) -> Neutrality | None:
        """The two runs that are compared."""
        return next((each.neutrality for each in self.obligations if each.neutrality is not None), None)

    @property
    def terms(self) -> list[Term]:
        """What the obligations on one execution assume and claim."""
        listed = [each for each in self.obligations if each.neutrality is None]
        return [term for each in listed for term in (*each.assumptions, each.claim)]

    def alike(self, failing: Iterable[str]) -> frozenset[str]:
        """All obligations about the places of these: the interpreter runs the turns of a loop at one place."""
        places = {self._places[name] for name in failing}
        return frozenset(name for name, place in self._places.items() if place in places)

    def alone(self, obligation: str) -> bool:
        """Whether no other obligation is about the same place."""
        return len(self.alike((obligation,))) == 1

    def glance(self, state: State) -> Seen | None:
        """Like `see`, but None where guards alone keep the intent from starting, which is found out sooner."""
        begun = self.begin(state)
        return self.end(begun) if begun.goes_on else None

    def begin(self, state: State) -> Begun:
        """Run the guards alone."""
        before, arbitrary = in_one_unit(self.program, state)
        machine = interpreter._Machine(self.analysed, self._decimals, before, arbitrary)
        machine.result.admitted = machine.guard()
        return Begun(state, before, machine)

    def end(self, begun: Begun) -> Seen:
        """Run what comes after the guards and judge every obligation."""
        return self._seen(begun.state, begun.before, begun.machine.go_on())

    def see(self, state: State) -> Seen:
        """Run the intent in one state and judge every obligation."""
        before, arbitrary = in_one_unit(self.program, state)
        return self._seen(state, before, run(self.analysed, self._decimals, before, arbitrary))

    def _seen(self, state: State, before: Mapping[str, Value], found: Run) -> Seen:
        changed = self._changed_sums(before, found)
        failing = frozenset(each.id for each in self.obligations if self._fails(each, before, found, changed))
        return Seen(state, before, found, self._supposed(state), all(found.guards), failing)

    def unbalanced(self, seen: Seen) -> frozenset[str]:
        """The assets that an execution, if it is admitted and comes to its end, makes or destroys."""
        return self._changed_sums(seen.before, seen.run) if seen.admitted else frozenset()

    def unasked(self, seen: Seen) -> Iterator[str]:
        """What goes wrong in an execution, or could, although no obligation is about it."""
        found = seen.run
        posts = sum(each.kind is Kind.POST for each in self.obligations)
        if posts != len(found.lines):
            yield f"{posts} of {len(found.lines)} lines are asked for"
        constants = sum(each.aspect is Aspect.CONSTANT for each in self.obligations)
        if constants != len(self.program.constants):
            yield f"{constants} of {len(self.program.constants)} constants that are too wide are asked about"
        if not found.admitted:
            return
        asked = {_asked(each) for each in self.obligations}
        for violation in found.violations:
            place = (violation.what, violation.start, violation.symbol)
            if (violation.what, 0, violation.symbol) not in asked and place not in asked:
                yield f"nothing asks about `{violation.what}` at {violation.start} {violation.symbol}"
        for asset in sorted(self.unbalanced(seen)):
            if ("conserved", 0, asset) not in asked:
                yield f"nothing asks whether {asset} is conserved"

    def _fails(self, obligation: Obligation, before: Mapping[str, Value], found: Run, changed: frozenset[str]) -> bool:
        start = obligation.span.start
        if obligation.aspect is Aspect.DIVISOR and start in found.undefined.values():
            return all(held or found.undefined.get(index) == start for index, held in enumerate(found.guards))
        divided = any(violation.what == "divisor" for violation in found.violations)
        if not found.admitted or (divided and obligation.aspect is not Aspect.DIVISOR):
            # A division by zero leaves nothing behind of which anything else could be said.
            return False
        match obligation.kind:
            case Kind.POST:
                return not found.lines[int(obligation.id.rpartition(".")[2]) - 1]
            case Kind.CONSERVED:
                return obligation.subject in changed
            case Kind.SOLVENT:
                return any(each.what == "negative" and each.symbol == obligation.subject for each in found.violations)
            case Kind.IN_RANGE:
                return obligation.aspect is Aspect.CONSTANT or self._out_of_range(obligation, found)
            case Kind.CONSISTENT | Kind.NON_VACUOUS:
                return False
            case Kind.FRAME:
                return any(found.after[name] != before[name] for name in self._kept)
            case Kind.IDENTITY_NEUTRAL:
                # It compares executions, so that none fails it alone.
                return False
            case Kind.ISSUED:
                raise AssertionError("random programs come without rules, so nothing may be issued")

    @staticmethod
    def _out_of_range(obligation: Obligation, found: Run) -> bool:
        wanted = _VIOLATIONS[obligation.aspect]
        here = [each for each in found.violations if each.what == wanted and each.start == obligation.span.start]
        return any(obligation.aspect is not Aspect.STORE or each.symbol == obligation.subject for each in here)

    def _changed_sums(self, before: Mapping[str, Value], found: Run) -> frozenset[str]:
        """The assets whose sum over all cells of the intent changes by other than what was minted and burned."""
        sums = {asset_name(asset): -issued for asset, issued in found.issued.items()}
        for cell in self.program.cells:
            if isinstance(cell.type, Money):
                old, new = before[cell.name], found.after[cell.name]
                assert not isinstance(old, str)
                assert not isinstance(new, str)
                asset = asset_name(cell.type.asset)
                sums[asset] = sums.get(asset, Fraction(0)) + Fraction(new) - Fraction(old)
        return frozenset(asset for asset, change in sums.items() if change != 0)

    def _supposed(self, state: State) -> bool:
        """Type ranges, distinct accounts, and the supply of each asset over the written cells (rules 7 and 8)."""
        fitting = all(_fits(variable, state[variable.name]) for variable in self.program.variables)
        return fitting and self.distinct(state) and self.supplied(state)

    def misfit(self, state: State) -> str | None:
        """The first variable, cells after the execution aside, whose value its type does not admit."""
        given = (variable for variable in self.program.variables if variable.role is not Role.NEW_CELL)
        return next((found.name for found in given if not _fits(found, state[found.name])), None)

    def distinct(self, state: State) -> bool:
        """Whether distinct account names are distinct accounts."""
        accounts = [state[each.name] for each in self.program.variables if isinstance(each.type, Account)]
        return len(set(accounts)) == len(accounts)

    def unreached(self, divisor: str, seen: Run) -> bool:
        """Whether a divisor stands in a guard in which the interpreter came to another divisor that is zero.

        It stops there, while every divisor of a guard must be other than zero.
        """
        ids = [each.id for each in self.obligations if each.aspect is Aspect.DIVISOR]
        guards = dict(zip(ids, (each.guards for each in self.program.divisors), strict=True))
        return bool(guards.get(divisor, frozenset()) & seen.undefined.keys())

    def supplied(self, state: State) -> bool:
        """Whether the written balances of each asset before together fit its width."""
        sums: dict[str, int | Fraction] = {}
        widths: dict[str, int] = {}
        for cell in self.program.cells:
            if cell.written and isinstance(cell.type, Money):
                held = state[f"old {cell.name}"]
                assert not isinstance(held, str)
                sums[cell.type.asset] = sums.get(cell.type.asset, 0) + held
                widths[cell.type.asset] = max(widths.get(cell.type.asset, 0), cell.type.maximum_minor)
        return all(total <= widths[asset] for asset, total in sums.items())


def _fits(variable: Variable, value: Value) -> bool:
    """Whether a value is one of the variable's type."""
    if isinstance(value, bool | str):
        return True
    low, high = bounds_of(variable.type)
    whole = isinstance(variable.type, Rational) or isinstance(value, int) or value.denominator == 1
    return whole and (low is None or value >= low) and (high is None or value <= high)
