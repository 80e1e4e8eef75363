"""What the token of an approval says, as JSON values: whose it is, what was approved, and until when it is reserved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aethel.ledger.wording import plain
from aethel.request import Question
from aethel.store.entry import Subject
from aethel.store.footprint import Footprint, Owner
from aethel.store.redeeming import Voucher, content_digest
from aethel.verdict import MOEResult, Source
from token_verifier import base64url, canonical, digest

LISTED_BYTES = 4_096
"""Bytes of the list of what is reserved; where it is longer the token holds its digest alone."""

JTI_BYTES = 16
"""Bytes of a token's own name: 128 bits of the digest of all that it says."""

MS_PER_S = 1_000


@dataclass(frozen=True, slots=True)
class Names:
    """Who issues tokens, and whom they are for."""

    issuer: str
    audience: str


@dataclass(frozen=True, slots=True)
class Approval:
    """What was approved for an owner, as it was asked, judged and reserved; `rules_digest` is of its client's rules."""

    owner: Owner
    question: Question
    asked: Subject
    footprint: Footprint
    answer: MOEResult
    rules_digest: str


def claims_of(names: Names, approval: Approval, attempt: int, expires_ms: int, hold_ms: int) -> dict[str, object]:
    """The claims of RFC 7519 and of this mesh; the same for the same reservation.

    Times are the store's: the token begins when the reservation was made and ends with it, in whole seconds rounded
    down, so that it never outlives it; `expires_ms` is the same end in milliseconds.
    """
    question, reserved = approval.question, list(_reserved(approval.footprint))
    text = question.intent_text
    began_s = (expires_ms - hold_ms) // MS_PER_S
    claims: dict[str, object] = {
        "iss": names.issuer,
        "aud": names.audience,
        "iat": began_s,
        "nbf": began_s,
        "exp": expires_ms // MS_PER_S,
        "expires_ms": expires_ms,
        "client": approval.owner.client,
        "id": approval.owner.id,
        "attempt": attempt,
        "program": approval.answer.program_digest,
        "intent": "" if text is None else hashlib.sha256(text).hexdigest(),
        "arguments": digest(dict(question.arguments)),
        "accounts": digest(dict(question.context.accounts)),
        "content": content_digest(approval.asked),
        "state": approval.asked.state,
        "rules": approval.rules_digest,
        "experts": _versions(approval.answer),
        "reserved": reserved if len(canonical(reserved)) <= LISTED_BYTES else None,
        "reserved_digest": digest(reserved),
    }
    return claims | {"jti": base64url(hashlib.sha256(canonical(claims)).digest()[:JTI_BYTES])}


def owner_of(claims: Mapping[str, object]) -> Owner:
    """Whose reservation a checked token is about."""
    return Owner(str(claims["client"]), str(claims["id"]))


def voucher_of(claims: Mapping[str, object]) -> Voucher:
    """Which reservation a checked token is about."""
    attempt, expires_ms = claims["attempt"], claims["expires_ms"]
    assert isinstance(attempt, int) and isinstance(expires_ms, int)  # the parser of tokens admits nothing else
    return Voucher(attempt, str(claims["content"]), str(claims["state"]), expires_ms)


def _reserved(footprint: Footprint) -> Iterator[dict[str, str]]:
    """What is held for the owner: the amounts as exact text, and unspent outputs."""
    for change in footprint.changes:
        if change.reserves:
            yield {
                "account": change.account,
                "commodity": change.commodity,
                "net": plain(change.net),
                "down": plain(change.down),
                "up": plain(change.up),
            }
    for spend in footprint.spends:
        yield {"outpoint": spend.outpoint}


def _versions(answer: MOEResult) -> dict[str, str]:
    """The version of each expert that judged, by its name, and by name and source where another answered for it."""
    return {
        one.expert_name if one.source is Source.EXPERT else f"{one.expert_name}/{one.source.value}": one.version
        for one in answer.expert_verdicts
    }
