"""Accounts as transfers change them: TigerBeetle's four sums, its limits and its widths, with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.identity import reserved_number
from aethel.ledger.transfer_reading import AMOUNT_MAX, Numbers
from aethel.ledger.wording import quoted, safe
from aethel.transaction import Phase, TransferAccount
from aethel.verdict import Finding

_NUMBERS = ("id", "ledger", "debits_pending", "debits_posted", "credits_pending", "credits_posted")


@dataclass(slots=True)
class Account:
    """One account as it is by now; amounts are whole units, and only this package's ledger changes them."""

    source: TransferAccount
    ledger: int
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    closed: bool

    @property
    def name(self) -> str:
        return f"account {quoted(self.source.id)}"

    def room_to_debit(self) -> int:
        """How much a balancing transfer may still debit."""
        return max(0, self.credits_posted - self.debits_posted - self.debits_pending)

    def room_to_credit(self) -> int:
        """How much a balancing transfer may still credit."""
        return max(0, self.debits_posted - self.credits_posted - self.credits_pending)

    def snapshot(self) -> Callable[[], None]:
        """What puts everything back as it is now."""
        kept = (self.debits_pending, self.debits_posted, self.credits_pending, self.credits_posted, self.closed)

        def restore() -> None:
            self.debits_pending, self.debits_posted, self.credits_pending, self.credits_posted, self.closed = kept

        return restore


def read_accounts(described: tuple[TransferAccount, ...]) -> tuple[dict[int, Account], tuple[Finding, ...]]:
    """Every described account by its id, and what is wrong with the descriptions."""
    accounts: dict[int, Account] = {}
    findings: list[Finding] = []
    for source in described:
        read = _read(source)
        if isinstance(read, Finding):
            findings.append(read)
        elif read[0] in accounts:
            message = f"account {quoted(source.id)} is described twice, expected once"
            findings.append(Finding("G05", message, accounts=(safe(source.id),)))
        else:
            accounts[read[0]] = read[1]
    return accounts, tuple(findings)


def _read(source: TransferAccount) -> tuple[int, Account] | Finding:
    texts = (
        source.id,
        source.ledger,
        source.debits_pending,
        source.debits_posted,
        source.credits_pending,
        source.credits_posted,
    )
    read: list[int] = []
    for name, text in zip(_NUMBERS, texts, strict=True):
        found = 0 if text == "0" else scan_whole(text)
        if isinstance(found, Refused):
            message = f"the {name} of account {quoted(source.id)}: {found.message}"
            return Finding("G11" if found.too_long else "G04", message, accounts=(safe(source.id),))
        read.append(found)
    number, ledger, debits_pending, debits_posted, credits_pending, credits_posted = read
    if fault := reserved_number(number, 128):
        return Finding("G05", f"the account id {quoted(source.id)} {fault}", accounts=(safe(source.id),))
    if not 1 <= ledger < 2**32:
        message = f"the ledger of account {quoted(source.id)} is {ledger}, expected 1 to 2^32 - 1"
        return Finding("G06", message, accounts=(safe(source.id),))
    for name, value in zip(_NUMBERS[2:], read[2:], strict=True) if max(read) > AMOUNT_MAX else ():
        if value > AMOUNT_MAX:
            message = f"the {name} of account {quoted(source.id)} is {value}, expected at most 2^128 - 1"
            return Finding("G11", message, accounts=(safe(source.id),), delta=str(value - AMOUNT_MAX))
    return number, Account(
        source, ledger, debits_pending, debits_posted, credits_pending, credits_posted, source.closed
    )


def existing(numbers: Numbers, debit: Account | None, credit: Account | None) -> Finding | None:
    """G05 and G06: both accounts exist, are open, and are of the transfer's ledger."""
    if debit is None:
        return _missing("debited", numbers.debit_account, numbers)
    if credit is None:
        return _missing("credited", numbers.credit_account, numbers)
    if debit.ledger == credit.ledger == numbers.ledger and not (debit.closed or credit.closed):
        return None
    if debit.ledger != credit.ledger:
        message = f"the accounts of {numbers.name} are of ledgers {debit.ledger} and {credit.ledger}, expected one"
        return Finding("G06", message, accounts=(safe(debit.source.id), safe(credit.source.id)))
    if numbers.ledger != debit.ledger:
        message = f"{numbers.name} is of ledger {numbers.ledger} and its accounts of {debit.ledger}"
        return Finding("G06", message, accounts=(safe(debit.source.id), safe(credit.source.id)))
    return closed(numbers, debit, credit)


def _missing(side: str, account: int, numbers: Numbers) -> Finding:
    message = f"the {side} account {account} of {numbers.name} is not described"
    return Finding("G05", message, accounts=(str(account),))


def closed(numbers: Numbers, debit: Account, credit: Account) -> Finding | None:
    """G05: a closed account takes no transfers; what was reserved there may still be freed."""
    if numbers.source.phase is Phase.VOID:
        return None
    for side, account in (("debited", debit), ("credited", credit)):
        if account.closed:
            message = f"{numbers.name} is of {account.name} on the {side} side, which is closed"
            return Finding("G05", message, accounts=(safe(account.source.id),))
    return None


def fitting(numbers: Numbers, amount: int, debit: Account, credit: Account) -> Finding | None:
    """G11: neither what is pending, nor what is posted, nor their sum is wider than 128 bits."""
    debits, credits_ = debit.debits_pending + debit.debits_posted, credit.credits_pending + credit.credits_posted
    if debits + amount <= AMOUNT_MAX and credits_ + amount <= AMOUNT_MAX:
        return None  # so is each of the sums below, none of which is greater
    pending = numbers.source.phase is Phase.PENDING
    for account, held_pending, held_posted in (
        (debit, debit.debits_pending, debit.debits_posted),
        (credit, credit.credits_pending, credit.credits_posted),
    ):
        sums = {
            "pending": held_pending + amount if pending else 0,
            "posted": 0 if pending else held_posted + amount,
            "pending and posted": held_pending + held_posted + amount,
        }
        for what, total in sums.items():
            if total > AMOUNT_MAX:
                message = f"{numbers.name} takes what is {what} of {account.name} beyond 2^128 - 1"
                numbers_shown = (("amount", str(amount)), (what, str(total)))
                return Finding(
                    "G11",
                    message,
                    accounts=(safe(account.source.id),),
                    numbers=numbers_shown,
                    delta=str(total - AMOUNT_MAX),
                )
    return None


def bounded(numbers: Numbers, amount: int, debit: Account, credit: Account) -> Finding | None:
    """G12: debits never exceed credits, or credits debits, where so flagged; what is pending counts as used."""
    if debit.source.debits_must_not_exceed_credits:
        used = debit.debits_pending + debit.debits_posted + amount
        if used > debit.credits_posted:
            return _beyond(numbers, debit, "debits", used, "credits", debit.credits_posted)
    if credit.source.credits_must_not_exceed_debits:
        used = credit.credits_pending + credit.credits_posted + amount
        if used > credit.debits_posted:
            return _beyond(numbers, credit, "credits", used, "debits", credit.debits_posted)
    return None


def _beyond(numbers: Numbers, account: Account, what: str, used: int, within: str, most: int) -> Finding:
    message = f"{numbers.name} takes the {what} of {account.name} to {used}, expected at most its {within}, {most}"
    shown = ((what, str(used)), (within, str(most)))
    return Finding("G12", message, accounts=(safe(account.source.id),), numbers=shown, delta=str(used - most))
