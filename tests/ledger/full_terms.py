"""An entry with every kind of terms, all of them kept; tests change one thing of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeVar

from aethel.structure import Kind, parts_of
from aethel.terms import (
    Allotment,
    Assertion,
    Authority,
    Backing,
    BookedLeg,
    Chart,
    ChartAccount,
    Exchange,
    Fee,
    Identity,
    IdScheme,
    Limit,
    LimitKind,
    Mandate,
    Nonce,
    Pairing,
    Portion,
    Remainder,
    Reversal,
    Rounding,
    Terms,
    Times,
    Totals,
)
from aethel.transaction import AccountState, DoubleEntry
from tests.ledger.entries import leg

T = TypeVar("T")

LEGS = (
    leg("payer", "-153"),
    leg("shop", "60"),
    leg("partner", "40"),
    leg("fees", "3"),
    leg("pool", "50"),
    leg("pool", "-55", "USD"),
    leg("shop", "55", "USD"),
)
ORIGINAL = (
    BookedLeg("payer", "200", "EUR"),
    BookedLeg("shop", "-100", "EUR"),
    BookedLeg("partner", "-40", "EUR"),
    BookedLeg("fees", "-3", "EUR"),
    BookedLeg("pool", "-57", "EUR"),
    BookedLeg("pool", "55", "USD"),
    BookedLeg("shop", "-55", "USD"),
)
REVERSAL = Reversal("original-1", ORIGINAL, (BookedLeg("payer", "-1", "EUR"),))
TIMES = Times(
    *("2026-01-02T10:00:00Z", "2026-01-02", "2026-01-05", "3", "2026-01-01", "2026-01-31"),
    *("2026-01-02T10:00:00Z", "2026-01-02T12:00:00Z", "2026-01-02T11:00:00+00:30"),
)
AUTHORITY = Authority(
    "ann",
    (Mandate("payer", "EUR", "153"), Mandate("pool", "USD", "55")),
    "Shop Ltd",
    ("shop", "partner", "fees", "pool"),
)
CHART = Chart(
    (
        *(
            ChartAccount("payer", "client", ("EUR",)),
            ChartAccount("shop", "client"),
            ChartAccount("partner", "client"),
        ),
        *(ChartAccount("fees", "income"), ChartAccount("pool", "liquidity", ("EUR", "USD"))),
    ),
    ("EUR", "USD"),
    (
        *(Pairing("client", "client"), Pairing("client", "income")),
        *(Pairing("client", "liquidity"), Pairing("liquidity", "client")),
    ),
)
TERMS = Terms(
    identity=Identity("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", IdScheme.UUID, ("f81d4fae-7dec-11d0-a765-00a0c91e6bf7",)),
    reversal=REVERSAL,
    allotments=(
        Allotment("100", "EUR", "2", (Portion("shop", "3/5", "60"), Portion("partner", "0.4", "40")), Remainder.LAST),
    ),
    fees=(Fee("fees", "EUR", "100", "0.03", "3", "2", Rounding.HALF_EVEN, "3.50", "0", "rounding"),),
    exchanges=(
        Exchange(
            *("pool", "50", "EUR", "55", "USD", "1.1", "a central bank", "2", Rounding.DOWN),
            *("2026-01-02T09:59:00Z", "120", "1.09", "0.01"),
        ),
    ),
    limits=(
        Limit(LimitKind.TRANSACTION, "EUR", "153", account="payer"),
        Limit(LimitKind.WINDOW, "EUR", "1000", "847", "payer", "", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
        Limit(LimitKind.PAYEE, "EUR", "60", "0", payee="shop"),
        Limit(LimitKind.CUMULATIVE, "USD", "55", "0"),
    ),
    nonce=Nonce("payer", "8", "1"),
    state_version="42",
    times=TIMES,
    authority=AUTHORITY,
    totals=Totals("5", "208"),
    backings=(Backing("chain", "70", "wEUR", "20", "EUR", "issuer", "pool"),),
    chart=CHART,
    assertions=(
        Assertion("payer", "EUR", "1000", "0"),
        Assertion("shop", "EUR", "60", "2"),
        Assertion("payer", "EUR", "847"),
    ),
)
STATES = (
    AccountState("payer", "EUR", "1000", nonce="7", version="41"),
    AccountState("shop", "EUR", "0", version="42"),
    AccountState("shop", "USD", "0", version="42"),
)


def full(**changed: object) -> DoubleEntry:
    """The entry with some of its terms replaced."""
    terms = dataclasses.replace(TERMS, **changed)  # type: ignore[arg-type]
    return DoubleEntry(LEGS, payee="Shop Ltd", states=STATES, terms=terms)


def only(**kept: object) -> DoubleEntry:
    """The entry with these terms and no others."""
    return DoubleEntry(LEGS, payee="Shop Ltd", states=STATES, terms=Terms(**kept))  # type: ignore[arg-type]


def with_each_text(value: T, text: str, *, exact: bool) -> Iterator[tuple[str, T]]:
    """`value` with one of its texts replaced, once for each that is a number (`exact`) or is none, with its path."""
    assert dataclasses.is_dataclass(value)
    assert not isinstance(value, type)
    wanted = Kind.EXACT if exact else Kind.TEXT
    for part in parts_of(type(value)):
        held: Any = getattr(value, part.name)
        items = held if part.is_many else (held,)
        for position, item in enumerate(items):
            for at, other in _each(item, part.kind, wanted, text, exact=exact):
                replaced = (*items[:position], other, *items[position + 1 :]) if part.is_many else other
                yield f"{part.name}[{position}]{at}", dataclasses.replace(value, **{part.name: replaced})


def _each(item: Any, kind: Kind, wanted: Kind, text: str, *, exact: bool) -> Iterator[tuple[str, Any]]:
    if kind is Kind.VALUE and item is not None:
        yield from ((f".{at}", other) for at, other in with_each_text(item, text, exact=exact))
    elif kind is wanted:
        yield "", text
