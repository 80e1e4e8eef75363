"""G18: shares sum to exactly one, and the parts to the whole, to the last unit, by a named rule for what is left."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import assert_never

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Holding
from aethel.ledger.exact import ZERO
from aethel.ledger.notes import Notes
from aethel.ledger.rounding import written
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Allotment, Portion, Remainder


def allotment(declared: Declared) -> Checked | None:
    """G18: every portion is what its share and the remainder rule give, and its account gets exactly that."""
    given = declared.terms.allotments
    if not given:
        return None
    notes = Notes("G18")
    due: dict[Holding, Fraction] = {}
    for number, each in enumerate(given, 1):
        _judge(each, f"allotment {number}", due, notes)
    if not notes.findings and declared.moves is not None:
        for (account, commodity), amount in due.items():
            booked = declared.flows.into.get((account, commodity), ZERO)
            if booked != amount:
                message = f"account {quoted(account)} gets {plain(booked)}, expected its portion, {written(amount)}"
                numbers = (("booked", plain(booked)), ("portion", written(amount)))
                notes.found(message, (account,), numbers, written(Fraction(booked) - amount))
    return notes.concluded(f"{counted(len(given), 'allotment sums', 'allotments sum')} to the whole, unit by unit")


def _judge(given: Allotment, name: str, due: dict[Holding, Fraction], notes: Notes) -> None:
    before = len(notes.findings)
    total = notes.number(given.total, f"total of {name}")
    decimals = notes.decimals(given.decimals, f"decimals of {name}")
    shares = [notes.fraction(each.share, f"share {at} of {name}") for at, each in enumerate(given.portions, 1)]
    amounts = [notes.number(each.amount, f"portion {at} of {name}") for at, each in enumerate(given.portions, 1)]
    if given.remainder is None:
        notes.found(f"{name} names no rule for the remainder, expected `first`, `last` or `largest`")
    known = [share for share in shares if share is not None]
    if len(known) == len(shares) and sum(known, Fraction(0)) != 1:
        off = sum(known, Fraction(0)) - 1
        numbers = tuple((f"share {at}", written(share)) for at, share in enumerate(known, 1))
        notes.found(f"the shares of {name} sum to {written(off + 1)}, expected exactly 1", (), numbers, written(off))
    if total is None or decimals is None or given.remainder is None or len(notes.findings) > before:
        return
    units = Fraction(total) * 10**decimals
    if units.denominator != 1:
        notes.found(f"the total of {name} is {plain(total)}, expected at most {decimals} decimals")
        return
    parts = [Fraction(part, 10**decimals) for part in portions(units.numerator, known, given.remainder)]
    for portion, amount, part in zip(given.portions, amounts, parts, strict=True):
        _compare(portion, amount, part, name, notes)
        holding = (portion.account, given.commodity)
        due[holding] = due.get(holding, Fraction(0)) + part


def _compare(portion: Portion, amount: Decimal | None, part: Fraction, name: str, notes: Notes) -> None:
    if amount is not None and amount != part:
        numbers = (("stated", plain(amount)), ("expected", written(part)))
        message = f"the portion of {quoted(portion.account)} in {name} is {plain(amount)}, expected {written(part)}"
        notes.found(message, (portion.account,), numbers, written(Fraction(amount) - part))


def portions(units: int, shares: list[Fraction], rule: Remainder) -> list[int]:
    """The units of each share of `units`, every one rounded down, and what is left given out by `rule`.

    The shares sum to 1 and none is negative, so fewer units are left than there are shares.
    """
    exact = [units * share for share in shares]
    parts = [part.numerator // part.denominator for part in exact]
    left = units - sum(parts)
    match rule:
        case Remainder.FIRST:
            order = list(range(left))
        case Remainder.LAST:
            order = [len(parts) - 1] * left
        case Remainder.LARGEST:
            order = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))[:left]
        case _:
            assert_never(rule)
    for at in order:
        parts[at] += 1
    return parts
