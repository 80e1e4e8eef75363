"""What earlier transactions count for: claims that a shown balance lacks, and uses that a limit still holds."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from aethel.ledger.exact import ZERO, add
from aethel.store.entry import Claim, Held
from aethel.store.footprint import Change, LimitUse


def counted(change: Change, claims: tuple[Claim, ...]) -> list[Claim]:
    """The claims that a shown balance does not hold yet: all but settled ones whose state, or a later one, is shown."""
    return [claim for claim in claims if not is_shown(change, claim)]


def is_shown(change: Change, claim: Claim) -> bool:
    """Whether the shown state is at or past the one that first shows a settled movement."""
    is_settled = claim.expires_ms is None
    return is_settled and claim.version is not None and change.version is not None and change.version >= claim.version


def known_use(use: LimitUse, held: Held, now_ms: int) -> Decimal:
    """What counts against a limit already, as far as the store knows: settled before, or reserved by others."""
    settled = Decimal(held.fact.get("used", "0"))
    return add(
        settled, total(Decimal(each.amounts["amount"]) for each in held.claims if is_in_window(use, each, now_ms))
    )


def is_in_window(use: LimitUse, claim: Claim, now_ms: int) -> bool:
    """Whether an earlier use still counts now; its time is when it was reserved."""
    return use.window_ms is None or claim.at_ms > now_ms - use.window_ms


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    found = ZERO
    for amount in amounts:
        found = add(found, amount)
    return found
