"""G20: an exchange goes through a liquidity account at a rate with a source, young and close enough to a reference."""

from __future__ import annotations

from fractions import Fraction

from aethel.ledger.checked import Checked
from aethel.ledger.declared import Declared, Flows, Holding
from aethel.ledger.exact import ZERO
from aethel.ledger.notes import Notes
from aethel.ledger.rounding import rounded, written
from aethel.ledger.wording import counted, plain, quoted
from aethel.terms import Exchange, Times

_SECOND_NS = 10**9


def exchange(declared: Declared) -> Checked | None:
    """G20: two legs of one commodity each through the liquidity account, at the stated rate, rounded once."""
    given = declared.terms.exchanges
    if not given:
        return None
    notes = Notes("G20")
    sold: dict[Holding, Fraction] = {}
    bought: dict[Holding, Fraction] = {}
    assumptions: list[str] = []
    for number, each in enumerate(given, 1):
        name = f"exchange {number}"
        _amounts(each, name, sold, bought, notes)
        _deviation(each, name, notes)
        assumptions.extend(_age(each, name, declared.terms.times, notes))
    if not notes.findings and declared.moves is not None:
        _booked(sold, "into", declared.flows, notes)
        _booked(bought, "out of", declared.flows, notes)
    detail = f"{counted(len(given), 'exchange goes', 'exchanges go')} through a liquidity account at the stated rate"
    return notes.concluded(detail, assumptions=tuple(assumptions))


def _amounts(
    given: Exchange, name: str, sold: dict[Holding, Fraction], bought: dict[Holding, Fraction], notes: Notes
) -> None:
    paid = notes.number(given.sold, f"amount sold in {name}")
    got = notes.number(given.bought, f"amount bought in {name}")
    rate = notes.fraction(given.rate, f"rate of {name}")
    decimals = notes.decimals(given.decimals, f"decimals of {name}")
    if not given.liquidity_account.strip():
        notes.found(f"{name} names no liquidity account")
    if given.sold_commodity == given.bought_commodity:
        notes.found(f"{name} sells and buys {quoted(given.sold_commodity)}, expected two commodities")
    if not given.rate_source.strip():
        notes.found(f"{name} names no source of its rate")
    if given.rounding is None:
        notes.found(f"{name} names no rounding, expected a mode such as `half_even`")
    if paid is None or got is None or rate is None or decimals is None or given.rounding is None:
        return
    expected = rounded(Fraction(paid) * rate, decimals, given.rounding)
    if got != expected:
        numbers = (("sold", plain(paid)), ("rate", written(rate)), ("bought", plain(got)))
        message = f"{name} buys {plain(got)}, expected {written(expected)}, which is the amount sold at the rate"
        notes.found(message, (given.liquidity_account,), numbers, written(Fraction(got) - expected))
    for due, commodity, amount in ((sold, given.sold_commodity, paid), (bought, given.bought_commodity, got)):
        holding = (given.liquidity_account, commodity)
        due[holding] = due.get(holding, Fraction(0)) + Fraction(amount)


def _deviation(given: Exchange, name: str, notes: Notes) -> None:
    """How far the rate is from its reference, where both a reference and a bound are given."""
    reference = notes.fraction(given.reference_rate, f"reference rate of {name}") if given.reference_rate else None
    bound = notes.number(given.deviation_bound, f"deviation bound of {name}") if given.deviation_bound else None
    if bool(given.reference_rate) != bool(given.deviation_bound):
        notes.found(f"{name} gives one of reference rate and deviation bound, expected both or none")
    rate = Notes("G04").fraction(given.rate, "")
    if reference is None or bound is None or rate is None:
        return
    apart, most = abs(rate - reference), Fraction(bound) * reference
    if apart > most:
        numbers = (("rate", written(rate)), ("reference", written(reference)), ("most apart", written(most)))
        message = f"the rate of {name} is {written(apart)} from its reference, expected at most {written(most)}"
        notes.found(message, (), numbers, written(apart - most))


def _age(given: Exchange, name: str, times: Times | None, notes: Notes) -> tuple[str, ...]:
    """How old the rate is, where it says when it was quoted; what could not be judged."""
    bound = notes.number(given.age_bound_s, f"age bound of {name}") if given.age_bound_s else None
    quoted_at = notes.moment(given.quoted_at, f"time of the rate of {name}") if given.quoted_at else None
    if given.age_bound_s and not given.quoted_at:
        notes.found(f"{name} bounds the age of its rate and does not say when it was quoted")
    if quoted_at is None:
        return ()
    if times is None or not times.present:
        return (f"the age of the rate of {name} was not checked: the present time is not given",)
    now = Notes("G29").moment(times.present, "")
    if now is None:
        return ()
    age = Fraction(now - quoted_at, _SECOND_NS)
    if age < 0:
        notes.found(f"the rate of {name} is quoted {written(-age)} s from now", (), (), written(age))
    elif bound is not None and age > bound:
        numbers = (("age in s", written(age)), ("bound in s", plain(bound)))
        message = f"the rate of {name} is {written(age)} s old, expected at most {plain(bound)} s"
        notes.found(message, (), numbers, written(age - Fraction(bound)))
    return ()


def _booked(due: dict[Holding, Fraction], direction: str, flows: Flows, notes: Notes) -> None:
    """Whether the legs of the liquidity accounts are what the exchanges say."""
    for (account, commodity), amount in due.items():
        moved = (flows.into if direction == "into" else flows.out).get((account, commodity), ZERO)
        if moved != amount:
            message = f"{plain(moved)} {quoted(commodity)} go {direction} {quoted(account)}, expected {written(amount)}"
            numbers = (("booked", plain(moved)), ("exchanged", written(amount)))
            notes.found(message, (account,), numbers, written(Fraction(moved) - amount))
