"""Lowering of whole intents: guards, symbolic execution of `effect`, definitions of `verify`, to one Program."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.intent import syntax
from aethel.intent.canonical import digest_of
from aethel.intent.checking import Typed, check
from aethel.intent.definitions import Definition
from aethel.intent.inference import infer
from aethel.intent.limits import Limits
from aethel.intent.lowering import Bound, ExpressionLowerer, Lowered, Scales
from aethel.intent.names import Scope, Symbol, Time, resolve
from aethel.intent.program import (
    Cell,
    Condition,
    Divisor,
    Issue,
    Parameter,
    Program,
    Role,
    Store,
    Transfer,
    Variable,
)
from aethel.intent.source import Source
from aethel.intent.terms import Op, Term, in_order
from aethel.intent.types import Account, Money, Type, sort_of


def analyse(intent: syntax.Intent, source: Source, given: Mapping[str, str], balances: frozenset[str]) -> Typed:
    """Names resolved and types checked; the common ground of lowering and of the reference interpreter."""
    scope = resolve(intent, source, balances)
    infer(scope, given)
    return check(scope)


def lower(typed: Typed, definitions: tuple[Definition, ...], given: Mapping[str, str], limits: Limits) -> Program:
    """The program of one analysed intent.

    Decimals of assets that are not registered are as many as any literal or given value needs, so lowering is
    repeated until they are settled (at most once more, since literals do not change).
    """
    scales = Scales(_given_decimals(typed.scope, given))
    while True:
        program = _Transition(typed, definitions, scales, limits).program()
        if scales.settled:
            return program
        scales = Scales(scales.needed)


def _given_decimals(scope: Scope, given: Mapping[str, str]) -> dict[str, int]:
    """Decimals of the values given for money, per asset."""
    decimals: dict[str, int] = {}
    for symbol in scope.symbols.values():
        if isinstance(symbol.type, Money):
            for name in symbol.spellings():
                digits = len(given.get(name, "").partition(".")[2])
                if digits:
                    asset = symbol.type.asset
                    decimals[asset] = max(decimals.get(asset, 0), min(digits, 30))
    return decimals


class _Transition(ExpressionLowerer):
    """Executes one intent symbolically."""

    def __init__(self, typed: Typed, definitions: tuple[Definition, ...], scales: Scales, limits: Limits) -> None:
        super().__init__(typed, scales, limits)
        self.definitions = definitions
        self.intent = self.scope.intent
        self.variables: dict[str, Variable] = {}
        self.before: dict[Symbol, Term] = {}
        self.current: dict[Symbol, Term] = {}
        self.fresh: dict[Symbol, Lowered] = {}
        self.guards: list[Condition] = []
        self.requires: list[Condition] = []
        self.posts: list[Condition] = []
        self.stores: list[Store] = []
        self.transfers: list[Transfer] = []
        self.issues: list[Issue] = []
        self.binding_guards: dict[str, set[int]] = {}
        self.binding_divisors: dict[str, list[int]] = {}
        self.statements = 0

    def program(self) -> Program:
        self._declare_variables()
        self.read = self._read_before
        self._bind()
        self._guard()
        self.read = self._read_current
        if self.intent.effect is not None:
            for statement in self.intent.effect:
                self._statement(statement, self.terms.true)
        self._define()
        self.read = self._read_after
        for line in self.intent.verify:
            self._verify(line, self.terms.true)
        return self._assemble()

    def _declare_variables(self) -> None:
        for symbol in self.scope.symbols.values():
            if symbol.defined_by is not None and symbol.may_be_fresh:
                continue
            role = self._role(symbol)
            self.before[symbol] = self._variable(
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

    def _variable(self, symbol: Symbol, role: Role, name: str) -> Term:
        type_ = _type(symbol)
        term = self.terms.var(name, sort_of(type_))
        span = self.scope.source.span(symbol.start, symbol.end)
        self.variables[name] = Variable(name, role, type_, term, self._scale(type_), symbol.secret, span)
        return term

    def _scale(self, type_: Type) -> int:
        return self.scales.decimals(type_.asset) if isinstance(type_, Money) else 0

    def _read_before(self, symbol: Symbol, time: Time) -> Term:
        return self.before[symbol]

    def _read_current(self, symbol: Symbol, time: Time) -> Term:
        return self.before[symbol] if time is Time.BEFORE else self.current[symbol]

    def _read_after(self, symbol: Symbol, time: Time) -> Term:
        if symbol in self.fresh:
            return self.fresh[symbol].term
        return self._read_current(symbol, time)

    def _bind(self) -> None:
        for name, binding in self.scope.bindings.items():
            first = len(self.divisors)
            value = self.value(binding.value)
            self.bound[name] = Bound(value, tuple(self.line.defined))
            self.binding_divisors[name] = list(range(first, len(self.divisors)))
            for used in self.line.bindings:
                self.binding_divisors[name] += self.binding_divisors[used]

    def _guard(self) -> None:
        for line in self.intent.guard:
            if not isinstance(line, syntax.Check):
                continue
            self.guard_index = len(self.guards)
            term = self.condition(line.condition)
            for name in self.line.bindings:
                for position in self.binding_divisors[name]:
                    divisor = self.divisors[position]
                    self.divisors[position] = _also_in(divisor, self.guard_index)
            self.guards.append(self._condition(term, self.terms.true, line, secret=line.secret))
        self.guard_index = None

    def _condition(
        self, term: Term, path: Term, line: syntax.Check | syntax.Require, *, secret: bool = False
    ) -> Condition:
        node = line.condition
        text = self.scope.source.snippet(node.start, node.end)
        return Condition(term, path, self.scope.source.span(node.start, node.end), text, secret)

    def _statement(self, statement: syntax.Statement, path: Term) -> None:
        self.statements += 1
        if self.statements > self.limits.evaluated_statements or len(self.stores) > self.limits.legs:
            limit = min(self.limits.evaluated_statements, self.limits.legs)
            message = f"more than {limit} statements or legs after loops are unrolled"
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
                self.requires.append(self._condition(self.condition(condition), path, statement))
            case syntax.Branch(condition, then, other):
                self._branch(condition, then, other, path)
            case syntax.For(name, low, high, body):
                for index in range(low, high):
                    self.loops[name] = index
                    for inner in body:
                        self._statement(inner, path)
                    self._count_empty_turn(statement)

    def _count_empty_turn(self, statement: syntax.Statement) -> None:
        self.statements += 1
        if self.statements > self.limits.evaluated_statements:
            message = f"more than {self.limits.evaluated_statements} statements after loops are unrolled"
            raise self.scope.source.error("TOO_LARGE", message, statement.start, statement.end)

    def _assign(
        self, node: syntax.Statement, target: syntax.Name, operator: str, value: syntax.Expression, path: Term
    ) -> None:
        symbol = self._target(target)
        lowered = self.convert(self.value(value), _type(symbol), value, beside=_type(symbol))
        held = self.current[symbol]
        term = lowered.term
        if operator != "=":
            change = term if operator == "+=" else self.terms.neg(term)
            term = self.terms.add(held, change)
        self._store(symbol, term, path, node)

    def _target(self, target: syntax.Name) -> Symbol:
        symbol = self.scope.reference(target).symbol
        assert symbol is not None
        return symbol

    def _store(self, symbol: Symbol, value: Term, path: Term, node: syntax.Statement | syntax.Expression) -> None:
        self.current[symbol] = value
        text = self.scope.source.snippet(node.start, node.end)
        self.stores.append(Store(symbol.key, path, value, self.scope.source.span(node.start, node.end), text))

    def _amount(self, target: syntax.Name, amount: syntax.Expression) -> Term:
        return self.convert(self.value(amount), _type(self._target(target)), amount).term

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
            self._store(symbol, self.terms.add(self.current[symbol], change), path, node)

    def _issue(self, node: syntax.Issue, kind: str, target: syntax.Name, amount: syntax.Expression, path: Term) -> None:
        issued = self._amount(target, amount)
        delta = issued if kind == "mint" else self.terms.neg(issued)
        symbol = self._target(target)
        type_ = _type(symbol)
        assert isinstance(type_, Money)
        span = self.scope.source.span(node.start, node.end)
        text = self.scope.source.snippet(node.start, node.end)
        self.transfers.append(Transfer(path, issued, span, text))
        self.issues.append(Issue(type_.asset, path, delta, span, text))
        self._store(symbol, self.terms.add(self.current[symbol], delta), path, node)

    def _branch(
        self,
        condition: syntax.Expression,
        then: tuple[syntax.Statement, ...],
        other: tuple[syntax.Statement, ...],
        path: Term,
    ) -> None:
        chosen = self.condition(condition)
        held = dict(self.current)
        ends: list[dict[Symbol, Term]] = []
        for taken, body in ((chosen, then), (self.terms.not_(chosen), other)):
            self.current = dict(held)
            for statement in body:
                self._statement(statement, self.terms.and_(path, taken))
            ends.append(self.current)
        self.current = {symbol: self.terms.ite(chosen, ends[0][symbol], ends[1][symbol]) for symbol in held}

    def _define(self) -> None:
        """Give defined names their values, and cells that stay arbitrary a variable of their own."""
        self.base_path = self.terms.true
        self.read = self._read_after
        if self.intent.effect is None:
            defined = {definition.symbol for definition in self.definitions}
            for symbol in self.scope.symbols.values():
                if symbol.changeable and symbol.after_occurs and symbol not in defined:
                    self.current[symbol] = self._variable(symbol, Role.NEW_CELL, f"new {symbol.key}")
        stored: dict[Symbol, tuple[Term, syntax.Expression]] = {}
        for definition in self.definitions:
            value = self._solved(definition)
            if definition.symbol.may_be_fresh:
                self.fresh[definition.symbol] = self.convert(value, _type(definition.symbol), definition.equation)
            else:
                held = self.convert(value, _type(definition.symbol), definition.equation)
                self.current[definition.symbol] = held.term
                stored[definition.symbol] = (held.term, definition.equation)
        for symbol, (term, node) in sorted(stored.items(), key=lambda item: item[0].key):
            self._store(symbol, term, self.terms.true, node)

    def _solved(self, definition: Definition) -> Lowered:
        """The value the equation gives: the other side, less the rest of the symbol's own side."""
        equation, symbol = definition.equation, definition.symbol
        own, other = (equation.left, equation.right) if definition.on_left else (equation.right, equation.left)
        self.line.path = []
        if definition.whole:
            return self.value(other)
        target = _type(symbol)
        if symbol.may_be_fresh:
            target = self.typed.of(own)
            self.fresh[symbol] = Lowered(self.terms.const(0), target)
        else:
            self.current[symbol] = self.terms.const(0)
        rest = self.convert(self.value(own), target, own).term
        whole = self.convert(self.value(other), target, other).term
        solved = self.terms.sub(whole, rest) if definition.sign > 0 else self.terms.sub(rest, whole)
        return Lowered(solved, target)

    def _verify(self, line: syntax.VerifyLine, path: Term) -> None:
        self.base_path = path
        match line:
            case syntax.Check(condition, secret):
                self.posts.append(self._condition(self.condition(condition), path, line, secret=secret))
            case syntax.CheckIf(condition, then, other):
                chosen = self.condition(condition)
                for taken, body in ((chosen, then), (self.terms.not_(chosen), other)):
                    for inner in body:
                        self._verify(inner, self.terms.and_(path, taken))

    def _assemble(self) -> Program:
        cells = self._cells()
        roots = [
            *(condition.term for condition in (*self.guards, *self.requires, *self.posts)),
            *(condition.path for condition in (*self.requires, *self.posts)),
            *(cell.after for cell in cells),
            *(store.path for store in self.stores),
        ]
        occurring = {node.value for node in in_order(*roots) if node.op is Op.VAR}
        distinct = tuple(
            variable.term
            for variable in self.variables.values()
            if isinstance(variable.type, Account) and variable.role is not Role.OLD_CELL and variable.name in occurring
        )
        span = self.scope.source.span(self.intent.start, self.intent.end)
        program = Program(
            name=self.intent.name,
            parameters=self._parameters(),
            variables=tuple(self.variables.values()),
            cells=cells,
            guards=tuple(self.guards),
            requires=tuple(self.requires),
            posts=tuple(self.posts),
            stores=tuple(self.stores),
            divisors=tuple(dict.fromkeys(self.divisors)),
            constants=tuple(self.constants.values()),
            transfers=tuple(self.transfers),
            issues=tuple(self.issues),
            accounts=(*self.scope.accounts, *self.scope.free_accounts),
            supply=self._supply(cells),
            distinct=distinct,
            scales=tuple(sorted((asset, self.scales.decimals(asset)) for asset in self._assets())),
            settings=tuple((setting.name, setting.value) for setting in self.intent.settings),
            has_effect=self.intent.effect is not None,
            has_loops=bool(self.loops),
            terms=self.terms,
            span=span,
            digest="",
        )
        return digest_of(program)

    def _assets(self) -> set[str]:
        return {variable.type.asset for variable in self.variables.values() if isinstance(variable.type, Money)}

    def _parameters(self) -> tuple[Parameter, ...]:
        return tuple(
            Parameter(
                parameter.name,
                _type(self.scope.symbols[parameter.name]),
                self.scope.symbols[parameter.name].secret,
                parameter.external,
                self.scope.source.span(parameter.start, parameter.end),
            )
            for parameter in self.intent.parameters
        )

    def _cells(self) -> tuple[Cell, ...]:
        found: list[Cell] = []
        declarative = self.intent.effect is None
        for symbol, before in self.before.items():
            if not (symbol.changeable or symbol.account):
                continue
            type_ = _type(symbol)
            written = symbol.assigned or (declarative and symbol.changeable and symbol.after_occurs)
            found.append(
                Cell(
                    name=symbol.key,
                    label=symbol.label,
                    account=symbol.account,
                    field=symbol.cell_field,
                    type=type_,
                    scale=self._scale(type_),
                    before=before,
                    after=self.current[symbol],
                    written=written,
                    secret=symbol.secret,
                    span=self.scope.source.span(symbol.start, symbol.end),
                )
            )
        return tuple(found)

    def _supply(self, cells: tuple[Cell, ...]) -> tuple[tuple[str, Term, int], ...]:
        """Per asset: the sum of the written balances before, and the widest of their widths."""
        touched: dict[str, list[Cell]] = {}
        for cell in cells:
            if cell.written and isinstance(cell.type, Money):
                touched.setdefault(cell.type.asset, []).append(cell)
        return tuple(
            (
                asset,
                self.terms.add(*(cell.before for cell in found)),
                max(cell.type.maximum_minor for cell in found if isinstance(cell.type, Money)),
            )
            for asset, found in touched.items()
        )


def _type(symbol: Symbol) -> Type:
    assert symbol.type is not None
    return symbol.type


def _also_in(divisor: Divisor, guard: int) -> Divisor:
    return Divisor(divisor.term, divisor.path, divisor.span, divisor.text, divisor.guards | {guard})
