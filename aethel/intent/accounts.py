"""Account ids in the canonical form of their scheme, so that two spellings of one account compare equal."""

from __future__ import annotations


def canonical_account(identity: str) -> str:
    """The canonical form of an id.

    `iban:` loses its spaces and is in capitals (ISO 13616); `eip155:` is in small letters, since EIP-55 is a checksum
    in the case of letters only. Any other id stays as it is: its scheme is unknown, and where the ledger takes two ids
    for two accounts they must not compare equal here, however alike they look.
    """
    scheme, colon, rest = identity.partition(":")
    if colon and scheme.lower() == "iban":
        return f"iban:{rest.replace(' ', '').upper()}"
    if colon and scheme.lower() == "eip155":
        return f"eip155:{rest.lower()}"
    return identity
