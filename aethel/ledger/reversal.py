"""G17: a reversal cites its original, mirrors its parties, and all refunds together stay within it."""

from __future__ import annotations

from decimal import Decimal

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Holding
from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import BookedLeg


def reversal(declared: Declared) -> Checked | None:
    """G17: each account gives back at most what it got, or gets back at most what it gave, earlier refunds counted."""
    given = declared.terms.reversal
    if given is None or declared.moves is None:
        return None
    notes = Notes("G17")
    if not given.original_id.strip():
        notes.found("the reversal cites no original, expected its id")
    if not given.original:
        notes.found("the reversal gives no legs of its original, expected all of them")
    original = _sums(given.original, "original", notes)
    refunds = _sums(given.refunds, "earlier refunds", notes)
    if not notes.findings:
        for holding in dict.fromkeys((*declared.flows.net, *refunds)):
            now, before = declared.flows.net.get(holding, ZERO), refunds.get(holding, ZERO)
            _compare(holding, original.get(holding, ZERO), before, now, notes)
    movements = counted(len(declared.flows.net), "movement mirrors", "movements mirror")
    return notes.concluded(f"{movements} the original {quoted(given.original_id)} and stay within it")


def _compare(holding: Holding, whole: Decimal, before: Decimal, now: Decimal, notes: Notes) -> None:
    account, commodity = holding
    name = f"account {quoted(account)}"
    numbers = (("original", plain(whole)), ("refunded before", plain(before)), ("now", plain(now)))
    if whole == ZERO and (now != ZERO or before != ZERO):
        notes.found(f"{name} is no party of the original in {quoted(commodity)}", (account,), numbers, plain(now))
    elif any(moved != ZERO and (moved > ZERO) == (whole > ZERO) for moved in (before, now)):
        side = "credited" if whole > ZERO else "debited"
        notes.found(f"{name} is {side} as in the original, expected the other side", (account,), numbers, plain(now))
    elif add(before, now).copy_abs() > whole.copy_abs():
        excess = subtract(add(before, now).copy_abs(), whole.copy_abs())
        notes.found(f"the refunds of {name} exceed the original by {plain(excess)}", (account,), numbers, plain(excess))


def _sums(legs: tuple[BookedLeg, ...], what: str, notes: Notes) -> dict[Holding, Decimal]:
    sums: dict[Holding, Decimal] = {}
    for number, leg in enumerate(legs, 1):
        amount = notes.signed(leg.amount, f"amount of leg {number} of the {what}")
        if amount is not None:
            holding = (leg.account, leg.commodity)
            sums[holding] = add(sums.get(holding, ZERO), amount)
    return sums
