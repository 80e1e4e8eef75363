"""What the terms of a transaction touch of the durable state: limits, a nonce, the original it gives back, its id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from aethel.ledger.amounts import PRICE, WHOLE, Grammar, Refused, scan
from aethel.ledger.declared import Flows, Move, declare
from aethel.ledger.exact import ZERO
from aethel.ledger.identity import canonical_id
from aethel.ledger.limits import moved_against
from aethel.ledger.moments import nanoseconds_of
from aethel.ledger.wording import counted
from aethel.store.encoding import encoded
from aethel.store.footprint import Footprint, LimitUse, NonceUse, Resource, Reversal, UsedId
from aethel.terms import Identity, Limit, LimitKind, Nonce, Terms

T = TypeVar("T")


def footprint_of_terms(terms: Terms, moves: Sequence[Move], nexts: Mapping[str, str]) -> Footprint:
    """What terms touch; `nexts` are the next nonces that the shown states give. Raises ValueError for unreadable texts.

    Nobody but the caller says how much a limit allows, which the notes repeat.
    """
    kept = [limit for limit in terms.limits if limit.kind is not LimitKind.TRANSACTION]
    endless = [limit for limit in kept if limit.kind is LimitKind.WINDOW and not (limit.opens or limit.closes)]
    notes = []
    if terms.limits:
        notes.append(f"how much {counted(len(terms.limits), 'limit allows', 'limits allow')} is the caller's word")
    if endless:
        what = counted(len(endless), "limit", "limits")
        notes.append(f"{what} of a window without a beginning or an end: judged as far as shown, and not reserved")
    spent = declare(terms, moves, (), ()).spent
    return Footprint(
        nonces=() if terms.nonce is None else (_nonce(terms.nonce, nexts),),
        limits=tuple(_least(_use(limit, spent) for limit in kept if limit not in endless)),
        reversal=None if terms.reversal is None else Reversal(terms.reversal.original_id),
        ids=() if terms.identity is None else (_used_id(terms.identity),),
        notes=tuple(notes),
    )


def _use(limit: Limit, spent: Flows) -> LimitUse:
    window = ["" if not text else str(_known(nanoseconds_of(text))) for text in (limit.opens, limit.closes)]
    name = encoded([limit.kind.value, limit.commodity, limit.account, limit.payee, *window])
    used = _number(limit.used, PRICE) if limit.used else None
    return LimitUse(name, moved_against(limit, spent), _number(limit.most, PRICE), used=used)


def _least(uses: Iterable[LimitUse]) -> Iterator[LimitUse]:
    """Each limit once, by the least that is said to be allowed: what moves counts once, however often it is limited."""
    by_name: dict[Resource, LimitUse] = {}
    for use in uses:
        other = by_name.setdefault(use.resource, use)
        if use.maximum < other.maximum:
            by_name[use.resource] = use
    return (use for use in by_name.values() if use.amount > ZERO)


def _nonce(nonce: Nonce, nexts: Mapping[str, str]) -> NonceUse:
    expected = nexts.get(nonce.account, "")
    return NonceUse(
        nonce.account,
        int(_number(nonce.nonce, WHOLE)),
        int(_number(expected, WHOLE)) if expected else None,
        int(_number(nonce.window, WHOLE)) if nonce.window else 0,
    )


def _used_id(identity: Identity) -> UsedId:
    return UsedId(identity.scheme.value, _known(canonical_id(identity.id, identity.scheme)))


def _number(text: str, grammar: Grammar) -> Decimal:
    found = scan(text, grammar)
    if isinstance(found, Refused):
        raise ValueError("the terms hold a text that is no number, so they have no footprint")
    return found


def _known(found: T | None) -> T:
    if found is None:
        raise ValueError("the terms hold a text that is no time or id, so they have no footprint")
    return found
