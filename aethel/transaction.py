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
class Unsupported:
    """A well-formed transaction of a kind that no expert of this version checks; it is never approved."""

    kind: str


Transaction = DoubleEntry | AccountTransaction | UtxoBatch | MerkleProof | AmountText | Unsupported
