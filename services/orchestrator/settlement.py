"""After an approval: its token is redeemed or given back, and what is kept of an id is told to whom it belongs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import assert_never

from aethel.audit.record import Draft, Kind
from aethel.runtime.faults import Reason, RequestFault
from aethel.runtime.logs import EventLog
from aethel.store.footprint import Owner
from aethel.store.life import Denied, Done
from aethel.store.life import Reason as Why
from aethel.store.redeeming import Kept, Redeemed
from aethel.token.claims import owner_of, voucher_of
from aethel.token.ring import KeysUnusable
from aethel.wire.audit_payload import payload_of_facts
from services.orchestrator.commitment import Commitment
from services.orchestrator.tokens import Tokens
from token_verifier import Refused

MAX_RETRY_KEY_CHARS = 128

_log = EventLog(__name__)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Settles, releases and tells; `commitment` is None where this mesh keeps no state.

    All functions raise RequestFault with the reason why not, and STORE_UNAVAILABLE where the store is away.
    `client` is the caller by its name: a token is for one client, and ids belong to the client who used them.
    """

    commitment: Commitment | None

    async def settle(self, client: str, token: str, retry_key: str) -> tuple[str, bool]:
        """Redeem a token, once, before its money moves; its id, and whether this very settlement was made before."""
        if len(retry_key) > MAX_RETRY_KEY_CHARS:
            found = f"`retry_key` has {len(retry_key)} characters, expected at most {MAX_RETRY_KEY_CHARS}"
            raise RequestFault(Reason.INVALID_REQUEST, found)
        kept = self._kept()
        claims = await self._claims(kept, client, token)
        owner = owner_of(claims)
        record = partial(_drafted, Kind.SETTLE, owner)
        ending = await kept.in_store(partial(kept.store.redeem, owner, voucher_of(claims), retry_key, record))
        match ending:
            case Redeemed(is_repeated=is_repeated):
                _log.info("settled", request_id=owner.id)
                return owner.id, is_repeated
            case Denied(reason):
                raise _fault(owner, reason)
            case _:
                assert_never(ending)

    async def release(self, client: str, token: str) -> str:
        """Give back a reservation that will not be redeemed; returns its id."""
        kept = self._kept()
        claims = await self._claims(kept, client, token)
        owner = owner_of(claims)
        record = partial(_drafted, Kind.RELEASE, owner)
        ending = await kept.in_store(partial(kept.store.give_back, owner, voucher_of(claims), record))
        if isinstance(ending, Denied):
            raise _fault(owner, ending.reason)
        _log.info("released", request_id=owner.id)
        return owner.id

    async def result(self, client: str, transaction_id: str) -> Kept:
        """What is kept of an id of this client."""
        kept = self._kept()
        owner = Owner(client, transaction_id)
        found = await kept.in_store(partial(kept.store.kept, owner))
        if found is None:
            raise RequestFault(Reason.UNKNOWN_ID, "nothing is kept of this id")
        return found

    def _kept(self) -> Commitment:
        if self.commitment is None:
            raise RequestFault(Reason.NOT_CONFIGURED, "no store is configured, so nothing is reserved or kept")
        return self.commitment

    async def _claims(self, kept: Commitment, client: str, token: str) -> Mapping[str, object]:
        if kept.tokens is None:
            raise RequestFault(Reason.NOT_CONFIGURED, "this mesh has no keys, so it gave no token")
        try:
            return await kept.in_store(partial(_checked, kept.tokens, client, token))
        except Refused as refused:
            _log.warning("a token was refused")
            fault = RequestFault(Reason.TOKEN_REFUSED, f"the token is refused: {refused}")
            draft = Draft(Kind.REFUSAL, client, "", fault.reason.value, payload_of_facts({}, fault))
            await kept.in_store(partial(kept.store.note, Owner(client, ""), lambda: draft))
            raise fault from refused
        except KeysUnusable as error:
            _log.error("the keys cannot be used", exception=error)
            raise RequestFault(Reason.UNAVAILABLE, "the keys of this mesh cannot be read now") from error


def _checked(tokens: Tokens, client: str, token: str) -> Mapping[str, object]:
    return tokens.claims(token, client)


def _drafted(kind: Kind, owner: Owner, ending: Redeemed | Done | Denied) -> Draft:
    """The record of how a reservation was to be ended, and what became of that."""
    outcome = ending.reason.name if isinstance(ending, Denied) else "DONE"
    is_repeated = isinstance(ending, Redeemed) and ending.is_repeated
    return Draft(kind, owner.client, owner.id, outcome, payload_of_facts({"is_repeated": str(is_repeated).lower()}))


def _fault(owner: Owner, why: Why) -> RequestFault:
    """Why the reservation could not be redeemed or given back, as the caller is told."""
    _log.warning("a settlement was refused", request_id=owner.id, reason=why.name)
    match why:
        case Why.UNKNOWN:
            return RequestFault(Reason.UNKNOWN_ID, why.value)
        case Why.NOT_RESERVED | Why.OTHER_VERSION:
            return RequestFault(Reason.NOT_RESERVED, Why.NOT_RESERVED.value)
        case Why.REPLACED:
            return RequestFault(Reason.RESERVATION_REPLACED, why.value)
        case Why.EXPIRED:
            return RequestFault(Reason.RESERVATION_EXPIRED, why.value)
        case Why.ALREADY_SETTLED:
            return RequestFault(Reason.ALREADY_SETTLED, why.value)
        case _:
            assert_never(why)
