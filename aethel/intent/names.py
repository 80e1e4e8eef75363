"""Name resolution: which symbol, before or after, each spelling of an intent stands for."""

from __future__ import annotations

from aethel.assets import Registry
from aethel.intent import syntax
from aethel.intent.declarations import declared_type
from aethel.intent.scope import Block, Reference, Scope, Symbol, Time
from aethel.intent.source import Source, quoted
from aethel.intent.spellings import (
    AFTER_PREFIX,
    BEFORE_PREFIX,
    SUFFIXES,
    account_prefix,
    readings,
    refuse_confusables,
    refuse_two_readings,
)
from aethel.intent.traversal import names_in, walk
from aethel.intent.types import DEFAULT_ASSET, Account, Integer, Money

_IN = {Block.GUARD: "a guard", Block.EFFECT: "an effect", Block.VERIFY: "`verify`"}


def resolve(intent: syntax.Intent, source: Source, balances: frozenset[str], assets: Registry) -> Scope:
    """The scope of one intent; raises IntentError (TYPE or NAME) for a name or type that has no single reading.

    `balances` are names that the request gives as balances: they are money whatever the text says.
    """
    return _Resolver(intent, source, balances, assets).resolve()


class _Resolver:
    def __init__(self, intent: syntax.Intent, source: Source, balances: frozenset[str], assets: Registry) -> None:
        self.scope = Scope(intent, source)
        self.source = source
        self.intent = intent
        self.balances = balances
        self.assets = assets

    def resolve(self) -> Scope:
        for parameter in self.intent.parameters:
            self._declare(parameter)
        self._check_declared_spellings()
        self._bindings()
        for line in self.intent.guard:
            condition = line.value if isinstance(line, syntax.Binding) else line.condition
            self._expression(condition, Block.GUARD, ())
            if isinstance(line, syntax.Check):
                self._modifiers(line)
        for statement in self.intent.effect or ():
            self._statement(statement, ())
        for check in self.intent.verify:
            self._check(check)
        refuse_two_readings(self.scope)
        refuse_confusables(self.scope)
        for symbol in self.scope.symbols.values():
            self._give_known_type(symbol)
            if symbol.assigned and symbol.parameter and isinstance(symbol.type, Money) and not symbol.timed:
                message = f"cannot assign to {quoted(symbol.label)}, a money parameter, expected a state cell"
                raise self.source.error("TYPE", *self._place(message, symbol))
        return self.scope

    def _declare(self, parameter: syntax.Parameter) -> None:
        name = parameter.name
        if name in self.scope.symbols:
            raise self._error(
                f"parameter {quoted(name)} is declared twice, expected one parameter of a name", parameter
            )
        type_, nominal = declared_type(parameter.type, self.source, self.assets)
        if isinstance(type_, Account):
            self.scope.accounts.append(name)
        self.scope.symbols[name] = Symbol(
            key=name,
            label=name,
            account="",
            cell_field="",
            start=parameter.start,
            end=parameter.end,
            parameter=parameter,
            type=type_,
            nominal=nominal,
            secret=parameter.secret,
            external=parameter.external,
        )

    def _check_declared_spellings(self) -> None:
        """Refuse a declared name that also reads as before or after of a declared name or account cell."""
        for name, symbol in list(self.scope.symbols.items()):
            for base, time in readings(name):
                account, cell_field = self._account_prefix(base)
                if base in self.scope.symbols or (account and cell_field):
                    message = (
                        f"{quoted(name)} has two readings (itself, and {time.value} of {quoted(base)}), expected one"
                    )
                    raise self.source.error("NAME", *self._place(message, symbol))

    def _bindings(self) -> None:
        lines = [line for line in self.intent.guard if isinstance(line, syntax.Binding)]
        first = {line.name: position for position, line in reversed(list(enumerate(lines)))}
        for position, line in enumerate(lines):
            if self._is_taken(line.name) or line.name in self.scope.bindings:
                message = f"{quoted(line.name)} is already a name here, expected a new name for a binding"
                raise self.source.error("NAME", message, line.start, line.end)
            for name in names_in(line.value):
                if name.field is None and first.get(name.name, -1) >= position:
                    message = f"binding {quoted(line.name)} uses {quoted(name.name)}, expected only earlier bindings"
                    raise self.source.error("NAME", message, name.start, name.end)
            self.scope.bindings[line.name] = line

    def _is_taken(self, name: str) -> bool:
        """Whether a new name would shadow a declared name or a cell, or read as before or after of one."""
        bases = (name, *(base for base, _ in readings(name)))
        return any(base in self.scope.symbols or self._spells_cell(base) for base in bases)

    def _statement(self, statement: syntax.Statement, loops: tuple[str, ...]) -> None:
        match statement:
            case syntax.Assign(target, _, value):
                self._expression(value, Block.EFFECT, loops)
                self._assigned(target, loops)
            case syntax.Transfer(source, destination, amount):
                self._expression(amount, Block.EFFECT, loops)
                self._credited(source, loops)
                self._credited(destination, loops)
            case syntax.Issue(_, target, amount):
                self._expression(amount, Block.EFFECT, loops)
                self._credited(target, loops)
            case syntax.Require(condition):
                self._expression(condition, Block.EFFECT, loops)
            case syntax.Branch(condition, then, other):
                self._expression(condition, Block.EFFECT, loops)
                for inner in (*then, *other):
                    self._statement(inner, loops)
            case syntax.For(name, _, _, body):
                if self._is_taken(name) or name in self.scope.bindings or name in loops:
                    message = f"{quoted(name)} is already a name here, expected a new name for the loop"
                    raise self.source.error("NAME", message, statement.start, statement.end)
                for inner in body:
                    self._statement(inner, (*loops, name))

    def _credited(self, target: syntax.Name, loops: tuple[str, ...]) -> None:
        """The target of a transfer, mint or burn: an account, meaning its balance, or a balance cell."""
        name = target.name
        symbol = self.scope.symbols.get(name)
        is_account = isinstance(symbol.type, Account) if symbol is not None else not self._spells_cell(name)
        if target.field is None and is_account and name not in loops and name not in self.scope.bindings:
            cell = self._cell(name, "balance", target, dotted=True)
            cell.blocks.add(Block.EFFECT)
            self.scope.references[id(target)] = Reference(cell, Time.PLAIN)
        self._assigned(target, loops)

    def _spells_cell(self, name: str) -> bool:
        return name.endswith("_balance") or self._account_prefix(name)[0] != ""

    def _assigned(self, target: syntax.Name, loops: tuple[str, ...]) -> None:
        reference = self.scope.references.get(id(target)) or self._name(target, Block.EFFECT, loops)
        symbol = reference.symbol
        if symbol is None or reference.time is not Time.PLAIN:
            message = f"cannot assign to {quoted(str(target))}, expected a state cell by its plain name"
            raise self.source.error("NAME", message, target.start, target.end)
        symbol.assigned = True
        symbol.after_occurs = True

    def _check(self, line: syntax.VerifyLine) -> None:
        match line:
            case syntax.Check(condition):
                self._expression(condition, Block.VERIFY, ())
                self._modifiers(line)
            case syntax.CheckIf(condition, then, other):
                self._expression(condition, Block.VERIFY, ())
                for inner in (*then, *other):
                    self._check(inner)

    def _modifiers(self, line: syntax.Check) -> None:
        """`secret` and `external` before a condition hold for the undeclared names in it; `secret` for all of them."""
        if not (line.secret or line.external):
            return
        for name in names_in(line.condition):
            symbol = self.scope.reference(name).symbol
            if symbol is not None:
                symbol.secret = symbol.secret or line.secret
                if symbol.parameter is None and symbol.account == "":
                    symbol.external = symbol.external or line.external

    def _expression(self, expression: syntax.Expression, block: Block, loops: tuple[str, ...]) -> None:
        for node in walk(expression):
            if isinstance(node, syntax.Name) and id(node) not in self.scope.references:
                self._name(node, block, loops)
            elif isinstance(node, syntax.Old):
                self._old(node, block, loops)

    def _old(self, node: syntax.Old, block: Block, loops: tuple[str, ...]) -> None:
        reference = self._find(node.cell, loops)
        if reference.symbol is None or reference.time is not Time.PLAIN:
            message = f"{quoted(str(node.cell))} has no state before, expected the plain name of a state cell"
            raise self.source.error("NAME", message, node.cell.start, node.cell.end)
        # Not a plain name: in `verify` that would stand for the state after.
        reference.symbol.timed = True
        reference.symbol.blocks.add(block)
        self.scope.references[id(node.cell)] = Reference(reference.symbol, Time.BEFORE)

    def _name(self, node: syntax.Name, block: Block, loops: tuple[str, ...]) -> Reference:
        found = self._find(node, loops)
        self.scope.references[id(node)] = found
        symbol = found.symbol
        if symbol is not None:
            symbol.blocks.add(block)
            if found.time is not Time.PLAIN:
                symbol.timed = True
            if found.time is Time.AFTER and block is not Block.VERIFY:
                wanted = {Block.GUARD: "only parameters and the state before", Block.EFFECT: "the current or old state"}
                expected = wanted[block]
                message = f"{quoted(str(node))} is the state after, expected {expected} in {_IN[block]}"
                raise self.source.error("NAME", message, node.start, node.end)
            if found.time is Time.AFTER or (found.time is Time.PLAIN and block is Block.VERIFY):
                symbol.after_occurs = True
        return found

    def _find(self, node: syntax.Name, loops: tuple[str, ...]) -> Reference:
        if node.field is not None:
            return self._dotted(node)
        name = node.name
        if name in loops:
            return Reference(None, Time.PLAIN, loop=name)
        known = self.scope.symbols.get(name)
        if known is not None and known.parameter is not None:
            return Reference(known, Time.PLAIN)
        if name in self.scope.bindings:
            return Reference(None, Time.PLAIN, binding=name)
        found = self._readings(name)
        if len(found) > 1:
            spelled = " and ".join(f"{time.value} of {quoted(base)}" for base, time in found)
            raise self.source.error(
                "NAME", f"{quoted(name)} has two readings ({spelled}), expected one", node.start, node.end
            )
        if not found:
            return Reference(self._base(name, node), Time.PLAIN)
        base, time = found[0]
        if base not in self.scope.symbols and self._readings(base):
            raise self._named_twice(node)
        if base in self.scope.bindings:
            message = f"{quoted(base)} is a binding and has no {time.value} form, expected its plain name"
            raise self.source.error("NAME", message, node.start, node.end)
        return Reference(self._base(base, node), time)

    def _dotted(self, node: syntax.Name) -> Reference:
        assert node.field is not None
        account, time = node.name, Time.PLAIN
        if account not in self.scope.symbols:
            for prefix, found in ((BEFORE_PREFIX, Time.BEFORE), (AFTER_PREFIX, Time.AFTER)):
                if account.startswith(prefix) and len(account) > len(prefix):
                    account, time = account[len(prefix) :], found
                    break
        cell_field = node.field
        for suffix, found in SUFFIXES:
            if cell_field.endswith(suffix) and len(cell_field) > len(suffix):
                if time is not Time.PLAIN:
                    message = f"{quoted(str(node))} has two readings, expected one of before and after"
                    raise self.source.error("NAME", message, node.start, node.end)
                cell_field, time = cell_field[: -len(suffix)], found
        if time is not Time.PLAIN and readings(cell_field):
            raise self._named_twice(node)
        declared = self.scope.symbols.get(account)
        if declared is not None and declared.parameter is not None and not isinstance(declared.type, Account):
            written = quoted(declared.parameter.type.name)
            message = f"{quoted(account)} is declared as {written}, expected an `Account` before a cell"
            raise self.source.error("TYPE", message, node.start, node.end)
        return Reference(self._cell(account, cell_field, node, dotted=True), time)

    def _named_twice(self, node: syntax.Name) -> Exception:
        message = f"{quoted(str(node))} names a state before or after twice, expected one form of it"
        return self.source.error("NAME", message, node.start, node.end)

    def _base(self, name: str, node: syntax.Name) -> Symbol:
        """The symbol of a spelling without before or after: declared, a cell of an account, or a free name."""
        if name in self.scope.symbols:
            return self.scope.symbols[name]
        account, cell_field = self._account_prefix(name)
        if not account and name.endswith("_balance") and len(name) > len("_balance"):
            account, cell_field = name[: -len("_balance")], "balance"
        if account:
            return self._cell(account, cell_field, node)
        symbol = Symbol(name, name, "", "", node.start, node.end)
        self.scope.symbols[name] = symbol
        return symbol

    def _account_prefix(self, name: str) -> tuple[str, str]:
        return account_prefix(self.scope.accounts, name)

    def _readings(self, name: str) -> list[tuple[str, Time]]:
        """The readings of a spelling as before or after, without those that cut into the name of an account."""
        found = readings(name)
        if self._account_prefix(name)[0].startswith((BEFORE_PREFIX, AFTER_PREFIX)):
            return [(base, time) for base, time in found if name.startswith(base)]
        return found

    def _cell(self, account: str, cell_field: str, node: syntax.Name, *, dotted: bool = False) -> Symbol:
        """The one symbol of a cell; a declared parameter spelled `account_field` is that cell."""
        spelled = f"{account}_{cell_field}"
        declared = self.scope.symbols.get(spelled)
        if declared is not None and declared.parameter is not None:
            declared.timed = declared.timed or dotted
            return declared
        key = f"{account}.{cell_field}"
        if key not in self.scope.symbols:
            self.scope.symbols[key] = Symbol(key, spelled, account, cell_field, node.start, node.end)
            if account not in self.scope.accounts and account not in self.scope.free_accounts:
                self.scope.free_accounts.append(account)
        return self.scope.symbols[key]

    def _give_known_type(self, symbol: Symbol) -> None:
        """Balance cells, and whatever the request gives as a balance, are money; a conflicting type is an error."""
        named = set(symbol.spellings()) & self.balances
        spelled_balance = symbol.key.endswith("_balance") and symbol.account == ""
        if not (symbol.is_balance or named or spelled_balance):
            return
        asset = self._asset_of_owner(symbol)
        if symbol.type is None and symbol.nominal is None:
            symbol.type = Money(asset)
        elif isinstance(symbol.type, Integer) and symbol.type.minimum == 0 and symbol.type.maximum is not None:
            symbol.type = Money(asset, symbol.type.maximum)
        elif asset != DEFAULT_ASSET and isinstance(symbol.type, Money) and symbol.type.asset != asset:
            message = f"{quoted(symbol.label)} is `{symbol.type}`, expected the `{asset}` that its account holds"
            raise self.source.error("TYPE", *self._place(message, symbol))
        elif not isinstance(symbol.type, Money) and symbol.nominal is None:
            message = (
                f"{quoted(symbol.label)} is a balance, declared as {quoted(str(symbol.type))}, expected a type of money"
            )
            raise self.source.error("TYPE", *self._place(message, symbol))

    def _asset_of_owner(self, symbol: Symbol) -> str:
        """The asset of the account whose balance a symbol is, declared as a parameter of its own or not."""
        name = symbol.account or self._account_prefix(symbol.key)[0]
        account = self.scope.symbols.get(name)
        return account.type.asset if account is not None and isinstance(account.type, Account) else DEFAULT_ASSET

    def _error(self, message: str, node: syntax.Parameter | syntax.TypeName) -> Exception:
        return self.source.error("TYPE", message, node.start, node.end)

    @staticmethod
    def _place(message: str, symbol: Symbol) -> tuple[str, int, int]:
        return message, symbol.start, symbol.end
