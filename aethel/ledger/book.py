"""A journal entry read exactly: every leg's amount, its worth after prices, and the states the caller gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, reduce
from typing import NamedTuple

from aethel.ledger.amounts import LEDGER, PRICE, WHOLE, Grammar, Refused, scan, scan_all
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


_new = tuple.__new__
_MAKE_LEG: Callable[[Iterable[object]], Leg] = partial(_new, Leg)
"""As `Leg._make` does it, in half the time."""


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
    balances = _balances(entry.states, refusals)
    totals, takers = _totals(legs)
    priced = [leg for leg in legs if leg.priced]
    known = not refusals and all(len(taking) == 1 for taking in takers.values())
    booked = _booked(legs, totals, is_left_out=bool(takers)) if known else ()
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
        booked=booked,
        running=running,
        last=last,
        touched=touched,
        balances=balances,
        leniency=leniency(untaken, priced=bool(priced), policy=policy),
    )


def _totals(legs: tuple[Leg, ...]) -> tuple[dict[str, Decimal], dict[str, tuple[Leg, ...]]]:
    """What the stated legs of each commodity sum to, and the first two inferred legs of each."""
    worths = [leg.worth for leg in legs if leg.worth is not None and not leg.inferred]
    if legs and len(worths) == len(legs) and len({leg.worth_commodity for leg in legs}) == 1:
        return {legs[0].worth_commodity: reduce(add, worths, ZERO)}, {}  # the usual case
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
        holding = leg[1]
        before_leg = now.get(holding)
        balance = now[holding] = amount if before_leg is None else add(before_leg, amount)
        running.append(balance)
    touched = [Touched(balances[holding], before, now[holding]) for holding, before in given]
    return tuple(running), tuple(touched)


def _booked(legs: tuple[Leg, ...], totals: dict[str, Decimal], *, is_left_out: bool) -> tuple[Decimal, ...]:
    """The exact amount of each leg, no text being refused; `is_left_out` says whether any is left out or only rendered,
    and then it takes what is left of its commodity.
    """
    if not is_left_out:
        return tuple([leg.stated for leg in legs if leg.stated is not None])
    return tuple([_taken(leg, totals) if leg.stated is None or leg.inferred else leg.stated for leg in legs])


def _taken(leg: Leg, totals: dict[str, Decimal]) -> Decimal:
    return negated(totals.get(leg.commodity, ZERO))


def _legs(postings: tuple[Posting, ...], refusals: list[tuple[str, str]]) -> tuple[Leg, ...]:
    plain = _plain_legs(postings)
    return tuple([_leg(*each, refusals) for each in enumerate(postings, 1)]) if plain is None else plain


def _plain_legs(postings: tuple[Posting, ...]) -> tuple[Leg, ...] | None:
    """All legs at once where every posting is an amount and no more; None where one is not."""
    stated = scan_all([posting.amount for posting in postings], LEDGER)
    if stated is None or [True for posting in postings if posting.inferred or posting.price is not None]:
        return None
    accounts, commodities = [posting.account for posting in postings], [posting.commodity for posting in postings]
    holdings, never = list(zip(accounts, commodities, strict=True)), [False] * len(postings)
    columns = (range(1, len(postings) + 1), holdings, accounts, commodities, stated, stated, commodities, never, never)
    return tuple(map(_MAKE_LEG, zip(*columns, strict=True)))


def _leg(number: int, posting: Posting, refusals: list[tuple[str, str]]) -> Leg:
    account, text, commodity, inferred = posting.account, posting.amount, posting.commodity, posting.inferred
    stated = None
    if text or not inferred:
        found = scan(text, LEDGER)
        if isinstance(found, Refused):
            refusals.append((account, f"the amount of posting {number}: {found.message}"))
        else:
            stated = found
    leg = Leg(number, (account, commodity), account, commodity, stated, stated, commodity, False, inferred)
    return leg if posting.price is None else _priced(leg, posting.price, refusals)


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


def _balances(states: tuple[AccountState, ...], refusals: list[tuple[str, str]]) -> dict[Holding, Balance]:
    """What is said of each holding; of one that is described twice, what is said first."""
    balances: dict[Holding, Balance] = {}
    given = scan_all([text for state in states for text in _texts(state) if text], LEDGER)
    if given is None or not all(map(_is_whole, {state.version for state in states})):
        for state in states:
            balances.setdefault((state.account, state.commodity), _balance(state, refusals))
        return balances
    following = iter(given)
    for state in states:
        numbers = [next(following) if text else None for text in _texts(state)]
        balance = _new(Balance, (state.account, state.commodity, *numbers))  # as `Balance(…)` makes it, in less time
        balances.setdefault((state.account, state.commodity), balance)
    return balances


def _texts(state: AccountState) -> tuple[str, str, str, str]:
    return state.balance, state.post_balance, state.lower, state.upper


def _is_whole(version: str) -> bool:
    """Whether a version is a whole number, or not given."""
    return not version or not isinstance(scan(version, WHOLE), Refused)


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
