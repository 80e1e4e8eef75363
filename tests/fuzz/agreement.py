"""Three readings of one state, which must be the same: lowered terms, reference interpreter, intended meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from aethel.intent import evaluation, terms
from aethel.intent.obligations import Aspect, Kind, Obligation
from aethel.intent.program import Program, Role
from aethel.intent.terms import Term, Value
from aethel.intent.types import Money
from tests.fuzz.bounding import arbitrary_cells
from tests.fuzz.meaning import execute
from tests.fuzz.model import Assign, Define, Intent, Issue, Transfer, walk
from tests.fuzz.oracle import Oracle, Seen
from tests.fuzz.states import State, in_one_unit

_NOT_OF_ONE_RUN = (Kind.NON_VACUOUS, Kind.CONSISTENT, Kind.IDENTITY_NEUTRAL)


class Lowered:
    """The terms of one program with those of its obligations, evaluated together."""

    def __init__(self, program: Program, obligations: Sequence[Obligation]) -> None:
        self.program = program
        self.obligations = [each for each in obligations if each.kind not in _NOT_OF_ONE_RUN]
        roots: list[Term] = [guard.term for guard in program.guards]
        roots += [cell.after for cell in program.cells]
        for obligation in self.obligations:
            roots += [*obligation.assumptions, obligation.claim]
        self.roots = tuple(dict.fromkeys(roots))
        self._order = list(terms.in_order(*self.roots))

    def evaluate(self, state: State) -> dict[int, Value]:
        """The value of every node, by its order."""
        known: dict[int, Value] = {}
        for node in self._order:
            known[node.order] = evaluation.apply(node, [known[arg.order] for arg in node.args], state)
        return known

    def failing(self, known: dict[int, Value]) -> frozenset[str]:
        """The obligations whose assumptions all hold and whose claim does not."""
        return frozenset(
            each.id
            for each in self.obligations
            if not known[each.claim.order] and all(known[assumption.order] for assumption in each.assumptions)
        )


def differences(oracle: Oracle, lowered: Lowered, seen: Seen) -> Iterator[str]:
    """What lowered terms and the interpreter disagree about in one state.

    After a division by zero outside the guards nothing more is compared but that both say so.
    """
    program, found = oracle.program, seen.run
    known = lowered.evaluate(seen.state)
    for index, guard in enumerate(program.guards):
        if known[guard.term.order] is not found.guards[index]:
            yield f"guard {index} is {found.guards[index]} when run, {known[guard.term.order]} when lowered"
    failing = oracle.alike(lowered.failing(known))
    expected = seen.failing if seen.supposed else frozenset()
    if seen.divided:
        divisors = {each.id for each in oracle.obligations if each.aspect is Aspect.DIVISOR}
        if expected & divisors and not failing & divisors:
            yield "a divisor is zero when run, none is when lowered"
        return
    for cell in program.cells:
        after = known[cell.after.order]
        if isinstance(cell.type, Money):
            assert not isinstance(after, str)
            after = Fraction(after) / 10**cell.scale
        if after != found.after[cell.name]:
            yield f"`{cell.label}` becomes {found.after[cell.name]} when run, {after} when lowered"
    if oracle.distinct(seen.state) and failing != expected:
        more = failing - expected
        if not expected <= failing or not expected or not all(oracle.unreached(each, found) for each in more):
            yield f"failing are {sorted(expected)} when run, {sorted(failing)} when lowered"


def single_evaluation(lowered: Lowered, state: State) -> Iterator[str]:
    """Whether evaluating each root alone gives what evaluating all together gave."""
    known = lowered.evaluate(state)
    for root in lowered.roots:
        if evaluation.evaluate(root, state) != known[root.order]:
            yield f"`{root}` has two values"


def shape(intent: Intent, program: Program) -> Iterator[str]:
    """What the intent may write, and what of that is arbitrary, must be what was meant."""
    arbitrary = {symbol.key for symbol in arbitrary_cells(intent)}
    written = {node.symbol.key for node in walk(intent.verify) if isinstance(node, Define) and not node.symbol.local}
    for node in walk(intent.effect or ()):
        match node:
            case Assign(target=target) | Issue(target=target):
                written.add(target.key)
            case Transfer(source=source, destination=destination):
                written |= {source.key, destination.key}
            case _:
                pass
    found = {variable.name.removeprefix("new ") for variable in program.variables if variable.role is Role.NEW_CELL}
    if found != arbitrary:
        yield f"arbitrary are {sorted(found)}, meant are {sorted(arbitrary)}"
    cells = {cell.name for cell in program.cells if cell.written}
    if cells != written | arbitrary:
        yield f"written are {sorted(cells)}, meant are {sorted(written | arbitrary)}"


def misunderstandings(intent: Intent, scales: dict[str, int], oracle: Oracle, seen: Seen) -> Iterator[str]:
    """What the interpreter and the intended meaning of the program disagree about in one state."""
    before, arbitrary = in_one_unit(oracle.program, seen.state)
    meant = execute(intent, scales, before, arbitrary)
    found = seen.run
    if meant.guards != found.guards:
        yield f"guards are {found.guards}, meant are {meant.guards}"
    divided = seen.divided
    if meant.divided is not divided:
        yield f"a divisor is {'' if divided else 'not '}zero, meant is the other"
    if divided or meant.divided:
        return
    if meant.admitted is not found.admitted:
        yield f"admitted is {found.admitted}, meant is {meant.admitted}"
    for key, value in found.after.items():
        if meant.after.get(key, value) != value:
            yield f"`{key}` becomes {value}, meant is {meant.after[key]}"
    if meant.lines != found.lines:
        yield f"lines are {found.lines}, meant are {meant.lines}"
    labels = {cell.label: cell.name for cell in oracle.program.cells}
    for what, expected in (("negative", meant.negative), ("store", meant.outside)):
        violated = {labels[each.symbol] for each in found.violations if each.what == what}
        if violated != expected:
            yield f"{what} are {sorted(violated)}, meant are {sorted(expected)}"
    if meant.moved is not any(each.what == "transfer" for each in found.violations):
        yield f"moving a negative amount is meant to be {meant.moved}"
