"""Symbolic execution: variables, bindings, guards and the statements of `effect`, in the order of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aethel.intent import syntax
from aethel.intent.checking import Typed
from aethel.intent.limits import Limits
from aethel.intent.lowering import Bound, ExpressionLowerer, Scales
from aethel.intent.program import Condition, Divisor, Earlier, InGuards, Issue, Met, Role, Store, Transfer, Variable
from aethel.intent.scope import Symbol, Time
from aethel.intent.terms import Term
from aethel.intent.types import Money, Type, sort_of

MOST_MET = 500
"""Divisors that the guards which use a binding may meet for it to be said how they come to one of the binding's."""


class SymbolicExecution(ExpressionLowerer):
    """The state of one intent while its guards and statements are lowered one after the other."""

    def __init__(self, typed: Typed, scales: Scales, limits: Limits) -> None:
        super().__init__(typed, scales, limits)
        self.intent = self.scope.intent
        self.variables: dict[str, Variable] = {}
        self.before: dict[Symbol, Term] = {}
        self.current: dict[Symbol, Term] = {}
        self.guards: list[Condition] = []
        self.requires: list[Condition] = []
        self.stores: list[Store] = []
        self.transfers: list[Transfer] = []
        self.issues: list[Issue] = []
        self.unreached = False
        self.demanded = (0, self.terms.true)
        self.overwritten: list[tuple[Symbol, Term]] = []
        self.binding_divisors: dict[str, set[int]] = {}

    def reached(self) -> Term:
        """One term for each number of requires, made only where a divisor asks for it."""
        count, demanded = self.demanded
        if count < len(self.requires):
            demands = (self.terms.implies(line.path, line.term) for line in self.requires[count:])
            self.demanded = len(self.requires), self.terms.and_(demanded, *demands)
        return self.demanded[1]

    def declare_variables(self) -> None:
        for symbol in self.scope.symbols.values():
            if symbol.defined_by is not None and symbol.may_be_fresh:
                continue
            role = self._role(symbol)
            self.before[symbol] = self.variable(
                symbol, role, f"old {symbol.key}" if role is Role.OLD_CELL else symbol.key
            )
        self.current = dict(self.before)

    @staticmethod
    def _role(symbol: Symbol) -> Role:
        if symbol.changeable or symbol.account:
            return Role.OLD_CELL
        if symbol.external:
            return Role.EXTERNAL
        return Role.PARAMETER if symbol.parameter is not None else Role.FREE

    def variable(self, symbol: Symbol, role: Role, name: str) -> Term:
        type_ = symbol.known_type
        term = self.terms.var(name, sort_of(type_))
        span = self.scope.source.span(symbol.start, symbol.end)
        self.variables[name] = Variable(name, role, type_, term, self.scale(type_), symbol.secret, span)
        return term

    def scale(self, type_: Type) -> int:
        return self.scales.decimals(type_.asset) if isinstance(type_, Money) else 0

    def read_before(self, symbol: Symbol, _time: Time) -> Term:
        return self.before[symbol]

    def read_current(self, symbol: Symbol, time: Time) -> Term:
        return self.before[symbol] if time is Time.BEFORE else self.current[symbol]

    def bind(self) -> None:
        for name, binding in self.scope.bindings.items():
            first = len(self.divisors)
            value = self.value(binding.value)
            self.bound[name] = Bound(value, tuple(self.line.defined.items()))
            self.binding_divisors[name] = set(range(first, len(self.divisors)))
            for used in self.line.bindings:
                self.binding_divisors[name] |= self.binding_divisors[used]

    def guard(self) -> None:
        evaluations: list[list[Met]] = []
        for line in self.intent.guard:
            if not isinstance(line, syntax.Check):
                continue
            self.guard_index, self.evaluation = len(self.guards), []
            term = self.condition(line.condition)
            for name in self.line.bindings:
                for position in self.binding_divisors[name]:
                    divisor = self.divisors[position]
                    self.divisors[position] = replace(divisor, guards=divisor.guards | {self.guard_index})
            self.guards.append(self.condition_line(term, self.terms.true, line, secret=line.secret))
            evaluations.append(self.evaluation)
        self.guard_index, self.evaluation = None, self.transition
        for position in set[int]().union(*self.binding_divisors.values()):
            self.divisors[position] = self._in_guards(position, evaluations)

    def _in_guards(self, position: int, evaluations: Sequence[Sequence[Met]]) -> Divisor:
        """The divisor of a binding at this place, with what guards it stands in and how they come to it."""
        divisor = self.divisors[position]
        used = tuple((self.guards[index].term, evaluations[index]) for index in sorted(divisor.guards))
        if not used or not isinstance(divisor.earlier, Earlier):
            return divisor
        if sum(len(met) for _, met in used) > MOST_MET:
            return replace(divisor, earlier=None)
        return replace(divisor, earlier=InGuards(self.terms, position, used, divisor.earlier))

    def condition_line(
        self, term: Term, path: Term, line: syntax.Check | syntax.Require, *, secret: bool = False
    ) -> Condition:
        node = line.condition
        text = self.scope.source.snippet(node.start, node.end)
        return Condition(term, path, self.scope.source.span(node.start, node.end), text, secret)

    def statement(self, statement: syntax.Statement, path: Term) -> None:
        if len(self.stores) > self.limits.legs:
            message = f"too many legs after loops are unrolled, expected at most {self.limits.legs}"
            raise self.scope.source.error("TOO_LARGE", message, statement.start, statement.end)
        self.base_path = path
        match statement:
            case syntax.Assign(target, operator, value):
                self._assign(statement, target, operator, value, path)
            case syntax.Transfer(source, destination, amount):
                self._transfer(statement, source, destination, amount, path)
            case syntax.Issue(kind, target, amount):
                self._issue(statement, kind, target, amount, path)
            case syntax.Require(condition):
                self.requires.append(self.condition_line(self.condition(condition), path, statement))
            case syntax.Branch(condition, then, other):
                self._branch(condition, then, other, path)
            case syntax.For(name, low, high, body):
                if high <= low or self.unreached:
                    self._only_for_decimals(name, low, body)
                    return
                for index in range(low, high):
                    self.loops[name] = index
                    for inner in body:
                        self.statement(inner, path)

    def _only_for_decimals(self, name: str, low: int, body: tuple[syntax.Statement, ...]) -> None:
        """Lower, once, the body of a loop that never turns, and keep of it only the decimals its literals need."""
        noted: tuple[list[Any], ...] = (self.stores, self.divisors, self.transfers, self.issues, self.requires)
        lengths = [len(lines) for lines in noted]
        held = dict(self.constants), self.unreached, self.demanded
        first = len(self.overwritten)
        self.loops[name], self.unreached = low, True
        for inner in body:
            self.statement(inner, self.terms.false)
        self.constants, self.unreached, self.demanded = held
        self._take_back(first)
        for lines, length in zip(noted, lengths, strict=True):
            del lines[length:]

    def _assign(
        self, node: syntax.Statement, target: syntax.Name, operator: str, value: syntax.Expression, path: Term
    ) -> None:
        symbol = self._target(target)
        lowered = self.convert(self.value(value), symbol.known_type, value, beside=symbol.known_type)
        held = self.current[symbol]
        term = lowered.term
        if operator != "=":
            change = term if operator == "+=" else self.terms.neg(term)
            term = self.terms.add(held, change)
        self.store(symbol, term, path, node)

    def _target(self, target: syntax.Name) -> Symbol:
        symbol = self.scope.reference(target).symbol
        assert symbol is not None
        return symbol

    def store(self, symbol: Symbol, value: Term, path: Term, node: syntax.Statement | syntax.Expression) -> None:
        self.overwritten.append((symbol, self.current[symbol]))
        self.current[symbol] = value
        text = self.scope.source.snippet(node.start, node.end)
        self.stores.append(Store(symbol.key, path, value, self.scope.source.span(node.start, node.end), text))

    def _amount(self, target: syntax.Name, amount: syntax.Expression) -> Term:
        return self.convert(self.value(amount), self._target(target).known_type, amount).term

    def _transfer(
        self,
        node: syntax.Transfer,
        source: syntax.Name,
        destination: syntax.Name,
        amount: syntax.Expression,
        path: Term,
    ) -> None:
        moved = self._amount(source, amount)
        text = self.scope.source.snippet(node.start, node.end)
        self.transfers.append(Transfer(path, moved, self.scope.source.span(node.start, node.end), text))
        for target, change in ((source, self.terms.neg(moved)), (destination, moved)):
            symbol = self._target(target)
            self.store(symbol, self.terms.add(self.current[symbol], change), path, node)

    def _issue(self, node: syntax.Issue, kind: str, target: syntax.Name, amount: syntax.Expression, path: Term) -> None:
        issued = self._amount(target, amount)
        delta = issued if kind == "mint" else self.terms.neg(issued)
        symbol = self._target(target)
        type_ = symbol.known_type
        assert isinstance(type_, Money)
        span = self.scope.source.span(node.start, node.end)
        text = self.scope.source.snippet(node.start, node.end)
        self.transfers.append(Transfer(path, issued, span, text))
        self.issues.append(Issue(type_.asset, path, delta, span, text))
        self.store(symbol, self.terms.add(self.current[symbol], delta), path, node)

    def _branch(
        self,
        condition: syntax.Expression,
        then: tuple[syntax.Statement, ...],
        other: tuple[syntax.Statement, ...],
        path: Term,
    ) -> None:
        chosen = self.condition(condition)
        ends: list[dict[Symbol, Term]] = []
        for taken, body in ((chosen, then), (self.terms.not_(chosen), other)):
            first = len(self.overwritten)
            for statement in body:
                self.statement(statement, self.terms.and_(path, taken))
            ends.append({symbol: self.current[symbol] for symbol, _ in self.overwritten[first:]})
            self._take_back(first)
        for symbol in dict.fromkeys((*ends[0], *ends[1])):
            held = self.current[symbol]
            joined = self.terms.ite(chosen, ends[0].get(symbol, held), ends[1].get(symbol, held))
            self.overwritten.append((symbol, held))
            self.current[symbol] = joined

    def _take_back(self, first: int) -> None:
        """Undo the stores from the `first` on: work by what was written, however many cells there are."""
        for symbol, held in reversed(self.overwritten[first:]):
            self.current[symbol] = held
        del self.overwritten[first:]
