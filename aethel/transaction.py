"""Structured transactions: postings, account transfers with a nonce, UTXO spends, proofs and amounts sent as text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PriceKind(Enum):
    """How a posting's price is meant: for one unit of its commodity, or for all of the posting together."""

    UNIT = "unit"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Price:
    """What a posting's amount is worth in another commodity; `amount` is exact decimal text, never negative."""

    kind: PriceKind
    amount: str
    commodity: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg: a signed exact decimal `amount` of one `commodity` (any text, also empty) booked to one account.

    An `inferred` posting takes what is left of its commodity; a stated amount is then only a rendering of it.
    `amount` is empty when the caller left it out, which is allowed only when `inferred`.
    """

    account: str
    amount: str
    commodity: str
    price: Price | None = None
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the caller knows of one account: balance before and claimed balance after, and its bounds.

    Amounts are exact decimal text; `post_balance`, `lower` and `upper` are empty when not given. `nonce` is the
    next nonce the account accepts, empty when not given. `frozen` and `closed` accounts take no postings.
    `version` is that of the state before, a whole number that grows with every state of the caller's ledger.
    """

    account: str
    commodity: str = ""
    balance: str = ""
    post_balance: str = ""
    lower: str = ""
    upper: str = ""
    nonce: str = ""
    frozen: bool = False
    closed: bool = False
    version: str = ""


@dataclass(frozen=True, slots=True)
class DoubleEntry:
    """A journal entry: signed postings that must sum to zero per commodity, prices applied.

    `date`, `payee` and `code` are text as given. With `net_settled` the account invariants hold after the last
    leg only, otherwise after every leg. `states` may hold pre- and claimed post-states.
    """

    postings: tuple[Posting, ...]
    date: str = ""
    payee: str = ""
    code: str = ""
    net_settled: bool = False
    states: tuple[AccountState, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTransaction:
    """An account-model transaction (Ethereum's legacy fields) as decimal text; `to` is a hexadecimal address or empty.

    `expected_nonce` and `balance` are the sender's state where the caller knows it, else empty.
    """

    nonce: str
    gas_price: str
    gas_limit: str
    to: str
    value: str
    expected_nonce: str = ""
    balance: str = ""


@dataclass(frozen=True, slots=True)
class Unspent:
    """One spendable output: its outpoint (`txid:index`) and its value in the smallest unit, as decimal text."""

    outpoint: str
    value: str


@dataclass(frozen=True, slots=True)
class UtxoSpend:
    """One UTXO transaction: spent outpoints, output values, declared fee, in the smallest unit as decimal text."""

    txid: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    fee: str = ""


@dataclass(frozen=True, slots=True)
class UtxoBatch:
    """UTXO transactions in order over a set of unspent outputs; an earlier transaction's outputs may be spent later."""

    utxo_set: tuple[Unspent, ...]
    transactions: tuple[UtxoSpend, ...]


@dataclass(frozen=True, slots=True)
class MerkleProof:
    """An `inclusion` or `consistency` proof (`op`) under a named scheme; hashes are lower-case hexadecimal."""

    scheme: str
    op: str
    fields: tuple[tuple[str, str], ...] = ()
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AmountText:
    """An amount exactly as somebody sent it, to be judged on its form alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A well-formed transaction of a kind that no expert of this version checks; it is never approved."""

    kind: str


Transaction = DoubleEntry | AccountTransaction | UtxoBatch | MerkleProof | AmountText | Unsupported
