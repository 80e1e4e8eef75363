"""G32: what is wrapped in a domain is locked here, after the transaction as before."""

from __future__ import annotations

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared
from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Backing


def backing(declared: Declared) -> Checked | None:
    """G32: per domain, wrapped is at most locked; what this transaction locks, frees, issues and takes back counts."""
    given = declared.terms.backings
    if not given or declared.moves is None:
        return None
    notes = Notes("G32")
    seen: set[tuple[str, str]] = set()
    for each in given:
        if (each.domain, each.wrapped_commodity) in seen:
            notes.found(f"domain {quoted(each.domain)} is given twice for {quoted(each.wrapped_commodity)}")
        seen.add((each.domain, each.wrapped_commodity))
        _judge(each, declared, notes)
    return notes.concluded(f"what is wrapped in {counted(len(given), 'domain', 'domains')} is locked")


def _judge(given: Backing, declared: Declared, notes: Notes) -> None:
    wrapped = notes.number(given.wrapped, f"amount wrapped in {quoted(given.domain)}")
    locked = notes.number(given.locked, f"amount locked for {quoted(given.domain)}")
    if wrapped is None or locked is None:
        return
    net = declared.posted.net
    issued = net.get((given.issue_account, given.wrapped_commodity), ZERO) if given.issue_account else ZERO
    added = net.get((given.lock_account, given.locked_commodity), ZERO) if given.lock_account else ZERO
    after, held = subtract(wrapped, issued), add(locked, added)
    if after > held:
        short = subtract(after, held)
        numbers = (
            ("wrapped before", plain(wrapped)),
            ("locked before", plain(locked)),
            ("wrapped after", plain(after)),
            ("locked after", plain(held)),
        )
        message = (
            f"{plain(after)} is wrapped in {quoted(given.domain)} and {plain(held)} locked, {plain(short)} too little"
        )
        notes.found(message, (given.lock_account, given.issue_account), numbers, plain(short))
