"""The commit as a pure transition: an approval becomes a reservation, or a refusal with findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from aethel.ledger.checked import bounded
from aethel.ledger.wording import counted, plain, quoted
from aethel.store.checks import View, judge
from aethel.store.claims import claims_of
from aethel.store.counting import is_shown, known_use
from aethel.store.entry import Claim, Entry, Held, Phase, Subject, Writes
from aethel.store.footprint import Footprint, Kind, Owner, Resource
from aethel.store.life import double_spend, holds
from aethel.verdict import Finding


@dataclass(frozen=True, slots=True)
class Reserved:
    """The transaction may be executed once it is settled, before `expires_ms` of the store's clock.

    `attempt` names the reservation when it is redeemed. `notes` say what was judged and not reserved.
    """

    attempt: int
    expires_ms: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """The stateful checks refuse; the id stays rejected."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Superseded:
    """Another attempt of the same id decides, or has decided: this one wrote nothing."""


Decision = Reserved | Rejected | Superseded


@dataclass(frozen=True, slots=True)
class Terms:
    """What a commit is about: the attempt that decides, the question's content and state, and what it touches."""

    attempt: int
    asked: Subject
    footprint: Footprint


def commit(
    entry: Entry, terms: Terms, held: Mapping[Resource, Held], own: Sequence[Claim], now_ms: int, hold_ms: int
) -> tuple[Decision, Writes]:
    """Judge an approved transaction against the state, and reserve for `hold_ms` what it touches.

    `held` are all resources of the footprint and of `own`, the claims that the id has by now, locked; the reservation
    takes the place of `own`. The entry that is to be written still lacks the result. A refusal that nobody may write
    (the id was settled meanwhile) leaves the entry out.
    """
    owner = entry.owner
    if entry.phase is Phase.SETTLED:
        return Rejected((double_spend(owner),)), Writes()
    if not holds(entry, terms.attempt):
        return Superseded(), Writes()
    view = View(owner, terms.footprint, _live(held, owner, now_ms), now_ms)
    findings = bounded(judge(view))
    mine = tuple((claim.resource, owner) for claim in own)
    after = replace(entry, subject=terms.asked, lease_ms=0, is_under_review=False)
    if findings:
        after = replace(after, phase=Phase.REJECTED, reserved=0, expires_ms=None, claims=0)
        return Rejected(findings), Writes(after, dropped=mine)
    expires_ms = now_ms + hold_ms
    kept = claims_of(terms.footprint, owner, now_ms, expires_ms)
    after = replace(after, phase=Phase.RESERVED, reserved=terms.attempt, expires_ms=expires_ms, claims=len(kept))
    dropped = (*mine, *_past(terms.footprint, held, owner, now_ms))
    decision = Reserved(terms.attempt, expires_ms, _notes(view))
    return decision, Writes(after, dropped, kept, tuple(_shown(terms.footprint)))


def _live(held: Mapping[Resource, Held], owner: Owner, now_ms: int) -> dict[Resource, Held]:
    """What others hold: without the id's own claims, and without reservations that expired."""
    return {
        resource: replace(one, claims=tuple(c for c in one.claims if c.owner != owner and not _is_over(c, now_ms)))
        if one.claims
        else one
        for resource, one in held.items()
    }


def _is_over(claim: Claim, now_ms: int) -> bool:
    return claim.expires_ms is not None and claim.expires_ms <= now_ms


def _past(
    footprint: Footprint, held: Mapping[Resource, Held], owner: Owner, now_ms: int
) -> Iterator[tuple[Resource, Owner]]:
    """Claims of others that count no more: expired ones, so that nobody redeems what was given away, and shown ones."""
    changes = {change.resource: change for change in footprint.changes if change.reserves}
    for resource, one in held.items():
        for claim in one.claims:
            change = changes.get(resource)
            is_past = (
                _is_over(claim, now_ms)
                or (change is not None and is_shown(change, claim))
                or _is_out_of_window(claim, now_ms)
            )
            if claim.owner != owner and is_past:
                yield resource, claim.owner


def _is_out_of_window(claim: Claim, now_ms: int) -> bool:
    """Whether a settled use of a limit has left the window it was counted in."""
    if claim.resource.kind != Kind.LIMIT.value or claim.expires_ms is not None:
        return False
    window = claim.amounts["window_ms"]
    return bool(window) and claim.at_ms <= now_ms - int(window)


def _shown(footprint: Footprint) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    """The newest state that was shown of each holding: nothing older is believed from now on."""
    for change in footprint.changes:
        if change.balance is not None and change.version is not None:
            pending = {"pending_down": change.pending_down, "pending_up": change.pending_up}
            shown = {"balance": change.balance, **{name: amount for name, amount in pending.items() if amount}}
            yield (
                change.resource,
                {"version": str(change.version), **{name: plain(amount) for name, amount in shown.items()}},
            )


def _notes(view: View) -> tuple[str, ...]:
    """What was judged and not reserved, and where the caller knows of more use of a limit than the store."""
    notes = [*view.footprint.notes]
    loose = sum(1 for change in view.footprint.changes if not change.reserves)
    if loose:
        what = counted(loose, "holding is", "holdings are")
        notes.append(f"{what} shown without a balance or its version: judged as far as shown, and not reserved")
    for use in view.footprint.limits:
        known = known_use(use, view.held[use.resource], view.now_ms)
        if use.used is not None and use.used > known:
            notes.append(
                f"the limit {quoted(use.limit)} is said to be used to {plain(use.used)}: {plain(known)} is known here, "
                "and that is what later uses are added to"
            )
    return tuple(notes)
