"""What the holder of a token may do with the reservation it is about, as pure transitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aethel.store.encoding import digest_of
from aethel.store.entry import Claim, Entry, Held, Phase, Subject, Writes
from aethel.store.footprint import Resource, settlement_of
from aethel.store.life import Denied, Ending, Reason, is_new, phase_at, release, settle


@dataclass(frozen=True, slots=True)
class Voucher:
    """The reservation that a token is about: its attempt, content, state before, and end in milliseconds since 1970."""

    attempt: int
    content: str
    state: str
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """The money may move. `is_repeated` says that this very settlement was made before, under the same retry key."""

    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an id: where it is in its life, the answer as it was given, and until when it is reserved.

    `expires_ms` is of the store's clock, None where nothing is reserved; `result` is empty where nothing was answered.
    """

    phase: Phase
    result: bytes
    expires_ms: int | None


def content_digest(asked: Subject) -> str:
    """One digest over every part of a content."""
    return digest_of(asked.content)


def redeem(
    entry: Entry, voucher: Voucher, retry_key: str, held: Mapping[Resource, Held], now_ms: int
) -> tuple[Redeemed | Denied, Writes]:
    """Redeem a reservation, once. `held` are the resources it claims, and with a retry key its settlement, locked.

    A settlement is made a second time for nobody but who shows the retry key of the first, which is not empty then.
    """
    denied = _foreign(entry, voucher)
    if denied is not None:
        return denied, Writes()
    known = settlement_of(entry.owner)
    if entry.phase is Phase.SETTLED and retry_key and held[known].fact.get("retry_key") == retry_key:
        return Redeemed(is_repeated=True), Writes()
    claimed = {resource: one for resource, one in held.items() if resource != known}
    ending, writes = settle(entry, voucher.attempt, claimed, now_ms)
    if isinstance(ending, Denied):
        return ending, Writes()
    if retry_key:
        writes = replace(writes, facts=(*writes.facts, (known, {"retry_key": retry_key})))
    return Redeemed(), writes


def give_back(entry: Entry, voucher: Voucher, claims: Sequence[Claim], now_ms: int) -> tuple[Ending, Writes]:
    """Release the reservation that a token is about; to release twice is to release."""
    denied = _foreign(entry, voucher)
    if denied is not None:
        return denied, Writes()
    return release(entry, voucher.attempt, claims, now_ms)


def kept(entry: Entry, now_ms: int) -> Kept | None:
    """What is kept of an id by the store's clock; None where nothing was ever asked under it."""
    if is_new(entry):
        return None
    phase = phase_at(entry, now_ms)
    return Kept(phase, entry.result, entry.expires_ms if phase is Phase.RESERVED else None)


def _foreign(entry: Entry, voucher: Voucher) -> Denied | None:
    """Denied where the token is about another reservation than the one that is kept, such as one of another store."""
    if is_new(entry):
        return Denied(Reason.UNKNOWN)
    if entry.reserved == 0:
        return Denied(Reason.NOT_RESERVED)
    same = (entry.reserved, content_digest(entry.subject), entry.subject.state) == (
        voucher.attempt,
        voucher.content,
        voucher.state,
    )
    is_same_hold = entry.expires_ms is None or entry.expires_ms == voucher.expires_ms
    return None if same and is_same_hold else Denied(Reason.REPLACED)
