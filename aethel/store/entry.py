"""The rows of the store as values: what is kept of an id, of a resource, and of what an id claims of a resource."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from aethel.audit.record import Draft
from aethel.store.footprint import Owner, Resource

NOTHING: Mapping[str, str] = MappingProxyType({})


class Phase(Enum):
    """Where an id is in its life."""

    PENDING = "PENDING"
    RESERVED = "RESERVED"
    SETTLED = "SETTLED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    UNCERTAIN = "UNCERTAIN"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an id is about: `content` maps each part of it to a digest, `state` is the digest of the state it was shown.

    Two questions are the same where their contents are; the state before may differ between attempts.
    """

    content: Mapping[str, str]
    state: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One id. `attempt` counts decisions from 1; the one that is being made holds the id until `lease_ms`.

    `reserved` is the attempt that made the reservation, 0 where there is none: who redeems it has to name it.
    `expires_ms` is when a reservation that nobody redeemed ends, None where nothing is reserved; `claims` is how many
    claims it has; `result` is the answer that was given, empty while there is none. Times are the store's, in
    milliseconds since 1970.
    """

    owner: Owner
    phase: Phase
    subject: Subject
    attempt: int
    lease_ms: int
    reserved: int = 0
    expires_ms: int | None = None
    claims: int = 0
    is_under_review: bool = False
    result: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one id holds of one resource. `expires_ms` is None once it is settled.

    `version` is the first state of the caller's ledger that shows the settled movement, None while nobody said so.
    `amounts` are exact texts by name; which names, the kind of the resource says.
    """

    resource: Resource
    owner: Owner
    at_ms: int
    expires_ms: int | None
    version: int | None = None
    amounts: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Held:
    """One locked resource: what is known of it, and every claim on it."""

    fact: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Writes:
    """What a transition changes: applied in one transaction, or not at all.

    `dropped` names claims by resource and owner; `kept` are claims put in their place or anew; `facts` replace what is
    known of resources; `records` go into the audit log.
    """

    entry: Entry | None = None
    dropped: tuple[tuple[Resource, Owner], ...] = ()
    kept: tuple[Claim, ...] = ()
    facts: tuple[tuple[Resource, Mapping[str, str]], ...] = ()
    records: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """What a whole transaction writes: every row as it is in the end, each named once.

    `records` are those of the audit log, in their order, at `at_ms` of the store's clock.
    """

    entries: tuple[Entry, ...] = ()
    dropped: tuple[tuple[Resource, Owner], ...] = ()
    kept: tuple[Claim, ...] = ()
    facts: tuple[tuple[Resource, Mapping[str, str]], ...] = ()
    records: tuple[Draft, ...] = ()
    at_ms: int = 0
