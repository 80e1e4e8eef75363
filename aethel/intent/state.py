"""The one state that all intents of a file run on: which names of different intents stand for the same cell."""

from __future__ import annotations

from collections.abc import Collection

from aethel.intent.program import Program
from aethel.intent.types import Account


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
