"""Structured transactions: postings, account transfers with a nonce, UTXO spends, proofs and amounts sent as text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from aethel.structure import Exact
from aethel.terms import Terms


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
    next nonce the account accepts, empty when not given. `frozen` and `closed` accounts take no postings. `version` is
    the version or root of the state that the amounts are from, empty when not given; only of a whole number that grows
    with every state of the caller's ledger can it be said which is newer, and only then is anything reserved.
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
    leg only, otherwise after every leg. `states` may hold pre- and claimed post-states, `terms` what else is declared.
    """

    postings: tuple[Posting, ...]
    date: str = ""
    payee: str = ""
    code: str = ""
    net_settled: bool = False
    states: tuple[AccountState, ...] = ()
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class AccountTransaction:
    """An account-model transaction (Ethereum's legacy fields) as decimal text; `to` is a hexadecimal address or empty.

    `expected_nonce` and `balance` are the sender's state where the caller knows it, and `state_version` the version or
    root that they are from, else empty. `nonce_window` is how far beyond the expected one the nonce may be; empty is 0.
    `sender` is the address that signs, empty when not given: only what is somebody's can be reserved.
    """

    nonce: str
    gas_price: str
    gas_limit: str
    to: str
    value: str
    expected_nonce: str = ""
    balance: str = ""
    nonce_window: str = ""
    state_version: str = ""
    sender: str = ""


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
    """UTXO transactions in order over a set of unspent outputs; an earlier transaction's outputs may be spent later.

    `state_version` is the version or root that the set is from, empty when not given.
    """

    utxo_set: tuple[Unspent, ...]
    transactions: tuple[UtxoSpend, ...]
    state_version: str = ""


@dataclass(frozen=True, slots=True)
class TouchedLeaf:
    """A leaf that an update changes: its index as decimal text, and its hash before and after in hexadecimal."""

    index: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step of an existence proof, as ICS 23 has it: `hash` of prefix, child and suffix, both in hexadecimal."""

    hash: str
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class MerkleProof:
    """A proof under a named scheme; hashes and bytes are lower-case hexadecimal, counts decimal text.

    `op` says what is shown, and `fields` are by name what it is about, each named once:

    - `inclusion` of a leaf: `leaf_index`, `tree_size`, `leaf_hash` or the bytes of the `leaf` or both, `root`
    - `consistency` of two trees: `size1`, `size2`, `root1`, `root2`
    - `update` of a tree: `tree_size`, `root` before and `post_root` after; `leaves` are all that change
    - both of these may name the `log` that they continue, so that a store can keep its last accepted root
    - `existence` of a value (ICS 23): `key`, `value`, `root`, and how the leaf is hashed: `leaf.hash`,
      `leaf.prehash_key`, `leaf.prehash_value`, `leaf.length`, `leaf.prefix`; its hashes are in `path`

    `proof` holds hashes from the leaves upward. `root` and `root1` may be left out where a trusted root is known.
    """

    scheme: str
    op: str
    fields: tuple[tuple[str, str], ...] = ()
    proof: tuple[str, ...] = ()
    leaves: tuple[TouchedLeaf, ...] = ()
    path: tuple[PathStep, ...] = ()


@dataclass(frozen=True, slots=True)
class TreeRoot:
    """A root that is trusted: the scheme it is pinned to, the leaves of the tree as decimal text, and its hash.

    `size` is empty for the trees of ICS 23, whose proofs say nothing of it.
    """

    scheme: str
    size: str
    root: str


@dataclass(frozen=True, slots=True)
class AmountText:
    """An amount exactly as somebody sent it, to be judged on its form alone."""

    text: str


@dataclass(frozen=True, slots=True)
class TextField:
    """A text on its way into a field, to be judged on what it may do there.

    `type` is what the sender says of the field (`Name`, `Reference`, …), empty when not said; it narrows nothing that
    is looked for, since only the operator's rules can do so.
    """

    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A well-formed transaction of a kind that no expert of this version checks; it is never approved."""

    kind: str


class Phase(Enum):
    """What a transfer does: move at once, reserve, move what was reserved, or free what was reserved."""

    SINGLE = "single"
    PENDING = "pending"
    POST = "post"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Transfer:
    """One transfer as TigerBeetle defines it; ids and numbers are whole numbers as decimal text.

    A `linked` transfer stands or falls with the next one. `timeout_s` is in seconds and only for pending transfers. A
    balancing transfer moves at most `amount`; a closing one, which must be pending, closes its account. To post or
    void, `pending_id` names the pending transfer, and accounts, ledger and code may be left empty; an amount of
    2^128 - 1 posts, an empty one or 0 voids, all that is pending.
    """

    id: Exact
    debit_account: Exact = ""
    credit_account: Exact = ""
    amount: Exact = ""
    ledger: Exact = ""
    code: Exact = ""
    phase: Phase = Phase.SINGLE
    linked: bool = False
    pending_id: Exact = ""
    timeout_s: Exact = ""
    balancing_debit: bool = False
    balancing_credit: bool = False
    closing_debit: bool = False
    closing_credit: bool = False


@dataclass(frozen=True, slots=True)
class TransferAccount:
    """An account before the transfers: what was debited and credited, and its rules (TigerBeetle's `Account`)."""

    id: Exact
    ledger: Exact
    debits_pending: Exact
    debits_posted: Exact
    credits_pending: Exact
    credits_posted: Exact
    debits_must_not_exceed_credits: bool = False
    credits_must_not_exceed_debits: bool = False
    closed: bool = False
    version: str = ""


class Fate(Enum):
    """What became of a pending transfer so far; its expiry is judged by the time given."""

    PENDING = "pending"
    POSTED = "posted"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class BookedTransfer:
    """A transfer from before, with when it was booked in nanoseconds since 1970 and what became of it if pending."""

    transfer: Transfer
    timestamp_ns: Exact
    fate: Fate = Fate.PENDING


@dataclass(frozen=True, slots=True)
class TransferBatch:
    """Transfers in order, which all must succeed: alone, or with the chain that they are linked in.

    `accounts` describes every account that is touched, or is empty; `booked` holds the pending transfers that are
    posted or voided here. `now_ns` is the present time in nanoseconds since 1970, empty when not given.
    """

    transfers: tuple[Transfer, ...]
    accounts: tuple[TransferAccount, ...] = ()
    booked: tuple[BookedTransfer, ...] = ()
    now_ns: Exact = ""
    terms: Terms | None = None


class Side(Enum):
    """On which side of the receiver's account an entry of a payment file is booked."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class AchEntry:
    """One entry detail of an ACH batch: its amount in cents, and the receiver's routing number (8 or 9 digits)."""

    side: Side
    transaction_code: str
    amount_cents: Exact
    routing: str


@dataclass(frozen=True, slots=True)
class AchControl:
    """The control record of an ACH batch: what its entries must sum to; an empty `entry_count` is not given."""

    total_debit_cents: Exact
    total_credit_cents: Exact
    entry_hash: Exact
    entry_count: Exact = ""


@dataclass(frozen=True, slots=True)
class AchBatch:
    """One ACH batch with its standard entry class code."""

    sec_code: str
    entries: tuple[AchEntry, ...]
    control: AchControl


Movement = DoubleEntry | AccountTransaction | UtxoBatch | TransferBatch | AchBatch
"""The kinds of transactions that move money."""

Transaction = Movement | MerkleProof | AmountText | TextField | Unsupported
