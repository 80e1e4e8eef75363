"""Lowering of whole intents: guards, symbolic execution of `effect`, definitions of `verify`, to one Program."""

from __future__ import annotations

from collections.abc import Mapping

from aethel.assets import Registry
from aethel.intent import syntax
from aethel.intent.canonical import digest_of
from aethel.intent.checking import Typed, check
from aethel.intent.cost import first_loop
from aethel.intent.definitions import Definition
from aethel.intent.execution import SymbolicExecution
from aethel.intent.inference import infer
from aethel.intent.limits import Limits
from aethel.intent.lowering import Lowered, Scales
from aethel.intent.names import resolve
from aethel.intent.program import (
    Cell,
    Condition,
    Parameter,
    Program,
    Role,
)
from aethel.intent.scope import Scope, Symbol, Time
from aethel.intent.source import Source
from aethel.intent.terms import Op, Term, TooLarge, in_order
from aethel.intent.types import Account, Money


def analyse(
    intent: syntax.Intent, source: Source, given: Mapping[str, str], balances: frozenset[str], assets: Registry
) -> Typed:
    """Names resolved and types checked; the common ground of lowering and of the reference interpreter."""
    scope = resolve(intent, source, balances, assets)
    infer(scope, given)
    return check(scope)


def lower(typed: Typed, definitions: tuple[Definition, ...], scales: Scales, limits: Limits) -> Program:
    """The program of one analysed intent, which holds once `scales` are settled; raises IntentError (TOO_LARGE)."""
    try:
        return Transition(typed, definitions, scales, limits).program()
    except TooLarge as error:
        intent = typed.scope.intent
        raise typed.scope.source.error("TOO_LARGE", str(error), intent.start, intent.end) from None


MOST_GIVEN_DECIMALS = 30
"""Decimals of a given value that count towards how finely an asset is counted."""


def given_decimals(scope: Scope, given: Mapping[str, str]) -> dict[str, int]:
    """Decimals of the values given for money, per asset."""
    decimals: dict[str, int] = {}
    for symbol in scope.symbols.values():
        if isinstance(symbol.type, Money):
            for name in symbol.spellings():
                digits = len(given.get(name, "").partition(".")[2])
                if digits:
                    asset = symbol.type.asset
                    decimals[asset] = max(decimals.get(asset, 0), min(digits, MOST_GIVEN_DECIMALS))
    return decimals


class Transition(SymbolicExecution):
    """Lowers one intent: execution first, then what `verify` defines and demands."""

    def __init__(self, typed: Typed, definitions: tuple[Definition, ...], scales: Scales, limits: Limits) -> None:
        super().__init__(typed, scales, limits)
        self.definitions = definitions
        self.fresh: dict[Symbol, Lowered] = {}
        self.posts: list[Condition] = []

    def program(self) -> Program:
        self.declare_variables()
        self.read = self.read_before
        self.bind()
        self.guard()
        self.read = self.read_current
        if self.intent.effect is not None:
            for statement in self.intent.effect:
                self.statement(statement, self.terms.true)
        self._define()
        self.read = self._read_after
        for line in self.intent.verify:
            self._verify(line, self.terms.true)
        return self._assemble()

    def _read_after(self, symbol: Symbol, time: Time) -> Term:
        if symbol in self.fresh:
            return self.fresh[symbol].term
        return self.read_current(symbol, time)

    def _define(self) -> None:
        """Give defined names their values, and cells that stay arbitrary a variable of their own."""
        self.base_path = self.terms.true
        self.read = self._read_after
        if self.intent.effect is None:
            defined = {definition.symbol for definition in self.definitions}
            for symbol in self.scope.symbols.values():
                if symbol.changeable and symbol.after_occurs and symbol not in defined:
                    self.current[symbol] = self.variable(symbol, Role.NEW_CELL, f"new {symbol.key}")
        stored: dict[Symbol, tuple[Term, syntax.Expression]] = {}
        for definition in self.definitions:
            value = self._solved(definition)
            if definition.symbol.may_be_fresh:
                self.fresh[definition.symbol] = self.convert(value, definition.symbol.known_type, definition.equation)
            else:
                held = self.convert(value, definition.symbol.known_type, definition.equation)
                self.current[definition.symbol] = held.term
                stored[definition.symbol] = (held.term, definition.equation)
        for symbol, (term, node) in sorted(stored.items(), key=lambda item: item[0].key):
            self.store(symbol, term, self.terms.true, node)

    def _solved(self, definition: Definition) -> Lowered:
        """The value the equation gives: the other side, less the rest of the symbol's own side."""
        equation, symbol = definition.equation, definition.symbol
        own, other = (equation.left, equation.right) if definition.on_left else (equation.right, equation.left)
        self.line.path = []
        if definition.whole:
            return self.value(other)
        target = symbol.known_type
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
        self.base_path, self.evaluation = path, []
        match line:
            case syntax.Check(condition, secret):
                self.posts.append(self.condition_line(self.condition(condition), path, line, secret=secret))
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
            has_loops=first_loop(self.intent) is not None,
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
                self.scope.symbols[parameter.name].known_type,
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
            type_ = symbol.known_type
            written = symbol.assigned or (declarative and symbol.changeable and symbol.after_occurs)
            found.append(
                Cell(
                    name=symbol.key,
                    label=symbol.label,
                    account=symbol.account,
                    field=symbol.cell_field,
                    type=type_,
                    scale=self.scale(type_),
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
