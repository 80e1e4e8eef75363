"""The life of an id as pure transitions: rows in, an answer and what is to be written out; time comes in as a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import assert_never

from aethel.ledger.exact import add
from aethel.ledger.wording import plain, quoted, safe
from aethel.store.entry import Claim, Entry, Held, Phase, Subject, Writes
from aethel.store.footprint import Kind, Owner, Resource
from aethel.verdict import Finding

NAMED_FIELDS = 5
"""Changed parts of a content that a refusal names; more would not help anybody."""


@dataclass(frozen=True, slots=True)
class Begun:
    """This asker decides: `attempt` is what its commit has to show."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Stored:
    """The id was answered before: the same answer again, byte for byte."""

    result: bytes
    phase: Phase


@dataclass(frozen=True, slots=True)
class InFlight:
    """Somebody decides this very question now, at the latest until `until_ms` of the store's clock."""

    until_ms: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The id cannot be used for this; the finding says why."""

    finding: Finding


Beginning = Begun | Stored | InFlight | Refused


class Reason(Enum):
    """Why a reservation could not be settled, released or confirmed."""

    UNKNOWN = "no such id was ever approved here"
    NOT_RESERVED = "the id holds no reservation"
    REPLACED = "the reservation was replaced by a later one of the same id"
    EXPIRED = "the reservation expired before it was redeemed"
    ALREADY_SETTLED = "the reservation was redeemed before"
    OTHER_VERSION = "the settlement was said to show in another version"


@dataclass(frozen=True, slots=True)
class Done:
    """The transition was made; `phase` is where the id is now."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Denied:
    """The transition was not made."""

    reason: Reason


Ending = Done | Denied


def is_new(entry: Entry) -> bool:
    """Whether the row was only made to be locked: nothing was ever asked under this id."""
    return entry.attempt == 0


def phase_at(entry: Entry, now_ms: int) -> Phase:
    """The phase as the store's clock has it: a reservation that nobody redeemed in time is EXPIRED."""
    is_over = entry.phase is Phase.RESERVED and entry.expires_ms is not None and entry.expires_ms <= now_ms
    return Phase.EXPIRED if is_over else entry.phase


def begin(entry: Entry, asked: Subject, now_ms: int, lease_ms: int) -> tuple[Beginning, Writes]:
    """What becomes of a question under the id of `entry`; a decision that begins holds the id for `lease_ms`.

    A live reservation keeps holding while another pre-state is decided: the commit replaces it.
    """
    if is_new(entry):
        return _begun(replace(entry, subject=asked), asked, now_ms + lease_ms)
    changed = _changed(entry.subject.content, asked.content)
    if changed:
        return Refused(_reused(entry.owner, changed)), Writes()
    phase = phase_at(entry, now_ms)
    match phase:
        case Phase.SETTLED:
            return Refused(double_spend(entry.owner)), Writes()
        case Phase.REJECTED:
            return Stored(entry.result, phase), Writes()
        case Phase.RESERVED if entry.subject.state == asked.state:
            return Stored(entry.result, phase), Writes()
        case Phase.UNCERTAIN if entry.is_under_review:
            return Stored(entry.result, phase), Writes()
        case Phase.PENDING | Phase.RESERVED | Phase.UNCERTAIN | Phase.RELEASED | Phase.EXPIRED:
            if entry.lease_ms > now_ms:
                return InFlight(entry.lease_ms), Writes()
            return _begun(replace(entry, phase=phase), asked, now_ms + lease_ms)
        case _:
            assert_never(phase)


def conclude(
    entry: Entry, attempt: int, phase: Phase, result: bytes, claims: Sequence[Claim], *, is_under_review: bool = False
) -> tuple[bool, Writes]:
    """The id after a decision that approves nothing: REJECTED or UNCERTAIN; whatever it held is free again.

    False where the attempt is no longer the one that decides.
    """
    if not holds(entry, attempt):
        return False, Writes()
    after = replace(
        entry,
        phase=phase,
        lease_ms=0,
        reserved=0,
        expires_ms=None,
        claims=0,
        is_under_review=is_under_review,
        result=result,
    )
    return True, Writes(after, dropped=tuple((claim.resource, claim.owner) for claim in claims))


def holds(entry: Entry, attempt: int) -> bool:
    """Whether this attempt may still write its decision: nobody took the id over, and nothing was settled meanwhile."""
    return not is_new(entry) and entry.attempt == attempt and entry.phase is not Phase.SETTLED and entry.lease_ms > 0


def settle(entry: Entry, attempt: int, held: Mapping[Resource, Held], now_ms: int) -> tuple[Ending, Writes]:
    """Redeem a reservation, once, before its money moves: from here on it is spent and never expires.

    `held` are the resources it claims, locked. A claim that is gone was taken by somebody for whom it had expired.
    """
    denied = _undue(entry, attempt, now_ms)
    if denied is not None:
        return denied, Writes()
    mine = _mine(entry.owner, held)
    if len(mine) != entry.claims:
        return Denied(Reason.EXPIRED), Writes()
    dropped: list[tuple[Resource, Owner]] = []
    kept: list[Claim] = []
    facts: list[tuple[Resource, Mapping[str, str]]] = []
    for claim in mine:
        fact = _settled_fact(claim, held[claim.resource].fact, now_ms)
        if fact is not None:
            facts.append((claim.resource, fact))
        if _is_remembered(claim):
            dropped.append((claim.resource, claim.owner))
        else:
            kept.append(replace(claim, expires_ms=None))
    after = replace(entry, phase=Phase.SETTLED, expires_ms=None, lease_ms=0, claims=len(kept))
    return Done(Phase.SETTLED), Writes(after, tuple(dropped), tuple(kept), tuple(facts))


def release(entry: Entry, attempt: int, claims: Sequence[Claim], now_ms: int) -> tuple[Ending, Writes]:
    """Give a reservation back that will not be redeemed; to release twice is to release."""
    if entry.phase is Phase.RELEASED and entry.reserved == attempt:
        return Done(Phase.RELEASED), Writes()
    denied = _undue(entry, attempt, now_ms)
    if denied is not None and denied.reason is not Reason.EXPIRED:
        return denied, Writes()
    after = replace(entry, phase=Phase.RELEASED, expires_ms=None, lease_ms=0, claims=0)
    return Done(Phase.RELEASED), Writes(after, dropped=tuple((claim.resource, claim.owner) for claim in claims))


def confirm(entry: Entry, claims: Sequence[Claim], version: int) -> tuple[Ending, Writes]:
    """Say which state of the caller's ledger is the first that shows a settled movement.

    From then on a pre-state at or past it is not deducted from again. To say it twice is to say it; another version is
    refused.
    """
    if is_new(entry):
        return Denied(Reason.UNKNOWN), Writes()
    if entry.phase is not Phase.SETTLED:
        return Denied(Reason.NOT_RESERVED), Writes()
    holdings = [claim for claim in claims if claim.resource.kind == Kind.HOLDING.value]
    if any(claim.version not in (None, version) for claim in holdings):
        return Denied(Reason.OTHER_VERSION), Writes()
    return Done(Phase.SETTLED), Writes(kept=tuple(replace(claim, version=version) for claim in holdings))


def _is_remembered(claim: Claim) -> bool:
    """Whether a settlement leaves all there is to know behind as a fact, so that no claim has to stay.

    What counts against a limit for ever is added up, so that reading it does not grow with its history.
    """
    match Kind(claim.resource.kind):
        case Kind.NONCE | Kind.ROOT:
            return True
        case Kind.LIMIT:
            return not claim.amounts["window_ms"]
        case Kind.HOLDING | Kind.COIN | Kind.PENDING | Kind.ORIGINAL | Kind.ID | Kind.SETTLEMENT:
            return False
        case other:
            assert_never(other)


def _settled_fact(claim: Claim, fact: Mapping[str, str], now_ms: int) -> Mapping[str, str] | None:
    """What a settlement makes of the fact about a resource; None where it stays as it is."""
    match Kind(claim.resource.kind):
        case Kind.NONCE:
            return {"next": str(max(int(fact.get("next", "0")), int(claim.amounts["nonce"]) + 1))}
        case Kind.ROOT:
            return {"size": claim.amounts["size"], "root": claim.amounts["root"]}
        case Kind.PENDING if claim.amounts["role"] == "opens":
            timeout = claim.amounts["timeout_ms"]
            opened = {name: claim.amounts[name] for name in ("debit", "credit", "commodity", "amount")}
            return {**opened, "until_ms": str(now_ms + int(timeout)) if timeout else ""}
        case Kind.ORIGINAL if claim.amounts.get("role") == "is":
            return {name: text for name, text in claim.amounts.items() if name != "role"}
        case Kind.LIMIT if not claim.amounts["window_ms"]:
            return {"used": plain(add(Decimal(fact.get("used", "0")), Decimal(claim.amounts["amount"])))}
        case Kind.HOLDING | Kind.COIN | Kind.LIMIT | Kind.PENDING | Kind.ORIGINAL | Kind.ID | Kind.SETTLEMENT:
            return None
        case other:
            assert_never(other)


def _begun(entry: Entry, asked: Subject, until_ms: int) -> tuple[Beginning, Writes]:
    attempt = entry.attempt + 1
    phase = Phase.RESERVED if entry.phase is Phase.RESERVED and not is_new(entry) else Phase.PENDING
    is_held = phase is Phase.RESERVED
    kept, expires_ms = (entry.subject, entry.expires_ms) if is_held else (asked, None)
    after = replace(entry, phase=phase, subject=kept, attempt=attempt, lease_ms=until_ms, expires_ms=expires_ms)
    return Begun(attempt), Writes(after)


def _undue(entry: Entry, attempt: int, now_ms: int) -> Denied | None:
    """Why the reservation of an attempt cannot be redeemed; None where it can."""
    if entry.reserved == 0:
        return Denied(Reason.UNKNOWN if is_new(entry) else Reason.NOT_RESERVED)
    if entry.reserved != attempt:
        return Denied(Reason.REPLACED)
    if entry.phase is Phase.SETTLED:
        return Denied(Reason.ALREADY_SETTLED)
    if phase_at(entry, now_ms) is Phase.EXPIRED:
        return Denied(Reason.EXPIRED)
    if entry.phase is not Phase.RESERVED:
        return Denied(Reason.NOT_RESERVED)
    return None


def _mine(owner: Owner, held: Mapping[Resource, Held]) -> list[Claim]:
    return [claim for one in held.values() for claim in one.claims if claim.owner == owner]


def _changed(before: Mapping[str, str], asked: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*before, *asked} if before.get(name) != asked.get(name))


def _reused(owner: Owner, changed: Sequence[str]) -> Finding:
    shown = ", ".join(quoted(name) for name in changed[:NAMED_FIELDS])
    more = f" and {len(changed) - NAMED_FIELDS} more" if len(changed) > NAMED_FIELDS else ""
    message = f"the id {quoted(owner.id)} was used before with another {shown}{more}, expected a new id"
    return Finding("G02", message, numbers=(("id", safe(owner.id)),))


def double_spend(owner: Owner) -> Finding:
    """G02: the id is settled, so that to approve it once more would spend the same twice."""
    message = f"the id {quoted(owner.id)} is settled: this would spend the same twice"
    return Finding("G02", message, numbers=(("id", safe(owner.id)),))
