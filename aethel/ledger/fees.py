"""G19: a fee is its rate of its base, multiplied out and rounded once by a named mode, within its cap."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Holding
from aethel.ledger.exact import ZERO
from aethel.ledger.notes import Notes
from aethel.ledger.rounding import rounded, written
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Fee


def fees(declared: Declared) -> Checked | None:
    """G19: each fee is exact to its mode and within its cap, and its account and that of the residue get just that."""
    if not declared.terms.fees:
        return None
    notes = Notes("G19")
    due: dict[Holding, Fraction] = {}
    for number, fee in enumerate(declared.terms.fees, 1):
        _judge(fee, f"fee {number}", due, notes)
    if not notes.findings and declared.moves is not None:
        for (account, commodity), amount in due.items():
            booked = declared.flows.net.get((account, commodity), ZERO)
            if booked != amount:
                message = f"account {quoted(account)} gets {plain(booked)}, expected fee and residue, {written(amount)}"
                numbers = (("booked", plain(booked)), ("due", written(amount)))
                notes.found(message, (account,), numbers, written(Fraction(booked) - amount))
    return notes.concluded(f"{counted(len(declared.terms.fees), 'fee is', 'fees are')} exact and booked")


def _judge(fee: Fee, name: str, due: dict[Holding, Fraction], notes: Notes) -> None:
    base = notes.number(fee.base, f"base of {name}")
    rate = notes.fraction(fee.rate, f"rate of {name}")
    amount = notes.number(fee.amount, f"amount of {name}")
    decimals = notes.decimals(fee.decimals, f"decimals of {name}")
    cap = notes.number(fee.cap, f"cap of {name}") if fee.cap else None
    residue = notes.signed(fee.residue, f"residue of {name}") if fee.residue else None
    if fee.rounding is None:
        notes.found(f"{name} names no rounding, expected a mode such as `half_even`")
    if amount is not None and cap is not None and amount > cap:
        numbers = (("fee", plain(amount)), ("cap", plain(cap)))
        over = written(Fraction(amount) - Fraction(cap))
        notes.found(f"{name} is {plain(amount)}, expected at most {plain(cap)}", (fee.account,), numbers, over)
    if base is None or rate is None or amount is None or decimals is None or fee.rounding is None:
        return
    exact = Fraction(base) * rate
    expected = rounded(exact, decimals, fee.rounding)
    if amount != expected:
        product = (("base", plain(base)), ("rate", written(rate)), ("exact", written(exact)), ("fee", plain(amount)))
        message = (
            f"{name} is {plain(amount)}, expected {written(expected)}, which is {fee.rounding.value} of the product"
        )
        notes.found(message, (fee.account,), product, written(Fraction(amount) - expected))
        return
    holding = (fee.account, fee.commodity)
    due[holding] = due.get(holding, Fraction(0)) + expected
    _residue(fee, name, exact - expected, residue, due, notes)


def _residue(
    fee: Fee, name: str, left: Fraction, stated: Decimal | None, due: dict[Holding, Fraction], notes: Notes
) -> None:
    """Whether what rounding left out has a place, and is what is stated."""
    if left != 0 and not fee.residue_account:
        notes.found(f"{name} leaves {written(left)} out by rounding, and no account is named for it", (fee.account,))
    if not fee.residue:
        return
    if stated is not None and stated != left:
        numbers = (("stated", plain(stated)), ("left", written(left)))
        message = f"the residue of {name} is {plain(stated)}, expected {written(left)}"
        notes.found(message, (fee.residue_account,), numbers, written(Fraction(stated) - left))
    elif stated is not None and fee.residue_account:
        holding = (fee.residue_account, fee.commodity)
        due[holding] = due.get(holding, Fraction(0)) + left
