"""What generated intents demand: guards that make their moves safe, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.fuzz.expressions import Expressions, money
from tests.fuzz.model import (
    Arith,
    Binding,
    Check,
    CheckIf,
    Choose,
    Compare,
    Define,
    Expression,
    Implies,
    Kind,
    Number,
    Read,
    Symbol,
    Time,
    VerifyLine,
    Word,
)
from tests.fuzz.moves import Flow, Plan


@dataclass(slots=True)
class Posts:
    """Guards and `verify` lines of one plan. In the declarative form the lines are the moves."""

    random: Random
    expressions: Expressions
    plan: Plan
    cells: dict[str, list[Symbol]]
    declarative: bool
    defined: set[str] = field(default_factory=set)

    def guard(self) -> tuple[Binding | Check, ...]:
        """Bindings first, then conditions in any order."""
        random = self.random
        checks = [*self.plan.guards, *self._funded()]
        if random.random() < 0.3:
            checks.append(Check(self.expressions.condition(2)))
        amounts = [leaf for leaves in self.expressions.pool.money.values() for leaf in leaves]
        constants = [leaf for leaf in amounts if isinstance(leaf, Read) and not leaf.symbol.state]
        if constants and random.random() < 0.7:
            least: Expression = Word("zero") if random.random() < 0.2 else Number("0")
            checks.append(Check(Compare(random.choice((">", ">=", "!=")), random.choice(constants), least)))
        flags = [truth for truth in self.expressions.pool.truths if random.random() < 0.3]
        checks += [Check(flag, external=random.random() < 0.2) for flag in flags]
        if random.random() < 0.05:
            checks.append(self._snapshot())
        if self.expressions.pool.identities and random.random() < 0.3:
            checks.append(Check(self.expressions.same()))
        if not checks:
            checks.append(Check(Word("true")))
        random.shuffle(checks)
        secret = random.random() < 0.03
        checks = [Check(each.condition, secret, each.external) for each in checks] if secret else checks
        return (*self.plan.bindings, *checks, *self._anchors())

    def _anchors(self) -> list[Check]:
        """A line for each name that needs one to be what it is meant to be, whatever becomes of the rest.

        That is a constant of a known type for an undeclared one, a balance for a declared one.
        """
        found: list[Check] = []
        for asset, leaves in self.expressions.pool.money.items():
            undeclared = [leaf for leaf in leaves if isinstance(leaf, Read) and not leaf.symbol.type.written]
            names = [leaf for leaf in undeclared if not leaf.symbol.state]
            found += [Check(Compare("<=", name, self._roomy(asset)), bounds=True) for name in names]
        cells = [cell for found in self.cells.values() for cell in found if cell.declared]
        found += [Check(Compare(">=", Read(cell), Word("zero")), bounds=True) for cell in cells]
        for leaf in self.expressions.pool.integers:
            if isinstance(leaf, Read) and not leaf.symbol.declared and not leaf.symbol.state:
                found.append(Check(Compare(">=", leaf, Number("0")), bounds=True))
        return found

    def _roomy(self, asset: str) -> Expression:
        """More money than the name that stands beside it is likely to be."""
        cell = self.cells[asset][0]
        return Arith("+", Read(cell), Number("5", asset), money(asset))

    def _snapshot(self) -> Check:
        cell = self.random.choice([cell for cells in self.cells.values() for cell in cells])
        return Check(Compare("==", Read(cell), Read(cell)))

    def _funded(self) -> list[Check]:
        """For each cell that is debited a line that says it can pay; seldom forgotten."""
        found = []
        for cells in self.cells.values():
            for cell in cells:
                debits = [flow for flow in self.plan.flows if flow.cell == cell and flow.sign == "-"]
                if debits and self.random.random() > 0.07:
                    found += self._funding(cell, debits)
        return found

    def _funding(self, cell: Symbol, debits: list[Flow]) -> list[Check]:
        held = Read(cell)
        if len(debits) == 1 and debits[0].condition is not None and self.random.random() < 0.5:
            return [Check(Implies(debits[0].condition, Compare(">=", held, debits[0].amount)))]
        total = debits[0].amount
        for debit in debits[1:]:
            total = Arith("+", total, debit.amount, money(cell.type.asset))
        if len(debits) == 1 and self.random.random() < 0.2:
            return [Check(Compare("<=", total, held))]
        return [Check(Compare(">=", held, total))]

    def verify(self) -> tuple[VerifyLine, ...]:
        """Lines that follow from the moves, and a few that need not."""
        random = self.random
        lines: list[VerifyLine] = list(self._definitions()) if self.declarative else self._exact()
        makers = (
            (0.3, self._sum),
            (0.25, self._direction),
            (0.2, self._frame),
            (0.15, self._local),
            (0.25, self._truism),
            (0.15, self._conditional),
            (0.2, self._random_line),
            (0.1, self._unruly),
        )
        for chance, make in makers:
            if random.random() < chance:
                lines += make()
        if not lines:
            lines += self._truism()
        random.shuffle(lines)
        return tuple(lines)

    def _after(self, cell: Symbol) -> Expression:
        """The value after, made of the state before and of constants."""
        value: Expression = Read(cell)
        for flow in self.plan.flows:
            if flow.cell == cell:
                amount = flow.amount
                if flow.condition is not None:
                    amount = Choose(flow.condition, amount, Word("zero"))
                value = Arith(flow.sign, value, amount, money(cell.type.asset))
        return value

    def _touched(self) -> list[Symbol]:
        return list(dict.fromkeys(flow.cell for flow in self.plan.flows))

    def _definitions(self) -> list[Define]:
        """Every change as an equation. One cell may be left out, which a sum then defines, or nothing does."""
        touched = self._touched()
        found = [Define(cell, self._after(cell), self._form()) for cell in touched]
        found += [Define(symbol, value, self._form()) for symbol, value in self.plan.changes]
        self.defined = {define.symbol.key for define in found}
        if len(touched) > 1 and self.random.random() < 0.2:
            last = touched[-1]
            alike = [cell for cell in touched[:-1] if cell.type.asset == last.type.asset]
            found = [define for define in found if define.symbol != last]
            if len(alike) == 1 and self.random.random() < 0.5:
                found.append(self._by_sum(last, alike[0]))
            else:
                self.defined.discard(last.key)
        return found

    def _by_sum(self, cell: Symbol, other: Symbol) -> Define:
        """`cell + other == old_cell + old_other`, written so that it defines `cell`."""
        type_ = money(cell.type.asset)
        before = Arith("+", Read(cell), Read(other), type_)
        return Define(cell, Arith("-", before, Read(other, Time.NOW), type_), 2)

    def _form(self) -> int:
        return self.random.choice((0, 0, 0, 1, 2, 3, 4))

    def _exact(self) -> list[VerifyLine]:
        """What some of the changed cells are after."""
        found: list[VerifyLine] = []
        for cell in self._touched():
            if self.random.random() < 0.6:
                found += self._exactly(cell)
        for symbol, value in self.plan.changes:
            if self.random.random() < 0.6:
                found.append(self._equal(Read(symbol, Time.NOW), value))
        return found

    def _exactly(self, cell: Symbol) -> list[VerifyLine]:
        now = Read(cell, Time.NOW)
        flows = [flow for flow in self.plan.flows if flow.cell == cell]
        if len(flows) == 1 and flows[0].condition is not None and self.random.random() < 0.6:
            moved = Arith(flows[0].sign, Read(cell), flows[0].amount, money(cell.type.asset))
            still = (self._equal(now, Read(cell)),) if self.random.random() < 0.7 else ()
            return [CheckIf(flows[0].condition, (self._equal(now, moved),), still)]
        return [self._equal(now, self._after(cell))]

    def _equal(self, left: Expression, right: Expression) -> Check:
        if self.random.random() < 0.15:
            left, right = right, left
        return Check(Compare("==", left, right), external=self.random.random() < 0.04)

    def _sum(self) -> list[VerifyLine]:
        """The sum of the touched cells of an asset, and perhaps of one more, is what it was."""
        asset, cells = self.random.choice(list(self.cells.items()))
        touched = [cell for cell in self._touched() if cell.type.asset == asset]
        if any(cell.key not in self.defined for cell in touched) and self.declarative:
            return []
        if len(touched) < 2:
            return []
        # In the declarative form the value after of one more cell would be one that this sum defines.
        more = 0 if self.declarative else self.random.randint(0, 1)
        extra = [cell for cell in cells if cell not in touched][:more]
        now: Expression = Read(touched[0], Time.NOW)
        before: Expression = Read(touched[0])
        for cell in (*touched[1:], *extra):
            now = Arith("+", now, Read(cell, Time.NOW), money(asset))
            before = Arith("+", before, Read(cell), money(asset))
        return [Check(Compare("==", now, before))]

    def _direction(self) -> list[VerifyLine]:
        """A cell that only gains never falls, one that only pays never grows."""
        touched = self._touched()
        if not touched:
            return []
        cell = self.random.choice(touched)
        signs = {flow.sign for flow in self.plan.flows if flow.cell == cell}
        operator = "<=" if signs == {"-"} else ">="
        return [Check(Compare(operator, Read(cell, Time.NOW), Read(cell)))]

    def _frame(self) -> list[VerifyLine]:
        """A cell that nothing touches is what it was: in the effect form only, since naming it would change it."""
        untouched = [cell for cells in self.cells.values() for cell in cells if cell not in self._touched()]
        if not untouched or self.declarative:
            return []
        cell = self.random.choice(untouched)
        return [self._equal(Read(cell, Time.NOW), Read(cell))]

    def _unruly(self) -> list[VerifyLine]:
        """A cell that nothing defines, named after: in the declarative form it may become anything."""
        untouched = [cell for cells in self.cells.values() for cell in cells if cell not in self._touched()]
        if not untouched or not self.declarative:
            return []
        cell = self.random.choice(untouched)
        return [Check(Compare(self.random.choice((">=", "<=")), Read(cell, Time.NOW), Read(cell)))]

    def _local(self) -> list[VerifyLine]:
        """A fresh name that stands for a sum, and a line that uses it."""
        asset, cells = self.random.choice(list(self.cells.items()))
        total = Symbol("total", money(asset), declared=False, local=True)
        before = Arith("+", Read(cells[0]), Read(cells[-1]), money(asset))
        bound = Compare(self.random.choice((">=", ">=", ">")), Read(total, Time.NOW), Read(cells[0]))
        return [Define(total, before, self.random.choice((0, 1, 2))), Check(bound)]

    def _truism(self) -> list[VerifyLine]:
        """Something that holds of numbers or truths as such."""
        asset = self.random.choice(list(self.cells))
        amount = self.random.choice(self.expressions.pool.money[asset])
        amount_type, factor = money(asset), Number(str(self.random.randint(2, 4)))
        halves = Arith("/", amount, factor, amount_type)
        truth: Expression = Compare("<=", Arith("*", halves, factor, amount_type), amount)
        accounts = self.expressions.pool.identities.get("Account", ())
        if len(accounts) > 1 and self.random.random() < 0.5:
            return [Check(Compare("!=", accounts[0], accounts[1]))]
        match self.random.randint(0, 5):
            case 0:
                truth = self.expressions.guarded()
            case 1:
                truth = Compare("<=", halves, self._ceiling(amount, factor, asset))
            case 2 if self.expressions.pool.truths:
                flag = self.random.choice(self.expressions.pool.truths)
                truth = Implies(flag, flag)
            case 3 if self.expressions.pool.integers:
                whole = self.random.choice(self.expressions.pool.integers)
                remainder = Arith("%", whole, factor, money(asset))
                truth = Compare("<", remainder, factor)
        return [Check(truth)]

    def _ceiling(self, amount: Expression, factor: Number, asset: str) -> Expression:
        return self.expressions.called("div_ceil", amount, factor, asset)

    def _conditional(self) -> list[VerifyLine]:
        """A line that counts only under a condition; a sum that is what it was otherwise."""
        touched = self._touched()
        if not touched or self.declarative:
            return []
        cell = self.random.choice(touched)
        line = self._equal(Read(cell, Time.NOW), self._after(cell))
        other = tuple(self._truism()) if self.random.random() < 0.4 else ()
        return [CheckIf(self.expressions.condition(1), (line,), other)]

    def _random_line(self) -> list[VerifyLine]:
        """Any condition over constants and the state before."""
        condition = self.expressions.condition(2)
        if isinstance(condition, Compare) and condition.operator == "==":
            condition = Compare(">=", condition.left, condition.right) if self._ordered(condition) else Word("true")
        return [Check(condition)]

    @staticmethod
    def _ordered(condition: Compare) -> bool:
        """Whether both sides have an order."""
        sides = (condition.left, condition.right)
        identities = (Kind.BOOLEAN, Kind.IDENTITY)
        return not any(isinstance(side, Read) and side.symbol.type.kind in identities for side in sides)
