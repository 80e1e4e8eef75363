"""A journal entry read exactly: every leg's amount, its worth after prices, and the states the caller gave."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from aethel.ledger.amounts import LEDGER, PRICE, WHOLE, Grammar, Refused, scan
from aethel.ledger.exact import ZERO, add, multiply, negated
from aethel.ledger.leniency import Leniency, leniency
from aethel.ledger.wording import quoted
from aethel.policy import STRICT, Policy
from aethel.transaction import AccountState, DoubleEntry, Posting, Price, PriceKind

Holding = tuple[str, str]
"""What one balance is about: an account and a commodity."""


class Leg(NamedTuple):
    """One posting, numbered from 1. `stated` is its amount as given, None where left out or refused; `worth` is what it
    adds to the sum of `worth_commodity`: the amount itself, or the amount at its price.

    A named tuple, as all there are many of here: a frozen dataclass takes three times as long to make.
    """

    number: int
    holding: Holding
    account: str
    commodity: str
    stated: Decimal | None
    worth: Decimal | None
    worth_commodity: str
    priced: bool
    inferred: bool


class Balance(NamedTuple):
    """What the caller says of one holding; None where not given."""

    account: str
    commodity: str
    before: Decimal | None
    after: Decimal | None
    lower: Decimal | None
    upper: Decimal | None

    def is_silent(self) -> bool:
        """Whether nothing is said of an amount: such a state is about the account as a whole."""
        return self.before is None and self.after is None and self.lower is None and self.upper is None


class Touched(NamedTuple):
    """A described holding with a leg: what is said of it, its balance before, and what it becomes."""

    balance: Balance
    before: Decimal
    due: Decimal


@dataclass(frozen=True, slots=True)
class Book:
    """One entry, read. `refusals` are the texts that are no amounts, each with its account.

    `totals` sums the worth of the stated legs per commodity; `takers` lists the inferred legs per commodity;
    `exchanged` are the commodities that change into another one at a price, whose own sum therefore is not zero.
    `booked` is the exact amount of each leg, and `running` the balance of its holding after it, from 0 if none is
    given; both are empty where not all amounts can be known. `last` is the number of the last leg of each holding that
    has one, and `touched` what becomes of those whose balance before is given, in that order; it is empty where
    `booked` is. `leniency` is what the policy allows of the totals.
    """

    entry: DoubleEntry
    legs: tuple[Leg, ...]
    refusals: tuple[tuple[str, str], ...]
    totals: dict[str, Decimal]
    takers: dict[str, tuple[Leg, ...]]
    exchanged: frozenset[str]
    booked: tuple[Decimal, ...]
    running: tuple[Decimal, ...]
    last: dict[Holding, int]
    touched: tuple[Touched, ...]
    balances: dict[Holding, Balance]
    leniency: Leniency


def read(entry: DoubleEntry, policy: Policy = STRICT) -> Book:
    """Reads every text of `entry` once; work is linear in the number of postings and states."""
    refusals: list[tuple[str, str]] = []
    legs = _legs(entry.postings, refusals)
    balances: dict[Holding, Balance] = {}
    for state in entry.states:
        balances.setdefault((state.account, state.commodity), _balance(state, refusals))
    totals, takers = _totals(legs)
    priced = [leg for leg in legs if leg.priced]
    known = not refusals and all(len(taking) == 1 for taking in takers.values())
    booked = tuple([_booked(leg, totals) if leg.stated is None or leg.inferred else leg.stated for leg in legs])
    last = {leg.holding: leg.number for leg in legs}
    running, touched = _running(legs, booked, last, balances) if known else ((), ())
    untaken = {name: total for name, total in totals.items() if name not in takers}
    return Book(
        entry=entry,
        legs=legs,
        refusals=tuple(refusals),
        totals=totals,
        takers=takers,
        exchanged=frozenset(name for leg in priced for name in (leg.commodity, leg.worth_commodity)),
        booked=booked if known else (),
        running=running,
        last=last,
        touched=touched,
        balances=balances,
        leniency=leniency(untaken, priced=bool(priced), policy=policy),
    )


def _totals(legs: tuple[Leg, ...]) -> tuple[dict[str, Decimal], dict[str, tuple[Leg, ...]]]:
    """What the stated legs of each commodity sum to, and the first two inferred legs of each."""
    totals: dict[str, Decimal] = {}
    takers: dict[str, tuple[Leg, ...]] = {}
    for leg in legs:
        if leg.inferred:
            takers[leg.commodity] = (*takers.get(leg.commodity, ()), leg)[:2]
        elif leg.worth is not None:
            totals[leg.worth_commodity] = add(totals.get(leg.worth_commodity, ZERO), leg.worth)
    return totals, takers


def _running(
    legs: tuple[Leg, ...], booked: tuple[Decimal, ...], last: dict[Holding, int], balances: dict[Holding, Balance]
) -> tuple[tuple[Decimal, ...], tuple[Touched, ...]]:
    """The balance after each leg, and what becomes of the balances that are given."""
    now = {holding: balance.before for holding, balance in balances.items() if balance.before is not None}
    given = [(holding, before) for holding, before in now.items() if holding in last]
    given.sort(key=lambda each: last[each[0]])
    running: list[Decimal] = []
    for leg, amount in zip(legs, booked, strict=True):
        holding = leg.holding
        balance = now[holding] = add(now.get(holding, ZERO), amount)
        running.append(balance)
    touched = [Touched(balances[holding], before, now[holding]) for holding, before in given]
    return tuple(running), tuple(touched)


def _booked(leg: Leg, totals: dict[str, Decimal]) -> Decimal:
    """What a leg takes whose amount is left out, or only rendered."""
    return negated(totals.get(leg.commodity, ZERO))


def _legs(postings: tuple[Posting, ...], refusals: list[tuple[str, str]]) -> tuple[Leg, ...]:
    legs: list[Leg] = []
    for number, posting in enumerate(postings, 1):
        account, text, commodity, inferred = posting.account, posting.amount, posting.commodity, posting.inferred
        stated = None
        if text or not inferred:
            found = scan(text, LEDGER)
            if isinstance(found, Refused):
                refusals.append((account, f"the amount of posting {number}: {found.message}"))
            else:
                stated = found
        leg = Leg(number, (account, commodity), account, commodity, stated, stated, commodity, False, inferred)
        legs.append(leg if posting.price is None else _priced(leg, posting.price, refusals))
    return tuple(legs)


def _priced(leg: Leg, price: Price, refusals: list[tuple[str, str]]) -> Leg:
    """A leg with its worth at a price."""
    found = scan(price.amount, PRICE)
    worth = None
    if isinstance(found, Refused):
        refusals.append((leg.account, f"the price of posting {leg.number}: {found.message}"))
    elif leg.stated is not None:
        worth = _worth(leg.stated, price.kind, found)
    if leg.inferred:
        refusals.append((leg.account, f"posting {leg.number} is inferred and priced, expected one of both"))
    elif worth is None and leg.stated is not None and not isinstance(found, Refused):
        refusals.append((leg.account, f"posting {leg.number} moves 0 at a total price, expected a sign"))
    return leg._replace(worth=worth, worth_commodity=price.commodity, priced=True)


def _worth(stated: Decimal, kind: PriceKind, price: Decimal) -> Decimal | None:
    """The worth of an amount at a price, None where a total price has no sign to take."""
    match kind:
        case PriceKind.UNIT:
            return multiply(stated, price)
        case PriceKind.TOTAL if stated == ZERO:
            return None
        case PriceKind.TOTAL:
            return negated(price) if stated < ZERO else price


def _balance(state: AccountState, refusals: list[tuple[str, str]]) -> Balance:
    account, before, after = state.account, state.balance, state.post_balance
    lower, upper = state.lower, state.upper
    if state.version:
        _given(state.version, "version", account, refusals, WHOLE)
    return Balance(
        account,
        state.commodity,
        _given(before, "balance", account, refusals) if before else None,
        _given(after, "balance after", account, refusals) if after else None,
        _given(lower, "lower bound", account, refusals) if lower else None,
        _given(upper, "upper bound", account, refusals) if upper else None,
    )


def _given(
    text: str, what: str, account: str, refusals: list[tuple[str, str]], grammar: Grammar = LEDGER
) -> Decimal | None:
    found = scan(text, grammar)
    if isinstance(found, Refused):
        refusals.append((account, f"the {what} of account {quoted(account)}: {found.message}"))
        return None
    return found
