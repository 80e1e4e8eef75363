"""G33: accounts and assets are declared, and only permitted types of accounts stand against each other."""

from __future__ import annotations

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Move
from aethel.ledger.exact import ZERO
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, quoted
from aethel.terms import Chart, ChartAccount

ACCOUNT_TYPES_MOST = 100
"""Types of one chart: the pairs of one entry are looked at type by type, so their number is bounded by its square."""


def chart(declared: Declared) -> Checked | None:
    """G33: every movement is of a declared account and asset; each debited type may stand against each credited one.

    Movements stand against each other inside one transfer, or inside an entry where they balance in one commodity.
    """
    given = declared.terms.chart
    if given is None or declared.moves is None:
        return None
    notes = Notes("G33")
    types = {account.type for account in given.accounts}
    if len(types) > ACCOUNT_TYPES_MOST:
        notes.found(f"the chart has {len(types)} types of accounts, expected at most {ACCOUNT_TYPES_MOST}")
        return notes.concluded("")
    accounts = _accounts(given, notes)
    assets = frozenset(given.assets)
    for move in declared.moves:
        _declared(move, accounts, assets, notes)
    _pairs(declared.moves, accounts, given, notes)
    return notes.concluded(f"{counted(len(declared.moves), 'movement follows', 'movements follow')} the chart")


def _accounts(given: Chart, notes: Notes) -> dict[str, ChartAccount]:
    accounts: dict[str, ChartAccount] = {}
    for account in given.accounts:
        if accounts.setdefault(account.account, account) is not account:
            notes.found(f"account {quoted(account.account)} is declared twice, expected once", (account.account,))
    return accounts


def _declared(move: Move, accounts: dict[str, ChartAccount], assets: frozenset[str], notes: Notes) -> None:
    account = accounts.get(move.account)
    if account is None:
        notes.found(f"leg {move.leg} is of account {quoted(move.account)}, which is not declared", (move.account,))
    elif account.commodities and move.commodity not in account.commodities:
        message = f"leg {move.leg} books {quoted(move.commodity)}, which account {quoted(move.account)} does not hold"
        notes.found(message, (move.account,))
    if move.commodity not in assets:
        notes.found(f"leg {move.leg} is in {quoted(move.commodity)}, which is no declared asset", (move.account,))


def _pairs(moves: tuple[Move, ...], accounts: dict[str, ChartAccount], given: Chart, notes: Notes) -> None:
    permitted = {(pair.debited, pair.credited) for pair in given.pairings}
    sides: dict[tuple[int, str], tuple[dict[str, str], dict[str, str]]] = {}
    for move in moves:
        account = accounts.get(move.account)
        if account is not None and move.amount != ZERO:
            pair = sides.setdefault((move.group, move.paired_in), ({}, {}))
            pair[move.amount > ZERO].setdefault(account.type, move.account)
    refused: dict[tuple[str, str], tuple[str, str]] = {}
    for debited, credited in sides.values():
        for debit_type, debit_account in debited.items():
            for credit_type, credit_account in credited.items():
                if (debit_type, credit_type) not in permitted:
                    refused.setdefault((debit_type, credit_type), (debit_account, credit_account))
    for (debit_type, credit_type), found in refused.items():
        notes.found(f"no movement from type {quoted(debit_type)} to type {quoted(credit_type)} is permitted", found)
