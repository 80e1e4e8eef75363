"""S18: legs that should commute and do not.

A leg is a statement that moves or sets money. Two legs commute unless one of them writes a cell that the other reads in
its current state, or sets a cell that the other writes; adding to a cell and taking from it commute. A statement that
writes no money counts where its partner is a leg. The branches of one `if` never run together. Demands are no legs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aethel.intent import syntax
from aethel.intent.scope import Symbol
from aethel.intent.source import quoted
from aethel.intent.types import Money
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.judged import Judged, Suspicion
from aethel.security.reads import Reads


def leg_order(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """One finding for each statement that does not commute with an earlier one; linear in the text."""
    statements = judged.scope.intent.effect
    if statements and (len(statements) > 1 or not isinstance(statements[0], syntax.Assign | syntax.Transfer)):
        walk = _Walk(judged)
        walk.all_of(statements, 0, _Past())
        tally.work += walk.work
        yield from walk.found


@dataclass(frozen=True, slots=True)
class _Done:
    """What statements did, as sets of bits: cells `read`, `set`, and `shifted` by an amount."""

    read: int = 0
    set: int = 0
    shifted: int = 0

    def __or__(self, other: _Done) -> _Done:
        return _Done(self.read | other.read, self.set | other.set, self.shifted | other.shifted)

    def conflicts(self, other: _Done) -> int:
        """The cells on which the order of two statements matters."""
        written, others = self.set | self.shifted, other.set | other.shifted
        return (written & other.read) | (self.read & others) | (self.set & others) | (written & other.set)


@dataclass(frozen=True, slots=True)
class _Past:
    """What may have run before: by legs, and by all other statements."""

    legs: _Done = _Done()
    rest: _Done = _Done()

    def __or__(self, other: _Past) -> _Past:
        return _Past(self.legs | other.legs, self.rest | other.rest)


class _Walk:
    """One pass over the statements of an intent."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._reads = Reads(judged.scope)
        self.found: list[Suspicion] = []
        self._statements = 0

    @property
    def work(self) -> int:
        return self._statements + self._reads.work

    def all_of(self, statements: Sequence[syntax.Statement], condition: int, past: _Past) -> _Past:
        """The past behind statements that run where a condition reads the bits `condition`."""
        for statement in statements:
            past = self._after(statement, condition, past)
        return past

    def _after(self, statement: syntax.Statement, condition: int, past: _Past) -> _Past:
        self._statements += 1
        match statement:
            case syntax.Assign(target, operator, value):
                read = self._reads.current(value)
                symbol = self._reads.target(target)
                bit = self._reads.bit(symbol)
                if operator == "=" and not self._shifts(value, symbol):
                    return self._ran(statement, _Done(read | condition, set=bit), (symbol,), past)
                if operator == "=":
                    read &= ~bit
                return self._ran(statement, _Done(read | condition, shifted=bit), (symbol,), past)
            case syntax.Transfer(source, destination, amount):
                symbols = (self._reads.target(source), self._reads.target(destination))
                bits = self._reads.bit(symbols[0]) | self._reads.bit(symbols[1])
                done = _Done(self._reads.current(amount) | condition, shifted=bits)
                return self._ran(statement, done, symbols, past)
            case syntax.Issue(_, target, amount):
                symbol = self._reads.target(target)
                done = _Done(self._reads.current(amount) | condition, shifted=self._reads.bit(symbol))
                return self._ran(statement, done, (symbol,), past)
            case syntax.Branch(test, then, other):
                condition |= self._reads.current(test)
                return self.all_of(then, condition, past) | self.all_of(other, condition, past)
            case syntax.For(_, low, high, body):
                return self.all_of(body, condition, past) if high > low else past
            case syntax.Require():
                return past

    def _shifts(self, value: syntax.Expression, target: Symbol) -> bool:
        """Whether a value is the cell's own, more or less an amount that does not read it: `c = c + 1`."""
        if not isinstance(value, syntax.Chain) or value.rest[0][0] not in "+-":
            return False
        operands = [operand for operator, operand in value.rest]
        if not isinstance(value.first, syntax.Name):
            return False
        reference = self._judged.scope.reference(value.first)
        bit = self._reads.bit(target)
        return reference.symbol is target and not any(self._reads.current(each) & bit for each in operands)

    def _ran(self, node: syntax.Statement, done: _Done, symbols: tuple[Symbol, ...], past: _Past) -> _Past:
        is_leg = any(isinstance(symbol.type, Money) for symbol in symbols)
        earlier = past.legs | past.rest if is_leg else past.legs
        conflict = done.conflicts(earlier)
        if conflict:
            label = quoted(self._reads.first_of(conflict).label)
            what = f"what it does hangs on its order with an earlier statement, by {label}"
            span = self._judged.source.span(node.start, node.end)
            disposition = self._judged.unless_required(SecurityClass.LEG_ORDER)
            advice = f"read `old(…)` of {label}, or a binding, where the state of before is meant"
            self.found.append(Suspicion(SecurityClass.LEG_ORDER, disposition, span, what, advice, Weakness.WORKFLOW))
        if is_leg:
            return replace(past, legs=past.legs | done)
        return replace(past, rest=past.rest | done)
