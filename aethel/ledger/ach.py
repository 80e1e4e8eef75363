"""Judges an ACH batch: its entries against the totals and the hash of its control record (G31)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aethel.ledger.amounts import Refused, scan_whole, scan_whole_all
from aethel.ledger.checked import Checked, Judgement, run
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, quoted
from aethel.transaction import AchBatch, AchEntry, Side
from aethel.verdict import Finding

ENTRIES = 10_000
"""Most entries of one batch: the work of one verdict stays within its deadline."""

_AMOUNT_DIGITS = 10
_AMOUNT_LIMIT = 10**_AMOUNT_DIGITS
_TOTAL_DIGITS = 12
_HASH_DIGITS = 10
_ROUTING_DIGITS = 8
_CHECK_WEIGHTS = (3, 7, 1)
"""Widths of NACHA's entry detail and batch control records, and the weights of the check digit of a routing number."""

_SIDES = {"1": Side.CREDIT, "2": Side.CREDIT, "3": Side.CREDIT, "4": Side.CREDIT} | dict.fromkeys("6789", Side.DEBIT)
"""The side of a transaction code by its second digit, for the accounts of receivers (first digit 2 to 4)."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A batch with its amounts in cents, None where one is refused, and what of it is no number."""

    batch: AchBatch
    cents: tuple[int | None, ...]
    refused: tuple[Finding, ...]


def judge_ach(batch: AchBatch) -> Judgement:
    """Runs G04, G11 and G31; work is linear in the entries."""
    if len(batch.entries) > ENTRIES:
        message = f"the batch has {len(batch.entries)} entries, expected at most {ENTRIES}"
        return Judgement(
            findings=(Finding("TOO_LARGE", message),), not_applicable=tuple(code for code, _ in ACH_CHECKS)
        )
    notes = Notes("G04")
    cents: Sequence[int | None] | None = scan_whole_all([entry.amount_cents for entry in batch.entries])
    if cents is None:
        named = [(entry.amount_cents, f"amount of entry {number}") for number, entry in enumerate(batch.entries, 1)]
        cents = [notes.whole(text, name) for text, name in named]
    control = batch.control
    for text, what in (
        (control.total_debit_cents, "total of debits"),
        (control.total_credit_cents, "total of credits"),
    ):
        notes.whole(text, what)
    notes.whole(control.entry_hash, "entry hash")
    if control.entry_count:
        notes.whole(control.entry_count, "count of entries")
    return run(ACH_CHECKS, _Read(batch, tuple(cents), tuple(notes.findings)))


def _form(read: _Read) -> Checked:
    """G04: every amount, total and hash is a whole number."""
    findings = tuple(found for found in read.refused if found.code == "G04")
    return Checked(f"{counted(len(read.cents), 'amount is', 'amounts are')} whole cents", findings)


def _width(read: _Read) -> Checked:
    """G11: amounts and totals fit the fields of their records."""
    notes = Notes("G11")
    notes.findings.extend(found for found in read.refused if found.code == "G11")
    for number, cents in enumerate(read.cents, 1):
        if cents is not None and cents >= _AMOUNT_LIMIT:
            notes.found(f"the amount of entry {number} is {cents}, expected at most {_AMOUNT_DIGITS} digits")
    control = read.batch.control
    for text, what in ((control.total_debit_cents, "debits"), (control.total_credit_cents, "credits")):
        found = scan_whole(text)
        if not isinstance(found, Refused) and found >= 10**_TOTAL_DIGITS:
            notes.found(f"the total of {what} is {found}, expected at most {_TOTAL_DIGITS} digits")
    return notes.concluded("amounts and totals fit their fields")


def _totals(read: _Read) -> Checked | None:
    """G31: debits, credits, count and entry hash are those of the entries, and each entry is on one side."""
    if read.refused:
        return None
    notes = Notes("G31")
    if not read.batch.entries:
        notes.found("the batch has no entries, expected at least one")
    debits = credits_ = routings = 0
    for number, (entry, cents) in enumerate(zip(read.batch.entries, read.cents, strict=True), 1):
        if entry.side is Side.DEBIT:
            debits += cents or 0
        else:
            credits_ += cents or 0
        routings += _routing(entry, number, notes)
        _side(entry, number, notes)
    control = read.batch.control
    stated = (
        ("total of debits", control.total_debit_cents, debits),
        ("total of credits", control.total_credit_cents, credits_),
        ("entry hash", control.entry_hash, routings % 10**_HASH_DIGITS),
        ("count of entries", control.entry_count, len(read.batch.entries)),
    )
    for what, text, due in stated:
        if text and int(text) != due:
            numbers = (("stated", text), ("computed", str(due)))
            message = f"the {what} is {text}, expected {due} by the entries"
            notes.found(message, numbers=numbers, delta=str(int(text) - due))
    return notes.concluded(f"the control record sums {counted(len(read.batch.entries), 'entry', 'entries')}")


def _routing(entry: AchEntry, number: int, notes: Notes) -> int:
    """The first eight digits of the routing number as a number; 0, and a finding, where it is none."""
    text = entry.routing
    if not (text.isascii() and text.isdigit() and len(text) in (_ROUTING_DIGITS, _ROUTING_DIGITS + 1)):
        notes.found(f"the routing number of entry {number} is {quoted(text)}, expected 8 or 9 digits", (text,))
        return 0
    if len(text) > _ROUTING_DIGITS and _weighed(text) % 10:
        notes.found(f"the check digit of the routing number {quoted(text)} of entry {number} is wrong", (text,))
    return int(text[:_ROUTING_DIGITS])


def _weighed(digits: str) -> int:
    """The digits by their weights in turn; the codes of ASCII digits are these numbers and that of 0."""
    codes = digits.encode("ascii")
    first, second, third = _CHECK_WEIGHTS
    zeros = ord("0") * (first + second + third) * len(codes) // len(_CHECK_WEIGHTS)
    return first * sum(codes[0::3]) + second * sum(codes[1::3]) + third * sum(codes[2::3]) - zeros


def _side(entry: AchEntry, number: int, notes: Notes) -> None:
    """Whether a transaction code that says a side says the entry's own."""
    code = entry.transaction_code
    says = _SIDES.get(code[1:]) if len(code) == 2 and code[0] in "234" else None
    if says is not None and says is not entry.side:
        message = f"entry {number} is a {entry.side.value} and has transaction code {code}, which is a {says.value}"
        notes.found(message, (entry.routing,))


ACH_CHECKS: tuple[tuple[str, Callable[[_Read], Checked | None]], ...] = (
    ("G04", _form),
    ("G11", _width),
    ("G31", _totals),
)
