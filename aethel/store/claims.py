"""What a transaction claims of each resource it touches, as rows that the checks of later transactions read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from aethel.ledger.exact import add
from aethel.ledger.wording import plain
from aethel.store.entry import Claim
from aethel.store.footprint import Footprint, Owner, Resource, id_of, original_of, pending_of


def claims_of(footprint: Footprint, owner: Owner, now_ms: int, expires_ms: int) -> tuple[Claim, ...]:
    """The claims of a footprint; of each resource at most one."""
    claimed = dict(_claimed(footprint, owner))
    return tuple(Claim(resource, owner, now_ms, expires_ms, amounts=amounts) for resource, amounts in claimed.items())


def holding_name(account: str, commodity: str) -> str:
    """One name for an account and a commodity, not to be confused with another pair's."""
    return json.dumps([account, commodity])


def _claimed(footprint: Footprint, owner: Owner) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    for change in footprint.changes:
        if change.reserves:
            yield change.resource, {"down": plain(change.down), "up": plain(change.up)}
    for spend in footprint.spends:
        yield spend.resource, {}
    for use in footprint.nonces:
        yield use.resource, {"nonce": str(use.nonce)}
    yield from _limits(footprint)
    for used in footprint.ids:
        yield id_of(owner.client, used), {}
    for extension in footprint.extensions:
        yield extension.resource, {"size": str(extension.new_size), "root": extension.new_root}
    yield from _linked(footprint, owner)


def _limits(footprint: Footprint) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    """One claim for each limit, of all that counts against it, kept for the longest of its windows."""
    for resource in {use.resource: None for use in footprint.limits}:
        uses = [use for use in footprint.limits if use.resource == resource]
        amount = uses[0].amount
        for use in uses[1:]:
            amount = add(amount, use.amount)
        windows = [use.window_ms for use in uses]
        longest = None if None in windows else max(window for window in windows if window is not None)
        yield resource, {"amount": plain(amount), "window_ms": "" if longest is None else str(longest)}


def _linked(footprint: Footprint, owner: Owner) -> Iterator[tuple[Resource, Mapping[str, str]]]:
    """Claims on transactions: on this one as what may be given back or posted later, and on the one it refers to."""
    moved = {holding_name(change.account, change.commodity): plain(change.net) for change in footprint.changes}
    if moved:
        yield original_of(owner), {"role": "is", **moved}
    if footprint.reversal is not None:
        given = {holding_name(change.account, change.commodity): plain(change.flow) for change in footprint.changes}
        yield original_of(Owner(owner.client, footprint.reversal.original_id)), {"role": "reverses", **given}
    for opening in footprint.openings:
        parts = {"debit": opening.debit, "credit": opening.credit, "commodity": opening.commodity}
        timeout = "" if opening.timeout_ms is None else str(opening.timeout_ms)
        amounts = {"role": "opens", **parts, "amount": plain(opening.amount), "timeout_ms": timeout}
        yield pending_of(owner.client, opening.id), amounts
    for resolving in footprint.resolvings:
        yield pending_of(owner.client, resolving.pending_id), {"role": "resolves"}
