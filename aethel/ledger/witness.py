"""A bounded, deterministic search for values under which a sum is not conserved although everything assumed holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from aethel.intent.evaluation import evaluate
from aethel.intent.obligations import Obligation
from aethel.intent.program import Program
from aethel.intent.terms import VARIABLE_BITS, Op, Sort, Term, Value, in_order, variables
from aethel.ledger.candidates import Candidates, bits_of
from aethel.ledger.polynomial import Meter, OutOfWork

WITNESS_WORK = 20_000
"""Nodes evaluated for one question: some tens of milliseconds."""

_GROWN_BITS = 8192
"""Numbers that could grow beyond this are not computed; only repeated multiplication gets there."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched: `delta` other than zero while every one of `conditions` is true; `given` stays as it is."""

    program: Program
    delta: Term
    conditions: tuple[Term, ...]
    given: Mapping[str, Value]


def search_of(program: Program, obligation: Obligation, delta: Term, given: Mapping[str, Value]) -> Search:
    """The search for a counterexample to `obligation`; compound assumptions are taken apart at `and`."""
    conditions: dict[Term, None] = {}
    for assumption in obligation.assumptions:
        conditions.update(dict.fromkeys(assumption.args if assumption.op is Op.AND else (assumption,)))
    return Search(program, delta, tuple(conditions), given)


def witnesses(search: Search, meter: Meter) -> Iterator[dict[str, Value]]:
    """Values for every variable of the program that fulfil the search, the same ones in the same order every time.

    Ends when the work is spent or all starting points are used up; ending says nothing about what exists.
    """
    try:
        climber = _Climber(search, meter)
        climber.prepare()
        yield from climber.found()
    except OutOfWork:
        return


@dataclass(frozen=True, slots=True)
class _Definition:
    """An equation that gives one open variable its value from the others, where both of its sides are equal."""

    name: str
    sort: Sort
    condition: Term


@dataclass(slots=True)
class _Climber:
    """Starts from typical states and changes one value at a time for as long as fewer conditions fail."""

    search: Search
    meter: Meter
    candidates: Candidates = field(init=False)
    definitions: list[_Definition] = field(default_factory=list)
    nodes: dict[int, int] = field(default_factory=dict)
    users: dict[str, dict[Term, None]] = field(default_factory=dict)

    def prepare(self) -> None:
        """Counts nodes, refuses numbers that could grow large, and reads the equations."""
        search = self.search
        for root in (*search.conditions, search.delta):
            self.nodes[root.order] = self._measured(root)
        self.candidates = Candidates(search.program, search.given, (*search.conditions, search.delta))
        undefined = {variable.name: variable.term.sort for variable in self.candidates.open}
        for condition in search.conditions:
            names = variables(condition)
            for name in names:
                self.users.setdefault(name, {})[condition] = None
            free = [name for name in names if name in undefined]
            if condition.op is Op.EQ and free:
                plain = [name for name in _summands(condition) if name in undefined]
                name = (plain or free)[-1]
                self.definitions.append(_Definition(name, undefined.pop(name), condition))

    def found(self) -> Iterator[dict[str, Value]]:
        for start in self.candidates.starts():
            values = self._climbed(self._completed(start))
            if values is None:
                continue
            if self._refutes(values):
                yield values
            else:
                yield from self._neighbours(values)
            if not self.candidates.open:
                return

    def _climbed(self, values: dict[str, Value]) -> dict[str, Value] | None:
        """The nearest values under which nothing fails; None where no single change helps any more."""
        failing = tuple(term for term in self.search.conditions if not self._evaluated(term, values))
        while failing:
            better = self._step(values, failing)
            if better is None:
                return None
            values, failing = better
        return values

    def _step(
        self, values: dict[str, Value], failing: tuple[Term, ...]
    ) -> tuple[dict[str, Value], tuple[Term, ...]] | None:
        for name in variables(failing[0]):
            for candidate in self.candidates.of(name):
                trial = self._completed({**values, name: candidate})
                still = self._failing(values, failing, trial)
                if len(still) < len(failing):
                    return trial, still
        return None

    def _neighbours(self, values: dict[str, Value]) -> Iterator[dict[str, Value]]:
        for name in variables(self.search.delta):
            for candidate in self.candidates.of(name):
                trial = self._completed({**values, name: candidate})
                if self._refutes(trial) and not self._failing(values, (), trial):
                    yield trial

    def _failing(
        self, before: dict[str, Value], failing: tuple[Term, ...], values: dict[str, Value]
    ) -> tuple[Term, ...]:
        """What fails under `values`, where `failing` did under `before`: only what reads a change is evaluated."""
        touched: dict[Term, None] = {}
        for variable in self.candidates.open:
            if values[variable.name] != before[variable.name]:
                touched.update(self.users.get(variable.name, {}))
        still = [term for term in failing if term not in touched]
        return (*still, *(term for term in touched if not self._evaluated(term, values)))

    def _refutes(self, values: dict[str, Value]) -> bool:
        return self._evaluated(self.search.delta, values) != 0

    def _evaluated(self, term: Term, values: dict[str, Value]) -> Value:
        self.meter.charge(self.nodes[term.order])
        return evaluate(term, values)

    def _completed(self, values: dict[str, Value]) -> dict[str, Value]:
        """`values` with every defined variable computed; one that uses a later one is right at the next step."""
        self.meter.charge(len(values) // 8 + 1)
        for definition in self.definitions:
            defined = self._defined(definition, values)
            if defined is not None:
                values = {**values, definition.name: defined}
        return values

    def _defined(self, definition: _Definition, values: dict[str, Value]) -> Value | None:
        name, (left, right) = definition.name, definition.condition.args
        self.meter.charge(2 * self.nodes[definition.condition.order])
        if definition.sort not in (Sort.INT, Sort.RATIONAL):
            side = right if left.op is Op.VAR and left.value == name else left
            return evaluate(side, values)
        at_zero = _difference(left, right, {**values, name: 0})
        slope = _difference(left, right, {**values, name: 1}) - at_zero
        if slope == 0:
            return None
        root = -at_zero / slope
        if bits_of(root) > VARIABLE_BITS:
            return None
        if definition.sort is Sort.INT:
            return root.numerator if root.denominator == 1 else None
        return root

    def _measured(self, root: Term) -> int:
        """How many nodes `root` has; raises `OutOfWork` where its numbers could need more than `_GROWN_BITS`."""
        count = 0
        for node in in_order(root):
            self.meter.charge(1)
            count += 1
            if node.bits > _GROWN_BITS:
                raise OutOfWork
        return count


def _summands(equation: Term) -> list[str]:
    """The variables that stand alone in a sum on either side, where an equation is linear in them."""
    parts = [part for side in equation.args for part in (side.args if side.op is Op.ADD else (side,))]
    bare = [part.args[0] if part.op is Op.NEG else part for part in parts]
    return [str(part.value) for part in bare if part.op is Op.VAR]


def _difference(left: Term, right: Term, values: dict[str, Value]) -> Fraction:
    first, second = evaluate(left, values), evaluate(right, values)
    if isinstance(first, str) or isinstance(second, str):
        raise TypeError("identities have no difference")
    return Fraction(first) - Fraction(second)
