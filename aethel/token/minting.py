"""Tokens made and checked with the keys of a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aethel.store.commit import Reserved
from aethel.token.claims import Approval, Names, claims_of
from aethel.token.folder import KeyFolder, Signer
from aethel.token.ring import KeysUnusable
from token_verifier import ALGORITHM, TYPE, Expected, Refused, base64url, canonical, compare, parse

Minting = Callable[[Reserved], str]
"""Makes the token of a reservation; quick, and the same for the same reservation."""


class NoKey(Exception):
    """Nothing can be signed: the text says why."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Makes and checks the tokens of one mesh."""

    keys: KeyFolder
    names: Names

    def minting(self, approval: Approval, hold_ms: int) -> Minting:
        """What makes the token, with the key that signs now; raises NoKey."""
        try:
            signer = self.keys.signer()
        except KeysUnusable as error:
            raise NoKey(str(error)) from error
        if signer is None:
            raise NoKey("no key signs")
        return lambda reserved: written(
            signer, claims_of(self.names, approval, reserved.attempt, reserved.expires_ms, hold_ms)
        )

    def claims(self, token: str, client: str) -> Mapping[str, object]:
        """What a token of this mesh for this client says.

        Raises Refused where it is none, and KeysUnusable. Whether it is over, the clock of the store says.
        """
        taken = parse(token)
        if not self.keys.verifies(taken.kid, taken.signed, taken.signature):
            raise Refused("its signature is not by a published key")
        compare(taken.claims, Expected(self.names.issuer, self.names.audience, client))
        return taken.claims


def written(signer: Signer, claims: Mapping[str, object]) -> str:
    """The signed token in compact form (RFC 7515, section 7.1)."""
    header = {"alg": ALGORITHM, "kid": signer.kid, "typ": TYPE}
    signed = f"{base64url(canonical(header))}.{base64url(canonical(dict(claims)))}"
    return f"{signed}.{base64url(signer.sign(signed.encode()))}"
