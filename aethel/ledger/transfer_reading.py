"""A transfer as numbers, and what is wrong with it whatever its accounts hold, in TigerBeetle's order of checks."""

from __future__ import annotations

from typing import NamedTuple

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.identity import reserved_number
from aethel.ledger.wording import quoted, safe
from aethel.transaction import Phase, Transfer
from aethel.verdict import Finding

AMOUNT_MAX = 2**128 - 1
"""The widest amount; to post a pending transfer it stands for all that is pending."""

_new = tuple.__new__

_ID_BITS = 128
_ID_MAX = 2**_ID_BITS - 1
_NUMBERS = ("id", "debit_account", "credit_account", "amount", "ledger", "code", "pending_id", "timeout_s")
_LEDGERS, _CODES = 2**32, 2**16
_WIDTHS = (("ledger", _LEDGERS, "G06"), ("code", _CODES, "G04"), ("timeout_s", 2**32, "G16"))


class Numbers(NamedTuple):
    """The numbers of one transfer, 0 where a text is empty and may be; `number` counts the transfers from 1.

    `resolves` says whether it posts or voids a pending transfer. A named tuple, since there are many (see `book.Leg`).
    """

    number: int
    source: Transfer
    resolves: bool
    id: int
    debit_account: int
    credit_account: int
    amount: int
    ledger: int
    code: int
    pending_id: int
    timeout_s: int

    @property
    def name(self) -> str:
        """What messages call this transfer."""
        return f"transfer {self.number}"


def numbers_of(transfer: Transfer, number: int, known: dict[str, int] | None = None) -> Numbers | Finding:
    """The numbers of a transfer, or the first text that is none.

    `known` keeps the numbers of texts read so far, most of which a batch repeats: accounts, ledgers and codes.
    """
    if known is None:
        known = {}
    is_void = transfer.phase is Phase.VOID
    resolves = is_void or transfer.phase is Phase.POST
    unsaid = "0" if resolves else ""
    texts = (
        transfer.id,
        transfer.debit_account or unsaid,
        transfer.credit_account or unsaid,
        transfer.amount or ("0" if is_void else ""),
        transfer.ledger or unsaid,
        transfer.code or unsaid,
        transfer.pending_id or "0",
        transfer.timeout_s or "0",
    )
    read: list[int] = []
    for text in texts:
        found = known.get(text)
        if found is None:
            scanned = scan_whole(text)
            if isinstance(scanned, Refused):
                message = f"the {_NUMBERS[len(read)]} of transfer {number}: {scanned.message}"
                return Finding("G11" if scanned.too_long else "G04", message)
            found = known[text] = scanned
        read.append(found)
    return _new(Numbers, (number, transfer, resolves, *read))  # as `Numbers(…)` makes it, in a third of the time


def form(numbers: Numbers) -> Finding | None:
    """The first fault of a transfer by itself; None where it has none."""
    return None if _is_usual(numbers) else _fault(numbers)


def _is_usual(numbers: Numbers) -> bool:
    """Whether a transfer has none of the faults below because it uses nothing that few transfers use: told at once."""
    _, source, resolves, id_, debit, credit, amount, ledger, code, pending_id, timeout_s = numbers
    return (
        not (resolves or pending_id or timeout_s or source.closing_debit or source.closing_credit)
        and 0 < id_ < _ID_MAX
        and 0 < debit < _ID_MAX
        and 0 < credit < _ID_MAX
        and debit != credit
        and amount <= AMOUNT_MAX
        and 0 < ledger < _LEDGERS
        and 0 < code < _CODES
    )


def _fault(numbers: Numbers) -> Finding | None:
    return _id(numbers) or _phase(numbers) or _accounts(numbers) or _widths(numbers)


def _id(numbers: Numbers) -> Finding | None:
    fault = reserved_number(numbers.id, _ID_BITS)
    return Finding("G01", f"the id {numbers.id} of {numbers.name} {fault}") if fault else None


def _phase(numbers: Numbers) -> Finding | None:
    """What goes with which phase: TigerBeetle's flags that exclude one another, pending id and timeout."""
    source, name = numbers.source, numbers.name
    if numbers.resolves and (source.balancing_debit or source.balancing_credit):
        return Finding("G16", f"{name} is to {source.phase.value} and balancing, expected one of both")
    if (source.closing_debit or source.closing_credit) and source.phase is not Phase.PENDING:
        return Finding("G16", f"{name} closes an account and is not pending, expected a pending transfer")
    if not numbers.resolves:
        if numbers.pending_id:
            return Finding("G16", f"{name} names a pending transfer and does not post or void it")
        if numbers.timeout_s and source.phase is not Phase.PENDING:
            return Finding(
                "G16", f"{name} has a timeout and is not pending", numbers=_of("timeout_s", numbers.timeout_s)
            )
        return None
    if fault := reserved_number(numbers.pending_id, _ID_BITS):
        return Finding("G16", f"the pending id {numbers.pending_id} of {name} {fault}")
    if numbers.pending_id == numbers.id:
        return Finding("G16", f"{name} names itself as the pending transfer, expected another")
    if numbers.timeout_s:
        return Finding("G16", f"{name} has a timeout and is not pending", numbers=_of("timeout_s", numbers.timeout_s))
    return None


def _accounts(numbers: Numbers) -> Finding | None:
    pair = (("debited", numbers.debit_account), ("credited", numbers.credit_account))
    for side, account in pair:
        if account == 0 and numbers.resolves:
            continue
        if fault := reserved_number(account, _ID_BITS):
            return Finding("G05", f"the {side} account {account} of {numbers.name} {fault}", accounts=(str(account),))
    if numbers.debit_account == numbers.credit_account and numbers.debit_account:
        account_text = str(numbers.debit_account)
        message = f"{numbers.name} debits and credits account {quoted(account_text)}, expected two accounts"
        return Finding("G05", message, accounts=(safe(account_text),))
    return None


def _widths(numbers: Numbers) -> Finding | None:
    if numbers.amount > AMOUNT_MAX:
        over = str(numbers.amount - AMOUNT_MAX)
        message = f"the amount of {numbers.name} is {numbers.amount}, expected at most 2^128 - 1"
        return Finding("G11", message, numbers=_of("amount", numbers.amount), delta=over)
    values = (numbers.ledger, numbers.code, numbers.timeout_s)
    for (field, limit, code), value in zip(_WIDTHS, values, strict=True):
        if value >= limit:
            message = f"the {field} of {numbers.name} is {value}, expected less than {limit}"
            return Finding(code, message, numbers=_of(field, value), delta=str(value - limit + 1))
    if numbers.resolves:
        return None
    for (field, _, code), value in zip(_WIDTHS[:2], values[:2], strict=True):
        if value == 0:
            return Finding(code, f"the {field} of {numbers.name} is 0, expected a positive number")
    return None


def _of(name: str, value: int) -> tuple[tuple[str, str], ...]:
    return ((name, str(value)),)
