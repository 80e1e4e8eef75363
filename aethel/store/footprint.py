"""What one transaction touches of the durable state: values that the commit judges and reserves, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from aethel.ledger.exact import ZERO
from aethel.store.encoding import key_of


class Kind(Enum):
    """What a resource is: something that one transaction can take from another."""

    ID = "id"
    HOLDING = "holding"
    COIN = "coin"
    NONCE = "nonce"
    LIMIT = "limit"
    PENDING = "pending"
    ORIGINAL = "original"
    ROOT = "root"
    SETTLEMENT = "settlement"


class Owner(NamedTuple):
    """A transaction's identity: ids are scoped by the client who uses them.

    A named tuple like `Resource`: a group of commits compares and looks up thousands.
    """

    client: str
    id: str


class Resource(NamedTuple):
    """One thing that can be reserved; `key` tells it from others of its kind. Rows are locked in the order of these."""

    kind: str
    key: str


def resource_of(kind: Kind, names: tuple[str, ...]) -> Resource:
    """The resource that these names stand for."""
    return Resource(kind.value, key_of(names))


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one holding (an account and a commodity), and what the caller shows of it before.

    `net` is the sum of its postings, `down` and `up` how far the balance falls and rises on the way, never negative.
    `balance` and `version` are of the state before (None where not shown), the version a number that grows with every
    state of the caller's ledger; a balance without one is judged and reserves nothing. `lower` and `upper` bound it.
    `pending_down` and `pending_up` are what the shown state itself has reserved on either side. `is_flagged` says that
    the bounds are those of an account whose debits may not exceed its credits, or the other way round. `with_pending`
    is the net with what is only reserved by it, None where that is the same.
    """

    account: str
    commodity: str
    net: Decimal
    down: Decimal
    up: Decimal
    balance: Decimal | None = None
    version: int | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    pending_down: Decimal = ZERO
    pending_up: Decimal = ZERO
    is_flagged: bool = False
    with_pending: Decimal | None = None
    resource: Resource = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resource", resource_of(Kind.HOLDING, (self.account, self.commodity)))

    @property
    def reserves(self) -> bool:
        """Whether the change can be held against a state that is told apart from later ones."""
        return self.balance is not None and self.version is not None

    @property
    def flow(self) -> Decimal:
        """The net with what is only reserved."""
        return self.net if self.with_pending is None else self.with_pending


@dataclass(frozen=True, slots=True)
class UsedId:
    """An id inside the transaction, of a transfer or its own by some scheme, in its canonical spelling: used once."""

    scheme: str
    id: str


@dataclass(frozen=True, slots=True)
class Spend:
    """One unspent output that is spent, in its canonical spelling."""

    outpoint: str

    @property
    def resource(self) -> Resource:
        return resource_of(Kind.COIN, (self.outpoint,))


@dataclass(frozen=True, slots=True)
class NonceUse:
    """A sender's counter. `expected` is the sender's next by the shown state, None where not shown; a nonce up to
    `window` beyond the next is admitted too.
    """

    sender: str
    nonce: int
    expected: int | None = None
    window: int = 0

    @property
    def resource(self) -> Resource:
        return resource_of(Kind.NONCE, (self.sender,))


@dataclass(frozen=True, slots=True)
class LimitUse:
    """An amount that counts against a limit: at most `maximum` within `window_ms`, or ever where that is None.

    `limit` names what is counted together, such as one payer's payments to one payee in one commodity. `used` is what
    the caller says counts already, None where it says nothing.
    """

    limit: str
    amount: Decimal
    maximum: Decimal
    window_ms: int | None = None
    used: Decimal | None = None

    @property
    def resource(self) -> Resource:
        return resource_of(Kind.LIMIT, (self.limit,))


@dataclass(frozen=True, slots=True)
class Opening:
    """A pending transfer `id` that this transaction opens; it can be posted until `timeout_ms` after its settlement."""

    id: str
    debit: str
    credit: str
    commodity: str
    amount: Decimal
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Resolving:
    """The end of a pending transfer of the same client: posted with at most its amount, or void with all of it.

    Accounts and commodity are those of the pending transfer.
    """

    pending_id: str
    debit: str
    credit: str
    commodity: str
    amount: Decimal
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class Reversal:
    """What gives back a settled transaction of the same client, in parts or whole."""

    original_id: str


@dataclass(frozen=True, slots=True)
class Extension:
    """An append-only tree that grows: from the root last accepted to another; the proof itself is not judged here."""

    log: str
    size: int
    root: str
    new_size: int
    new_root: str

    @property
    def resource(self) -> Resource:
        return resource_of(Kind.ROOT, (self.log,))


@dataclass(frozen=True, slots=True)
class Footprint:
    """Everything that one transaction touches; `notes` say what of it could not be brought into this form.

    Holdings, senders and pending transfers stand in it once each; ValueError otherwise. Extensions of one log follow
    one another.
    """

    changes: tuple[Change, ...] = ()
    spends: tuple[Spend, ...] = ()
    nonces: tuple[NonceUse, ...] = ()
    limits: tuple[LimitUse, ...] = ()
    openings: tuple[Opening, ...] = ()
    resolvings: tuple[Resolving, ...] = ()
    reversal: Reversal | None = None
    extensions: tuple[Extension, ...] = ()
    ids: tuple[UsedId, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        single = [
            *(change.resource for change in self.changes),
            *(use.resource for use in self.nonces),
            *(pending_of("", opening.id) for opening in self.openings),
            *(pending_of("", resolving.pending_id) for resolving in self.resolvings),
        ]
        if len(set(single)) != len(single):
            raise ValueError("a footprint names each holding, sender and pending transfer once")

    def resources(self, owner: Owner) -> tuple[Resource, ...]:
        """Every row the commit has to hold, each once, in the order in which all transactions lock."""
        return tuple(sorted(set(self._resources(owner))))

    def _resources(self, owner: Owner) -> Iterator[Resource]:
        yield from (change.resource for change in self.changes)
        yield from (spend.resource for spend in self.spends)
        yield from (use.resource for use in self.nonces)
        yield from (limit.resource for limit in self.limits)
        yield from (extension.resource for extension in self.extensions)
        yield from (id_of(owner.client, used) for used in self.ids)
        yield from (pending_of(owner.client, opening.id) for opening in self.openings)
        yield from (pending_of(owner.client, resolving.pending_id) for resolving in self.resolvings)
        if self.reversal is not None:
            yield original_of(Owner(owner.client, self.reversal.original_id))
        if self.changes:
            yield original_of(owner)


def id_of(client: str, used: UsedId) -> Resource:
    """An id that a client uses inside a transaction."""
    return resource_of(Kind.ID, (client, used.scheme, used.id))


def pending_of(client: str, name: str) -> Resource:
    """The pending transfer of a client by its id."""
    return resource_of(Kind.PENDING, (client, name))


def settlement_of(owner: Owner) -> Resource:
    """The settlement of a transaction as something that is known; nothing ever claims it."""
    return resource_of(Kind.SETTLEMENT, (owner.client, owner.id))


def original_of(owner: Owner) -> Resource:
    """A transaction as something that can be given back."""
    return resource_of(Kind.ORIGINAL, (owner.client, owner.id))
