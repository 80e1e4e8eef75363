"""What generated intents do: moves of money with the flows they mean, and changes of other state."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from tests.fuzz.expressions import RATIO, WHOLE, Expressions, money
from tests.fuzz.model import (
    Arith,
    Assign,
    Binding,
    Branch,
    Call,
    Check,
    Compare,
    Expression,
    For,
    Issue,
    Kind,
    Named,
    Not,
    Number,
    Read,
    Require,
    Statement,
    Symbol,
    Text,
    Time,
    Transfer,
    Word,
)


@dataclass(frozen=True, slots=True)
class Flow:
    """`amount`, made of constants and of the state before, added to (`+`) or taken from `cell` under a condition."""

    cell: Symbol
    sign: str
    amount: Expression
    condition: Expression | None = None


@dataclass(slots=True)
class Plan:
    """What an intent does so far: its bindings, statements, the flows they mean, and what else changes to what."""

    bindings: list[Binding] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    changes: list[tuple[Symbol, Expression]] = field(default_factory=list)
    guards: list[Check] = field(default_factory=list)
    random_effects: bool = False


@dataclass(slots=True)
class Moves:
    """Adds moves to a plan. `cells` are the balances by asset, `states` everything else that may change."""

    random: Random
    expressions: Expressions
    plan: Plan
    cells: dict[str, list[Symbol]]
    states: list[Symbol]
    rates: dict[tuple[str, str], Symbol]
    used: set[str] = field(default_factory=set)

    def one(self) -> None:
        """One move of money."""
        asset = self.random.choice([asset for asset, cells in self.cells.items() if len(cells) > 1] or [""])
        cells = list(self.cells.get(asset, ()))
        if len(cells) < 2:
            return
        self.random.shuffle(cells)
        kinds = ["transfer"] * 4 + ["loop", "branch", "branch", "assign"] + ["split"] * 2 * (len(cells) > 2)
        match self.random.choice(kinds):
            case "transfer":
                self._move(cells[0], cells[1], self.amount(asset))
            case "split":
                self._split(asset, cells)
            case "loop":
                self._loop(asset, cells)
            case "branch":
                self._branch(asset, cells)
            case _:
                self._assign(asset, cells)

    def amount(self, asset: str) -> Expression:
        """An amount that a move may use: a name, mostly, or something computed from one."""
        names = self.expressions.pool.money.get(asset, [])
        constants = [leaf for leaf in names if not (isinstance(leaf, Read) and leaf.symbol.state)]
        if not constants or self.random.random() < 0.08:
            return self.expressions.literal(asset, low=1)
        name = self.random.choice(constants)
        if self.rates and self.random.random() < 0.4:
            converted = self._converted(asset)
            return self._bound(converted) if converted is not None else name
        match self.random.randint(0, 9):
            case 0:
                return Arith("+", name, self.expressions.literal(asset), money(asset))
            case 1 | 2:
                return self._bound(self.expressions.rounded(asset, name, 1))
            case 3:
                share = Arith("*", name, Number(str(self.random.randint(1, 3))), money(asset))
                return self._bound(Arith("/", share, self.expressions.divisor(), money(asset)))
            case _:
                return name

    def _converted(self, asset: str) -> Expression | None:
        """Money of another asset at a rate, rounded to the unit of this one."""
        for (into, origin), rate in self.rates.items():
            amounts = self.expressions.pool.money.get(origin, [])
            if into == asset and amounts:
                product = Arith("*", self.random.choice(amounts), Read(rate), money(asset))
                function = self.random.choice(("div_ceil", "div_half_even"))
                return Call(function, product, Number("1"), money(asset))
        return None

    def _bound(self, value: Expression) -> Expression:
        """The value itself, or a binding of it."""
        if self.random.random() < 0.35:
            return value
        name = self._fresh(("fee", "share", "part", "cut", "due"))
        self.plan.bindings.append(Binding(name, value))
        return Named(name)

    def _fresh(self, names: tuple[str, ...]) -> str:
        found = next((name for name in names if name not in self.used), f"{names[0]}{len(self.used)}")
        self.used.add(found)
        return found

    def _move(self, source: Symbol, destination: Symbol, amount: Expression) -> None:
        self.plan.statements += self._statements(source, destination, amount)
        self.plan.flows += _flows(source, destination, amount)

    def _statements(self, source: Symbol, destination: Symbol, amount: Expression) -> list[Statement]:
        if self.random.random() < 0.5:
            return [Transfer(source, destination, amount)]
        legs: list[Statement] = [Assign(source, "-=", amount), Assign(destination, "+=", amount)]
        if self.random.random() < 0.2:
            legs.reverse()
        return legs

    def _split(self, asset: str, cells: list[Symbol]) -> None:
        """An amount less a part of it to one cell, the part to another."""
        whole = self.amount(asset)
        if isinstance(whole, Number):
            # Two literals would divide by the rules of literals.
            return
        part = self._bound(Arith("/", whole, Number(str(self.random.randint(2, 10))), money(asset)))
        rest = Arith("-", whole, part, money(asset))
        self.plan.statements += [Assign(cells[0], "-=", whole), Assign(cells[1], "+=", rest)]
        self.plan.statements.append(Assign(cells[2], "+=", part))
        self.plan.flows += [Flow(cells[0], "-", whole), Flow(cells[1], "+", rest), Flow(cells[2], "+", part)]

    def _loop(self, asset: str, cells: list[Symbol]) -> None:
        """The same move several times, or one that grows with the turn; now and then none at all."""
        name = self._fresh(("turn", "month", "i"))
        low = self.random.choice((0, 0, 0, 1, 2))
        high = low + self.random.choice((0, 1, 2, 2, 3, -1))
        amount = self.amount(asset)
        growing = self.random.random() < 0.3
        inside = Arith("*", amount, Named(name), money(asset)) if growing else amount
        body = self._statements(cells[0], cells[1], inside)
        least = self.random.choice((0, 0, 0, 1))
        if least:
            body = [Branch(Compare(">=", Named(name), Number(str(least))), tuple(body), ())]
        self.plan.statements.append(For(name, low, max(high, 0), tuple(body)))
        for turn in range(max(low, least), max(high, 0)):
            moved = Arith("*", amount, Number(str(turn)), money(asset)) if growing else amount
            self.plan.flows += _flows(cells[0], cells[1], moved)

    def _branch(self, asset: str, cells: list[Symbol]) -> None:
        """One move or another, or none; the condition reads constants and the state before."""
        condition = self.expressions.condition(1)
        first, second = self.amount(asset), self.amount(asset)
        then = self._statements(cells[0], cells[1], first)
        self.plan.flows += _flows(cells[0], cells[1], first, condition)
        other: list[Statement] = []
        if self.random.random() < 0.6:
            other = self._statements(cells[0], cells[-1], second)
            refused = Not(condition) if self.random.random() < 0.5 else Compare("==", condition, Word("false"))
            self.plan.flows += _flows(cells[0], cells[-1], second, refused)
        if self.random.random() < 0.2:
            other = [Branch(self.expressions.condition(0), (), tuple(other))]
            self.plan.random_effects = True
        self.plan.statements.append(Branch(condition, tuple(then), tuple(other)))

    def _assign(self, asset: str, cells: list[Symbol]) -> None:
        """A debit written as an assignment of the whole new value."""
        amount = self.amount(asset)
        source = cells[0]
        if any(flow.cell == source for flow in self.plan.flows):
            held = Read(source, Time.NOW)
        else:
            held = Read(source, self.random.choice((Time.BEFORE, Time.NOW)))
        self.plan.statements.append(Assign(source, "=", Arith("-", held, amount, money(asset))))
        self.plan.statements.append(Assign(cells[1], "+=", amount))
        self.plan.flows += _flows(source, cells[1], amount)

    def other(self) -> None:
        """A change of something that is not money."""
        if not self.states:
            return
        symbol = self.states.pop()
        old, value = Read(symbol, Time.BEFORE), self._changed(symbol)
        self.plan.changes.append((symbol, value))
        steps = isinstance(value, Arith) and value.left == old and value.operator == "+"
        if steps and self.random.random() < 0.4:
            assert isinstance(value, Arith)
            self.plan.statements.append(Assign(symbol, "+=", value.right))
            return
        self.plan.statements.append(Assign(symbol, "=", value))

    def _changed(self, symbol: Symbol) -> Expression:
        old = Read(symbol, Time.BEFORE)
        match symbol.type.kind:
            case Kind.INTEGER:
                step = Number("1") if self.random.random() < 0.7 else self.expressions.count()
                if symbol.type.high is not None:
                    self.plan.guards.append(Check(Compare("<", old, Number(str(symbol.type.high)))))
                return Arith("+", old, step, WHOLE)
            case Kind.RATIONAL:
                return Arith("*", old, self.expressions.rate(), RATIO)
            case Kind.BOOLEAN:
                return Word("true") if self.random.random() < 0.5 else self.expressions.condition(1)
            case _:
                return Text(self.random.choice(("open", "shut")))

    def require(self) -> None:
        """A precondition in the middle of the effect, now and then of what has happened so far, or inside a block."""
        statements = self.plan.statements
        condition = self.expressions.condition(1)
        if self.random.random() < 0.4:
            asset = self.random.choice(list(self.cells))
            held = Read(self.random.choice(self.cells[asset]), Time.NOW)
            condition = Compare(self.random.choice((">=", "<=")), held, self.expressions.money(asset, 1))
        place = self.random.randint(0, len(statements))
        if place < len(statements) and self.random.random() < 0.7:
            block = statements[place]
            if isinstance(block, For):
                statements[place] = replace(block, body=(*block.body, Require(condition)))
                return
            if isinstance(block, Branch):
                statements[place] = replace(block, then=(Require(condition), *block.then))
                return
        statements.insert(place, Require(condition))

    def random_effect(self) -> None:
        """Something done without any thought of what it means for the books."""
        asset = self.random.choice(list(self.cells))
        if not self.cells[asset]:
            return
        cell = self.random.choice(self.cells[asset])
        place = self.random.randint(0, len(self.plan.statements))
        operator = self.random.choice(("=", "+=", "-="))
        self.plan.statements.insert(place, Assign(cell, operator, self.expressions.money(asset, 2)))
        self.plan.random_effects = True

    def issue(self) -> None:
        """Money made or destroyed, which no text may do on its own authority."""
        asset = self.random.choice(list(self.cells))
        if self.cells[asset]:
            kind = self.random.choice(("mint", "burn"))
            cell = self.random.choice(self.cells[asset])
            self.plan.statements.append(Issue(kind, cell, self.amount(asset)))
            self.plan.random_effects = True


def _flows(source: Symbol, destination: Symbol, amount: Expression, condition: Expression | None = None) -> list[Flow]:
    return [Flow(source, "-", amount, condition), Flow(destination, "+", amount, condition)]
