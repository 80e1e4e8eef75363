"""A journal entry read exactly: every leg's amount, its worth after prices, and the states the caller gave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from aethel.ledger.amounts import LEDGER, PRICE, WHOLE, Grammar, Refused, scan
from aethel.ledger.exact import ZERO, add, multiply, negated
from aethel.ledger.leniency import Leniency, leniency
from aethel.ledger.wording import quoted
from aethel.policy import STRICT, Policy
from aethel.transaction import AccountState, DoubleEntry, Posting, PriceKind

Holding = tuple[str, str]
"""What one balance is about: an account and a commodity."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting, numbered from 1. `stated` is its amount as given, None where left out or refused; `worth` is what it
    adds to the sum of `worth_commodity`: the amount itself, or the amount at its price.
    """

    number: int
    account: str
    commodity: str
    stated: Decimal | None
    worth: Decimal | None
    worth_commodity: str
    priced: bool
    inferred: bool


@dataclass(frozen=True, slots=True)
class Balance:
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


Step = tuple[Leg, Balance | None, Decimal, bool]
"""A leg, what is said of its holding, the balance there after it (from 0 if none is given), whether it is the last."""


@dataclass(frozen=True, slots=True)
class Book:
    """One entry, read. `refusals` are the texts that are no amounts, each with its account.

    `totals` sums the worth of the stated legs per commodity; `takers` lists the inferred legs per commodity.
    `booked` is the exact amount of each leg, empty where not all of them can be known; so are `steps`. `last` is the
    number of the last leg of each holding that has one. `leniency` is what the policy allows of the totals.
    """

    entry: DoubleEntry
    legs: tuple[Leg, ...]
    refusals: tuple[tuple[str, str], ...]
    totals: dict[str, Decimal]
    takers: dict[str, tuple[Leg, ...]]
    booked: tuple[Decimal, ...]
    steps: tuple[Step, ...]
    last: dict[Holding, int]
    balances: dict[Holding, Balance]
    leniency: Leniency

    def exchanged(self) -> frozenset[str]:
        """The commodities that change into another one at a price, whose own sum therefore is not zero."""
        names: set[str] = set()
        for leg in self.legs:
            if leg.priced:
                names |= {leg.commodity, leg.worth_commodity}
        return frozenset(names)


def read(entry: DoubleEntry, policy: Policy = STRICT) -> Book:
    """Reads every text of `entry` once; work is linear in the number of postings and states."""
    refusals: list[tuple[str, str]] = []
    legs = tuple(_leg(number, posting, refusals) for number, posting in enumerate(entry.postings, 1))
    balances: dict[Holding, Balance] = {}
    for state in entry.states:
        balance = _balance(state, refusals)
        balances.setdefault((balance.account, balance.commodity), balance)
    totals: dict[str, Decimal] = {}
    takers: dict[str, tuple[Leg, ...]] = {}
    for leg in legs:
        if leg.inferred:
            takers[leg.commodity] = (*takers.get(leg.commodity, ()), leg)[:2]
        elif leg.worth is not None:
            totals[leg.worth_commodity] = add(totals.get(leg.worth_commodity, ZERO), leg.worth)
    known = not refusals and all(len(taking) == 1 for taking in takers.values())
    booked = tuple(_booked(leg, totals) for leg in legs) if known else ()
    last = {(leg.account, leg.commodity): leg.number for leg in legs}
    steps = tuple(_steps(legs, booked, last, balances))
    untaken = {name: total for name, total in totals.items() if name not in takers}
    lenient = leniency(untaken, priced=any(leg.priced for leg in legs), policy=policy)
    return Book(entry, legs, tuple(refusals), totals, takers, booked, steps, last, balances, lenient)


def _steps(
    legs: tuple[Leg, ...], booked: tuple[Decimal, ...], last: dict[Holding, int], balances: dict[Holding, Balance]
) -> Iterator[Step]:
    running: dict[Holding, Decimal] = {}
    for leg, amount in zip(legs, booked, strict=False):
        holding = (leg.account, leg.commodity)
        balance = balances.get(holding)
        start = ZERO if balance is None or balance.before is None else balance.before
        running[holding] = add(running.get(holding, start), amount)
        yield leg, balance, running[holding], last[holding] == leg.number


def _booked(leg: Leg, totals: dict[str, Decimal]) -> Decimal:
    if leg.inferred or leg.stated is None:
        return negated(totals.get(leg.commodity, ZERO))
    return leg.stated


def _leg(number: int, posting: Posting, refusals: list[tuple[str, str]]) -> Leg:
    def amount_of(text: str, what: str, grammar: Grammar) -> Decimal | None:
        found = scan(text, grammar)
        if isinstance(found, Refused):
            refusals.append((posting.account, f"the {what} of posting {number}: {found.message}"))
            return None
        return found

    left_out = posting.inferred and not posting.amount
    stated = None if left_out else amount_of(posting.amount, "amount", LEDGER)
    worth, worth_commodity = stated, posting.commodity
    if posting.price is not None:
        price = amount_of(posting.price.amount, "price", PRICE)
        worth_commodity = posting.price.commodity
        worth = None if stated is None or price is None else _worth(stated, posting.price.kind, price)
        if posting.inferred:
            refusals.append((posting.account, f"posting {number} is inferred and priced, expected one of both"))
        elif worth is None and stated is not None and price is not None:
            refusals.append((posting.account, f"posting {number} moves 0 at a total price, expected a sign"))
    priced = posting.price is not None
    return Leg(number, posting.account, posting.commodity, stated, worth, worth_commodity, priced, posting.inferred)


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
    def amount_of(text: str, what: str, grammar: Grammar = LEDGER) -> Decimal | None:
        if not text:
            return None
        found = scan(text, grammar)
        if isinstance(found, Refused):
            refusals.append((state.account, f"the {what} of account {quoted(state.account)}: {found.message}"))
            return None
        return found

    amount_of(state.version, "version", WHOLE)
    return Balance(
        state.account,
        state.commodity,
        amount_of(state.balance, "balance"),
        amount_of(state.post_balance, "balance after"),
        amount_of(state.lower, "lower bound"),
        amount_of(state.upper, "upper bound"),
    )
