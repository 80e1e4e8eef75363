"""G34: balances that the caller asserts equal the given ones with the legs up to that point."""

from __future__ import annotations

from decimal import Decimal

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Holding
from aethel.ledger.exact import ZERO, add, subtract
from aethel.ledger.notes import Notes
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Assertion


def assertions(declared: Declared) -> Checked | None:
    """G34: each asserted balance, where the balance before is given; legs that only reserve change none."""
    given = declared.terms.assertions
    if not given or declared.moves is None:
        return None
    notes = Notes("G34")
    running = declared.balances()
    unknown = tuple(each for each in given if (each.account, each.commodity) not in running)
    if len(unknown) == len(given):
        return None
    last = max((move.leg for move in declared.moves), default=0)
    waiting: dict[int, list[tuple[Assertion, Decimal]]] = {}
    for number, each in enumerate(given, 1):
        point = _point(each, number, last, notes)
        balance = notes.signed(each.balance, f"balance of assertion {number}")
        if point is not None and balance is not None and (each.account, each.commodity) in running:
            waiting.setdefault(point, []).append((each, balance))
    _compare(waiting.get(0, []), running, 0, notes)
    for at, move in enumerate(declared.moves):
        holding = (move.account, move.commodity)
        if move.posted and holding in running:
            running[holding] = add(running[holding], move.amount)
        is_last_of_leg = at + 1 == len(declared.moves) or declared.moves[at + 1].leg != move.leg
        if is_last_of_leg and move.leg:
            _compare(waiting.get(move.leg, []), running, move.leg, notes)
    compared = counted(len(given) - len(unknown), "asserted balance is", "asserted balances are")
    assumptions = tuple(
        f"the balance of {quoted(each.account)} that is asserted was not compared: the one before is not given"
        for each in unknown
    )
    return notes.concluded(f"{compared} as given", assumptions=assumptions)


def _point(each: Assertion, number: int, last: int, notes: Notes) -> int | None:
    """After which leg the assertion holds."""
    if not each.after_legs:
        return last
    point = notes.whole(each.after_legs, f"leg of assertion {number}")
    if point is not None and point > last:
        notes.found(f"assertion {number} is after leg {point}, expected at most {last}", (each.account,))
        return None
    return point


def _compare(
    asserted: list[tuple[Assertion, Decimal]], running: dict[Holding, Decimal], leg: int, notes: Notes
) -> None:
    for each, balance in asserted:
        actual = running.get((each.account, each.commodity), ZERO)
        if balance != actual:
            numbers = (("asserted", plain(balance)), ("given", plain(actual)))
            message = f"the balance of {quoted(each.account)} after leg {leg} is {plain(actual)}, not {plain(balance)}"
            notes.found(message, (each.account,), numbers, plain(subtract(balance, actual)))
