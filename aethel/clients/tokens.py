"""Bearer tokens: random, shown once, and kept as a hash.

A token is `aethel.ID.SECRET`: ID finds the client, SECRET holds 256 random bits. What is kept is one SHA-256 over a
salt and the secret. A slow hash makes guessing words of people expensive; 256 random bits cannot be guessed with a
quick one either (NIST SP 800-63B, section 5.1.2.2, asks for no slow one from 112 bits on), and a slow one would let
anybody who sends wrong tokens keep the mesh busy. The salt hides equal secrets, which only broken randomness makes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

SECRET_BYTES = 32
"""Random bytes of a secret."""

_ID_BYTES, _SALT_BYTES = 8, 16

_PREFIX = "aethel"

_ID_DIGITS, _SALT_DIGITS, _HASH_DIGITS = 2 * _ID_BYTES, 2 * _SALT_BYTES, 64

_SECRET_CHARS = 43
"""Characters of a secret in base64url without padding."""

_HEXADECIMAL = frozenset("0123456789abcdef")
_URL_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@dataclass(frozen=True, slots=True)
class Shown:
    """A token as its bearer shows it."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a token: its id, and salt and hash as hexadecimal digits. Raises ValueError for anything else."""

    id: str
    salt: str
    hash: str

    def __post_init__(self) -> None:
        for text, digits in ((self.id, _ID_DIGITS), (self.salt, _SALT_DIGITS), (self.hash, _HASH_DIGITS)):
            if len(text) != digits or not _HEXADECIMAL.issuperset(text):
                raise ValueError(f"{len(text)} characters, expected {digits} hexadecimal digits")

    def fits(self, shown: Shown) -> bool:
        """Whether this is the token shown; takes the same time whatever is shown."""
        return hmac.compare_digest(_hash(self.salt, shown.secret), self.hash)


NOBODYS = Kept("0" * _ID_DIGITS, "0" * _SALT_DIGITS, "0" * _HASH_DIGITS)
"""Compared where nobody has the id that is shown, so that this takes as long; no secret has this hash."""


def new_token() -> tuple[str, Kept]:
    """A new token as it is shown once, and what is kept of it."""
    name, salt = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SALT_BYTES)
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).rstrip(b"=").decode("ascii")
    return f"{_PREFIX}.{name}.{secret}", Kept(name, salt, _hash(salt, secret))


def token_shown(authorization: str) -> Shown | None:
    """The token in the text of an `authorization`; None for whatever is none."""
    scheme, _, text = authorization.partition(" ")
    parts = text.split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or parts[0] != _PREFIX:
        return None
    name, secret = parts[1:]
    is_id = len(name) == _ID_DIGITS and _HEXADECIMAL.issuperset(name)
    is_secret = len(secret) == _SECRET_CHARS and _URL_SAFE.issuperset(secret)
    return Shown(name, secret) if is_id and is_secret else None


def _hash(salt: str, secret: str) -> str:
    return hashlib.sha256(f"{_PREFIX} {salt} {secret}".encode()).hexdigest()
