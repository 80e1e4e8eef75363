"""The checks of a journal entry on itself, G04 to G07: amount form, accounts, one asset per leg, balance to zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from aethel.ledger.book import Book, Holding, Leg
from aethel.ledger.checked import LISTED_NUMBERS, Checked
from aethel.ledger.exact import DEFAULT_CONTEXT_DIGITS, ZERO, negated, renders, subtract
from aethel.ledger.wording import counted, plain, quoted, safe
from aethel.verdict import Finding


def amount_form(book: Book) -> Checked:
    """G04: every amount is exact decimal text, a price is never negative, and what is left out is left out once."""
    findings = tuple(Finding("G04", sentence, accounts=(safe(account),)) for account, sentence in book.refusals)
    return Checked(f"every amount of {_postings(book.legs)} is an exact decimal", findings)


def accounts(book: Book) -> Checked:
    """G05: every posting names an account that takes postings, each holding is described once, debit is not credit."""
    shut = {state.account: "frozen" for state in book.entry.states if state.frozen}
    shut |= {state.account: "closed" for state in book.entry.states if state.closed}
    refusing = {account for account, _ in book.last if account in shut or not account.strip()}
    findings: list[Finding] = []
    for leg in book.legs if refusing else ():
        if leg.account not in refusing:
            continue
        if not leg.account.strip():
            findings.append(Finding("G05", f"posting {leg.number} names no account"))
        else:
            message = f"posting {leg.number} is to account {quoted(leg.account)}, which is {shut[leg.account]}"
            findings.append(Finding("G05", message, accounts=(safe(leg.account),)))
    findings.extend(_described_twice(book))
    findings.extend(_moves_to_itself(book))
    return Checked(f"every account of {_postings(book.legs)} takes postings", tuple(findings))


def _described_twice(book: Book) -> list[Finding]:
    if len(book.balances) == len(book.entry.states):
        return []
    seen: set[tuple[str, str]] = set()
    findings: list[Finding] = []
    for state in book.entry.states:
        holding = (state.account, state.commodity)
        if holding in seen:
            message = f"account {quoted(state.account)} is described twice for {named(state.commodity)}"
            findings.append(Finding("G05", message, accounts=(safe(state.account),)))
        seen.add(holding)
    return findings


def _moves_to_itself(book: Book) -> list[Finding]:
    """A commodity whose only account is on both sides; exchanges at a price inside one account are none."""
    moving: Iterable[Holding] = book.last if book.booked else ()
    if not all(book.booked):
        moving = dict.fromkeys([leg.holding for leg, amount in zip(book.legs, book.booked, strict=True) if amount])
    accounts_of: dict[str, list[str]] = {}
    for account, commodity in moving:
        accounts_of.setdefault(commodity, []).append(account)
    alone = {
        (names[0], commodity): set[bool]()
        for commodity, names in accounts_of.items()
        if len(names) == 1 and commodity not in book.exchanged
    }
    for leg, amount in zip(book.legs, book.booked, strict=False) if alone else ():
        if amount and leg.holding in alone:
            alone[leg.holding].add(amount > ZERO)
    findings: list[Finding] = []
    for (account, commodity), signs in alone.items():
        if len(signs) == 2:
            message = f"{named(commodity)} moves from account {quoted(account)} to itself"
            findings.append(Finding("G05", message, accounts=(safe(account),)))
    return findings


def one_asset(book: Book) -> Checked | None:
    """G06: a posting's commodity is one its account is described to hold."""
    held: dict[str, set[str]] = {}
    for balance in book.balances.values():
        if balance.commodity or not balance.is_silent():
            held.setdefault(balance.account, set()).add(balance.commodity)
    described = [holding for holding in book.last if holding[0] in held]
    if not described:
        return None
    compared = len(book.legs)
    if len(described) < len(book.last):
        compared = sum(leg.account in held for leg in book.legs)
    wrong = {(account, commodity) for account, commodity in described if commodity not in held[account]}
    findings: list[Finding] = []
    for leg in book.legs if wrong else ():
        if leg.holding in wrong:
            known = ", ".join(named(commodity) for commodity in sorted(held[leg.account])[:5])
            message = f"posting {leg.number} books {named(leg.commodity)} to {quoted(leg.account)}, which holds {known}"
            findings.append(Finding("G06", message, accounts=(safe(leg.account),)))
    detail = f"the commodity of {counted(compared, 'posting', 'postings')} is one the account holds"
    return Checked(detail, tuple(findings))


def entry_balance(book: Book) -> Checked | None:
    """G07: per commodity, prices applied, the postings sum to exactly zero; an inferred one takes exactly what is left.

    A stated amount beside an inferred leg must be what is left, or a rendering of it (see `exact.renders`). What the
    client's policy excuses (see `leniency`) is listed among the assumptions.
    """
    if book.refusals:
        return None
    if not book.legs:
        return Checked("", (Finding("G07", "the entry has no postings, expected at least two"),))
    names = dict.fromkeys([*book.totals, *book.takers])
    excused = book.leniency.excused()
    off = {name for name, total in book.totals.items() if total and name not in excused and name not in book.takers}
    legs_of = _legs_by_worth(book) if off else {}
    findings: list[Finding] = []
    trace: list[tuple[str, str]] = []
    for commodity in names:
        total = book.totals.get(commodity, ZERO)
        takers = book.takers.get(commodity, ())
        if not takers:
            if commodity in off:
                findings.append(_off(commodity, legs_of[commodity], total))
            continue
        if len(takers) > 1:
            findings.append(_inferred_twice(commodity, takers))
            continue
        left, stated = negated(total), takers[0].stated
        trace.append((f"posting {takers[0].number} takes", f"{plain(left)} {safe(commodity)}".rstrip()))
        if stated is not None and not renders(stated, left):
            findings.append(_misstated(takers[0], stated, left))
    summed = counted(len(names) - len(excused), "commodity", "commodities")
    detail = f"{_postings(book.legs)} in {summed} sum to exactly 0 in each"
    return Checked(detail, tuple(findings), tuple(trace[:LISTED_NUMBERS]), book.leniency.sentences()[:LISTED_NUMBERS])


def _legs_by_worth(book: Book) -> dict[str, list[Leg]]:
    legs: dict[str, list[Leg]] = {}
    for leg in book.legs:
        legs.setdefault(leg.worth_commodity, []).append(leg)
    return legs


def _off(commodity: str, legs: list[Leg], total: Decimal) -> Finding:
    message = f"{named(commodity)} is off by {plain(total)} over {_postings(legs)}, expected a sum of exactly 0"
    return Finding("G07", message, accounts=_accounts(legs), numbers=_worths(legs), delta=plain(total))


def _inferred_twice(commodity: str, takers: tuple[Leg, ...]) -> Finding:
    first, second = takers[0].number, takers[1].number
    message = f"postings {first} and {second} are both inferred in {named(commodity)}, expected one"
    return Finding("G07", message, accounts=_accounts(takers))


def _misstated(taker: Leg, stated: Decimal, left: Decimal) -> Finding:
    message = (
        f"posting {taker.number} states {plain(stated)} where {plain(left)} is left in {named(taker.commodity)}, "
        f"expected that or it rounded to no fewer than {DEFAULT_CONTEXT_DIGITS} digits"
    )
    numbers = (("stated", plain(stated)), ("left", plain(left)))
    return Finding("G07", message, accounts=_accounts((taker,)), numbers=numbers, delta=plain(subtract(stated, left)))


def _postings(legs: Sequence[Leg]) -> str:
    return counted(len(legs), "posting", "postings")


def _accounts(legs: Sequence[Leg]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(safe(leg.account) for leg in legs[:LISTED_NUMBERS]))


def _worths(legs: Sequence[Leg]) -> tuple[tuple[str, str], ...]:
    return tuple((f"posting {leg.number}", plain(leg.worth)) for leg in legs[:LISTED_NUMBERS] if leg.worth is not None)


def named(commodity: str) -> str:
    """A commodity for a message; the empty text is one as well."""
    return f"commodity {quoted(commodity)}" if commodity else "the commodity without a name"
