"""Pending transfers: what is known of them, what may resolve them, and how two transfers with one id differ."""

from __future__ import annotations

from dataclasses import dataclass

from aethel.ledger.amounts import Refused, scan_whole
from aethel.ledger.transfer_reading import AMOUNT_MAX, Numbers, form, numbers_of
from aethel.transaction import BookedTransfer, Fate, Phase
from aethel.verdict import Finding

_SECOND_NS = 10**9


@dataclass(frozen=True, slots=True)
class Pending:
    """A transfer from before, or a pending one of this batch; `expires_ns` is None where it never expires."""

    numbers: Numbers
    amount: int
    expires_ns: int | None
    fate: Fate


def read_booked(booked: tuple[BookedTransfer, ...]) -> tuple[dict[int, Pending], tuple[Finding, ...]]:
    """Every transfer from before by its id, and what is wrong with them."""
    found: dict[int, Pending] = {}
    findings: list[Finding] = []
    for position, each in enumerate(booked, 1):
        read = _read(each, position)
        if isinstance(read, Finding):
            findings.append(read)
        elif read.numbers.id in found:
            findings.append(Finding("G01", f"two booked transfers have the id {read.numbers.id}"))
        else:
            found[read.numbers.id] = read
    return found, tuple(findings)


def _read(booked: BookedTransfer, position: int) -> Pending | Finding:
    numbers = numbers_of(booked.transfer, position)
    time = scan_whole(booked.timestamp_ns)
    fault = numbers if isinstance(numbers, Finding) else form(numbers)
    if isinstance(numbers, Finding) or fault is not None:
        assert fault is not None
        return Finding(fault.code, f"of the booked transfers, {fault.message}", accounts=fault.accounts)
    if isinstance(time, Refused):
        return Finding("G04", f"the timestamp_ns of booked transfer {position}: {time.message}")
    expires = time + numbers.timeout_s * _SECOND_NS if numbers.timeout_s else None
    return Pending(numbers, numbers.amount, expires, booked.fate)


def resolution(numbers: Numbers, pending: Pending, now_ns: int | None) -> int | Finding:
    """What is posted by resolving `pending`, 0 to void it; or G16's first fault, in TigerBeetle's order."""
    held = pending.numbers
    if held.source.phase is not Phase.PENDING:
        return Finding("G16", f"{numbers.name} resolves transfer {held.id}, which is not a pending one")
    for field in ("debit_account", "credit_account", "ledger", "code"):
        own, other = getattr(numbers, field), getattr(held, field)
        if own not in (0, other):
            shown = (("stated", str(own)), ("pending", str(other)))
            message = f"the {field} of {numbers.name} is {own}, expected that of its pending transfer, {other}"
            return Finding("G16", message, accounts=_accounts(held), numbers=shown)
    return _amount(numbers, pending) or _fate(numbers, pending, now_ns) or _posted(numbers, pending)


def _amount(numbers: Numbers, pending: Pending) -> Finding | None:
    shown = (("amount", str(numbers.amount)), ("pending", str(pending.amount)))
    off = str(numbers.amount - pending.amount)
    if numbers.source.phase is Phase.VOID:
        if numbers.amount not in (0, pending.amount):
            message = f"{numbers.name} voids {numbers.amount}, expected all that is pending, {pending.amount}"
            return Finding("G16", message, accounts=_accounts(pending.numbers), numbers=shown, delta=off)
    elif pending.amount < numbers.amount < AMOUNT_MAX:
        message = f"{numbers.name} posts {numbers.amount}, expected at most what is pending, {pending.amount}"
        return Finding("G16", message, accounts=_accounts(pending.numbers), numbers=shown, delta=off)
    return None


def _fate(numbers: Numbers, pending: Pending, now_ns: int | None) -> Finding | None:
    if pending.fate is not Fate.PENDING:
        message = f"the pending transfer of {numbers.name} is {pending.fate.value} already, expected a pending one"
        return Finding("G16", message, accounts=_accounts(pending.numbers))
    if pending.expires_ns is not None and now_ns is not None and pending.expires_ns <= now_ns:
        shown = (("expired at ns", str(pending.expires_ns)), ("now ns", str(now_ns)))
        message = f"the pending transfer of {numbers.name} has expired"
        return Finding(
            "G16", message, accounts=_accounts(pending.numbers), numbers=shown, delta=str(now_ns - pending.expires_ns)
        )
    return None


def _posted(numbers: Numbers, pending: Pending) -> int:
    if numbers.source.phase is Phase.VOID:
        return 0
    return min(numbers.amount, pending.amount)


def difference(numbers: Numbers, before: Numbers) -> str:
    """The first field in which two transfers with one id differ, in TigerBeetle's order; empty where in none."""
    flags = ("phase", "linked", "balancing_debit", "balancing_credit", "closing_debit", "closing_credit")
    if any(getattr(numbers.source, flag) != getattr(before.source, flag) for flag in flags):
        return "kind of transfer"
    fields = ("debit_account", "credit_account", "amount", "pending_id", "timeout_s", "ledger", "code")
    return next((field for field in fields if getattr(numbers, field) != getattr(before, field)), "")


def _accounts(numbers: Numbers) -> tuple[str, ...]:
    return str(numbers.debit_account), str(numbers.credit_account)
