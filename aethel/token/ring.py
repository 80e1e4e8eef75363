"""The keys of a mesh as one document: which are announced, which one signs, and which only verify what they signed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from token_verifier import ALGORITHM, Refused, base64url, decoded, json_object, thumbprint

FORMAT = "aethel-keys/1"

MAX_RING_BYTES = 65_536
"""Bytes of the document, the same as a verifier reads."""

MAX_KEYS = 64
"""Keys of one mesh at most; far more than anybody rotates in the time that a retired one stays."""


KEPT_MS = 2 * 86_400_000
"""Time that a retired key stays published, in milliseconds: twice the longest reservation."""


class KeysUnusable(Exception):
    """The keys are not as this program writes them: the text says why."""


class KeyRefused(Exception):
    """What was asked of the keys would leave approvals without a token, or tokens without a key; the text says why."""


class KeyState(Enum):
    """A key is published before it signs, and published as long as what it signed may be redeemed."""

    ANNOUNCED = "announced"
    SIGNING = "signing"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, 32 bytes, and when it came into its state, in milliseconds since 1970."""

    public: bytes
    state: KeyState
    since_ms: int

    @property
    def kid(self) -> str:
        """Its name: the thumbprint of RFC 7638."""
        return thumbprint(base64url(self.public))


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key that is published, oldest first; at most one signs."""

    keys: tuple[Key, ...] = ()

    @property
    def signing(self) -> Key | None:
        """The key that signs."""
        return next((key for key in self.keys if key.state is KeyState.SIGNING), None)

    def key(self, kid: str) -> Key | None:
        """The key of a name."""
        return next((key for key in self.keys if key.kid == kid), None)

    def announced(self, key: Key) -> KeyRing:
        """With a new key, which verifiers may learn from now on; raises KeyRefused."""
        if len(self.keys) >= MAX_KEYS:
            raise KeyRefused(f"there are {MAX_KEYS} keys already, expected fewer: withdraw retired ones")
        return KeyRing((*self.keys, key))

    def rotated(self, now_ms: int, published_ms: int) -> KeyRing:
        """With the key that was announced first signing, the one that signed retired, and those long retired gone.

        Raises KeyRefused where none was announced at least `published_ms` ago: a verifier might not know it yet.
        """
        waiting = next((key for key in self.keys if key.state is KeyState.ANNOUNCED), None)
        if waiting is None:
            raise KeyRefused("no key is announced, expected `aethel keys create` first")
        age_ms = now_ms - waiting.since_ms
        if age_ms < published_ms:
            raise KeyRefused(
                f"key `{waiting.kid}` was announced {max(age_ms, 0) // 1000} s ago, expected at least "
                f"{published_ms // 1000} s, so that every verifier has it before it signs"
            )

        def moved(key: Key) -> Key:
            if key is waiting:
                return replace(key, state=KeyState.SIGNING, since_ms=now_ms)
            return replace(key, state=KeyState.RETIRED, since_ms=now_ms) if key.state is KeyState.SIGNING else key

        gone = {key for key in self.keys if key.state is KeyState.RETIRED and key.since_ms < now_ms - KEPT_MS}
        return KeyRing(tuple(moved(key) for key in self.keys if key not in gone))

    def retired(self, kid: str, now_ms: int) -> KeyRing:
        """With an announced key retired before it ever signed; raises KeyRefused for the one that signs."""
        key = self._found(kid)
        if key.state is KeyState.SIGNING:
            raise KeyRefused(f"key `{kid}` signs, expected `aethel keys rotate`, which retires it")
        if key.state is KeyState.RETIRED:
            return self
        retired = replace(key, state=KeyState.RETIRED, since_ms=now_ms)
        return KeyRing(tuple(retired if one is key else one for one in self.keys))

    def withdrawn(self, kid: str) -> KeyRing:
        """Without a key: what it signed is refused from now on."""
        key = self._found(kid)
        return KeyRing(tuple(one for one in self.keys if one is not key))

    def _found(self, kid: str) -> Key:
        key = self.key(kid)
        if key is None:
            raise KeyRefused("no key has that name, expected one of `aethel keys list`")
        return key


def jwks(ring: KeyRing) -> dict[str, object]:
    """The published keys as a JSON Web Key Set (RFC 7517, RFC 8037), for `/.well-known/jwks.json`."""
    return {
        "keys": [
            {"alg": ALGORITHM, "crv": "Ed25519", "kid": key.kid, "kty": "OKP", "use": "sig", "x": base64url(key.public)}
            for key in ring.keys
        ]
    }


def ring_to_bytes(ring: KeyRing) -> bytes:
    """The document as it is kept."""
    keys = [
        {"kid": key.kid, "since_ms": key.since_ms, "state": key.state.value, "x": base64url(key.public)}
        for key in ring.keys
    ]
    return json.dumps({"format": FORMAT, "keys": keys}, indent=2).encode("ascii") + b"\n"


def ring_from_bytes(data: bytes) -> KeyRing:
    """The keys of a document; raises KeysUnusable for anything that this program does not write."""
    if len(data) > MAX_RING_BYTES:
        raise KeysUnusable(f"the list of keys has more than {MAX_RING_BYTES} bytes")
    try:
        document = json_object(data, "the list of keys")
        if set(document) != {"format", "keys"} or document["format"] != FORMAT:
            raise KeysUnusable(f"the list of keys is not of the format `{FORMAT}`")
        ring = KeyRing(tuple(_keys(document["keys"])))
    except Refused as refused:
        raise KeysUnusable(str(refused)) from refused
    if len({key.public for key in ring.keys}) != len(ring.keys):
        raise KeysUnusable("the list of keys names one twice")
    if sum(key.state is KeyState.SIGNING for key in ring.keys) > 1:
        raise KeysUnusable("more than one key signs")
    return ring


def _keys(listed: object) -> Iterator[Key]:
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise KeysUnusable(f"the keys are no list of at most {MAX_KEYS}")
    states = {state.value: state for state in KeyState}
    for one in listed:
        if not isinstance(one, dict) or set(one) != {"kid", "since_ms", "state", "x"}:
            raise KeysUnusable("a key does not have exactly a name, a time, a state and a value")
        since_ms, state, x = one["since_ms"], one["state"], one["x"]
        if type(since_ms) is not int or state not in states or not isinstance(x, str):
            raise KeysUnusable("a key has a time, state or value that is none")
        key = Key(decoded(x), states[state], since_ms)
        if len(key.public) != 32 or key.kid != one["kid"]:
            raise KeysUnusable("a key does not bear its own name (RFC 7638)")
        yield key
