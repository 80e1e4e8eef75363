"""What may be declared beside the legs of a transaction: each part is the input of one check, and may be left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from aethel.structure import Exact


class IdScheme(Enum):
    """How an id is written: whole numbers of 64 or 128 bits, an RFC 9562 UUID, or ISO 20022's Max35Text."""

    U64 = "u64"
    U128 = "u128"
    UUID = "uuid"
    MAX35_TEXT = "max35_text"


class Rounding(Enum):
    """How an exact result becomes one of so many decimals; the names are those of the decimal arithmetic in use."""

    UP = "up"
    DOWN = "down"
    CEILING = "ceiling"
    FLOOR = "floor"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    HALF_EVEN = "half_even"


class Remainder(Enum):
    """Who gets the units that are left when every part is rounded down.

    FIRST gives one unit each to the portions in their order, LAST gives all of them to the last portion, LARGEST gives
    one each by what was cut off, the largest first and ties in their order (Hamilton's method).
    """

    FIRST = "first"
    LAST = "last"
    LARGEST = "largest"


class LimitKind(Enum):
    """What a limit counts: one transaction, all of a window of time, all to one payee, all there ever was."""

    TRANSACTION = "transaction"
    WINDOW = "window"
    PAYEE = "payee"
    CUMULATIVE = "cumulative"


@dataclass(frozen=True, slots=True)
class Identity:
    """G01: the transaction's id, how ids are written here, and the ids of the others in its batch."""

    id: str
    scheme: IdScheme
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookedLeg:
    """A leg of a transaction that is booked already: a signed amount, negative where the account was debited."""

    account: str
    amount: Exact
    commodity: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """G17: this transaction undoes all or part of another; `refunds` are the legs of earlier refunds of it."""

    original_id: str
    original: tuple[BookedLeg, ...]
    refunds: tuple[BookedLeg, ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """One share of a whole: `share` is a fraction (`1/3`) or a decimal (`0.25`), `amount` what the account gets."""

    account: str
    share: str
    amount: Exact


@dataclass(frozen=True, slots=True)
class Allotment:
    """G18: a total divided by shares that sum to one, each part a whole number of units of so many `decimals`."""

    total: Exact
    commodity: str
    decimals: Exact
    portions: tuple[Portion, ...]
    remainder: Remainder | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """G19: a rate of a base, rounded once, credited to an account.

    `rate` is a fraction or a decimal. `residue` is what rounding left out (exact result less fee), to be booked to
    `residue_account`, which must be named wherever rounding changes anything. Empty texts are not given.
    """

    account: str
    commodity: str
    base: Exact
    rate: str
    amount: Exact
    decimals: Exact
    rounding: Rounding | None = None
    cap: Exact = ""
    residue: Exact = ""
    residue_account: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """G20: `sold` goes into a liquidity account and `bought` comes out of it, at a rate with a source and an age.

    `bought` is `sold` times `rate`, rounded once to so many decimals. `reference_rate` and `deviation_bound` (a
    decimal, `0.01` for one per cent) bound the rate; `age_bound_s` bounds how old it may be, in seconds. `quoted_at` is
    a time (`2026-01-02T03:04:05Z`). Empty texts are not given.
    """

    liquidity_account: str
    sold: Exact
    sold_commodity: str
    bought: Exact
    bought_commodity: str
    rate: str
    rate_source: str
    decimals: Exact
    rounding: Rounding | None = None
    quoted_at: str = ""
    age_bound_s: Exact = ""
    reference_rate: str = ""
    deviation_bound: Exact = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """G21: at most so much may leave `account` (any, if empty), or reach `payee`; `used` is what counts already.

    `opens` and `closes` are the times of the window, from the first to just before the second.
    """

    kind: LimitKind
    commodity: str
    most: Exact
    used: Exact = ""
    account: str = ""
    payee: str = ""
    opens: str = ""
    closes: str = ""


@dataclass(frozen=True, slots=True)
class Nonce:
    """G23: the sender's counter; its next one is that of the account's state, and `window` says how far it may jump."""

    account: str
    nonce: Exact
    window: Exact = ""


@dataclass(frozen=True, slots=True)
class Times:
    """G29: dates (`2026-01-02`) and times (`2026-01-02T03:04:05Z`), the present one included; empty when not given.

    The booking date lies in the open period, both ends included, and the value date within `value_days` of it. The
    transaction may run from `runs_from` to just before `runs_until`, and before `expires`.
    """

    present: str = ""
    booking_date: str = ""
    value_date: str = ""
    value_days: Exact = ""
    period_first: str = ""
    period_last: str = ""
    runs_from: str = ""
    runs_until: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Mandate:
    """Leave to debit one account, of one commodity or any (empty), at most so much or without a bound (empty)."""

    account: str
    commodity: str = ""
    most: Exact = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """G30: who asks, what that principal may debit, and to whom the payment was checked to go.

    `payee` is the name that was checked, `paid` the accounts that may be credited; empty ones were not checked.
    """

    principal: str
    mandates: tuple[Mandate, ...]
    payee: str = ""
    paid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """G31: how many movements there are, and what they sum to over all commodities; empty texts are not given."""

    count: Exact = ""
    control_sum: Exact = ""


@dataclass(frozen=True, slots=True)
class Backing:
    """G32: what is wrapped in a domain is locked; both before this transaction, which may lock and issue more.

    What reaches `lock_account` in the locked commodity is locked; what leaves `issue_account` in the wrapped one is
    wrapped. Both count in the same unit. Empty accounts are not touched.
    """

    domain: str
    wrapped: Exact
    wrapped_commodity: str
    locked: Exact
    locked_commodity: str
    issue_account: str = ""
    lock_account: str = ""


@dataclass(frozen=True, slots=True)
class ChartAccount:
    """One declared account with its type; it holds any of `commodities`, or all that are declared where empty."""

    account: str
    type: str
    commodities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pairing:
    """A permitted movement: from an account of one type to an account of another."""

    debited: str
    credited: str


@dataclass(frozen=True, slots=True)
class Chart:
    """G33: the declared accounts and assets, and which types of accounts may stand against each other."""

    accounts: tuple[ChartAccount, ...]
    assets: tuple[str, ...]
    pairings: tuple[Pairing, ...]


@dataclass(frozen=True, slots=True)
class Assertion:
    """G34: the balance of an account after so many legs (`0` before the first, empty after the last)."""

    account: str
    commodity: str
    balance: Exact
    after_legs: Exact = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything declared beside the legs. What is absent is not checked, unless the client's policy requires it.

    `state_version` is the version or root of the snapshot that all given balances are from (G24).
    """

    identity: Identity | None = None
    reversal: Reversal | None = None
    allotments: tuple[Allotment, ...] = ()
    fees: tuple[Fee, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    limits: tuple[Limit, ...] = ()
    nonce: Nonce | None = None
    state_version: str = ""
    times: Times | None = None
    authority: Authority | None = None
    totals: Totals | None = None
    backings: tuple[Backing, ...] = ()
    chart: Chart | None = None
    assertions: tuple[Assertion, ...] = ()


NO_TERMS = Terms()
"""Nothing is declared."""
