"""The one state that all intents of a file run on: which names of different intents stand for the same cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from aethel.intent.program import Program
from aethel.intent.scope import Scope, Symbol
from aethel.intent.source import quoted
from aethel.intent.terms import variables
from aethel.intent.types import Account, Money, Type


def shared_cell(program: Program, name: str) -> str | None:
    """The name that a cell or variable of `program` has in every intent of the file; None where it is local.

    `x_balance` and `x.balance` are one cell of the account `x`, which is the same account throughout; an undeclared
    name is state as well. Every other declared parameter belongs to its intent.
    """
    accounts = [parameter.name for parameter in program.parameters if isinstance(parameter.type, Account)]
    return cell_of(name, {parameter.name for parameter in program.parameters}, accounts)


def cell_of(name: str, declared: Collection[str], accounts: Collection[str]) -> str | None:
    """As `shared_cell`, from the declared names of an intent and those among them that are accounts."""
    if "." in name:
        return name
    owners = [account for account in accounts if name.startswith(account + "_") and len(name) > len(account) + 1]
    if owners:
        owner = max(owners, key=len)
        return f"{owner}.{name[len(owner) + 1 :]}"
    owner = name.removesuffix("_balance")
    if owner not in ("", name):
        return f"{owner}.balance"
    return None if name in declared else name


def refuse_disagreement(scopes: Iterable[Scope]) -> None:
    """Raise IntentError (TYPE) where two intents of a file take one cell for different things, such as two assets."""
    seen: dict[str, tuple[Symbol, str]] = {}
    for scope in scopes:
        for cell, symbol in _cells(scope):
            first, intent = seen.setdefault(cell, (symbol, scope.intent.name))
            if _kind(first.known_type) != _kind(symbol.known_type) and (first.changeable or symbol.changeable):
                found = f"{quoted(symbol.label)} is `{symbol.known_type}` here and `{first.known_type}`"
                message = f"{found} in {quoted(intent)}, expected one type for one state"
                raise scope.source.error("TYPE", message, symbol.start, symbol.end)


def secret_cells(program: Program) -> set[str]:
    """The cells whose value after is secret, or would tell a value that is."""
    secret = {variable.name for variable in program.variables if variable.secret}
    telling = (cell for cell in program.cells if cell.secret or not secret.isdisjoint(variables(cell.after)))
    return {shared for cell in telling if (shared := shared_cell(program, cell.name)) is not None}


def keep_secret(scope: Scope, cells: Collection[str]) -> None:
    """Make secret in this intent what earlier intents of the file left in these cells."""
    for cell, symbol in _cells(scope):
        symbol.secret = symbol.secret or cell in cells


def _cells(scope: Scope) -> Iterator[tuple[str, Symbol]]:
    declared = {parameter.name for parameter in scope.intent.parameters}
    accounts = [name for name in declared if isinstance(scope.symbols[name].type, Account)]
    for symbol in scope.symbols.values():
        cell = cell_of(symbol.key, declared, accounts)
        if cell is not None:
            yield cell, symbol


def _kind(type_: Type) -> str:
    return f"money {type_.asset}" if isinstance(type_, Money) else type(type_).__name__
