"""S17: effects that rest on what is no longer so.

The statements of `effect` run one after the other on one state, and nothing else runs between them, so that two things
remain that an order of statements can get wrong.

A *lost update*: `cell = value`, where `value` reads the cell as it was before the intent (`old(cell)`, or a binding,
which is evaluated in the old state) and not as it is now, although a statement that can run earlier changed it. What
that statement did is undone in silence. `+=`, `-=` and `transfer` start from the current value and lose nothing; a
statement that provably leaves the cell as it was changes nothing.

An *effect after an interaction*: an `external` is the one thing whose value others choose. Guards, bindings and the
demands (`require`) before the first write read externals before anything happened. An external that is first read after
a statement wrote, and before another one does, is let in when half of the intent is done and the checks lie behind: the
second half is an effect that no check of it precedes. A name that is `external` and written is the same hazard in one
cell: others move it between the check and the write.

Without `effect` the equations hold at once, and there is no order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aethel.intent import syntax
from aethel.intent.program import Program
from aethel.intent.scope import Symbol
from aethel.intent.source import quoted
from aethel.security.classes import SecurityClass, Tally, Weakness
from aethel.security.judged import Judged, Suspicion
from aethel.security.reads import Read, Reads
from aethel.verdict import Disposition


def effect_order(judged: Judged, tally: Tally) -> Iterator[Suspicion]:
    """Lost updates and effects after interactions (REJECT); linear in the text."""
    statements = judged.scope.intent.effect
    if statements and _can_err(judged, statements):
        walk = _Walk(judged)
        walk.all_of(statements, walk.start())
        tally.work += walk.work
        yield from walk.found


def _can_err(judged: Judged, statements: Sequence[syntax.Statement]) -> bool:
    """Whether anything is external, or is set outright; else the rest need not be looked at."""
    if any(symbol.external for symbol in judged.scope.symbols.values()):
        return True
    stack = list(statements)
    while stack:
        match stack.pop():
            case syntax.Assign(_, "="):
                return True
            case syntax.Branch(_, then, other):
                stack += (*then, *other)
            case syntax.For(_, _, _, body):
                stack += body
            case _:
                pass
    return False


@dataclass(frozen=True, slots=True)
class _State:
    """What can have happened where a statement begins, as sets of bits: cells `changed`, externals `known`.

    `wrote` says that something was written, `interacted` names the external that was first read after that.
    """

    changed: int = 0
    known: int = 0
    wrote: bool = False
    interacted: Symbol | None = None


class _Walk:
    """One pass over the statements of an intent."""

    def __init__(self, judged: Judged) -> None:
        self._judged = judged
        self._reads = Reads(judged.scope)
        self._changing = _changing(judged.program)
        self.found: list[Suspicion] = []
        self._statements = 0

    @property
    def work(self) -> int:
        return self._statements + self._reads.work

    def start(self) -> _State:
        known = 0
        for line in self._judged.scope.intent.guard:
            known |= self._reads.of(line.value if isinstance(line, syntax.Binding) else line.condition).externals
        return _State(known=known)

    def all_of(self, statements: Sequence[syntax.Statement], state: _State) -> _State:
        for statement in statements:
            state = self._after(statement, state)
        return state

    def _after(self, statement: syntax.Statement, state: _State) -> _State:
        self._statements += 1
        match statement:
            case syntax.Require(condition):
                return self._read(self._reads.of(condition), state)
            case syntax.Assign(target, operator, value):
                return self._assigned(statement, target, operator, value, state)
            case syntax.Transfer(source, destination, amount):
                return self._written(statement, (source, destination), self._reads.of(amount), state)
            case syntax.Issue(_, target, amount):
                return self._written(statement, (target,), self._reads.of(amount), state)
            case syntax.Branch(condition, then, other):
                state = self._read(self._reads.of(condition), state)
                return _either(self.all_of(then, state), self.all_of(other, state))
            case syntax.For(_, low, high, body):
                if high <= low:
                    return state
                if high - low > 1:
                    # The second turn finds what the first one changed.
                    state = replace(state, changed=state.changed | self._written_in(body))
                return self.all_of(body, state)

    def _read(self, read: Read, state: _State) -> _State:
        new = read.externals & ~state.known
        if not new:
            return state
        interacted = state.interacted
        if state.wrote and interacted is None:
            interacted = self._reads.first_of(new)
        return replace(state, known=state.known | new, interacted=interacted)

    def _assigned(
        self, node: syntax.Assign, target: syntax.Name, operator: str, value: syntax.Expression, state: _State
    ) -> _State:
        read = self._reads.of(value)
        symbol = self._reads.target(target)
        bit = self._reads.bit(symbol)
        if operator == "=" and bit & state.changed & read.before & ~read.current and node.start in self._changing:
            what = f"{quoted(symbol.label)} is written from its value of before the intent, so that an earlier"
            advice = "read the current value, which is its plain name, or write it once"
            self._report(node, f"{what} statement that changed it is undone", advice, Weakness.WORKFLOW)
        return self._written(node, (target,), read, state)

    def _written(self, node: syntax.Statement, targets: tuple[syntax.Name, ...], read: Read, state: _State) -> _State:
        if node.start not in self._changing:
            # It is never reached.
            return state
        state = self._read(read, state)
        if state.interacted is not None:
            what = f"it takes effect after {quoted(state.interacted.label)}, which is external, was first read between"
            advice = f"read {quoted(state.interacted.label)} in a guard, before anything is written"
            self._report(node, f"{what} two effects", advice, Weakness.WORKFLOW)
            state = replace(state, interacted=None)
        changed = state.changed
        for name in targets:
            symbol = self._reads.target(name)
            if symbol.external:
                what = f"{quoted(symbol.label)} is external and is written: others may move it after the check"
                self._report(node, what, "write a cell of the state that nobody else moves", Weakness.WORKFLOW)
            if self._changing[node.start]:
                changed |= self._reads.bit(symbol)
        return replace(state, changed=changed, wrote=True)

    def _written_in(self, statements: Sequence[syntax.Statement]) -> int:
        """The cells that statements change, however deep they stand."""
        bits, stack = 0, list(statements)
        while stack:
            self._statements += 1
            match node := stack.pop():
                case syntax.Assign(target) | syntax.Issue(_, target):
                    bits |= self._reads.bit(self._reads.target(target)) if self._changing.get(node.start) else 0
                case syntax.Transfer(source, destination):
                    if self._changing.get(node.start):
                        bits |= self._reads.bit(self._reads.target(source))
                        bits |= self._reads.bit(self._reads.target(destination))
                case syntax.Branch(_, then, other):
                    stack += (*then, *other)
                case syntax.For(_, _, _, body):
                    stack += body
                case syntax.Require():
                    pass
        return bits

    def _report(self, node: syntax.Statement, what: str, advice: str, cwe: int) -> None:
        span = self._judged.source.span(node.start, node.end)
        self.found.append(Suspicion(SecurityClass.EFFECT_ORDER, Disposition.REJECT, span, what, advice, cwe))


def _either(one: _State, other: _State) -> _State:
    """What can have happened behind a branch; an external is known only where both ways read it."""
    return _State(
        one.changed | other.changed,
        one.known & other.known,
        one.wrote or other.wrote,
        one.interacted if one.interacted is not None else other.interacted,
    )


def _changing(program: Program) -> dict[int, bool]:
    """By where it begins, each statement that is reached: whether it can leave a cell otherwise than it was before."""
    before = {cell.name: cell.before for cell in program.cells}
    found: dict[int, bool] = {}
    for store in program.stores:
        start = store.span.start
        found[start] = found.get(start, False) or store.value is not before[store.cell]
    return found
